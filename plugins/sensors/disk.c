/* SPDX-License-Identifier: MIT */
/*
 * What whole disks read and write and how busy they are, by PROC/diskstats; SYS/block says which
 * are whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "kernelfile.h"
#include "scan.h"
#include "source.h"

enum { SECTORS_READ, SECTORS_WRITTEN, BUSY_MILLISECONDS };

/* Columns behind the name. */
enum { COLUMN_READ = 2, COLUMN_WRITTEN = 6, COLUMN_BUSY = 9, COLUMNS = 10 };

/* The unit of the file, whatever the disk's own sectors are. */
#define SECTOR 512.0
#define PERCENT_PER_MILLISECOND_A_SECOND 0.1

struct disk {
	struct source source;
	struct kernelfile diskstats;
	char *block; /* the folder SYS/block */
	struct devices disks;
};

static void disk_free(struct source *source)
{
	struct disk *disk = (struct disk *)source;

	if (!disk)
		return;
	kernelfile_fini(&disk->diskstats);
	devices_fini(&disk->disks);
	free(disk->block);
	free(disk);
}

static struct source *disk_make(const struct machine *machine)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	disk->source.kind = &disk_source;
	disk->source.devices = &disk->disks;
	devices_init(disk->source.devices);
	if (asprintf(&disk->block, "%s/block", machine->sys) < 0)
		disk->block = NULL;
	if (disk->block && kernelfile_init(&disk->diskstats, "%s/diskstats", machine->proc) == 0)
		return &disk->source;
	disk_free(&disk->source);
	return NULL;
}

/*
 * Partitions have no folder of their own there; files and memory posing as disks are not what is
 * asked for.
 */
static bool is_whole_disk(const struct disk *disk, const char *name)
{
	char path[4096], *slash;

	if (strncmp(name, "loop", 4) == 0 || strncmp(name, "ram", 3) == 0)
		return false;

	int length = snprintf(path, sizeof(path), "%s/%s", disk->block, name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return false;
	/* A folder's name cannot hold the slash of names such as cciss/c0d0. */
	for (slash = path + strlen(disk->block) + 1; *slash; slash++)
		if (*slash == '/')
			*slash = '!';
	return access(path, F_OK) == 0;
}

static void disk_add(const struct disk *disk, const struct device *device,
		     struct readings *readings)
{
	static const struct quantity read = { "What is read from this disk",
					      CORBEL_SENSORS_UNIT_BYTES_PER_SECOND };
	static const struct quantity written = { "What is written to this disk",
						 CORBEL_SENSORS_UNIT_BYTES_PER_SECOND };
	static const struct quantity busy = { "Time that this disk works",
					      CORBEL_SENSORS_UNIT_PERCENT };
	double rate = 0.0;
	int error = device_rate(&disk->disks, device, SECTORS_READ, &rate);

	readings_add(readings, &read, error, rate * SECTOR, "disk.%s.read", device->name);
	error = device_rate(&disk->disks, device, SECTORS_WRITTEN, &rate);
	readings_add(readings, &written, error, rate * SECTOR, "disk.%s.written", device->name);
	error = device_rate(&disk->disks, device, BUSY_MILLISECONDS, &rate);
	/*
	 * The kernel's ticks and our clock are not in step: a little above the whole is the whole.
	 */
	rate *= PERCENT_PER_MILLISECOND_A_SECOND;
	readings_add(readings, &busy, error, rate > 100.0 ? 100.0 : rate, "disk.%s.busy",
		     device->name);
}

/* Whether the line is one of a disk or partition. */
static bool line_read(struct disk *disk, const char *line, struct readings *readings)
{
	uint64_t number, columns[COLUMNS];
	char name[DEVICE_NAME_SIZE];

	line = scan_unsigned(scan_unsigned(line, &number), &number);
	line = scan_word(line, name, sizeof(name));
	if (!line || scan_row(line, columns, COLUMNS) < COLUMNS)
		return false;

	struct device *device = devices_see(&disk->disks, name);

	if (!device) {
		readings->lost++;
		return true;
	}
	if (device->is_new)
		device->is_wanted = is_whole_disk(disk, name);
	device->counters[SECTORS_READ] = columns[COLUMN_READ];
	device->counters[SECTORS_WRITTEN] = columns[COLUMN_WRITTEN];
	device->counters[BUSY_MILLISECONDS] = columns[COLUMN_BUSY];
	if (device->is_wanted)
		disk_add(disk, device, readings);
	return true;
}

static int disk_read(struct source *source, struct readings *readings, int64_t now)
{
	struct disk *disk = (struct disk *)source;
	bool is_any = false;
	const char *line;
	int result = kernelfile_read(&disk->diskstats, &line);

	if (result < 0)
		return source_fail_file(source, result, disk->diskstats.path);

	bool is_empty = *line == '\0';

	devices_begin(&disk->disks, now);
	for (; line; line = scan_line(line))
		is_any |= line_read(disk, line, readings);
	devices_end(&disk->disks);
	if (!is_any && !is_empty)
		return source_fail(source, -EBADMSG,
				   "%s has no line of a disk, expected \"MAJOR MINOR NAME\" and "
				   "ten numbers at least",
				   disk->diskstats.path);
	return 0;
}

const struct source_kind disk_source = { "disk", disk_make, disk_read, disk_free };

/* SPDX-License-Identifier: MIT */
/* What each network interface receives and sends, by PROC/net/dev. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "kernelfile.h"
#include "scan.h"
#include "source.h"

enum { RECEIVED, SENT };

/* Columns behind the interface's name. */
enum { COLUMN_RECEIVED = 0, COLUMN_SENT = 8, COLUMNS = 9 };

struct network {
	struct source source;
	struct kernelfile dev;
	struct devices interfaces;
	bool loopback;
};

static void network_free(struct source *source)
{
	struct network *network = (struct network *)source;

	if (!network)
		return;
	kernelfile_fini(&network->dev);
	devices_fini(&network->interfaces);
	free(network);
}

static struct source *network_make(const struct machine *machine)
{
	struct network *network = calloc(1, sizeof(*network));

	if (!network)
		return NULL;
	network->source.kind = &network_source;
	network->loopback = machine->loopback;
	network->source.devices = &network->interfaces;
	devices_init(network->source.devices);
	if (kernelfile_init(&network->dev, "%s/net/dev", machine->proc) == 0)
		return &network->source;
	network_free(&network->source);
	return NULL;
}

/* The name ends at a colon, behind which a number may follow without a blank. */
static const char *name_read(const char *line, char *name, size_t size)
{
	line += strspn(line, " \t");

	size_t length = strcspn(line, ": \t\n");

	if (line[length] != ':' || length == 0 || length >= size)
		return NULL;
	memcpy(name, line, length);
	name[length] = '\0';
	return line + length + 1;
}

static void interface_add(const struct network *network, const struct device *device,
			  struct readings *readings)
{
	static const struct quantity received = { "What this interface receives",
						  CORBEL_SENSORS_UNIT_BYTES_PER_SECOND };
	static const struct quantity sent = { "What this interface sends",
					      CORBEL_SENSORS_UNIT_BYTES_PER_SECOND };
	double rate = 0.0;
	int error = device_rate(&network->interfaces, device, RECEIVED, &rate);

	readings_add(readings, &received, error, rate, "network.%s.received", device->name);
	error = device_rate(&network->interfaces, device, SENT, &rate);
	readings_add(readings, &sent, error, rate, "network.%s.sent", device->name);
}

static bool line_read(struct network *network, const char *line, struct readings *readings)
{
	uint64_t columns[COLUMNS];
	char name[DEVICE_NAME_SIZE];

	line = name_read(line, name, sizeof(name));
	if (!line || scan_row(line, columns, COLUMNS) < COLUMNS)
		return false;
	if (!network->loopback && strcmp(name, "lo") == 0)
		return true;

	struct device *device = devices_see(&network->interfaces, name);

	if (!device) {
		readings->lost++;
		return true;
	}
	device->counters[RECEIVED] = columns[COLUMN_RECEIVED];
	device->counters[SENT] = columns[COLUMN_SENT];
	interface_add(network, device, readings);
	return true;
}

/* The head of two lines, which a namespace without any interface has too. */
static bool is_head(const char *text)
{
	return scan_prefix(text, "Inter-|") != NULL;
}

static int network_read(struct source *source, struct readings *readings, int64_t now)
{
	struct network *network = (struct network *)source;
	const char *line;
	int result = kernelfile_read(&network->dev, &line);

	if (result < 0)
		return source_fail_file(source, result, network->dev.path);

	bool is_known = is_head(line);

	devices_begin(&network->interfaces, now);
	for (; line; line = scan_line(line))
		is_known |= line_read(network, line, readings);
	devices_end(&network->interfaces);
	if (!is_known)
		return source_fail(source, -EBADMSG,
				   "%s has no line of an interface, expected \"NAME: RECEIVED "
				   "...\"",
				   network->dev.path);
	return 0;
}

const struct source_kind network_source = { "network", network_make, network_read, network_free };

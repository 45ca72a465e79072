/* SPDX-License-Identifier: MIT */
/* Temperatures, by SYS/class/hwmon, and by SYS/class/thermal where that is not in hwmon as well. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernelfile.h"
#include "scan.h"
#include "source.h"

#define NANOSECONDS_BETWEEN_SEARCHES INT64_C(10000000000)
#define MILLIDEGREE 0.001
#define PROBES_MAX 1024
#define PATH_SIZE 4096
#define SLUG_SIZE 48

struct probe {
	char name[READING_NAME_SIZE];
	struct kernelfile input;
};

struct temperature {
	struct source source;
	char *hwmon;
	char *thermal;
	struct probe *probes;
	size_t count;
	int64_t searched_at; /* -1: search at the next round */
};

static void probes_drop(struct temperature *temperature)
{
	for (size_t i = 0; i < temperature->count; i++)
		kernelfile_fini(&temperature->probes[i].input);
	free(temperature->probes);
	temperature->probes = NULL;
	temperature->count = 0;
}

static void temperature_free(struct source *source)
{
	struct temperature *temperature = (struct temperature *)source;

	if (!temperature)
		return;
	probes_drop(temperature);
	free(temperature->hwmon);
	free(temperature->thermal);
	free(temperature);
}

static char *folder_name(const struct machine *machine, const char *class)
{
	char *path;

	return asprintf(&path, "%s/class/%s", machine->sys, class) < 0 ? NULL : path;
}

static struct source *temperature_make(const struct machine *machine)
{
	struct temperature *temperature = calloc(1, sizeof(*temperature));

	if (!temperature)
		return NULL;
	temperature->source.kind = &temperature_source;
	temperature->searched_at = -1;
	temperature->hwmon = folder_name(machine, "hwmon");
	temperature->thermal = folder_name(machine, "thermal");
	if (temperature->hwmon && temperature->thermal)
		return &temperature->source;
	temperature_free(&temperature->source);
	return NULL;
}

/* False, and an empty path, if it is too long: no such file is then found. */
__attribute__((format(printf, 2, 3))) static bool path_make(char path[PATH_SIZE],
							    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(path, PATH_SIZE, format, arguments);
	va_end(arguments);
	if (length >= 0 && length < PATH_SIZE)
		return true;
	*path = '\0';
	return false;
}

/* "Package id 0" -> "package-id-0": what may stand between the dots of a name. */
static void slug_make(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (isalnum((unsigned char)*from) || *from == '_')
			*to++ = (char)tolower((unsigned char)*from);
		else if (to > text && to[-1] != '-')
			*to++ = '-';
	}
	while (to > text && to[-1] == '-')
		to--;
	*to = '\0';
}

/* The first line of a small file as a slug; `otherwise` if there is none. */
static void slug_read(const char *path, const char *otherwise, char slug[SLUG_SIZE])
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(slug, SLUG_SIZE, file))
		*slug = '\0';
	if (file)
		fclose(file);
	slug_make(slug);
	if (*slug == '\0')
		snprintf(slug, SLUG_SIZE, "%s", otherwise);
}

static bool is_taken(const struct temperature *temperature, const char *name)
{
	for (size_t i = 0; i < temperature->count; i++)
		if (strcmp(temperature->probes[i].name, name) == 0)
			return true;
	return false;
}

/* Two chips of one kind have the same names: the second's get a number. */
static void probe_add(struct temperature *temperature, const char *name, const char *path)
{
	struct probe *probes;
	struct probe probe;

	if (temperature->count == PROBES_MAX)
		return;
	snprintf(probe.name, sizeof(probe.name), "%s", name);
	for (unsigned int number = 2; is_taken(temperature, probe.name); number++)
		snprintf(probe.name, sizeof(probe.name), "%.100s.%u", name, number);
	probes = reallocarray(temperature->probes, temperature->count + 1, sizeof(*probes));
	if (!probes)
		return;
	temperature->probes = probes;
	if (kernelfile_init(&probe.input, "%s", path) == 0)
		probes[temperature->count++] = probe;
}

/*
 * Calls `found` for the entries of a folder in the order of their numbers; a folder that is not
 * there has none.
 */
static void folder_walk(struct temperature *temperature, const char *folder,
			int (*is_wanted)(const struct dirent *entry),
			void (*found)(struct temperature *temperature, const char *folder,
				      const char *name))
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_wanted, versionsort);

	for (int i = 0; i < count; i++) {
		found(temperature, folder, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* "temp1_input": its length without "_input", or 0. */
static size_t input_stem(const char *name)
{
	size_t digits = strncmp(name, "temp", 4) == 0 ? strspn(name + 4, "0123456789") : 0;

	return digits > 0 && strcmp(name + 4 + digits, "_input") == 0 ? 4 + digits : 0;
}

static int is_input(const struct dirent *entry)
{
	return input_stem(entry->d_name) > 0;
}

static int is_chip(const struct dirent *entry)
{
	return strncmp(entry->d_name, "hwmon", 5) == 0;
}

static int is_zone(const struct dirent *entry)
{
	return strncmp(entry->d_name, "thermal_zone", 12) == 0;
}

static void input_found(struct temperature *temperature, const char *folder, const char *name)
{
	int stem = (int)input_stem(name);
	char path[PATH_SIZE], number[SLUG_SIZE], chip[SLUG_SIZE], label[SLUG_SIZE],
		whole[READING_NAME_SIZE];

	path_make(path, "%s/name", folder);
	slug_read(path, strrchr(folder, '/') + 1, chip);
	snprintf(number, sizeof(number), "%.*s", stem, name);
	path_make(path, "%s/%s_label", folder, number);
	slug_read(path, number, label);
	snprintf(whole, sizeof(whole), "temperature.%s.%s", chip, label);
	if (path_make(path, "%s/%s", folder, name))
		probe_add(temperature, whole, path);
}

static void chip_found(struct temperature *temperature, const char *folder, const char *name)
{
	char path[PATH_SIZE];

	if (path_make(path, "%s/%s", folder, name))
		folder_walk(temperature, path, is_input, input_found);
}

/* The kernel gives most zones a chip in hwmon, of which the zone's folder has a link. */
static bool is_in_hwmon(const char *zone)
{
	struct dirent **entries;
	int count = scandir(zone, &entries, is_chip, NULL);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	if (count >= 0)
		free(entries);
	return count > 0;
}

static void zone_found(struct temperature *temperature, const char *folder, const char *name)
{
	char path[PATH_SIZE], kind[SLUG_SIZE], whole[READING_NAME_SIZE];

	if (!path_make(path, "%s/%s", folder, name) || is_in_hwmon(path))
		return;
	path_make(path, "%s/%s/type", folder, name);
	slug_read(path, name, kind);
	snprintf(whole, sizeof(whole), "temperature.thermal.%s", kind);
	if (path_make(path, "%s/%s/temp", folder, name))
		probe_add(temperature, whole, path);
}

/* Devices come and go, and only a search tells: a file that is open may outlive its name. */
static void search_if_due(struct temperature *temperature, int64_t now)
{
	if (temperature->searched_at >= 0 &&
	    now - temperature->searched_at < NANOSECONDS_BETWEEN_SEARCHES)
		return;
	probes_drop(temperature);
	temperature->searched_at = now;
	folder_walk(temperature, temperature->hwmon, is_chip, chip_found);
	folder_walk(temperature, temperature->thermal, is_zone, zone_found);
}

/* False: the device is gone. */
static bool probe_read(struct probe *probe, struct readings *readings)
{
	static const struct quantity celsius = { "Temperature", CORBEL_SENSORS_UNIT_CELSIUS };
	const char *text;
	int64_t millidegrees = 0;
	int result = kernelfile_read(&probe->input, &text);

	if (result == -ENODEV || result == -ENOENT || result == -ENXIO)
		return false;
	if (result == 0 && !scan_signed(text, &millidegrees))
		result = -EIO;
	readings_add(readings, &celsius, result < 0 ? -EIO : 0, (double)millidegrees * MILLIDEGREE,
		     "%s", probe->name);
	return true;
}

static int temperature_read(struct source *source, struct readings *readings, int64_t now)
{
	struct temperature *temperature = (struct temperature *)source;
	bool is_one_gone = false;

	search_if_due(temperature, now);
	for (size_t i = 0; i < temperature->count; i++)
		is_one_gone |= !probe_read(&temperature->probes[i], readings);
	if (is_one_gone)
		temperature->searched_at = -1;
	return 0;
}

const struct source_kind temperature_source = { "temperature", temperature_make, temperature_read,
						temperature_free };

/* SPDX-License-Identifier: MIT */
/* What this process holds of the kernel, counted in /proc/self. */
#include "census.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

long census_entries(const char *path)
{
	DIR *folder = opendir(path);
	long count = 0;

	if (!folder)
		return 0;
	for (struct dirent *entry; (entry = readdir(folder));)
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

/* But for reserved ranges: those of unloaded images, a fixed number, adjoin by chance or not. */
static long count_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[4352], access[8];
	long count = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		count += sscanf(line, "%*s %7s", access) == 1 && strncmp(access, "---", 3) != 0;
	fclose(file);
	return count;
}

static long resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long size, pages = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld %ld", &size, &pages) != 2)
		pages = -1;
	fclose(file);
	return pages < 0 ? -1 : pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool is_of_pool(const char *thread)
{
	char path[300], name[32] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", thread);

	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return strncmp(name, "corbel-pool", 11) == 0;
}

static long count_pool(void)
{
	DIR *folder = opendir("/proc/self/task");
	long count = 0;

	if (!folder)
		return 0;
	for (struct dirent *entry; (entry = readdir(folder));)
		count += is_of_pool(entry->d_name);
	closedir(folder);
	return count;
}

void census_take(struct census *census)
{
	/* Each of them opens one descriptor, and has closed it when the next begins. */
	census->descriptors = census_entries("/proc/self/fd") - 1;
	census->threads = census_entries("/proc/self/task");
	census->pool = count_pool();
	census->maps = count_maps();
	census->rss = resident();
}

/* SPDX-License-Identifier: MIT */
/*
 * How many tasks want to run, by PROC/loadavg, and for how long the machine has been up, by
 * PROC/uptime.
 */
#include <errno.h>
#include <stdlib.h>

#include "kernelfile.h"
#include "scan.h"
#include "source.h"

struct load {
	struct source source;
	struct kernelfile loadavg;
	struct kernelfile uptime;
};

static void load_free(struct source *source)
{
	struct load *load = (struct load *)source;

	if (!load)
		return;
	kernelfile_fini(&load->loadavg);
	kernelfile_fini(&load->uptime);
	free(load);
}

static struct source *load_make(const struct machine *machine)
{
	struct load *load = calloc(1, sizeof(*load));

	if (!load)
		return NULL;
	load->source.kind = &load_source;
	if (kernelfile_init(&load->loadavg, "%s/loadavg", machine->proc) == 0 &&
	    kernelfile_init(&load->uptime, "%s/uptime", machine->proc) == 0)
		return &load->source;
	load_free(&load->source);
	return NULL;
}

static int averages_read(struct load *load, double averages[3])
{
	const char *at;
	int result = kernelfile_read(&load->loadavg, &at);

	if (result < 0)
		return source_fail_file(&load->source, result, load->loadavg.path);
	for (size_t i = 0; i < 3; i++)
		at = scan_decimal(at, &averages[i]);
	if (!at)
		return source_fail(&load->source, -EBADMSG, "%s does not begin with three numbers",
				   load->loadavg.path);
	return 0;
}

static int uptime_read(struct load *load, double *seconds)
{
	const char *at;
	int result = kernelfile_read(&load->uptime, &at);

	if (result < 0)
		return source_fail_file(&load->source, result, load->uptime.path);
	if (!scan_decimal(at, seconds))
		return source_fail(&load->source, -EBADMSG, "%s does not begin with a number",
				   load->uptime.path);
	return 0;
}

static int load_read(struct source *source, struct readings *readings, int64_t now)
{
	static const struct quantity average = {
		"Tasks that want to run, on average of so many minutes", CORBEL_SENSORS_UNIT_COUNT
	};
	static const struct quantity up = { "Time since the machine started",
					    CORBEL_SENSORS_UNIT_SECONDS };
	static const int minutes[3] = { 1, 5, 15 };
	struct load *load = (struct load *)source;
	double averages[3], seconds = 0.0;
	int load_result = averages_read(load, averages);
	int uptime_result = uptime_read(load, &seconds);

	(void)now;
	for (size_t i = 0; load_result == 0 && i < 3; i++)
		readings_add(readings, &average, 0, averages[i], "load.%d", minutes[i]);
	if (uptime_result == 0)
		readings_add(readings, &up, 0, seconds, "uptime");
	return load_result < 0 ? load_result : uptime_result;
}

const struct source_kind load_source = { "load", load_make, load_read, load_free };

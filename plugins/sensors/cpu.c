/* SPDX-License-Identifier: MIT */
/* How busy the processors are, by the ticks of PROC/stat: their shares need no clock. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "kernelfile.h"
#include "scan.h"
#include "source.h"

/* In the order of the file. What it adds behind them, guest time, is in user and nice already. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, TICKS };
#define TICKS_AT_LEAST 4

_Static_assert(TICKS <= DEVICE_COUNTERS, "a device holds all ticks of a processor");

struct cpu {
	struct source source;
	struct kernelfile stat;
	struct devices processors;
};

static void cpu_free(struct source *source)
{
	struct cpu *cpu = (struct cpu *)source;

	if (!cpu)
		return;
	kernelfile_fini(&cpu->stat);
	devices_fini(&cpu->processors);
	free(cpu);
}

static struct source *cpu_make(const struct machine *machine)
{
	struct cpu *cpu = calloc(1, sizeof(*cpu));

	if (!cpu)
		return NULL;
	cpu->source.kind = &cpu_source;
	cpu->source.devices = &cpu->processors;
	devices_init(cpu->source.devices);
	if (kernelfile_init(&cpu->stat, "%s/stat", machine->proc) == 0)
		return &cpu->source;
	cpu_free(&cpu->source);
	return NULL;
}

/*
 * Idle and iowait are known to step back a little; such a step counts as none. -EAGAIN: no tick has
 * passed, which is also what a processor looks like whose counters began anew.
 */
static int busy_share(const struct device *processor, double *percent)
{
	uint64_t total = 0, idle = 0;

	if (processor->is_new)
		return -EAGAIN;
	for (size_t i = 0; i < TICKS; i++) {
		uint64_t now = processor->counters[i], before = processor->before[i];
		uint64_t passed = now > before ? now - before : 0;

		total += passed;
		if (i == IDLE || i == IOWAIT)
			idle += passed;
	}
	if (total == 0)
		return -EAGAIN;
	*percent = 100.0 * (double)(total - idle) / (double)total;
	return 0;
}

/* "cpu", "cpu0": what stands behind "cpu" must be nothing or a number. */
static bool is_processor(const char *name)
{
	return strncmp(name, "cpu", 3) == 0 && name[3 + strspn(name + 3, "0123456789")] == '\0';
}

static void line_read(struct cpu *cpu, const char *line, struct readings *readings)
{
	static const struct quantity whole = { "Time that all processors work",
					       CORBEL_SENSORS_UNIT_PERCENT };
	static const struct quantity core = { "Time that this processor works",
					      CORBEL_SENSORS_UNIT_PERCENT };
	uint64_t ticks[DEVICE_COUNTERS] = { 0 };
	char name[DEVICE_NAME_SIZE];
	double percent = 0.0;

	line = scan_word(line, name, sizeof(name));
	if (!line || !is_processor(name) || scan_row(line, ticks, TICKS) < TICKS_AT_LEAST)
		return;

	struct device *processor = devices_see(&cpu->processors, name);

	if (!processor) {
		readings->lost++;
		return;
	}
	memcpy(processor->counters, ticks, sizeof(ticks));

	int error = busy_share(processor, &percent);

	if (name[3] == '\0')
		readings_add(readings, &whole, error, percent, "cpu.busy");
	else
		readings_add(readings, &core, error, percent, "cpu.%s.busy", name + 3);
}

static int cpu_read(struct source *source, struct readings *readings, int64_t now)
{
	struct cpu *cpu = (struct cpu *)source;
	size_t before = readings->count;
	const char *line;
	int result = kernelfile_read(&cpu->stat, &line);

	if (result < 0)
		return source_fail_file(source, result, cpu->stat.path);
	devices_begin(&cpu->processors, now);
	for (; line; line = scan_line(line))
		line_read(cpu, line, readings);
	devices_end(&cpu->processors);
	if (readings->count == before && readings->lost == 0)
		return source_fail(source, -EBADMSG,
				   "%s has no line of a processor, expected \"cpu USER NICE "
				   "SYSTEM IDLE ...\"",
				   cpu->stat.path);
	return 0;
}

const struct source_kind cpu_source = { "cpu", cpu_make, cpu_read, cpu_free };

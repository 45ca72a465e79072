/* SPDX-License-Identifier: MIT */
/* What there is of memory and swap, and what is taken, by PROC/meminfo. */
#include <errno.h>
#include <stdlib.h>

#include "kernelfile.h"
#include "scan.h"
#include "source.h"

#define UNKNOWN UINT64_MAX
#define KIBIBYTE 1024.0

struct memory {
	struct source source;
	struct kernelfile meminfo;
};

/* In KiB, as the kernel writes them. */
struct amounts {
	uint64_t total;
	uint64_t available;
	uint64_t swap_total;
	uint64_t swap_free;
};

static void memory_free(struct source *source)
{
	struct memory *memory = (struct memory *)source;

	if (!memory)
		return;
	kernelfile_fini(&memory->meminfo);
	free(memory);
}

static struct source *memory_make(const struct machine *machine)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return NULL;
	memory->source.kind = &memory_source;
	if (kernelfile_init(&memory->meminfo, "%s/meminfo", machine->proc) == 0)
		return &memory->source;
	memory_free(&memory->source);
	return NULL;
}

static void line_read(const char *line, struct amounts *amounts)
{
	const struct {
		const char *prefix;
		uint64_t *to;
	} lines[] = {
		{ "MemTotal:", &amounts->total },
		{ "MemAvailable:", &amounts->available },
		{ "SwapTotal:", &amounts->swap_total },
		{ "SwapFree:", &amounts->swap_free },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *number = scan_prefix(line, lines[i].prefix);

		if (number)
			scan_unsigned(number, lines[i].to);
	}
}

static void amount_add(struct readings *readings, const struct quantity *quantity, const char *name,
		       uint64_t amount)
{
	if (amount != UNKNOWN)
		readings_add(readings, quantity, 0, (double)amount * KIBIBYTE, "%s", name);
}

/* Nothing is known of the rest unless both are, and a machine gives no more than it has. */
static uint64_t rest(uint64_t total, uint64_t left)
{
	return total == UNKNOWN || left == UNKNOWN || left > total ? UNKNOWN : total - left;
}

static int memory_read(struct source *source, struct readings *readings, int64_t now)
{
	static const struct quantity total = { "Memory there is", CORBEL_SENSORS_UNIT_BYTES };
	static const struct quantity available = { "Memory that programs can still get",
						   CORBEL_SENSORS_UNIT_BYTES };
	static const struct quantity used = { "Memory that is not available",
					      CORBEL_SENSORS_UNIT_BYTES };
	static const struct quantity swap_total = { "Swap there is", CORBEL_SENSORS_UNIT_BYTES };
	static const struct quantity swap_used = { "Swap that is taken",
						   CORBEL_SENSORS_UNIT_BYTES };
	struct memory *memory = (struct memory *)source;
	struct amounts amounts = { UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN };
	const char *line;
	int result = kernelfile_read(&memory->meminfo, &line);

	(void)now;
	if (result < 0)
		return source_fail_file(source, result, memory->meminfo.path);
	for (; line; line = scan_line(line))
		line_read(line, &amounts);
	if (amounts.total == UNKNOWN)
		return source_fail(source, -EBADMSG, "%s has no line \"MemTotal: N kB\"",
				   memory->meminfo.path);
	amount_add(readings, &total, "memory.total", amounts.total);
	amount_add(readings, &available, "memory.available", amounts.available);
	amount_add(readings, &used, "memory.used", rest(amounts.total, amounts.available));
	amount_add(readings, &swap_total, "swap.total", amounts.swap_total);
	amount_add(readings, &swap_used, "swap.used", rest(amounts.swap_total, amounts.swap_free));
	return 0;
}

const struct source_kind memory_source = { "memory", memory_make, memory_read, memory_free };

/* SPDX-License-Identifier: MIT */
/* The line that each cycle ends with. */
#ifndef CORBEL_TOOL_REPORT_H
#define CORBEL_TOOL_REPORT_H

#include <stddef.h>
#include <stdint.h>

enum report_tone { REPORT_GOOD, REPORT_PLAIN, REPORT_BAD };

struct report_time {
	const char *name;
	int64_t value; /* ns */
};

/* "31 us", "2.0 ms", "412 ms", "3.4 s" */
void report_duration(int64_t duration, char *text, size_t size);
/*
 * Prints the time of day, the words (coloured on a terminal, unless NO_COLOR is set) and the times.
 */
void report_line(enum report_tone tone, const char *words, const struct report_time *times,
		 size_t count);

#endif

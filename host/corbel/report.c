/* SPDX-License-Identifier: MIT */
/* The line that each cycle ends with. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void report_duration(int64_t duration, char *text, size_t size)
{
	double value = (double)duration;

	if (value < 1e5)
		snprintf(text, size, "%.0f us", value / 1e3);
	else if (value < 1e7)
		snprintf(text, size, "%.1f ms", value / 1e6);
	else if (value < 1e9)
		snprintf(text, size, "%.0f ms", value / 1e6);
	else
		snprintf(text, size, "%.1f s", value / 1e9);
}

void report_line(enum report_tone tone, const char *words, const struct report_time *times,
		 size_t count)
{
	static const char *const colours[] = { "\033[32m", "", "\033[31m" };
	const char *colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") ? colours[tone]
									  : colours[REPORT_PLAIN];
	time_t now = time(NULL);
	struct tm parts;
	char text[32];

	localtime_r(&now, &parts);
	strftime(text, sizeof(text), "%H:%M:%S", &parts);
	printf("%s %s%s%s", text, colour, words, *colour ? "\033[0m" : "");
	for (size_t i = 0; i < count; i++) {
		report_duration(times[i].value, text, sizeof(text));
		printf("  %s %s", times[i].name, text);
	}
	putchar('\n');
	fflush(stdout);
}

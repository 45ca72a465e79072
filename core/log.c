/* SPDX-License-Identifier: MIT */
/* Log lines: made in any thread, each with its plugin, handed to one sink, one at a time. */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

static const char cut[] = " [cut]";

static void write_stderr(void *data, const struct corbel_log_line *line)
{
	(void)data;
	fprintf(stderr, "%s%s%s\n", line->plugin, *line->plugin ? ": " : "", line->text);
}

void log_init(struct log *log, void (*sink)(void *data, const struct corbel_log_line *line),
	      void *data)
{
	pthread_mutex_init(&log->lock, NULL);
	log->sink = sink ? sink : write_stderr;
	log->data = data;
	log->level = CORBEL_INFO;
}

void log_fini(struct log *log)
{
	pthread_mutex_destroy(&log->lock);
}

/*
 * Control characters must not reach a terminal or split a line, and whoever reads lines expects
 * UTF-8: what is not shown is spelt \n or \x1b.
 */
static void escape(const char *text, char *line, size_t size)
{
	size_t used = 0, left = strlen(text);

	while (left > 0) {
		size_t width = utf8_size(text, left);
		bool shown = width && (*text == '\t' || !utf8_is_control(text, width));

		if (used + sizeof(cut) + 4 > size) {
			memcpy(line + used, cut, sizeof(cut));
			return;
		}
		width = shown ? width : 1;
		if (shown)
			memcpy(line + used, text, width);
		used += shown ? width
			: *text == '\n'
				? (size_t)sprintf(line + used, "\\n")
				: (size_t)sprintf(line + used, "\\x%02x", (unsigned char)*text);
		text += width;
		left -= width;
	}
	line[used] = '\0';
}

void log_write(struct log *log, const char *plugin, int level, int threshold, const char *format,
	       va_list arguments)
{
	int saved = errno;
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX];
	struct timespec now;

	if (level > threshold)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	escape(text, line, sizeof(line));
	clock_gettime(CLOCK_REALTIME, &now);
	struct corbel_log_line out = {
		.plugin = plugin,
		.level = level,
		.text = line,
		.time = now.tv_sec * CORBEL_SECOND + now.tv_nsec,
	};
	pthread_mutex_lock(&log->lock);
	log->sink(log->data, &out);
	pthread_mutex_unlock(&log->lock);
	errno = saved;
}

void log_host(struct log *log, int level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write(log, "", level, __atomic_load_n(&log->level, __ATOMIC_RELAXED), format,
		  arguments);
	va_end(arguments);
}

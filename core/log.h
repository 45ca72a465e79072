/* SPDX-License-Identifier: MIT */
/* Log lines: made in any thread, each with its plugin, handed to one sink, one at a time. */
#ifndef CORBEL_CORE_LOG_H
#define CORBEL_CORE_LOG_H

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>

#include <corbel/host.h>
#include <corbel/log.h>
#include <corbel/loop.h>

/* The longest line, in bytes; what is longer is cut and says so. */
#define LOG_LINE_MAX 4096

struct log {
	pthread_mutex_t lock; /* one line at a time; held while the sink runs, which must not log */
	void (*sink)(void *data, const struct corbel_log_line *line);
	void *data;
	int level; /* of the host itself, and of plugins that do not say */
};

/* sink NULL: stderr. */
void log_init(struct log *log, void (*sink)(void *data, const struct corbel_log_line *line),
	      void *data);
void log_fini(struct log *log);
/* Writes a line if `level` is at most `threshold`; preserves errno. [any thread] */
void log_write(struct log *log, const char *plugin, int level, int threshold, const char *format,
	       va_list arguments);
/* The same as the host. [any thread] */
void log_host(struct log *log, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

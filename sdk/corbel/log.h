/* SPDX-License-Identifier: MIT */
/*
 * Logging. Each line knows its plugin; levels are set per plugin, in the configuration and while
 * running.
 *
 * A message is one line of UTF-8 without a final newline; the host escapes control characters.
 */
#ifndef CORBEL_LOG_H
#define CORBEL_LOG_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The severities of syslog(3), without the three above error. */
enum corbel_level {
	CORBEL_ERROR = 3,   /* something does not work, and a person must act */
	CORBEL_WARNING = 4, /* something works less well than it should */
	CORBEL_NOTICE = 5,  /* a normal event worth keeping */
	CORBEL_INFO = 6,    /* what goes on */
	CORBEL_DEBUG = 7    /* for the plugin's author */
};

/*
 * Whether a message of this level would be kept; for messages that are dear to make. [any thread]
 */
static inline bool corbel_log_enabled(struct corbel_context *context, enum corbel_level level)
{
	return context->api->log_enabled(context, level);
}

/* Logs one line, formatted as by printf(3). `errno` is preserved. [any thread] */
__attribute__((format(printf, 3, 4), unused)) static void
corbel_log(struct corbel_context *context, enum corbel_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	context->api->log(context, level, format, arguments);
	va_end(arguments);
}

#ifdef __cplusplus
}
#endif

#endif

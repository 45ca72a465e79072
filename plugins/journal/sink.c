/* SPDX-License-Identifier: MIT */
/* The words of sinks. */
#include "sink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *sink_remedy(int code)
{
	switch (code) {
	case -ENOSPC:
	case -EDQUOT:
		return "make room there, or lower max-size or keep";
	case -EFBIG:
		return "lower max-size below the limit for one file";
	case -EROFS:
		return "mount it writable, or set another target";
	case -EPIPE:
	case -EAGAIN:
		return "its reader must run and read faster, or set another target";
	case -ENOENT:
	case -ECONNREFUSED:
		return "start systemd-journald, or set another target";
	case -ENOMEM:
		return "give the host more memory";
	default:
		return "check the device, or set another target";
	}
}

int sink_explain(struct corbel_error *error, int code, const char *remedy, const char *format, ...)
{
	const char *words = strerrordesc_np(-code);
	char what[700];
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(error->text, sizeof(error->text), "cannot %s: %s (%s)", what,
		 words ? words : "unknown error", remedy);
	return code;
}

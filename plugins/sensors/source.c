/* SPDX-License-Identifier: MIT */
/* The table of sources, and how one says what is wrong. */
#include "source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct source_kind *const kinds[] = {
	&cpu_source,     &memory_source,      &disk_source,
	&network_source, &temperature_source, &load_source,
};

const struct source_kind *source_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

int source_fail(struct source *source, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(source->fault, sizeof(source->fault), format, arguments);
	va_end(arguments);
	return error;
}

int source_fail_file(struct source *source, int error, const char *path)
{
	/* strerrordesc_np() is safe on any thread, unlike strerror(). */
	const char *words = strerrordesc_np(-error);

	return source_fail(source, error, "cannot read %s: %s", path,
			   words ? words : "unknown error");
}

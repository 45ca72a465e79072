/* SPDX-License-Identifier: MIT */
/* Versions of interfaces and of the plugin ABI: a major that breaks, a minor that adds. */
#include "version.h"

#include <errno.h>
#include <stddef.h>

/* Returns where the number ends, or NULL. Own digits only: strtoul takes signs and spaces. */
static const char *part_parse(const char *text, unsigned int *part)
{
	const char *at = text;
	unsigned int value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (unsigned int)(*at - '0');
		if (value > VERSION_PART_MAX)
			return NULL;
	}
	if (at == text || (*text == '0' && at - text > 1))
		return NULL;
	*part = value;
	return at;
}

int version_parse(const char *text, struct version *version)
{
	struct version parsed;

	const char *at = part_parse(text, &parsed.major);
	if (!at || *at != '.')
		return -EINVAL;
	at = part_parse(at + 1, &parsed.minor);
	if (!at || *at != '\0')
		return -EINVAL;
	*version = parsed;
	return 0;
}

int version_compare(struct version a, struct version b)
{
	if (a.major != b.major)
		return a.major < b.major ? -1 : 1;
	if (a.minor != b.minor)
		return a.minor < b.minor ? -1 : 1;
	return 0;
}

bool version_satisfies(struct version offered, struct version wanted)
{
	return offered.major == wanted.major && offered.minor >= wanted.minor;
}

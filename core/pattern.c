/* SPDX-License-Identifier: MIT */
/* Patterns of topic names: a whole name, or all names below one. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bus.h"

static bool is_part(const char *part, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool letter = (part[i] | 32) >= 'a' && (part[i] | 32) <= 'z';

		if (!letter && !(part[i] >= '0' && part[i] <= '9') && part[i] != '_' &&
		    part[i] != '-')
			return false;
	}
	return length > 0;
}

int pattern_check(const char *pattern)
{
	if (!pattern || strlen(pattern) > BUS_NAME_MAX)
		return -EINVAL;
	for (const char *part = pattern;;) {
		size_t length = strcspn(part, ".");
		bool last = part[length] == '\0';

		if (last && strcmp(part, "*") == 0)
			return 0;
		if (!is_part(part, length))
			return -EINVAL;
		if (last)
			return 0;
		part += length + 1;
	}
}

bool pattern_is_wild(const char *pattern)
{
	size_t length = strlen(pattern);

	return length > 0 && pattern[length - 1] == '*';
}

bool pattern_matches(const char *pattern, const char *name)
{
	if (!pattern_is_wild(pattern))
		return strcmp(pattern, name) == 0;

	size_t before = strlen(pattern) - 1;

	return strncmp(pattern, name, before) == 0 && name[before] != '\0';
}

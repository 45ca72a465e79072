/* SPDX-License-Identifier: MIT */
/* Versions of interfaces and of the plugin ABI: a major that breaks, a minor that adds. */
#ifndef CORBEL_CONFIG_VERSION_H
#define CORBEL_CONFIG_VERSION_H

#include <stdbool.h>

#define VERSION_PART_MAX 65535u

struct version {
	unsigned int major;
	unsigned int minor;
};

/* Reads exactly "MAJOR.MINOR", decimal, each at most VERSION_PART_MAX; else -EINVAL. */
int version_parse(const char *text, struct version *version);

/* Negative, 0 or positive, as strcmp. */
int version_compare(struct version a, struct version b);

/* Whether whoever was built for `wanted` can use `offered`: same major, minor at least. */
bool version_satisfies(struct version offered, struct version wanted);

#endif

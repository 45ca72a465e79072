/* SPDX-License-Identifier: MIT */
/* The command line of corbeld. */
#ifndef CORBEL_HOST_OPTIONS_H
#define CORBEL_HOST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <corbel/error.h>

enum options_mode {
	OPTIONS_RUN = 0,
	OPTIONS_CHECK = 1,
	OPTIONS_PRINT_CONFIG = 2,
	OPTIONS_VERSION = 3,
	OPTIONS_HELP = 4,
};

/* Strings are borrowed from the arguments. */
struct options {
	enum options_mode mode;
	const char *file;
	const char **overrides; /* "section.key=value", in their order */
	size_t override_count;
	const char **patterns; /* of topics to show on standard output */
	size_t pattern_count;
	int64_t duration; /* ns to run; 0: until told to stop */
	bool develop;
	bool no_unload;
};

/* -EINVAL with words for the user; options need options_fini() in any case. */
int options_parse(int count, char **arguments, struct options *options, struct corbel_error *error);
void options_fini(struct options *options);

void options_print_help(FILE *out);

#endif

/* SPDX-License-Identifier: MIT */
/* The commands of corbel-scanner, one file each. */
#ifndef SCANNER_COMMAND_H
#define SCANNER_COMMAND_H

#include <stddef.h>

#include "error.h"
#include "output.h"

#define COMMAND_INPUTS_MAX 2

/* Exit codes; README and man page promise them. */
#define COMMAND_OK 0
#define COMMAND_REFUSED 1 /* the input is wrong, or the check failed */
#define COMMAND_USAGE 2
#define COMMAND_FAILED 3 /* the result could not be written */

struct command {
	const char *name;
	const char *usage;
	const char *summary;
	size_t inputs;
	/* Prints the result to `to`. 0, or -errno after a complaint. */
	int (*run)(const char *const *inputs, FILE *to, struct complaints *complaints);
};

int command_header(const char *const *inputs, FILE *to, struct complaints *complaints);
int command_doc(const char *const *inputs, FILE *to, struct complaints *complaints);
int command_check(const char *const *inputs, FILE *to, struct complaints *complaints);
int command_varlink(const char *const *inputs, FILE *to, struct complaints *complaints);
int command_plugin(const char *const *inputs, FILE *to, struct complaints *complaints);

#endif

/* SPDX-License-Identifier: MIT */
/* Tables of which most columns are numbers, straight from a reply. */
#ifndef CORBEL_CTL_NUMBERS_H
#define CORBEL_CTL_NUMBERS_H

#include "command.h"

#define NUMBERS_COLUMNS 8

struct numbers_column {
	const char *title;  /* NULL ends the list */
	const char *member; /* of each object in the list */
};

/* Calls the method, and prints the list that its reply has under `list`. */
int numbers_print(struct ctl *ctl, const char *method, const char *list,
		  const struct numbers_column *columns);

#endif

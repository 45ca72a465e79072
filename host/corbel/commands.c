/* SPDX-License-Identifier: MIT */
/* The table of corbel's commands. */
#include <stddef.h>

#include "command.h"

const struct command commands[] = {
	{ "dev", "[OPTION...] [FOLDER]",
	  "builds a plugin whenever a source is saved, and has corbeld reload it", command_dev },
	{ "help", "", "this", command_help },
	{ NULL, NULL, NULL, NULL },
};

/* SPDX-License-Identifier: MIT */
/* Making a host from the command line, and telling all that is wrong with it. */
#ifndef CORBEL_HOST_JUDGEMENT_H
#define CORBEL_HOST_JUDGEMENT_H

#include <corbel/host.h>

#include "logsink.h"
#include "options.h"

struct judgement {
	struct logsink *sink; /* for what is wrong later; NULL: standard error */
	size_t complaint_count;
	bool is_up; /* complaints go to the log from now on */
};

/* NULL when the configuration is wrong, with all of it told; *exit_code is then how to end. */
struct corbel_host *judgement_make(struct judgement *judgement, const struct options *options,
				   int *exit_code);

/* Logs a text line by line, so that the caret of a complaint stays below its place. */
void judgement_log(struct logsink *sink, int level, const char *text);

/* --check and --print-config. Returns how to end. */
int judgement_check(const struct options *options);
int judgement_print_config(const struct options *options);

#endif

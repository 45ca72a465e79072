/* SPDX-License-Identifier: MIT */
/* What start, stop, restart and reset have in common. */
#ifndef CORBEL_CTL_REQUEST_H
#define CORBEL_CTL_REQUEST_H

#include "command.h"

/* Asks for each plugin in turn, and waits until it is done; ends at the first that fails. */
int request_each(struct ctl *ctl, const char *method, const char *done, int count, char **plugins);

#endif

/* SPDX-License-Identifier: MIT */
/* Going on in the place of a program that could not (rescue.h): what it left is taken over. */
#ifndef CORBEL_HOST_SUCCESSION_H
#define CORBEL_HOST_SUCCESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <corbel/host.h>

#include "notify.h"

/* Before the host starts; from here on what it has will be carried on. Tells log and manager. */
void succession_begin(struct corbel_host *host, const struct notify *notify);
/* There were too many new beginnings: no plugin is to start by itself. */
bool succession_is_safe(void);
/* The manager's line about it. */
void succession_tell(const struct notify *notify);

#endif

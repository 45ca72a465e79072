/* SPDX-License-Identifier: MIT */
/* What is known, as JSON and as words. */
#ifndef HTTP_VIEW_H
#define HTTP_VIEW_H

#include "readings.h"
#include "snapshot.h"
#include "text.h"

void view_plugins(struct text *text, const struct snapshot *snapshot);
void view_sensors(struct text *text, const struct readings *readings);

/* A line for each plugin that should run and does not, or "ok". True: all is well. */
bool view_health(struct text *text, const struct snapshot *snapshot);

/* {"error":"..."}: why `interface` gave no answer. */
void view_absence(struct text *text, const char *interface, int error);

#endif

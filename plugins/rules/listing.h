/* SPDX-License-Identifier: MIT */
/* Rules and alerts as corbel.rules hands them out: copies that belong to the caller. */
#ifndef RULES_LISTING_H
#define RULES_LISTING_H

#include <corbel/plugin.h>

#include "alert.h"
#include "corbel.rules.h"
#include "ruleset.h"

/* One for each sensor that a rule watches. -ENOMEM: `*made` of `*out` are to be freed. */
int listing_of_rules(struct corbel_context *context, const struct ruleset *set,
		     struct corbel_rules_rule **out, size_t *made);
/* -ENOMEM: there is nothing to be freed. */
int listing_of_alerts(struct corbel_context *context, struct alert *const *alerts, size_t count,
		      struct corbel_rules_alert **out);

#endif

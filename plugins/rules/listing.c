/* SPDX-License-Identifier: MIT */
/* Rules and alerts as corbel.rules hands them out: copies that belong to the caller. */
#include "listing.h"

#include <errno.h>

static int fill(struct corbel_context *context, const struct rule *rule,
		const struct monitor *monitor, struct corbel_rules_rule *out)
{
	*out = (struct corbel_rules_rule){
		.name = corbel_strdup(context, rule->name),
		.expression = corbel_strdup(context, rule->expression),
		.state = (enum corbel_rules_state)monitor->state,
		.sensor = corbel_strdup(context, monitor->sensor),
		.value = monitor->value,
		.since = monitor->since,
	};
	return out->name && out->expression && out->sensor ? 0 : -ENOMEM;
}

/* A rule that has no sensor yet is there with the pattern in its place. */
static int fill_watch(struct corbel_context *context, const struct watch *watch,
		      struct corbel_rules_rule *out, size_t *made)
{
	struct monitor none = { .sensor = watch->rule.sensor };
	int result = 0;

	if (watch->count == 0)
		return fill(context, &watch->rule, &none, &out[(*made)++]);
	for (size_t i = 0; i < watch->count && result == 0; i++)
		result = fill(context, &watch->rule, &watch->monitors[i], &out[(*made)++]);
	return result;
}

int listing_of_rules(struct corbel_context *context, const struct ruleset *set,
		     struct corbel_rules_rule **out, size_t *made)
{
	size_t count = 0;
	int result = 0;

	for (size_t i = 0; i < set->count; i++)
		count += set->watches[i].count ? set->watches[i].count : 1;
	*out = corbel_alloc(context, (count + 1) * sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < set->count && result == 0; i++)
		result = fill_watch(context, &set->watches[i], *out, made);
	return result;
}

int listing_of_alerts(struct corbel_context *context, struct alert *const *alerts, size_t count,
		      struct corbel_rules_alert **out)
{
	struct corbel_rules_alert *made = corbel_alloc(context, (count + 1) * sizeof(*made));
	bool has_all = made != NULL;
	size_t i = 0;

	for (; i < count && has_all; i++) {
		made[i] = (struct corbel_rules_alert){
			.rule = corbel_strdup(context, alerts[i]->rule),
			.sensor = corbel_strdup(context, alerts[i]->sensor),
			.expression = corbel_strdup(context, alerts[i]->expression),
			.value = alerts[i]->value,
			.raised = alerts[i]->raised,
			.cleared = alerts[i]->cleared,
		};
		has_all = made[i].rule && made[i].sensor && made[i].expression;
	}
	if (!has_all) {
		corbel_rules_alerts_free(context, made, i);
		return -ENOMEM;
	}
	*out = made;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The alerts that are raised now, as corbel.rules tells. */
#include "alerts.h"

#include "view.h"

static void alert_write(struct text *text, const struct corbel_rules_rule *rule)
{
	text_add(text, "{\"rule\":");
	text_quote(text, rule->name);
	text_add(text, ",\"sensor\":");
	text_quote(text, rule->sensor);
	text_add(text, ",\"expression\":");
	text_quote(text, rule->expression);
	text_add(text, ",\"value\":");
	text_number(text, rule->value);
	text_add(text, ",\"since\":");
	text_seconds(text, rule->since);
	text_add(text, "}");
}

int alerts_write(struct text *text, struct corbel_context *context, struct corbel_rules *use)
{
	struct corbel_rules_rule *rules = NULL;
	const char *between = "";
	size_t count = 0;
	int result = corbel_rules_list(use, &rules, &count);

	if (result < 0) {
		view_absence(text, "corbel.rules", result);
		return result;
	}
	text_add(text, "{\"alerts\":[");
	for (size_t i = 0; i < count; i++) {
		if (rules[i].state != CORBEL_RULES_STATE_RAISED)
			continue;
		text_add(text, between);
		alert_write(text, &rules[i]);
		between = ",";
	}
	text_add(text, "]}");
	corbel_rules_rules_free(context, rules, count);
	return 0;
}

int alerts_count(struct corbel_context *context, struct corbel_rules *use, size_t *out)
{
	struct corbel_rules_rule *rules = NULL;
	size_t count = 0;
	int result = corbel_rules_list(use, &rules, &count);

	if (result < 0)
		return result;
	*out = 0;
	for (size_t i = 0; i < count; i++)
		*out += rules[i].state == CORBEL_RULES_STATE_RAISED;
	corbel_rules_rules_free(context, rules, count);
	return 0;
}

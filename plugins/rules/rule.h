/* SPDX-License-Identifier: MIT */
/*
 * One rule, as it is written in the configuration:
 *
 *	corbel.sensors.NAME OPERATOR NUMBER [for DURATION] [until OPERATOR NUMBER]
 *
 * A NAME that ends in ".*" is every sensor below it, and "*" every sensor there is.
 */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <corbel/error.h>

enum comparison {
	COMPARISON_ABOVE = 0,
	COMPARISON_AT_LEAST = 1,
	COMPARISON_BELOW = 2,
	COMPARISON_AT_MOST = 3,
	COMPARISON_EQUAL = 4,
	COMPARISON_UNEQUAL = 5,
};

struct condition {
	enum comparison comparison;
	double limit;
};

struct rule {
	char *name;
	char *expression; /* as written */
	char *sensor;     /* behind "corbel.sensors." */
	struct condition raise;
	struct condition clear; /* the opposite of `raise` unless there is an until */
	int64_t hold;           /* ns for which the condition has to hold */
};

/*
 * Reads a rule; on failure *rule is untouched, and the words name the character, what is there and
 * what was expected. -EINVAL, -ENOMEM.
 */
int rule_parse(const char *name, const char *expression, struct rule *rule,
	       struct corbel_error *error);
/* Accepts a zeroed one. */
void rule_fini(struct rule *rule);

bool rule_covers(const struct rule *rule, const char *sensor);
bool rule_is_pattern(const struct rule *rule);
/* The same rule by the same name: its state may be kept. */
bool rule_equals(const struct rule *a, const struct rule *b);

bool condition_holds(const struct condition *condition, double value);

#endif

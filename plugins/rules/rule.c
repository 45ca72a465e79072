/* SPDX-License-Identifier: MIT */
/* One rule, as it is written in the configuration. */
#include "rule.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

#define SECOND INT64_C(1000000000)
#define HOLD_MAX (366 * 86400 * SECOND)
#define OPERATOR_CHARACTERS "<>=!"
#define SPACE " \t"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char interface[] = "corbel.sensors.";

struct parser {
	const char *text;
	const char *at; /* not on a space */
	struct corbel_error *error;
};

struct unit {
	const char *name;
	double factor;
};

static const struct unit value_units[] = {
	{ "", 1 },
	{ "%", 1 },
	{ "K", 1024.0 },
	{ "M", 1048576.0 },
	{ "G", 1073741824.0 },
	{ "T", 1099511627776.0 },
};
static const struct unit time_units[] = {
	{ "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
};

static const struct {
	const char *text;
	enum comparison comparison;
	enum comparison opposite;
} operators[] = {
	{ ">", COMPARISON_ABOVE, COMPARISON_AT_MOST },
	{ ">=", COMPARISON_AT_LEAST, COMPARISON_BELOW },
	{ "<", COMPARISON_BELOW, COMPARISON_AT_LEAST },
	{ "<=", COMPARISON_AT_MOST, COMPARISON_ABOVE },
	{ "==", COMPARISON_EQUAL, COMPARISON_UNEQUAL },
	{ "!=", COMPARISON_UNEQUAL, COMPARISON_EQUAL },
};

/* What people write for an operator that has another name here. */
static const struct {
	const char *found;
	const char *meant;
} slips[] = {
	{ "=", "==" }, { "=>", ">=" }, { "=<", "<=" }, { "<>", "!=" }, { "!", "!=" },
};

void rule_fini(struct rule *rule)
{
	free(rule->name);
	free(rule->expression);
	free(rule->sensor);
	*rule = (struct rule){ 0 };
}

static size_t word_length(const char *word)
{
	size_t signs = strspn(word, OPERATOR_CHARACTERS);

	return signs ? signs : strcspn(word, SPACE OPERATOR_CHARACTERS);
}

static bool is_word(const char *word, const char *at, size_t length)
{
	return strlen(word) == length && strncmp(word, at, length) == 0;
}

/* Says what is wrong with the word at `where`. */
static int refuse(const struct parser *parser, const char *where, const char *expected,
		  const char *hint)
{
	int length = (int)word_length(where);

	if (length > 60)
		length = 60;
	snprintf(parser->error->text, sizeof(parser->error->text),
		 "character %zu: found %s%.*s%s, expected %s%s%s%s",
		 (size_t)(where - parser->text) + 1, length ? "\"" : "the end", length, where,
		 length ? "\"" : "", expected, hint ? " (did you mean \"" : "", hint ? hint : "",
		 hint ? "\"?)" : "");
	return -EINVAL;
}

static void skip(struct parser *parser, size_t length)
{
	parser->at += length;
	parser->at += strspn(parser->at, SPACE);
}

/* Words of a name between dots, of which the last may be a star alone. */
static bool is_sensor(const char *name, size_t length)
{
	size_t part = 0;

	for (size_t i = 0; i < length; i++) {
		if (name[i] == '*' && (part > 0 || i + 1 < length))
			return false;
		if (name[i] == '.' && part == 0)
			return false;
		part = name[i] == '.' ? 0 : part + 1;
	}
	return part > 0;
}

static int parse_sensor(struct parser *parser, struct rule *rule)
{
	const size_t prefix = sizeof(interface) - 1;
	size_t length = word_length(parser->at);

	if (strncmp(parser->at, interface, prefix) != 0)
		return refuse(parser, parser->at, "a sensor such as corbel.sensors.cpu.busy", NULL);
	if (!is_sensor(parser->at + prefix, length - prefix))
		return refuse(parser, parser->at,
			      "the name of a sensor behind corbel.sensors., or a \"*\" as its last "
			      "part",
			      NULL);
	rule->sensor = strndup(parser->at + prefix, length - prefix);
	skip(parser, length);
	return rule->sensor ? 0 : -ENOMEM;
}

/* A number with one of the units behind it, without a space. */
static int parse_quantity(struct parser *parser, const struct unit *units, size_t count,
			  const char *expected, double *result)
{
	const char *end;
	double number;

	if (!number_read(parser->at, &number, &end))
		return refuse(parser, parser->at, expected, NULL);

	size_t length = strcspn(end, SPACE);

	for (size_t i = 0; i < count; i++) {
		if (!is_word(units[i].name, end, length) || !isfinite(number * units[i].factor))
			continue;
		*result = number * units[i].factor;
		skip(parser, (size_t)(end - parser->at) + length);
		return 0;
	}
	return refuse(parser, parser->at, expected, NULL);
}

/* `opposite` NULL: not asked for. */
static int parse_condition(struct parser *parser, struct condition *condition,
			   struct condition *opposite)
{
	size_t length = strspn(parser->at, OPERATOR_CHARACTERS), i = 0;
	const char *hint = NULL;

	while (i < COUNT_OF(operators) && !is_word(operators[i].text, parser->at, length))
		i++;
	if (i == COUNT_OF(operators)) {
		for (size_t j = 0; j < COUNT_OF(slips); j++)
			if (is_word(slips[j].found, parser->at, length))
				hint = slips[j].meant;
		return refuse(parser, parser->at, "one of > >= < <= == !=", hint);
	}
	skip(parser, length);
	condition->comparison = operators[i].comparison;

	int result = parse_quantity(parser, value_units, COUNT_OF(value_units),
				    "a number as in 90, 0.5, 90% or 2G", &condition->limit);

	if (opposite)
		*opposite = (struct condition){ operators[i].opposite, condition->limit };
	return result;
}

static int parse_hold(struct parser *parser, int64_t *hold)
{
	static const char expected[] = "a duration up to 366d as in 500ms, 5s, 2m, 1h or 1d";
	const char *where = parser->at;
	double length;
	int result = parse_quantity(parser, time_units, COUNT_OF(time_units), expected, &length);

	if (result < 0)
		return result;
	if (length < 0 || length > (double)HOLD_MAX)
		return refuse(parser, where, expected, NULL);
	*hold = (int64_t)length;
	return 0;
}

static bool includes_limit(const struct condition *condition)
{
	return condition->comparison == COMPARISON_AT_LEAST ||
	       condition->comparison == COMPARISON_AT_MOST;
}

/* Whether no value satisfies both, of two that look in opposite directions. */
static bool excludes(const struct condition *upper, const struct condition *lower)
{
	if (lower->limit != upper->limit)
		return lower->limit < upper->limit;
	return !includes_limit(lower) || !includes_limit(upper);
}

static bool looks_up(const struct condition *condition)
{
	return condition->comparison == COMPARISON_ABOVE ||
	       condition->comparison == COMPARISON_AT_LEAST;
}

static bool looks_down(const struct condition *condition)
{
	return condition->comparison == COMPARISON_BELOW ||
	       condition->comparison == COMPARISON_AT_MOST;
}

static int parse_until(struct parser *parser, struct rule *rule)
{
	const char *where = parser->at;
	int result = parse_condition(parser, &rule->clear, NULL);

	if (result < 0)
		return result;
	if (looks_up(&rule->raise) && looks_down(&rule->clear) &&
	    excludes(&rule->raise, &rule->clear))
		return 0;
	if (looks_down(&rule->raise) && looks_up(&rule->clear) &&
	    excludes(&rule->clear, &rule->raise))
		return 0;
	return refuse(
		parser, where,
		"an end on the other side of the limit, as in > 90 until < 80 or < 5 until > 8",
		NULL);
}

static bool takes(struct parser *parser, const char *word)
{
	if (!is_word(word, parser->at, word_length(parser->at)))
		return false;
	skip(parser, strlen(word));
	return true;
}

static int parse_rest(struct parser *parser, struct rule *rule)
{
	bool has_hold = false, has_until = false;
	int result = 0;

	while (result == 0 && *parser->at) {
		const char *where = parser->at;

		if (!has_hold && takes(parser, "for")) {
			has_hold = true;
			result = parse_hold(parser, &rule->hold);
		} else if (!has_until && takes(parser, "until")) {
			has_until = true;
			result = parse_until(parser, rule);
		} else {
			result = refuse(parser, where,
					has_hold && has_until ? "the end of the rule"
					: has_hold ? "until and a condition, or the end of the rule"
					: has_until
						? "for and a duration, or the end of the rule"
						: "for and a duration, until and a condition, or "
						  "the end of the rule",
					NULL);
		}
	}
	return result;
}

int rule_parse(const char *name, const char *expression, struct rule *rule,
	       struct corbel_error *error)
{
	struct parser parser = { expression, expression, error };
	struct rule made = { .name = strdup(name), .expression = strdup(expression) };
	int result = made.name && made.expression ? 0 : -ENOMEM;

	skip(&parser, 0);
	if (result == 0)
		result = parse_sensor(&parser, &made);
	if (result == 0)
		result = parse_condition(&parser, &made.raise, &made.clear);
	if (result == 0)
		result = parse_rest(&parser, &made);
	if (result == -ENOMEM)
		snprintf(error->text, sizeof(error->text), "no memory for a rule");
	if (result < 0)
		rule_fini(&made);
	else
		*rule = made;
	return result;
}

bool rule_is_pattern(const struct rule *rule)
{
	return rule->sensor[strlen(rule->sensor) - 1] == '*';
}

bool rule_covers(const struct rule *rule, const char *sensor)
{
	if (!rule_is_pattern(rule))
		return strcmp(rule->sensor, sensor) == 0;
	return strncmp(rule->sensor, sensor, strlen(rule->sensor) - 1) == 0;
}

bool rule_equals(const struct rule *a, const struct rule *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->expression, b->expression) == 0;
}

bool condition_holds(const struct condition *condition, double value)
{
	switch (condition->comparison) {
	case COMPARISON_ABOVE:
		return value > condition->limit;
	case COMPARISON_AT_LEAST:
		return value >= condition->limit;
	case COMPARISON_BELOW:
		return value < condition->limit;
	case COMPARISON_AT_MOST:
		return value <= condition->limit;
	case COMPARISON_EQUAL:
		return value == condition->limit;
	case COMPARISON_UNEQUAL:
		return value != condition->limit;
	}
	return false;
}

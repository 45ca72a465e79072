/* SPDX-License-Identifier: MIT */
/* One alert, and its record in a store. */
#include "alert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

struct alert *alert_copy(const struct alert *alert)
{
	struct alert *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *alert;
	copy->rule = strdup(alert->rule);
	copy->sensor = strdup(alert->sensor);
	copy->expression = strdup(alert->expression);
	if (copy->rule && copy->sensor && copy->expression)
		return copy;
	alert_free(copy);
	return NULL;
}

void alert_free(struct alert *alert)
{
	if (!alert)
		return;
	free(alert->rule);
	free(alert->sensor);
	free(alert->expression);
	free(alert);
}

int alert_compare(const struct alert *a, const struct alert *b)
{
	if (a->raised != b->raised)
		return a->raised < b->raised ? -1 : 1;

	int order = strcmp(a->rule, b->rule);

	return order ? order : strcmp(a->sensor, b->sensor);
}

/* Twenty digits: as text they sort like the numbers. */
char *alert_key_before(int64_t from, const char *prefix)
{
	char *key;

	return asprintf(&key, "%s%020" PRId64, prefix, from > 0 ? from : 0) < 0 ? NULL : key;
}

char *alert_key(const struct alert *alert, const char *prefix)
{
	char *key;

	return asprintf(&key, "%s%020" PRId64 ".%s.%s", prefix,
			alert->raised > 0 ? alert->raised : 0, alert->rule, alert->sensor) < 0
		       ? NULL
		       : key;
}

static void write_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":\"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", (unsigned int)*text);
		else
			fputc(*text, out);
	}
	fputs("\",", out);
}

char *alert_record(const struct alert *alert)
{
	char *record = NULL, number[NUMBER_TEXT_MAX];
	size_t size;
	FILE *out = open_memstream(&record, &size);

	if (!out)
		return NULL;
	number_write(alert->value, number);
	fputc('{', out);
	write_string(out, "rule", alert->rule);
	write_string(out, "sensor", alert->sensor);
	write_string(out, "expression", alert->expression);
	fprintf(out, "\"value\":%s,\"raised\":%" PRId64 ",\"cleared\":%" PRId64 "}", number,
		alert->raised, alert->cleared);
	if (fclose(out) == 0)
		return record;
	free(record);
	return NULL;
}

/* Goes past `expected`; false: it is not there. */
static bool takes(const char **at, const char *expected)
{
	size_t length = strlen(expected);

	if (strncmp(*at, expected, length) != 0)
		return false;
	*at += length;
	return true;
}

/* The character behind a backslash, of those that write_string() makes. */
static bool read_escape(const char **at, char *character)
{
	unsigned int code;

	if (**at != 'u') {
		*character = *(*at)++;
		return *character == '"' || *character == '\\';
	}
	if (strlen(*at) < 5 || sscanf(*at + 1, "%4x", &code) != 1 || code == 0 || code >= 0x20)
		return false;
	*character = (char)code;
	*at += 5;
	return true;
}

/* `"name":"text",` with the text in memory of its own. */
static bool read_string(const char **at, const char *name, char **text)
{
	if (!takes(at, "\"") || !takes(at, name) || !takes(at, "\":\""))
		return false;

	char *to = *text = malloc(strlen(*at) + 1);

	if (!to)
		return false;
	while (**at && **at != '"') {
		if (**at != '\\')
			*to++ = *(*at)++;
		else if (++*at, !read_escape(at, to++))
			return false;
	}
	*to = '\0';
	return takes(at, "\",");
}

static bool read_integer(const char **at, const char *name, int64_t *number)
{
	char *end;

	if (!takes(at, name))
		return false;
	*number = strtoll(*at, &end, 10);

	bool is_number = end != *at;

	*at = end;
	return is_number;
}

static bool read_members(const char *at, struct alert *alert)
{
	return takes(&at, "{") && read_string(&at, "rule", &alert->rule) &&
	       read_string(&at, "sensor", &alert->sensor) &&
	       read_string(&at, "expression", &alert->expression) && takes(&at, "\"value\":") &&
	       number_read(at, &alert->value, &at) &&
	       read_integer(&at, ",\"raised\":", &alert->raised) &&
	       read_integer(&at, ",\"cleared\":", &alert->cleared) && strcmp(at, "}") == 0;
}

struct alert *alert_read(const struct corbel_bytes *record)
{
	struct alert *alert = calloc(1, sizeof(*alert));
	char *text = strndup(record->size ? record->data : "", record->size);

	if (alert && text && read_members(text, alert)) {
		alert->is_stored = true;
	} else {
		alert_free(alert);
		alert = NULL;
	}
	free(text);
	return alert;
}

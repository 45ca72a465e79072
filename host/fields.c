/* SPDX-License-Identifier: MIT */
/* JSON as a person reads it: `name=cpu value=12.5`. */
#include "fields.h"

#include <stdlib.h>
#include <time.h>

static void print_value(FILE *out, const json_t *value)
{
	if (json_is_string(value)) {
		fputs(json_string_value(value), out);
		return;
	}
	if (json_is_real(value)) {
		fprintf(out, "%.6g", json_real_value(value));
		return;
	}
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	fputs(text ? text : "?", out);
	free(text);
}

void fields_print(FILE *out, const json_t *object)
{
	const char *name, *gap = "";
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		fprintf(out, "%s%s=", gap, name);
		print_value(out, value);
		gap = "  ";
	}
}

void fields_print_clock(FILE *out, int64_t time)
{
	time_t seconds = (time_t)(time / 1000000000);
	char text[16];
	struct tm parts;

	localtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%H:%M:%S", &parts);
	fprintf(out, "%s.%03d", text, (int)(time % 1000000000 / 1000000));
}

void fields_print_event(FILE *out, const json_t *event)
{
	fields_print_clock(out, json_integer_value(json_object_get(event, "time")));
	fprintf(out, "  %s  ", json_string_value(json_object_get(event, "topic")));
	fields_print(out, json_object_get(event, "fields"));
	fputc('\n', out);
	fflush(out);
}

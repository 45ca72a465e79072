/* SPDX-License-Identifier: MIT */
/* An event as one line of text. */
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS 1000000000
#define NANOSECONDS_PER_MILLISECOND 1000000

void line_fini(struct line *line)
{
	free(line->text);
	*line = (struct line){ 0 };
}

void line_clear(struct line *line)
{
	line->length = 0;
	line->is_cut = false;
}

bool line_reserve(struct line *line, size_t count)
{
	size_t capacity = line->capacity ? line->capacity : 1024;

	if (count < line->capacity - line->length)
		return true;
	while (capacity - line->length <= count) {
		if (capacity > SIZE_MAX / 2)
			return false;
		capacity *= 2;
	}

	char *text = realloc(line->text, capacity);

	if (!text)
		return false;
	line->text = text;
	line->capacity = capacity;
	return true;
}

void line_put(struct line *line, const void *bytes, size_t count)
{
	if (line->is_cut || !line_reserve(line, count)) {
		line->is_cut = true;
		return;
	}
	memcpy(line->text + line->length, bytes, count);
	line->length += count;
	line->text[line->length] = '\0';
}

void line_put_text(struct line *line, const char *text)
{
	line_put(line, text, strlen(text));
}

static void put_milliseconds(struct line *line, int64_t at)
{
	char text[16];
	int64_t part = (at % NANOSECONDS + NANOSECONDS) % NANOSECONDS;

	snprintf(text, sizeof(text), ".%03d", (int)(part / NANOSECONDS_PER_MILLISECOND));
	line_put_text(line, text);
}

static time_t seconds_of(int64_t at)
{
	return at / NANOSECONDS - (at % NANOSECONDS < 0);
}

static void put_universal_time(struct line *line, int64_t at)
{
	time_t seconds = seconds_of(at);
	struct tm parts;
	char text[40];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	line_put_text(line, text);
	put_milliseconds(line, at);
	line_put_text(line, "Z");
}

static void put_local_time(struct line *line, int64_t at)
{
	time_t seconds = seconds_of(at);
	struct tm parts;
	char text[16];

	localtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%H:%M:%S", &parts);
	line_put_text(line, text);
	put_milliseconds(line, at);
}

/* Where the JSON string that begins at `at` ends, behind its quote; or the end of the text. */
static const char *string_end(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

/* Where the value ends: at a comma or bracket that is not within it. */
static const char *value_end(const char *at)
{
	unsigned int depth = 0;

	while (*at) {
		if (*at == '"') {
			at = string_end(at);
			continue;
		}
		if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
			return at;
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at++;
	}
	return at;
}

/* A string of plain characters needs no quotes. */
static void put_value(struct line *line, const char *at, const char *end)
{
	size_t length = (size_t)(end - at);

	if (length > 2 && *at == '"' && end[-1] == '"' && strcspn(at + 1, "\" \\=,") == length - 2)
		line_put(line, at + 1, length - 2);
	else
		line_put(line, at, length);
}

/* {"name":"cpu.busy","value":3.5} -> " name=cpu.busy value=3.5" */
static void put_pairs(struct line *line, const char *fields)
{
	const char *at = fields;

	while (*at == '{' || *at == ',') {
		const char *key = at + 1;

		if (*key != '"')
			break;

		const char *colon = string_end(key);

		if (*colon != ':')
			break;

		const char *end = value_end(colon + 1);

		line_put_text(line, " ");
		line_put(line, key + 1, (size_t)(colon - key) - 2);
		line_put_text(line, "=");
		put_value(line, colon + 1, end);
		at = end;
	}
}

static void put_fields(struct line *line, enum line_format format, const char *fields)
{
	if (format == LINE_SHORT && *fields == '{') {
		put_pairs(line, fields);
		return;
	}
	line_put_text(line, " ");
	line_put_text(line, fields);
}

/* Names of topics and plugins hold nothing that JSON would have to escape. */
static void put_object(struct line *line, const struct line_event *event)
{
	line_put_text(line, "{\"time\":\"");
	put_universal_time(line, event->at);
	line_put_text(line, "\",\"topic\":\"");
	line_put_text(line, event->topic);
	line_put_text(line, "\",\"publisher\":\"");
	line_put_text(line, event->publisher);
	line_put_text(line, "\",\"fields\":");
	line_put_text(line, event->fields);
	line_put_text(line, "}");
}

void line_write(struct line *line, enum line_format format, const struct line_event *event)
{
	line_clear(line);
	if (format == LINE_JSON) {
		put_object(line, event);
	} else if (format == LINE_SHORT) {
		put_local_time(line, event->at);
		line_put_text(line, " ");
		line_put_text(line, event->topic);
		put_fields(line, format, event->fields);
	} else {
		put_universal_time(line, event->at);
		line_put_text(line, " ");
		line_put_text(line, event->topic);
		line_put_text(line, " ");
		line_put_text(line, event->publisher);
		put_fields(line, format, event->fields);
	}
	line_put_text(line, "\n");
}

void line_write_message(struct line *line, enum line_format format, const struct line_event *event)
{
	line_clear(line);
	line_put_text(line, event->topic);
	put_fields(line, format, event->fields);
}

/* SPDX-License-Identifier: MIT */
/* One line of INI text: what it is, its parts, and what is wrong with it. */
#include "line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* A line being read; at moves from left to right. */
struct cursor {
	const char *text;
	size_t length;
	size_t at;
	struct line *line;
	struct corbel_error *error;
};

static bool at_end(const struct cursor *cursor)
{
	return cursor->at >= cursor->length;
}

static char here(const struct cursor *cursor)
{
	return at_end(cursor) ? '\0' : cursor->text[cursor->at];
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t';
}

static bool is_comment(char byte)
{
	return byte == '#' || byte == ';';
}

static void skip_space(struct cursor *cursor)
{
	while (!at_end(cursor) && is_space(here(cursor)))
		cursor->at++;
}

static unsigned int column_of(size_t offset)
{
	return (unsigned int)offset + 1;
}

/* Says what is wrong at offset. */
static int refuse(struct cursor *cursor, size_t offset, const char *words)
{
	cursor->line->column = column_of(offset);
	return error_set(cursor->error, -EINVAL, "%s", words);
}

static int copy_part(struct cursor *cursor, size_t from, size_t to, char **part)
{
	*part = strndup(cursor->text + from, to - from);
	if (*part)
		return 0;
	return error_set(cursor->error, -ENOMEM, "out of memory");
}

int line_check_bytes(const char *text, size_t length, unsigned int *column,
		     struct corbel_error *error)
{
	for (size_t at = 0; at < length;) {
		size_t size = utf8_size(text + at, length - at);
		unsigned char byte = (unsigned char)text[at];

		*column = column_of(at);
		if (size == 0)
			return error_set(error, -EINVAL,
					 "byte 0x%02X is not UTF-8, expected UTF-8 "
					 "text",
					 byte);
		if (byte == 0)
			return error_set(error, -EINVAL,
					 "a NUL byte, expected text (is this a "
					 "binary file?)");
		if (byte != '\t' && utf8_is_control(text + at, size))
			return error_set(error, -EINVAL,
					 "a control character (0x%02X), expected "
					 "text",
					 (unsigned char)text[at + size - 1]);
		at += size;
	}
	return 0;
}

static bool is_word_byte(char byte)
{
	return byte && !is_space(byte) && !is_comment(byte) && !strchr("=\"[]", byte);
}

/* After a header or a quoted value nothing may stand but a comment. */
static int expect_end(struct cursor *cursor, const char *words)
{
	size_t from = cursor->at;

	skip_space(cursor);
	if (at_end(cursor) || (is_comment(here(cursor)) && cursor->at > from))
		return 0;
	return refuse(cursor, cursor->at, words);
}

static int check_word_length(struct cursor *cursor, size_t from, size_t to)
{
	if (to - from <= INI_WORD_MAX)
		return 0;
	return refuse(cursor, from, "a word of more than 255 bytes, expected a shorter one");
}

/* The name of a section: the rest of the header without the spaces around it. */
static int parse_name(struct cursor *cursor)
{
	size_t from = cursor->at, to = from;

	while (!at_end(cursor) && here(cursor) != ']') {
		if (!is_space(here(cursor)) && !is_word_byte(here(cursor)))
			return refuse(cursor, cursor->at,
				      "a section's name has no quotes, brackets, "
				      "'=', '#' or ';', expected [kind NAME]");
		if (!is_space(here(cursor)))
			to = cursor->at + 1;
		cursor->at++;
	}
	if (to == from)
		return 0;
	int code = check_word_length(cursor, from, to);
	return code < 0 ? code : copy_part(cursor, from, to, &cursor->line->rest);
}

static int parse_header(struct cursor *cursor)
{
	size_t bracket = cursor->at++;

	cursor->line->kind = LINE_SECTION;
	cursor->line->column = column_of(bracket);
	skip_space(cursor);
	size_t from = cursor->at;
	while (is_word_byte(here(cursor)))
		cursor->at++;
	if (cursor->at == from)
		return refuse(cursor, from,
			      "a section without a kind, expected [kind] or "
			      "[kind NAME]");
	int code = check_word_length(cursor, from, cursor->at);
	if (code == 0)
		code = copy_part(cursor, from, cursor->at, &cursor->line->word);
	if (code < 0)
		return code;
	skip_space(cursor);
	code = parse_name(cursor);
	if (code < 0)
		return code;
	if (at_end(cursor))
		return refuse(cursor, bracket, "this section's ']' is missing");
	cursor->at++;
	return expect_end(cursor, "text after a section's ']', expected the end of the line or a "
				  "comment after a space");
}

static char unescape(char byte)
{
	switch (byte) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '"':
	case '\\':
		return byte;
	default:
		return '\0';
	}
}

static int parse_quoted(struct cursor *cursor)
{
	size_t quote = cursor->at++, length = 0;
	char *value = malloc(cursor->length - quote);

	cursor->line->rest = value;
	if (!value)
		return error_set(cursor->error, -ENOMEM, "out of memory");
	for (; !at_end(cursor) && here(cursor) != '"'; cursor->at++) {
		char byte = here(cursor);
		if (byte == '\\') {
			cursor->at++;
			byte = unescape(here(cursor));
			if (!byte && at_end(cursor))
				break;
			if (!byte)
				return refuse(cursor, cursor->at - 1,
					      "unknown escape, expected "
					      "\\\" \\\\ \\n or \\t");
		}
		value[length++] = byte;
	}
	if (at_end(cursor))
		return refuse(cursor, quote, "this quote is not closed on its line");
	value[length] = '\0';
	cursor->at++;
	return expect_end(cursor, "text after a closing quote, expected the end of the line: a "
				  "value is quoted as a whole (write \\\" for a quote inside)");
}

/* Where a comment begins, or the end of the line. */
static size_t find_comment(const struct cursor *cursor)
{
	for (size_t at = cursor->at; at < cursor->length; at++)
		if (is_comment(cursor->text[at]) && at > 0 && is_space(cursor->text[at - 1]))
			return at;
	return cursor->length;
}

static int parse_plain(struct cursor *cursor, size_t end)
{
	size_t from = cursor->at, quotes = 0, last_quote = 0;

	while (end > from && is_space(cursor->text[end - 1]))
		end--;
	for (size_t at = from; at < end; at++) {
		if (cursor->text[at] != '"')
			continue;
		quotes++;
		last_quote = at;
	}
	if (quotes % 2)
		return refuse(cursor, last_quote,
			      "a single quote mark inside a value: put \"...\" "
			      "around the whole value, and write \\\" for a quote inside");
	if (end > from && end == cursor->length && cursor->text[end - 1] == '\\')
		return refuse(cursor, end - 1,
			      "a backslash does not join lines: write the value on "
			      "one line, or \"...\\\\\" if it ends in a backslash");
	return copy_part(cursor, from, end, &cursor->line->rest);
}

static int parse_entry(struct cursor *cursor)
{
	size_t from = cursor->at;

	cursor->line->kind = LINE_ENTRY;
	cursor->line->column = column_of(from);
	while (is_word_byte(here(cursor)))
		cursor->at++;
	size_t to = cursor->at;
	skip_space(cursor);
	if (here(cursor) != '=' && to > from && cursor->text[to - 1] == ':')
		return refuse(cursor, to - 1, "expected `key = value`, found ':' in place of '='");
	if (here(cursor) != '=')
		return refuse(cursor, cursor->at, "expected `key = value` or [section]");
	if (to == from)
		return refuse(cursor, from, "expected a key before '='");
	int code = check_word_length(cursor, from, to);
	if (code == 0)
		code = copy_part(cursor, from, to, &cursor->line->word);
	if (code < 0)
		return code;
	cursor->at++;
	skip_space(cursor);
	cursor->line->value_column = column_of(cursor->at);
	return here(cursor) == '"' ? parse_quoted(cursor)
				   : parse_plain(cursor, find_comment(cursor));
}

/* A refused line keeps nothing but the place of the fault. */
static int finish(struct line *line, int code)
{
	if (code < 0) {
		line_fini(line);
		line->kind = LINE_BLANK;
	}
	return code;
}

int line_parse(const char *text, size_t length, struct line *line, struct corbel_error *error)
{
	struct cursor cursor = { text, length, 0, line, error };

	*line = (struct line){ 0 };
	int code = line_check_bytes(text, length, &line->column, error);
	if (code < 0)
		return code;
	skip_space(&cursor);
	if (at_end(&cursor) || is_comment(here(&cursor)))
		return 0;
	return finish(line, here(&cursor) == '[' ? parse_header(&cursor) : parse_entry(&cursor));
}

int line_parse_value(const char *text, size_t length, struct line *line, struct corbel_error *error)
{
	struct cursor cursor = { text, length, 0, line, error };

	*line = (struct line){ .kind = LINE_ENTRY, .column = 1 };
	skip_space(&cursor);
	line->value_column = column_of(cursor.at);
	while (length > cursor.at && is_space(text[length - 1]))
		length--;
	if (here(&cursor) == '"')
		return finish(line, parse_quoted(&cursor));
	return finish(line, copy_part(&cursor, cursor.at, length, &line->rest));
}

void line_fini(struct line *line)
{
	free(line->word);
	free(line->rest);
	line->word = NULL;
	line->rest = NULL;
}

/* SPDX-License-Identifier: MIT */
/* Entries from the command line: `section.key=value`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"

#define EXPECTED \
	"expected SECTION.KEY=VALUE, as in `log.level=debug` or " \
	"`plugin sensors.interval=200ms`"

/* The header that the words before the dot stand for: `[kind NAME]`. */
static int parse_section(const char *text, size_t length, struct line *section,
			 struct corbel_error *error)
{
	char *header = malloc(length + 3);

	if (!header)
		return error_set(error, -ENOMEM, "out of memory");
	header[0] = '[';
	memcpy(header + 1, text, length);
	memcpy(header + 1 + length, "]", 2);
	int code = line_parse(header, length + 2, section, error);
	free(header);
	if (code < 0 && section->column > 1)
		section->column--;
	return code;
}

static int parse_key(const char *text, size_t from, size_t to, struct line *entry,
		     struct corbel_error *error)
{
	struct line key;
	char *copy = strndup(text + from, to - from + 1);

	if (!copy)
		return error_set(error, -ENOMEM, "out of memory");
	int code = line_parse(copy, strlen(copy), &key, error);
	if (code == 0 && key.kind != LINE_ENTRY)
		code = error_set(error, -EINVAL, EXPECTED);
	free(copy);
	entry->column = (unsigned int)from + (key.column ? key.column : 1);
	entry->word = code == 0 ? key.word : NULL;
	if (code == 0)
		key.word = NULL;
	line_fini(&key);
	return code;
}

/* Both parts of an override; on failure entry->column has the place of the fault. */
static int parse_override(const char *text, struct line *section, struct line *entry,
			  struct corbel_error *error)
{
	size_t length = strlen(text), equals = strcspn(text, "="), dot = strcspn(text, ".=");
	int code = line_check_bytes(text, length, &entry->column, error);

	if (code < 0)
		return code;
	entry->column = (unsigned int)dot + 1;
	if (text[dot] != '.' || text[equals] != '=')
		return error_set(error, -EINVAL, EXPECTED);
	code = parse_section(text, dot, section, error);
	if (code < 0) {
		entry->column = section->column;
		return code;
	}
	code = line_parse_value(text + equals + 1, length - equals - 1, entry, error);
	if (code < 0) {
		entry->column += (unsigned int)equals + 1;
		return code;
	}
	entry->value_column += (unsigned int)equals + 1;
	return parse_key(text, dot + 1, equals, entry, error);
}

static int set_override(struct ini_document *document, const struct line *section,
			struct line *entry, const struct ini_origin *origin)
{
	struct ini_origin earlier;
	size_t number;
	int code = document_add_section(document, section->word, section->rest, origin, &number,
					&earlier);

	if (code < 0)
		return code;
	return document_set_entry(document, document->sections[number - 1], entry, origin,
				  &earlier);
}

int ini_add_override(struct ini_document *document, const char *text, struct complaints *complaints)
{
	struct corbel_error error;
	struct line section = { 0 }, entry = { 0 };
	struct ini_source *source;
	int code = source_new(INI_COMMAND_LINE, text, strlen(text), &source, &error);

	if (code < 0)
		return complaints_add_error(complaints, code, &error);
	if (document_add_source(document, source) < 0) {
		source_free(source);
		return complaints_add(complaints, -ENOMEM, "out of memory");
	}
	code = parse_override(text, &section, &entry, &error);
	struct ini_origin origin = { source->name, 1, entry.column, entry.value_column, source };
	if (code == 0) {
		error_set(&error, -ENOMEM, "out of memory");
		code = set_override(document, &section, &entry, &origin);
	}
	if (code < 0)
		ini_complain_to(&origin, complaints, code, "%s", error.text);
	line_fini(&section);
	line_fini(&entry);
	return code;
}

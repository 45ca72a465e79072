/* SPDX-License-Identifier: MIT */
/* The one reader of INI text: our lines, inih's structure, a document with the origin of all. */
#include "ini.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "document.h"

/* After so many complaints the rest of a text is not worth reading. */
#define COMPLAINTS_PER_TEXT 100

/* What inih's reader and handler share while one text is read. */
struct feed {
	struct ini_document *document;
	struct ini_source *source;
	struct complaints *complaints;
	size_t complaints_before;
	unsigned int next_line; /* line number, from 1 */
	struct line *entries;   /* entry N is announced to inih as `eN=vN` */
	unsigned int *entry_lines;
	size_t entry_count;
	size_t capacity;
	size_t handled;
	size_t section;          /* number of the current one; 0 if there is none */
	bool in_refused_section; /* its entries are judged but go nowhere */
	int code;
};

static struct ini_origin origin_of(const struct feed *feed, unsigned int number,
				   const struct line *line)
{
	return (struct ini_origin){
		.file = feed->source->name,
		.line = number,
		.column = line->column,
		.value_column = line->value_column,
		.source = feed->source,
	};
}

static void complain(struct feed *feed, const struct ini_origin *origin, int code,
		     const char *words)
{
	if (feed->code == 0 || feed->code == -EINVAL)
		feed->code = code;
	ini_complain_to(origin, feed->complaints, code, "%s", words);
}

static void complain_section_twice(struct feed *feed, const struct ini_origin *origin,
				   const struct line *line, const struct ini_origin *earlier)
{
	char place[512];

	ini_complain_to(origin, feed->complaints, -EINVAL,
			"section [%s%s%s] is already at %s, "
			"expected once in a file (move the keys there)",
			line->word, line->rest ? " " : "", line->rest ? line->rest : "",
			ini_origin_format(earlier, place, sizeof(place)));
	feed->code = -EINVAL;
}

static int feed_section(struct feed *feed, const struct ini_origin *origin, const struct line *line)
{
	struct ini_origin earlier;
	int code = document_add_section(feed->document, line->word, line->rest, origin,
					&feed->section, &earlier);

	feed->in_refused_section = code == -ENOMEM;
	if (code == -ENOMEM)
		complain(feed, origin, code, "out of memory");
	if (code == -EEXIST)
		complain_section_twice(feed, origin, line, &earlier);
	return code == -EEXIST ? 0 : code;
}

/* Keeps the line for the handler, which knows it by its number. */
static int feed_entry(struct feed *feed, struct line *line, unsigned int number)
{
	if (feed->entry_count == feed->capacity) {
		size_t capacity = feed->capacity ? feed->capacity * 2 : 32;
		struct line *entries = realloc(feed->entries, capacity * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		feed->entries = entries;
		unsigned int *lines = realloc(feed->entry_lines, capacity * sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		feed->entry_lines = lines;
		feed->capacity = capacity;
	}
	feed->entries[feed->entry_count] = *line;
	feed->entry_lines[feed->entry_count++] = number;
	*line = (struct line){ 0 };
	return 0;
}

/* The rest of the text is not worth reading: the complaints would say nothing new. */
static void stop_reading(struct feed *feed)
{
	feed->next_line = (unsigned int)feed->source->line_count + 1;
}

static bool looks_like_section(const char *bytes, size_t length)
{
	while (length > 0 && (*bytes == ' ' || *bytes == '\t')) {
		bytes++;
		length--;
	}
	return length > 0 && *bytes == '[';
}

/* Judges one line; true if inih is to see text for it. */
static bool feed_line(struct feed *feed, unsigned int number, char *text, size_t size)
{
	struct corbel_error error;
	struct line line;
	size_t length;
	const char *bytes = source_line(feed->source, number, &length);
	int code = line_parse(bytes, length, &line, &error);
	struct ini_origin origin = origin_of(feed, number, &line);
	bool fed = false;

	if (code < 0 && memchr(bytes, '\0', length)) {
		complain(feed, &origin, code, error.text);
		stop_reading(feed);
	} else if (code < 0) {
		feed->in_refused_section |= looks_like_section(bytes, length);
		complain(feed, &origin, code, error.text);
	} else if (line.kind == LINE_SECTION) {
		fed = feed_section(feed, &origin, &line) == 0;
		snprintf(text, size, "[s%zu]\n", feed->section);
	} else if (line.kind == LINE_ENTRY && !feed->section && !feed->in_refused_section) {
		complain(feed, &origin, -EINVAL,
			 "an entry before the first section, expected "
			 "[section] above it");
	} else if (line.kind == LINE_ENTRY && !feed->in_refused_section) {
		fed = feed_entry(feed, &line, number) == 0;
		if (fed)
			snprintf(text, size, "e%zu=v%zu\n", feed->entry_count - 1,
				 feed->entry_count - 1);
		else
			complain(feed, &origin, -ENOMEM, "out of memory");
	}
	line_fini(&line);
	return fed;
}

/* ini_reader: the next line that is worth showing to inih, as a short one. */
static char *next_line(char *text, int size, void *data)
{
	struct feed *feed = data;

	while (feed->next_line <= feed->source->line_count) {
		if (complaints_count(feed->complaints) - feed->complaints_before >=
		    COMPLAINTS_PER_TEXT) {
			complaints_add(feed->complaints, -EINVAL,
				       "%s: too much is wrong, the rest "
				       "was not read",
				       feed->source->name);
			stop_reading(feed);
			return NULL;
		}
		if (feed_line(feed, feed->next_line++, text, (size_t)size))
			return text;
	}
	return NULL;
}

static void complain_twice(struct feed *feed, const struct ini_origin *origin, const char *key,
			   const struct ini_origin *earlier)
{
	char place[512];

	feed->code = -EINVAL;
	ini_complain_to(origin, feed->complaints, -EINVAL,
			"key \"%s\" is already set at %s, "
			"expected once in a section (remove one of the two)",
			key, ini_origin_format(earlier, place, sizeof(place)));
}

/* ini_handler: inih says which entry stands in which section. */
static int handle_entry(void *data, const char *section, const char *name, const char *value)
{
	struct feed *feed = data;

	/* Some builds of inih announce sections too, without a name. */
	if (!name || !value || name[0] != 'e' || section[0] != 's')
		return 1;
	size_t number = strtoul(name + 1, NULL, 10), target = strtoul(section + 1, NULL, 10);
	if (number >= feed->entry_count || target == 0 || target > feed->document->count ||
	    !feed->entries[number].word)
		return 0;
	struct line *line = &feed->entries[number];
	struct ini_origin origin = origin_of(feed, feed->entry_lines[number], line);
	struct ini_origin earlier;
	int code = document_set_entry(feed->document, feed->document->sections[target - 1], line,
				      &origin, &earlier);
	if (code == -EEXIST)
		complain_twice(feed, &origin, line->word, &earlier);
	if (code == -ENOMEM)
		complain(feed, &origin, code, "out of memory");
	line_fini(line);
	feed->handled++;
	return 1;
}

static void feed_fini(struct feed *feed)
{
	for (size_t i = 0; i < feed->entry_count; i++)
		line_fini(&feed->entries[i]);
	free(feed->entries);
	free(feed->entry_lines);
}

/* The mark is left in the text, only its first line begins behind it. */
static void skip_byte_order_mark(struct ini_source *source)
{
	if (source->size >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0)
		source->starts[0] = 3;
}

/* Takes source over. */
static int add_source(struct ini_document *document, struct ini_source *source,
		      struct complaints *complaints)
{
	struct feed feed = {
		.document = document,
		.source = source,
		.complaints = complaints,
		.complaints_before = complaints_count(complaints),
		.next_line = 1,
	};

	if (document_add_source(document, source) < 0) {
		source_free(source);
		return complaints_add(complaints, -ENOMEM, "out of memory");
	}
	skip_byte_order_mark(source);
	int refused = ini_parse_stream(next_line, &feed, handle_entry, &feed);
	if (feed.code == 0 && (refused || feed.handled != feed.entry_count))
		feed.code = complaints_add(complaints, -EIO,
					   "%s: inih gave back %zu of %zu "
					   "entries (is this build of inih sound?)",
					   source->name, feed.handled, feed.entry_count);
	feed_fini(&feed);
	return feed.code;
}

int ini_add_file(struct ini_document *document, const char *path, struct complaints *complaints)
{
	struct corbel_error error;
	struct ini_source *source;
	int code = source_read(path, &source, &error);

	if (code < 0)
		return complaints_add_error(complaints, code, &error);
	return add_source(document, source, complaints);
}

int ini_add_text(struct ini_document *document, const char *name, const char *text, size_t size,
		 struct complaints *complaints)
{
	struct corbel_error error;
	struct ini_source *source;
	int code = source_new(name, text, size, &source, &error);

	if (code < 0)
		return complaints_add_error(complaints, code, &error);
	return add_source(document, source, complaints);
}

static int is_configuration(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".ini") == 0 || strcmp(dot, ".conf") == 0);
}

static int compare_files(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int ini_add_folder(struct ini_document *document, const char *path, struct complaints *complaints)
{
	struct dirent **files;
	int count = scandir(path, &files, is_configuration, compare_files);
	int code = 0;

	if (count < 0 && errno == ENOENT)
		return -ENOENT;
	if (count < 0) {
		code = -errno;
		return complaints_add(complaints, code, "%s: cannot read this folder: %s", path,
				      strerror(-code));
	}
	for (int i = 0; i < count; i++) {
		char *file;
		int result = -ENOMEM;
		if (asprintf(&file, "%s/%s", path, files[i]->d_name) >= 0) {
			result = ini_add_file(document, file, complaints);
			free(file);
		}
		code = result < 0 ? result : code;
		free(files[i]);
	}
	free(files);
	return code;
}

/* A document of its own if code is 0, else nothing but the words. */
static int finish_document(struct ini_document *made, int code, struct complaints *complaints,
			   struct ini_document **document, struct corbel_error *error)
{
	if (code < 0) {
		complaints_report(complaints, error, code);
		ini_document_free(made);
	} else {
		*document = made;
	}
	complaints_fini(complaints);
	return code;
}

int ini_read_file(const char *path, struct ini_document **document, struct corbel_error *error)
{
	struct complaints complaints = { 0 };
	struct ini_document *made = ini_document_new();
	int code = made ? ini_add_file(made, path, &complaints) : -ENOMEM;

	return finish_document(made, code, &complaints, document, error);
}

int ini_read_text(const char *name, const char *text, size_t size, struct ini_document **document,
		  struct corbel_error *error)
{
	struct complaints complaints = { 0 };
	struct ini_document *made = ini_document_new();
	int code = made ? ini_add_text(made, name, text, size, &complaints) : -ENOMEM;

	return finish_document(made, code, &complaints, document, error);
}

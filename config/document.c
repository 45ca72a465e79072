/* SPDX-License-Identifier: MIT */
/* How texts become one document: merging sections, overriding keys, finding what is there twice. */
#include "document.h"

#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Trees beside the arrays, because a hostile text may have a million keys and looking through all
 * of them for each would take hours.
 */
struct section_node {
	const char *kind;
	const char *name;
	size_t number;
	struct ini_origin latest; /* the newest header, to find it twice in one text */
};

struct entry_node {
	const struct ini_section *section;
	const char *key;
	size_t number;
};

static int compare_names(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_sections(const void *left, const void *right)
{
	const struct section_node *a = left, *b = right;
	int order = strcmp(a->kind, b->kind);

	return order ? order : compare_names(a->name, b->name);
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry_node *a = left, *b = right;
	uintptr_t section_a = (uintptr_t)a->section, section_b = (uintptr_t)b->section;

	if (section_a != section_b)
		return section_a < section_b ? -1 : 1;
	return strcmp(a->key, b->key);
}

struct ini_document *ini_document_new(void)
{
	return calloc(1, sizeof(struct ini_document));
}

static void section_free(struct ini_section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		free(section->entries[i].key);
		free(section->entries[i].value);
	}
	free(section->entries);
	free(section->kind);
	free(section->name);
	free(section);
}

void ini_document_free(struct ini_document *document)
{
	if (!document)
		return;
	tdestroy(document->section_index, free);
	tdestroy(document->entry_index, free);
	for (size_t i = 0; i < document->count; i++)
		section_free(document->sections[i]);
	for (size_t i = 0; i < document->source_count; i++)
		source_free(document->sources[i]);
	free(document->sections);
	free(document->sources);
	free(document);
}

int document_add_source(struct ini_document *document, struct ini_source *source)
{
	struct ini_source **sources = reallocarray(document->sources, document->source_count + 1,
						   sizeof(struct ini_source *));

	if (!sources)
		return -ENOMEM;
	document->sources = sources;
	sources[document->source_count++] = source;
	return 0;
}

static struct ini_section *section_new(const char *kind, const char *name,
				       const struct ini_origin *origin)
{
	struct ini_section *section = calloc(1, sizeof(*section));

	if (!section)
		return NULL;
	section->origin = *origin;
	section->kind = strdup(kind);
	section->name = name ? strdup(name) : NULL;
	if (section->kind && (section->name || !name))
		return section;
	section_free(section);
	return NULL;
}

static int append_section(struct ini_document *document, struct ini_section *section)
{
	if (document->count == document->capacity) {
		size_t capacity = document->capacity ? document->capacity * 2 : 8;
		struct ini_section **sections =
			reallocarray(document->sections, capacity, sizeof(struct ini_section *));
		if (!sections)
			return -ENOMEM;
		document->sections = sections;
		document->capacity = capacity;
	}
	document->sections[document->count++] = section;
	return 0;
}

static int index_section(struct ini_document *document, struct ini_section *section)
{
	struct section_node *node = malloc(sizeof(*node));

	if (!node)
		return -ENOMEM;
	*node = (struct section_node){ section->kind, section->name, document->count + 1,
				       section->origin };
	if (!tsearch(node, &document->section_index, compare_sections)) {
		free(node);
		return -ENOMEM;
	}
	if (append_section(document, section) == 0)
		return 0;
	tdelete(node, &document->section_index, compare_sections);
	free(node);
	return -ENOMEM;
}

int document_add_section(struct ini_document *document, const char *kind, const char *name,
			 const struct ini_origin *origin, size_t *number,
			 struct ini_origin *earlier)
{
	struct section_node wanted = { .kind = kind, .name = name };
	struct section_node **found = tfind(&wanted, &document->section_index, compare_sections);

	if (found) {
		*number = (*found)->number;
		*earlier = (*found)->latest;
		(*found)->latest = *origin;
		return earlier->source == origin->source ? -EEXIST : 0;
	}
	struct ini_section *section = section_new(kind, name, origin);
	if (!section)
		return -ENOMEM;
	if (index_section(document, section) < 0) {
		section_free(section);
		return -ENOMEM;
	}
	*number = document->count;
	return 0;
}

static int append_entry(struct ini_section *section, struct line *line,
			const struct ini_origin *origin)
{
	if (section->count == section->capacity) {
		size_t capacity = section->capacity ? section->capacity * 2 : 8;
		struct ini_entry *entries =
			reallocarray(section->entries, capacity, sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		section->entries = entries;
		section->capacity = capacity;
	}
	section->entries[section->count++] = (struct ini_entry){ line->word, line->rest, *origin };
	line->word = NULL;
	line->rest = NULL;
	return 0;
}

static int add_entry(struct ini_document *document, struct ini_section *section, struct line *line,
		     const struct ini_origin *origin)
{
	struct entry_node *node = malloc(sizeof(*node));

	if (!node)
		return -ENOMEM;
	*node = (struct entry_node){ section, line->word, section->count };
	if (!tsearch(node, &document->entry_index, compare_entries)) {
		free(node);
		return -ENOMEM;
	}
	if (append_entry(section, line, origin) == 0)
		return 0;
	tdelete(node, &document->entry_index, compare_entries);
	free(node);
	return -ENOMEM;
}

int document_set_entry(struct ini_document *document, struct ini_section *section,
		       struct line *line, const struct ini_origin *origin,
		       struct ini_origin *earlier)
{
	struct entry_node wanted = { .section = section, .key = line->word };
	struct entry_node **found = tfind(&wanted, &document->entry_index, compare_entries);

	if (!found)
		return add_entry(document, section, line, origin);
	struct ini_entry *entry = &section->entries[(*found)->number];
	if (entry->origin.source == origin->source) {
		*earlier = entry->origin;
		return -EEXIST;
	}
	free(entry->value);
	entry->value = line->rest;
	entry->origin = *origin;
	line->rest = NULL;
	return 0;
}

struct ini_section *ini_find_section(const struct ini_document *document, const char *kind,
				     const char *name)
{
	struct section_node wanted = { .kind = kind, .name = name };
	struct section_node **found =
		tfind(&wanted, (void *const *)&document->section_index, compare_sections);

	return found ? document->sections[(*found)->number - 1] : NULL;
}

struct ini_entry *ini_find_entry(const struct ini_section *section, const char *key)
{
	for (size_t i = 0; section && i < section->count; i++)
		if (strcmp(section->entries[i].key, key) == 0)
			return &section->entries[i];
	return NULL;
}

const char *ini_find_value(const struct ini_section *section, const char *key, const char *fallback)
{
	const struct ini_entry *entry = ini_find_entry(section, key);

	return entry ? entry->value : fallback;
}

struct ini_origin ini_value_origin(const struct ini_entry *entry)
{
	struct ini_origin origin = entry->origin;

	origin.column = origin.value_column;
	return origin;
}

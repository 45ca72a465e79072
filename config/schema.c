/* SPDX-License-Identifier: MIT */
/* What keys a section may have: reading a schema, and judging a section by it. */
#include "schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"

static const char *const attributes[] = { "type",   "default",  "range",
					  "values", "required", "summary" };

void schema_free(struct schema *schema)
{
	if (!schema)
		return;
	for (size_t i = 0; i < schema->count; i++) {
		struct schema_key *key = &schema->keys[i];
		free(key->name);
		free(key->summary);
		value_fini(&key->default_value);
		value_fini(&key->low);
		value_fini(&key->high);
		value_fini(&key->words);
	}
	free(schema->keys);
	free(schema);
}

static int complain_memory(struct complaints *complaints)
{
	return complaints_add(complaints, -ENOMEM, "out of memory");
}

/* The entry's value as type, or a complaint under it. */
static int parse_entry(enum value_type type, const struct ini_entry *entry,
		       struct config_value *value, struct complaints *complaints)
{
	struct corbel_error error;
	int code = value_parse(type, entry->value, value, &error);

	if (code == 0)
		return 0;
	struct ini_origin origin = ini_value_origin(entry);
	return ini_complain_to(&origin, complaints, code, "%s: %s", entry->key, error.text);
}

static int check_attributes(const struct ini_section *section, struct complaints *complaints)
{
	char hint[128];
	int code = 0;

	for (size_t i = 0; i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];
		struct nearest nearest;
		bool known = false;
		nearest_init(&nearest, entry->key);
		for (size_t j = 0; j < sizeof(attributes) / sizeof(attributes[0]); j++) {
			known |= strcmp(entry->key, attributes[j]) == 0;
			nearest_offer(&nearest, attributes[j]);
		}
		if (!known)
			code = ini_complain_to(&entry->origin, complaints, -EINVAL,
					       "[config %s] "
					       "has no \"%s\"%s",
					       section->name, entry->key,
					       nearest_hint(&nearest, hint, sizeof(hint)));
	}
	return code;
}

static int read_type(struct schema_key *key, const struct ini_section *section,
		     struct complaints *complaints)
{
	const struct ini_entry *entry = ini_find_entry(section, "type");
	struct nearest nearest;
	char hint[128];

	if (!entry)
		return ini_complain_to(&section->origin, complaints, -EINVAL,
				       "[config %s] does not "
				       "say its type, expected `type = duration` or another",
				       section->name);
	if (value_type_parse(entry->value, &key->type) == 0)
		return 0;
	nearest_init(&nearest, entry->value);
	for (int type = VALUE_BOOL; type <= VALUE_LIST; type++)
		nearest_offer(&nearest, value_type_name((enum value_type)type));
	struct ini_origin origin = ini_value_origin(entry);
	return ini_complain_to(&origin, complaints, -EINVAL,
			       "unknown type, expected bool, int, "
			       "float, string, duration, size, path, choice or list%s",
			       nearest_hint(&nearest, hint, sizeof(hint)));
}

static int read_words(struct schema_key *key, const struct ini_section *section,
		      struct complaints *complaints)
{
	const struct ini_entry *entry = ini_find_entry(section, "values");

	if (!entry && key->type == VALUE_CHOICE)
		return ini_complain_to(&section->origin, complaints, -EINVAL,
				       "[config %s] is a "
				       "choice without words, expected `values = a, b`",
				       section->name);
	if (!entry)
		return 0;
	if (key->type != VALUE_CHOICE && key->type != VALUE_LIST)
		return ini_complain_to(&entry->origin, complaints, -EINVAL,
				       "only a choice or a list "
				       "has values; [config %s] is of type %s",
				       section->name, value_type_name(key->type));
	return parse_entry(VALUE_LIST, entry, &key->words, complaints);
}

/* One end of a range; an empty text leaves it open. */
static int read_end(struct schema_key *key, const char *text, struct config_value *end,
		    bool *present, struct corbel_error *error)
{
	if (!*text)
		return 0;
	int code = value_parse(key->type, text, end, error);
	*present = code == 0;
	return code;
}

static int split_range(struct schema_key *key, const char *text, struct corbel_error *error)
{
	const char *dots = strstr(text, "..");

	if (!dots || !text[2])
		return error_set(error, -EINVAL, "expected LOW..HIGH as in 100ms..1h");
	char *low = strndup(text, (size_t)(dots - text));
	if (!low)
		return error_set(error, -ENOMEM, "out of memory");
	int code = read_end(key, low, &key->low, &key->has_low, error);
	free(low);
	if (code == 0)
		code = read_end(key, dots + 2, &key->high, &key->has_high, error);
	if (code == 0 && key->has_low && key->has_high && value_compare(&key->low, &key->high) > 0)
		code = error_set(error, -EINVAL, "its low end is above its high end");
	return code;
}

static bool has_order(enum value_type type)
{
	return type == VALUE_INT || type == VALUE_FLOAT || type == VALUE_DURATION ||
	       type == VALUE_SIZE;
}

static int read_range(struct schema_key *key, const struct ini_section *section,
		      struct complaints *complaints)
{
	const struct ini_entry *entry = ini_find_entry(section, "range");
	struct corbel_error error;

	if (!entry)
		return 0;
	if (!has_order(key->type))
		return ini_complain_to(&entry->origin, complaints, -EINVAL,
				       "a %s has no range; only "
				       "int, float, duration and size have one",
				       value_type_name(key->type));
	int code = split_range(key, entry->value, &error);
	if (code == 0)
		return 0;
	struct ini_origin origin = ini_value_origin(entry);
	return ini_complain_to(&origin, complaints, code, "range: %s", error.text);
}

static int check_range(const struct schema_key *key, const struct ini_entry *entry,
		       const struct config_value *value, struct complaints *complaints)
{
	bool low = key->has_low && value_compare(value, &key->low) < 0;
	bool high = key->has_high && value_compare(value, &key->high) > 0;

	if (!low && !high)
		return 0;
	struct ini_origin origin = ini_value_origin(entry);
	char *found = value_format(value), *end = value_format(low ? &key->low : &key->high);
	int code = ini_complain_to(&origin, complaints, -EINVAL,
				   "%s: %s is out of range, expected at "
				   "%s %s",
				   entry->key, found ? found : "it", low ? "least" : "most",
				   end ? end : "its limit");
	free(found);
	free(end);
	return code;
}

static int check_word(const struct schema_key *key, const struct ini_entry *entry, const char *word,
		      struct complaints *complaints)
{
	struct nearest nearest;
	char hint[128];

	if (key->words.list.count == 0)
		return 0;
	nearest_init(&nearest, word);
	for (size_t i = 0; i < key->words.list.count; i++) {
		if (strcmp(word, key->words.list.items[i]) == 0)
			return 0;
		nearest_offer(&nearest, key->words.list.items[i]);
	}
	struct ini_origin origin = ini_value_origin(entry);
	char *words = value_format(&key->words);
	int code = ini_complain_to(&origin, complaints, -EINVAL,
				   "%s: \"%.60s\" is not one of: %s%s", entry->key, word,
				   words ? words : "", nearest_hint(&nearest, hint, sizeof(hint)));
	free(words);
	return code;
}

int schema_read_value(const struct schema_key *key, const struct ini_entry *entry,
		      struct config_value *value, struct complaints *complaints)
{
	struct config_value parsed;
	int code = parse_entry(key->type, entry, &parsed, complaints);

	if (code < 0)
		return code;
	if (has_order(key->type))
		code = check_range(key, entry, &parsed, complaints);
	if (key->type == VALUE_CHOICE)
		code = check_word(key, entry, parsed.string, complaints);
	for (size_t i = 0; key->type == VALUE_LIST && i < parsed.list.count; i++)
		if (check_word(key, entry, parsed.list.items[i], complaints) < 0)
			code = -EINVAL;
	if (code == 0)
		*value = parsed;
	else
		value_fini(&parsed);
	return code;
}

static int read_default(struct schema_key *key, const struct ini_section *section,
			struct complaints *complaints)
{
	const struct ini_entry *required = ini_find_entry(section, "required");
	const struct ini_entry *entry = ini_find_entry(section, "default");
	struct config_value answer = { .type = VALUE_BOOL };
	int code = required ? parse_entry(VALUE_BOOL, required, &answer, complaints) : 0;

	if (code < 0)
		return code;
	key->required = answer.boolean;
	if (key->required && key->wildcard)
		return ini_complain_to(&required->origin, complaints, -EINVAL,
				       "a key that ends in "
				       "'*' cannot be required");
	if (entry && (key->required || key->wildcard))
		return ini_complain_to(&entry->origin, complaints, -EINVAL,
				       "a %s key has no default",
				       key->required ? "required" : "wildcard");
	if (!entry)
		return 0;
	code = schema_read_value(key, entry, &key->default_value, complaints);
	key->has_default = code == 0;
	return code;
}

static int read_key(struct schema_key *key, const struct ini_section *section,
		    struct complaints *complaints)
{
	size_t length = strlen(section->name), star = strcspn(section->name, "*");

	key->name = strdup(section->name);
	key->summary = strdup(ini_find_value(section, "summary", ""));
	key->words.type = VALUE_LIST;
	if (!key->name || !key->summary)
		return complain_memory(complaints);
	if (strpbrk(key->name, " \t") || star + 1 < length)
		return ini_complain_to(&section->origin, complaints, -EINVAL,
				       "[config %s]: a key has no "
				       "space, and a '*' only at its end",
				       key->name);
	key->wildcard = star < length;
	int unknown = check_attributes(section, complaints);
	int code = read_type(key, section, complaints);
	if (code == 0)
		code = read_words(key, section, complaints);
	if (code == 0)
		code = read_range(key, section, complaints);
	if (code == 0)
		code = read_default(key, section, complaints);
	return code == 0 ? unknown : code;
}

int schema_parse(const struct ini_document *document, struct schema **schema,
		 struct complaints *complaints)
{
	struct schema *made = calloc(1, sizeof(*made));
	int code = 0;

	if (made)
		made->keys = calloc(document->count + 1, sizeof(*made->keys));
	if (!made || !made->keys) {
		free(made);
		return complain_memory(complaints);
	}
	for (size_t i = 0; i < document->count; i++) {
		const struct ini_section *section = document->sections[i];
		int result = 0;
		if (strcmp(section->kind, "config") != 0)
			continue;
		if (section->name)
			result = read_key(&made->keys[made->count++], section, complaints);
		else
			result = ini_complain_to(&section->origin, complaints, -EINVAL,
						 "a [config] "
						 "section without a key, expected [config KEY]");
		code = result < 0 ? result : code;
	}
	if (code < 0)
		schema_free(made);
	else
		*schema = made;
	return code;
}

const struct schema_key *schema_find(const struct schema *schema, const char *key)
{
	const struct schema_key *best = NULL;
	size_t best_length = 0;

	for (size_t i = 0; schema && i < schema->count; i++) {
		const struct schema_key *candidate = &schema->keys[i];
		size_t length = strlen(candidate->name) - candidate->wildcard;
		if (!candidate->wildcard && strcmp(candidate->name, key) == 0)
			return candidate;
		if (!candidate->wildcard || strncmp(candidate->name, key, length) != 0)
			continue;
		if (!best || length > best_length) {
			best = candidate;
			best_length = length;
		}
	}
	return best;
}

static void offer_keys(const struct schema *schema, struct nearest *nearest)
{
	for (size_t i = 0; schema && i < schema->count; i++)
		if (!schema->keys[i].wildcard)
			nearest_offer(nearest, schema->keys[i].name);
}

static int complain_unknown(const struct schema *schema, const struct ini_section *section,
			    const struct ini_entry *entry, struct complaints *complaints)
{
	struct nearest nearest;
	char hint[128];

	nearest_init(&nearest, entry->key);
	offer_keys(schema, &nearest);
	offer_keys(schema ? schema->neighbour : NULL, &nearest);
	return ini_complain_to(&entry->origin, complaints, -EINVAL, "[%s%s%s] has no key \"%s\"%s",
			       section->kind, section->name ? " " : "",
			       section->name ? section->name : "", entry->key,
			       nearest_hint(&nearest, hint, sizeof(hint)));
}

static int check_required(const struct schema *schema, const struct ini_section *section,
			  struct complaints *complaints)
{
	int code = 0;

	for (size_t i = 0; schema && i < schema->count; i++) {
		const struct schema_key *key = &schema->keys[i];
		if (!key->required || ini_find_entry(section, key->name))
			continue;
		code = ini_complain_to(section ? &section->origin : NULL, complaints, -EINVAL,
				       "key \"%s\" is missing and required (%s%s%s)", key->name,
				       value_type_name(key->type), *key->summary ? ": " : "",
				       key->summary);
	}
	return code;
}

int schema_check(const struct schema *schema, const struct ini_section *section,
		 struct complaints *complaints)
{
	int code = 0;

	for (size_t i = 0; section && i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];
		const struct schema_key *key = schema_find(schema, entry->key);
		struct config_value value;
		int result = key ? schema_read_value(key, entry, &value, complaints)
				 : complain_unknown(schema, section, entry, complaints);
		if (key && result == 0)
			value_fini(&value);
		code = result < 0 ? result : code;
	}
	int missing = check_required(schema, section, complaints);
	return missing < 0 ? missing : code;
}

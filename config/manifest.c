/* SPDX-License-Identifier: MIT */
/* What a plugin says of itself: the INI text in its file's note, as a checked structure. */
#include "manifest.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini.h"
#include "nearest.h"

/* One run over one text. */
struct parsing {
	const struct ini_document *document;
	struct manifest *manifest;
	struct complaints *complaints;
	bool is_source; /* a .plugin file: the scanner adds `abi` */
};

static const char *const plugin_keys[] = { "name",  "version", "licence", "summary",
					   "state", "exec",    "abi",     NULL };
static const char *const section_kinds[] = { "plugin",    "provides",   "requires", "wants",
					     "publishes", "subscribes", "config",   NULL };

static int out_of_memory(struct parsing *parsing)
{
	return complaints_add(parsing->complaints, -ENOMEM, "no memory to read a manifest");
}

static bool list_has(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static const char *hint(const char *const *words, const char *word, char *buffer, size_t size)
{
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (; *words; words++)
		nearest_offer(&nearest, *words);
	return nearest_hint(&nearest, buffer, size);
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_lower_or_digit(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(char c)
{
	return is_word_start(c) || (c >= '0' && c <= '9') || c == '-';
}

/* Lower case, digits, '-' and '_', beginning with a letter: it becomes a file and section name. */
static bool is_plugin_name(const char *name)
{
	if (!is_letter(*name))
		return false;
	for (; *name; name++)
		if (!is_lower_or_digit(*name) && *name != '-' && *name != '_')
			return false;
	return true;
}

/* Words between dots; a pattern is "*" or ends in ".*". */
static bool is_topic(const char *name)
{
	for (;;) {
		if (strcmp(name, "*") == 0)
			return true;
		if (!is_word_start(*name))
			return false;
		while (is_word(*name))
			name++;
		if (*name == '\0')
			return true;
		if (*name++ != '.')
			return false;
	}
}

bool manifest_names_interface(const char *name)
{
	unsigned int parts = 0;

	for (;; name++) {
		if (!is_letter(*name))
			return false;
		while (is_lower_or_digit(*name))
			name++;
		parts++;
		if (*name == '\0')
			return parts > 1;
		if (*name != '.')
			return false;
	}
}

static bool is_release(const char *version)
{
	if (*version < '0' || *version > '9')
		return false;
	for (; *version; version++)
		if (!is_word(*version) && *version != '.' && *version != '+' && *version != '~')
			return false;
	return true;
}

/* Nothing is wrong with the text, only with where it stands: the caret goes under the value. */
static int wrong_value(struct parsing *parsing, const struct ini_entry *entry, const char *expected)
{
	struct ini_origin origin = ini_value_origin(entry);

	return ini_complain_to(&origin, parsing->complaints, -EINVAL, "%s is \"%s\": expected %s",
			       entry->key, entry->value, expected);
}

static int string_take(struct parsing *parsing, const struct ini_section *section, const char *key,
		       char **to)
{
	*to = strdup(ini_find_value(section, key, ""));
	return *to ? 0 : out_of_memory(parsing);
}

/* The entry, or a complaint that it is missing. */
static const struct ini_entry *entry_demand(struct parsing *parsing,
					    const struct ini_section *section, const char *key)
{
	const struct ini_entry *entry = ini_find_entry(section, key);

	if (!entry)
		ini_complain_to(&section->origin, parsing->complaints, -EINVAL,
				"[plugin] has no %s, expected %s = VALUE in the .plugin file", key,
				key);
	return entry;
}

/* "2 reads 1": writes format 2, takes formats 1 and 2. */
static bool state_parse(const char *text, unsigned int *version, unsigned int *oldest)
{
	char *end;

	if (*text < '1' || *text > '9')
		return false;
	unsigned long writes = strtoul(text, &end, 10);
	unsigned long reads = writes;
	if (*end != '\0') {
		if (strncmp(end, " reads ", 7) != 0 || end[7] < '1' || end[7] > '9')
			return false;
		reads = strtoul(end + 7, &end, 10);
	}
	if (*end != '\0' || writes > INT32_MAX || reads > writes)
		return false;
	*version = (unsigned int)writes;
	*oldest = (unsigned int)reads;
	return true;
}

static void exec_read(struct parsing *parsing, const struct ini_section *section)
{
	const struct ini_entry *entry = ini_find_entry(section, "exec");

	if (!entry || strcmp(entry->value, "inline") == 0)
		parsing->manifest->exec = MANIFEST_EXEC_INLINE;
	else if (strcmp(entry->value, "thread") == 0)
		parsing->manifest->exec = MANIFEST_EXEC_THREAD;
	else
		wrong_value(parsing, entry, "inline or thread");
}

static void plugin_keys_check(struct parsing *parsing, const struct ini_section *section)
{
	char buffer[300];

	for (size_t i = 0; i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];

		if (!list_has(plugin_keys, entry->key))
			ini_complain_to(&entry->origin, parsing->complaints, -EINVAL,
					"[plugin] knows no key \"%s\"%s", entry->key,
					hint(plugin_keys, entry->key, buffer, sizeof(buffer)));
	}
}

static void plugin_read(struct parsing *parsing, const struct ini_section *section)
{
	struct manifest *manifest = parsing->manifest;
	const struct ini_entry *name = entry_demand(parsing, section, "name");
	const struct ini_entry *version = entry_demand(parsing, section, "version");
	const struct ini_entry *state = ini_find_entry(section, "state");

	plugin_keys_check(parsing, section);
	if (name && !is_plugin_name(name->value))
		wrong_value(parsing, name,
			    "lower case letters, digits, '-' and '_', a letter first");
	if (version && !is_release(version->value))
		wrong_value(parsing, version, "a version such as 1.4.2");
	if (state && !state_parse(state->value, &manifest->state_version, &manifest->state_oldest))
		wrong_value(parsing, state,
			    "the format that save writes, and the oldest that restore takes: 2 "
			    "reads 1");
	exec_read(parsing, section);
	string_take(parsing, section, "name", &manifest->name);
	string_take(parsing, section, "version", &manifest->version);
	string_take(parsing, section, "licence", &manifest->licence);
	string_take(parsing, section, "summary", &manifest->summary);
}

static void interfaces_read(struct parsing *parsing, const char *kind,
			    struct manifest_interfaces *list)
{
	const struct ini_section *section = ini_find_section(parsing->document, kind, NULL);

	if (!section || section->count == 0)
		return;
	list->items = calloc(section->count, sizeof(*list->items));
	if (!list->items) {
		out_of_memory(parsing);
		return;
	}
	for (size_t i = 0; i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];
		struct manifest_interface *item = &list->items[list->count];

		if (!manifest_names_interface(entry->key))
			ini_complain_to(&entry->origin, parsing->complaints, -EINVAL,
					"\"%s\" in [%s] is not the name of an interface, "
					"such as corbel.sensors",
					entry->key, kind);
		if (version_parse(entry->value, &item->version) < 0)
			wrong_value(parsing, entry, "the interface's version, such as 1.2");
		item->name = strdup(entry->key);
		if (!item->name) {
			out_of_memory(parsing);
			return;
		}
		list->count++;
	}
}

static void topics_read(struct parsing *parsing, const char *kind, struct manifest_topics *topics)
{
	const struct ini_section *section = ini_find_section(parsing->document, kind, NULL);

	if (!section || section->count == 0)
		return;
	topics->names = calloc(section->count, sizeof(*topics->names));
	if (!topics->names) {
		out_of_memory(parsing);
		return;
	}
	for (size_t i = 0; i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];

		if (!is_topic(entry->key))
			ini_complain_to(
				&entry->origin, parsing->complaints, -EINVAL,
				"\"%s\" in [%s] is not a topic such as corbel.sensors.sample, "
				"nor a pattern such as corbel.sensors.*",
				entry->key, kind);
		if (*entry->value != '\0')
			wrong_value(parsing, entry, "nothing after the '='");
		topics->names[topics->count] = strdup(entry->key);
		if (!topics->names[topics->count]) {
			out_of_memory(parsing);
			return;
		}
		topics->count++;
	}
}

/* To require and to want one interface contradict each other, whatever the versions. */
static void wants_check(struct parsing *parsing)
{
	const struct ini_section *wants = ini_find_section(parsing->document, "wants", NULL);

	for (size_t i = 0; wants && i < wants->count; i++)
		if (manifest_interface_find(&parsing->manifest->requires, wants->entries[i].key))
			ini_complain_to(&wants->entries[i].origin, parsing->complaints, -EINVAL,
					"%s is in [requires] and in [wants]: take one of them away",
					wants->entries[i].key);
}

static void sections_check(struct parsing *parsing)
{
	char buffer[300];

	for (size_t i = 0; i < parsing->document->count; i++) {
		const struct ini_section *section = parsing->document->sections[i];
		bool named = section->name != NULL;

		if (!list_has(section_kinds, section->kind))
			ini_complain_to(&section->origin, parsing->complaints, -EINVAL,
					"a manifest has no section [%s]%s", section->kind,
					hint(section_kinds, section->kind, buffer, sizeof(buffer)));
		else if (named != (strcmp(section->kind, "config") == 0))
			ini_complain_to(&section->origin, parsing->complaints, -EINVAL,
					named ? "[%s] takes no name here"
					      : "[%s] must name its key: [config KEY]",
					section->kind);
	}
}

bool manifest_abi_fits(struct version offered, struct version wanted)
{
	return version_satisfies(offered, wanted);
}

static int abi_read(struct parsing *parsing, const char *file, const struct ini_section *section,
		    const struct version *host)
{
	struct version *abi = &parsing->manifest->abi;
	const struct ini_entry *entry = entry_demand(parsing, section, "abi");

	if (!entry)
		return -EINVAL;
	if (version_parse(entry->value, abi) < 0)
		return wrong_value(parsing, entry, "the plugin ABI it was built for, such as 1.0");
	if (!host || manifest_abi_fits(*host, *abi))
		return 0;
	return complaints_add(parsing->complaints, -EPROTONOSUPPORT,
			      "%s: built for plugin ABI %u.%u, this host offers %u.%u (%s)", file,
			      abi->major, abi->minor, host->major, host->minor,
			      version_compare(*abi, *host) > 0
				      ? "upgrade corbel, or rebuild the plugin with this host's SDK"
				      : "rebuild the plugin with this host's SDK, or upgrade it");
}

static int abi_refuse(struct parsing *parsing, const struct ini_section *section)
{
	const struct ini_entry *entry = ini_find_entry(section, "abi");

	if (!entry)
		return 0;
	return ini_complain_to(&entry->origin, parsing->complaints, -EINVAL,
			       "[plugin] says abi, expected nothing: it is that of the SDK");
}

static int parts_read(struct parsing *parsing, const char *file, const struct version *host_abi)
{
	struct manifest *manifest = parsing->manifest;
	const struct ini_section *section = ini_find_section(parsing->document, "plugin", NULL);

	if (!section)
		return complaints_add(parsing->complaints, -EINVAL,
				      "%s%s: there is no section [plugin], expected one with name "
				      "and version",
				      file, parsing->is_source ? ":1" : "");
	int result = parsing->is_source ? abi_refuse(parsing, section)
					: abi_read(parsing, file, section, host_abi);
	if (result == -EPROTONOSUPPORT)
		return result;
	sections_check(parsing);
	plugin_read(parsing, section);
	interfaces_read(parsing, "provides", &manifest->provides);
	interfaces_read(parsing, "requires", &manifest->requires);
	interfaces_read(parsing, "wants", &manifest->wants);
	topics_read(parsing, "publishes", &manifest->publishes);
	topics_read(parsing, "subscribes", &manifest->subscribes);
	wants_check(parsing);
	return schema_parse(parsing->document, &manifest->schema, parsing->complaints);
}

static int document_read(const char *file, const char *text, size_t size,
			 struct ini_document **document, struct complaints *complaints)
{
	char name[4096 + 32];

	if (size > MANIFEST_SIZE_MAX)
		return complaints_add(complaints, -EFBIG,
				      "%s: the manifest has %zu bytes, more than %u", file, size,
				      MANIFEST_SIZE_MAX);
	*document = ini_document_new();
	if (!*document)
		return complaints_add(complaints, -ENOMEM, "%s: no memory to read its manifest",
				      file);
	snprintf(name, sizeof(name), "%s, manifest", file);
	return ini_add_text(*document, name, text, size, complaints);
}

static int manifest_take(struct parsing *parsing, const char *file, const struct version *host_abi,
			 struct manifest **manifest)
{
	size_t before = complaints_count(parsing->complaints);
	int result;

	parsing->manifest = calloc(1, sizeof(*parsing->manifest));
	if (!parsing->manifest)
		return out_of_memory(parsing);
	result = parts_read(parsing, file, host_abi);
	if (result == 0 && complaints_count(parsing->complaints) > before)
		result = -EINVAL;
	if (result < 0)
		manifest_free(parsing->manifest);
	else
		*manifest = parsing->manifest;
	return result;
}

int manifest_parse(const char *file, const char *text, size_t size, const struct version *host_abi,
		   struct manifest **manifest, struct complaints *complaints)
{
	struct ini_document *document = NULL;
	struct parsing parsing = { .complaints = complaints };
	int result = document_read(file, text, size, &document, complaints);

	parsing.document = document;
	if (result == 0)
		result = manifest_take(&parsing, file, host_abi, manifest);
	ini_document_free(document);
	return result;
}

int manifest_check_source(const struct ini_document *document, const char *file,
			  struct complaints *complaints)
{
	struct parsing parsing = { .document = document,
				   .complaints = complaints,
				   .is_source = true };
	struct manifest *manifest = NULL;
	int result = manifest_take(&parsing, file, NULL, &manifest);

	if (result == 0)
		manifest_free(manifest);
	return result;
}

static void interfaces_fini(struct manifest_interfaces *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].name);
	free(list->items);
}

static void topics_fini(struct manifest_topics *topics)
{
	for (size_t i = 0; i < topics->count; i++)
		free(topics->names[i]);
	free(topics->names);
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	interfaces_fini(&manifest->provides);
	interfaces_fini(&manifest->requires);
	interfaces_fini(&manifest->wants);
	topics_fini(&manifest->publishes);
	topics_fini(&manifest->subscribes);
	schema_free(manifest->schema);
	free(manifest->name);
	free(manifest->version);
	free(manifest->licence);
	free(manifest->summary);
	free(manifest);
}

const struct manifest_interface *manifest_interface_find(const struct manifest_interfaces *list,
							 const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

static bool pattern_covers(const char *pattern, const char *topic)
{
	size_t length = strlen(pattern);

	if (length == 0 || pattern[length - 1] != '*')
		return strcmp(pattern, topic) == 0;
	return strncmp(pattern, topic, length - 1) == 0;
}

bool manifest_topic_covers(const struct manifest_topics *topics, const char *topic)
{
	for (size_t i = 0; i < topics->count; i++)
		if (pattern_covers(topics->names[i], topic))
			return true;
	return false;
}

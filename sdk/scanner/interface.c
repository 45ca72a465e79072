/* SPDX-License-Identifier: MIT */
/* An interface file as a checked structure: its sections and their keys. */
#include "interface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "names.h"
#include "nearest.h"
#include "version.h"
#include "reading.h"

static void method_read(struct reading *reading, const struct ini_section *section);
static void event_read(struct reading *reading, const struct ini_section *section);
static void enum_read(struct reading *reading, const struct ini_section *section);
static void struct_read(struct reading *reading, const struct ini_section *section);
static void interface_section_read(struct reading *reading, const struct ini_section *section);

struct section_kind {
	const char *kind;
	bool named;
	const char *keys[6];
	void (*read)(struct reading *reading, const struct ini_section *section);
};

static const struct section_kind kinds[] = {
	{ "interface", false, { "name", "version", "summary" }, interface_section_read },
	{ "method", true, { "in", "out", "errors", "since", "summary" }, method_read },
	{ "event", true, { "fields", "since", "summary" }, event_read },
	{ "enum", true, { "values", "since", "summary" }, enum_read },
	{ "struct", true, { "fields", "since", "summary" }, struct_read },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const struct section_kind *kind_find(const char *kind)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return NULL;
}

static void kind_complain(struct reading *reading, const struct ini_section *section)
{
	struct nearest nearest;
	char hint[300];

	nearest_init(&nearest, section->kind);
	for (size_t i = 0; i < KIND_COUNT; i++)
		nearest_offer(&nearest, kinds[i].kind);
	ini_complain_to(&section->origin, reading->complaints, -EINVAL,
			"an interface file has no section [%s], expected interface, method, event, "
			"enum or struct%s",
			section->kind, nearest_hint(&nearest, hint, sizeof(hint)));
}

static void key_judge(struct reading *reading, const struct section_kind *kind,
		      const struct ini_entry *entry)
{
	struct nearest nearest;
	char hint[300];

	nearest_init(&nearest, entry->key);
	for (size_t i = 0; i < 6 && kind->keys[i]; i++) {
		if (strcmp(kind->keys[i], entry->key) == 0)
			return;
		nearest_offer(&nearest, kind->keys[i]);
	}
	ini_complain_to(&entry->origin, reading->complaints, -EINVAL, "[%s] knows no key \"%s\"%s",
			kind->kind, entry->key, nearest_hint(&nearest, hint, sizeof(hint)));
}

static void section_read(struct reading *reading, const struct ini_section *section)
{
	const struct section_kind *kind = kind_find(section->kind);

	if (!kind) {
		kind_complain(reading, section);
		return;
	}
	for (size_t i = 0; i < section->count; i++)
		key_judge(reading, kind, &section->entries[i]);
	if (kind->named && !section->name)
		ini_complain_to(&section->origin, reading->complaints, -EINVAL,
				"[%s] has no name, expected [%s NAME]", kind->kind, kind->kind);
	else if (!kind->named && section->name)
		ini_complain_to(&section->origin, reading->complaints, -EINVAL,
				"[%s %s] has a name, expected [%s]", kind->kind, section->name,
				kind->kind);
	else
		kind->read(reading, section);
}

static const struct ini_entry *entry_demand(struct reading *reading,
					    const struct ini_section *section, const char *key,
					    const char *expected)
{
	const struct ini_entry *entry = ini_find_entry(section, key);

	if (!entry)
		ini_complain_to(&section->origin, reading->complaints, -EINVAL,
				"[%s%s%s] has no %s, expected %s", section->kind,
				section->name ? " " : "", section->name ? section->name : "", key,
				expected);
	return entry;
}

bool since_read(struct reading *reading, const struct ini_origin *origin, const char *text,
		unsigned int *since)
{
	const struct interface *interface = reading->interface;
	struct version version;

	if (version_parse(text, &version) < 0) {
		ini_complain_to(origin, reading->complaints, -EINVAL,
				"since \"%s\", expected a version such as %u.0", text,
				interface->major);
		return false;
	}
	if (version.major != interface->major || version.minor > interface->minor) {
		ini_complain_to(origin, reading->complaints, -EINVAL,
				"since %s, expected %u.0 to %u.%u (the interface is %u.%u)", text,
				interface->major, interface->major, interface->minor,
				interface->major, interface->minor);
		return false;
	}
	*since = version.minor;
	return true;
}

bool name_judge(struct reading *reading, const struct ini_origin *origin, const char *what,
		const char *name)
{
	if (!name_is_word(name)) {
		ini_complain_to(
			origin, reading->complaints, -EINVAL,
			"\"%s\" is no name for a %s, expected lower case letters, digits and "
			"single underscores between them, a letter first",
			name, what);
		return false;
	}
	if (name_is_reserved(name) || strncmp(name, "interface_", 10) == 0) {
		ini_complain_to(origin, reading->complaints, -EINVAL,
				"\"%s\" is a word of C, of C++ or of the scanner, expected another "
				"name for this %s",
				name, what);
		return false;
	}
	return true;
}

static struct member member_read(struct reading *reading, const struct ini_section *section)
{
	const struct ini_entry *since = ini_find_entry(section, "since");
	struct member member = {
		.name = section->name,
		.summary = ini_find_value(section, "summary", ""),
		.origin = section->origin,
	};

	name_judge(reading, &section->origin, section->kind, section->name);
	if (since) {
		struct ini_origin origin = ini_value_origin(since);

		since_read(reading, &origin, since->value, &member.since);
	}
	return member;
}

static void method_read(struct reading *reading, const struct ini_section *section)
{
	struct interface *interface = reading->interface;
	struct method method = { .member = member_read(reading, section) };
	struct list_rules rules = { "parameter", section->name, method.member.since, false };

	method.in = list_read_fields(reading, ini_find_entry(section, "in"), &rules);
	method.out = list_read_fields(reading, ini_find_entry(section, "out"), &rules);
	list_read_errors(reading, ini_find_entry(section, "errors"), &method);
	interface->methods = arena_grow(&interface->arena, interface->methods,
					interface->method_count, sizeof(method));
	interface->methods[interface->method_count++] = method;
}

static void event_read(struct reading *reading, const struct ini_section *section)
{
	struct interface *interface = reading->interface;
	struct event event = { .member = member_read(reading, section) };
	struct list_rules rules = { "field", section->name, event.member.since, true };

	event.fields = list_read_fields(reading, ini_find_entry(section, "fields"), &rules);
	interface->events = arena_grow(&interface->arena, interface->events, interface->event_count,
				       sizeof(event));
	interface->events[interface->event_count++] = event;
}

static void enum_read(struct reading *reading, const struct ini_section *section)
{
	struct interface *interface = reading->interface;
	struct enumeration enumeration = { .member = member_read(reading, section) };
	const struct ini_entry *values =
		entry_demand(reading, section, "values", "values = NAME NUMBER, NAME NUMBER");

	if (values)
		list_read_values(reading, values, &enumeration);
	interface->enums = arena_grow(&interface->arena, interface->enums, interface->enum_count,
				      sizeof(enumeration));
	interface->enums[interface->enum_count++] = enumeration;
}

static void struct_read(struct reading *reading, const struct ini_section *section)
{
	struct interface *interface = reading->interface;
	struct structure structure = { .member = member_read(reading, section) };
	struct list_rules rules = { "member", section->name, structure.member.since, false };
	const struct ini_entry *fields =
		entry_demand(reading, section, "fields", "fields = NAME: TYPE, NAME: TYPE");

	structure.fields = list_read_fields(reading, fields, &rules);
	if (fields && *fields->value == '\0') {
		struct ini_origin origin = ini_value_origin(fields);

		ini_complain_to(&origin, reading->complaints, -EINVAL,
				"struct %s is empty, expected one member at least", section->name);
	}
	interface->structs = arena_grow(&interface->arena, interface->structs,
					interface->struct_count, sizeof(structure));
	interface->structs[interface->struct_count++] = structure;
}

static void interface_name_read(struct reading *reading, const struct ini_entry *entry)
{
	struct interface *interface = reading->interface;
	struct ini_origin origin = ini_value_origin(entry);

	interface->name = entry->value;
	interface->prefix = name_prefix(&interface->arena, entry->value);
	interface->upper = name_upper(&interface->arena, entry->value);
	if (!manifest_names_interface(entry->value))
		ini_complain_to(&origin, reading->complaints, -EINVAL,
				"name is \"%s\", expected lower case words of letters and digits "
				"between dots, two at least: corbel.sensors",
				entry->value);
	else if (name_is_sdk_struct(interface->prefix))
		ini_complain_to(
			&origin, reading->complaints, -EINVAL,
			"name is \"%s\", expected one that does not give struct %s, which the "
			"SDK has already",
			entry->value, interface->prefix);
}

static void interface_section_read(struct reading *reading, const struct ini_section *section)
{
	struct interface *interface = reading->interface;
	const struct ini_entry *name = entry_demand(reading, section, "name", "name = corbel.NAME");
	const struct ini_entry *version =
		entry_demand(reading, section, "version", "version = 1.0");
	struct version found = { 1, 0 };

	interface->origin = section->origin;
	interface->version_origin = section->origin;
	interface->summary = ini_find_value(section, "summary", "");
	if (name)
		interface_name_read(reading, name);
	if (version) {
		interface->version_origin = ini_value_origin(version);
		if (version_parse(version->value, &found) < 0 || found.major == 0)
			ini_complain_to(&interface->version_origin, reading->complaints, -EINVAL,
					"version is \"%s\", expected MAJOR.MINOR from 1.0 on",
					version->value);
	}
	interface->major = found.major;
	interface->minor = found.minor;
}

/* The head first, wherever it stands: all `since` are judged by its version. */
static void sections_read(struct reading *reading)
{
	const struct ini_document *document = reading->interface->document;
	const struct ini_section *head = ini_find_section(document, "interface", NULL);

	if (head)
		section_read(reading, head);
	else
		complaints_add(reading->complaints, -EINVAL,
			       "%s:1: there is no section [interface], expected one with name and "
			       "version",
			       reading->interface->file);
	for (size_t i = 0; i < document->count; i++)
		if (document->sections[i] != head)
			section_read(reading, document->sections[i]);
}

int interface_read(const char *path, struct interface **out, struct complaints *complaints)
{
	struct interface *interface = calloc(1, sizeof(*interface));
	struct reading reading = { interface, complaints };
	size_t before = complaints_count(complaints);

	if (!interface)
		return complaints_add(complaints, -ENOMEM, "%s: no memory to read it", path);
	interface->file = path;
	interface->name = interface->summary = interface->prefix = interface->upper = "";
	interface->major = 1;
	interface->document = ini_document_new();
	int result = interface->document ? ini_add_file(interface->document, path, complaints)
					 : complaints_add(complaints, -ENOMEM,
							  "%s: no memory to read it", path);
	if (result == 0) {
		sections_read(&reading);
		types_resolve(&reading);
		if (complaints_count(complaints) == before)
			interface_judge(&reading);
		result = complaints_count(complaints) == before ? 0 : -EINVAL;
	}
	if (result < 0) {
		interface_free(interface);
		return result;
	}
	*out = interface;
	return 0;
}

void interface_free(struct interface *interface)
{
	if (!interface)
		return;
	ini_document_free(interface->document);
	arena_fini(&interface->arena);
	free(interface);
}

bool type_is_scalar(const struct interface *interface, const struct type *type)
{
	if (type->array || type->kind == CORBEL_KIND_STRING || type->kind == CORBEL_KIND_BYTES ||
	    type->kind == CORBEL_KIND_REF)
		return false;
	return type->kind != CORBEL_KIND_STRUCT || interface->structs[type->index].is_scalar;
}

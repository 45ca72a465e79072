/* SPDX-License-Identifier: MIT */
/* The typed view of the whole configuration of a host, and where every value came from. */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host_schema.h"
#include "nearest.h"
#include "principal.h"
#include "settings_lookup.h"

/* What is needed while settings are made. */
struct loading {
	struct settings *settings;
	struct schema *schemas[HOST_SECTION_COUNT];
	struct complaints *complaints;
	int code;
};

static const char *const policy_words[] = { "one-for-one", "rest-for-one", "all-for-one", NULL };
static const char *const target_words[] = { "stderr", "file", NULL };

static void note(struct loading *loading, int code)
{
	if (loading->code == 0)
		loading->code = code;
}

static void plugin_fini(struct plugin_settings *plugin)
{
	config_table_free(plugin->host);
	free(plugin->own.entries);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->plugin_count; i++)
		plugin_fini(&settings->plugins[i]);
	for (size_t i = 0; i < settings->group_count; i++)
		config_table_free(settings->groups[i].host);
	for (size_t i = 0; i < sizeof(settings->tables) / sizeof(settings->tables[0]); i++)
		config_table_free(settings->tables[i]);
	free(settings->plugins);
	free(settings->groups);
	free(settings->socket_default);
	ini_document_free(settings->document);
	free(settings);
}

/* Makes the table of a section that there is once; without the section, of its defaults. */
static void load_table(struct loading *loading, enum host_section which)
{
	struct settings *settings = loading->settings;
	const struct ini_section *section =
		ini_find_section(settings->document, host_section_kind(which), NULL);

	note(loading, config_table_new(loading->schemas[which], section, &settings->tables[which],
				       loading->complaints));
}

static void load_corbel(struct loading *loading)
{
	struct settings *settings = loading->settings;

	load_table(loading, HOST_SECTION_CORBEL);
	const struct config_table *table = settings->tables[HOST_SECTION_CORBEL];
	settings->name = text_of(table, "name");
	settings->state_dir = text_of(table, "state-dir");
	settings->runtime_dir = text_of(table, "runtime-dir");
	settings->plugin_path = list_of(table, "plugin-path");
	settings->workers = number_of(table, "workers");
	settings->start_timeout = duration_of(table, "start-timeout", 0);
	settings->stop_timeout = duration_of(table, "stop-timeout", 0);
	settings->call_timeout = duration_of(table, "call-timeout", 0);
	settings->reload_timeout = duration_of(table, "reload-timeout", 0);
	settings->trial_timeout = duration_of(table, "trial-timeout", 0);
	settings->probe = text_of(table, "probe");
	settings->hang_timeout = duration_of(table, "hang-timeout", 0);
	settings->on_fault = (enum settings_fault)choice_of(table, "on-fault", settings_fault_words,
							    SETTINGS_FAULT_CONTAIN);
	settings->re_exec_intensity = number_of(table, "re-exec-intensity");
	settings->re_exec_period = duration_of(table, "re-exec-period", 0);
	settings->fault_dir = text_of(table, "fault-dir");
	settings->require_signature = answer_of(table, "require-signature");
	settings->public_key = text_of(table, "public-key");
}

/* Complains under the value of the entry that is there, or under the section. */
static void complain_value(struct loading *loading, const char *kind, const char *key,
			   const char *words)
{
	const struct ini_section *section =
		ini_find_section(loading->settings->document, kind, NULL);
	const struct ini_entry *entry = ini_find_entry(section, key);
	struct ini_origin origin = { 0 };

	if (entry)
		origin = ini_value_origin(entry);
	note(loading, ini_complain_to(entry ? &origin : NULL, loading->complaints, -EINVAL,
				      "%s: %s", key, words));
}

static void load_log(struct loading *loading)
{
	struct settings *settings = loading->settings;

	load_table(loading, HOST_SECTION_LOG);
	const struct config_table *table = settings->tables[HOST_SECTION_LOG];
	settings->log.level = level_of(table, "level", SETTINGS_LEVEL_INFO);
	settings->log.target = (enum settings_target)choice_of(table, "target", target_words,
							       SETTINGS_TARGET_STDERR);
	settings->log.file = text_of(table, "file");
	if (table && settings->log.target == SETTINGS_TARGET_FILE && !settings->log.file)
		complain_value(loading, "log", "target",
			       "a file is wanted but not named, expected "
			       "`file = PATH` in [log]");
	if (settings->log.target != SETTINGS_TARGET_FILE)
		settings->log.file = NULL;
}

static void load_socket(struct loading *loading)
{
	struct settings *settings = loading->settings;

	settings->control.socket = text_of(settings->tables[HOST_SECTION_CONTROL], "socket");
	if (settings->control.socket || !settings->runtime_dir)
		return;
	if (asprintf(&settings->socket_default, "%s/control", settings->runtime_dir) < 0) {
		settings->socket_default = NULL;
		note(loading, complaints_add(loading->complaints, -ENOMEM, "out of memory"));
	}
	settings->control.socket = settings->socket_default;
}

static void check_principals(struct loading *loading, const char *key)
{
	struct settings_list list = list_of(loading->settings->tables[HOST_SECTION_CONTROL], key);
	struct principal principal;
	char words[256];

	for (size_t i = 0; i < list.count; i++) {
		const char *word = list.items[i];
		bool is_group = *word == '@';

		if (principal_parse(word, &principal) == 0)
			continue;
		snprintf(words, sizeof(words),
			 "this machine has no %s '%.64s', expected users and, with '@', groups, by "
			 "name or number",
			 is_group ? "group" : "user", word + is_group);
		complain_value(loading, "control", key, words);
	}
}

static void load_control(struct loading *loading)
{
	struct settings *settings = loading->settings;

	load_table(loading, HOST_SECTION_CONTROL);
	const struct config_table *table = settings->tables[HOST_SECTION_CONTROL];
	const char *mode = text_of(table, "mode");
	settings->control.enabled = answer_of(table, "enabled");
	settings->control.group = text_of(table, "group");
	if (mode && (!*mode || strlen(mode) > 4 || mode[strspn(mode, "01234567")] ||
		     strtoul(mode, NULL, 8) > 0777))
		complain_value(loading, "control", "mode",
			       "expected an octal mode up to 0777, as in "
			       "0660");
	settings->control.mode = mode ? (unsigned int)strtoul(mode, NULL, 8) : 0;
	check_principals(loading, "read");
	check_principals(loading, "control");
	load_socket(loading);
}

/* Parts the section: the host's entries into host, the rest into plugin->own. */
static int split_section(const struct ini_section *section, const struct schema *schema,
			 struct ini_section *host, struct ini_section *own)
{
	*host = *own = *section;
	host->count = own->count = 0;
	host->capacity = own->capacity = section->count;
	host->entries = calloc(section->count + 1, sizeof(*host->entries));
	own->entries = calloc(section->count + 1, sizeof(*own->entries));
	if (!host->entries || !own->entries)
		return -ENOMEM;
	for (size_t i = 0; i < section->count; i++) {
		struct ini_section *to = schema_find(schema, section->entries[i].key) ? host : own;
		to->entries[to->count++] = section->entries[i];
	}
	return 0;
}

static void check_hash(struct loading *loading, const struct ini_section *section, const char *hash)
{
	if (!hash || (strlen(hash) == 64 && !hash[strspn(hash, "0123456789abcdefABCDEF")]))
		return;
	struct ini_origin origin = ini_value_origin(ini_find_entry(section, "sha256"));

	note(loading,
	     ini_complain_to(&origin, loading->complaints, -EINVAL,
			     "sha256: expected 64 hex digits, as `sha256sum FILE` prints them"));
}

static void load_plugin(struct loading *loading, const struct ini_section *section)
{
	struct settings *settings = loading->settings;
	struct plugin_settings *plugin = &settings->plugins[settings->plugin_count++];
	const struct schema *schema = loading->schemas[HOST_SECTION_PLUGIN];
	struct ini_section host;
	int code = split_section(section, schema, &host, &plugin->own);

	plugin->name = section->name;
	plugin->origin = section->origin;
	if (code < 0)
		complaints_add(loading->complaints, code, "out of memory");
	else
		code = config_table_new(schema, &host, &plugin->host, loading->complaints);
	note(loading, code);
	if (code == 0)
		plugin_settings_read(plugin, settings);
	check_hash(loading, section, plugin->sha256);
	free(host.entries);
}

static bool is_member(const struct group_settings *group, const char *name)
{
	for (size_t i = 0; i < group->members.count; i++)
		if (strcmp(group->members.items[i], name) == 0)
			return true;
	return false;
}

static void check_member(struct loading *loading, const struct group_settings *group,
			 const struct ini_entry *entry, const char *name)
{
	const struct settings *settings = loading->settings;
	struct ini_origin origin = ini_value_origin(entry);
	struct nearest nearest;
	char hint[128], place[512];

	for (const struct group_settings *other = settings->groups; other < group; other++)
		if (is_member(other, name))
			note(loading, ini_complain_to(&origin, loading->complaints, -EINVAL,
						      "plugin %.64s is already in [group %s] (%s), "
						      "expected in one group",
						      name, other->name,
						      ini_origin_format(&other->origin, place,
									sizeof(place))));
	if (settings_find_plugin(settings, name))
		return;
	nearest_init(&nearest, name);
	for (size_t i = 0; i < settings->plugin_count; i++)
		nearest_offer(&nearest, settings->plugins[i].name);
	note(loading, ini_complain_to(&origin, loading->complaints, -EINVAL,
				      "there is no [plugin "
				      "%.64s]%s",
				      name, nearest_hint(&nearest, hint, sizeof(hint))));
}

static void load_group(struct loading *loading, const struct ini_section *section)
{
	struct settings *settings = loading->settings;
	struct group_settings *group = &settings->groups[settings->group_count++];
	int code = config_table_new(loading->schemas[HOST_SECTION_GROUP], section, &group->host,
				    loading->complaints);

	group->name = section->name;
	group->origin = section->origin;
	note(loading, code);
	if (code < 0)
		return;
	group->members = list_of(group->host, "members");
	group->policy = (enum settings_policy)choice_of(group->host, "policy", policy_words, 0);
	group->restart_intensity = number_of(group->host, "restart-intensity");
	group->restart_period = duration_of(group->host, "restart-period", 0);
	for (size_t i = 0; i < group->members.count; i++)
		check_member(loading, group, ini_find_entry(section, "members"),
			     group->members.items[i]);
}

/* All [kind NAME] sections, in the order of the files; those with a bad name were told before. */
static void load_named(struct loading *loading, const char *kind,
		       void (*load)(struct loading *, const struct ini_section *))
{
	const struct ini_document *document = loading->settings->document;

	for (size_t i = 0; i < document->count; i++)
		if (strcmp(document->sections[i]->kind, kind) == 0 && document->sections[i]->name)
			load(loading, document->sections[i]);
}

static int prepare(struct loading *loading)
{
	struct settings *settings = loading->settings;
	size_t count = settings->document->count;
	int code = 0;

	settings->plugins = calloc(count + 1, sizeof(*settings->plugins));
	settings->groups = calloc(count + 1, sizeof(*settings->groups));
	if (!settings->plugins || !settings->groups)
		code = -ENOMEM;
	for (int i = 0; i < HOST_SECTION_COUNT && code == 0; i++)
		code = host_schema_new((enum host_section)i, &loading->schemas[i]);
	if (code < 0)
		complaints_add(loading->complaints, code,
			       "cannot prepare the schema of the host's "
			       "sections: %s",
			       strerror(-code));
	return code;
}

static int build(struct settings *settings, int code, struct complaints *complaints)
{
	struct loading loading = { .settings = settings, .complaints = complaints, .code = code };
	int prepared = prepare(&loading);

	note(&loading, prepared);
	for (size_t i = 0; prepared == 0 && i < settings->document->count; i++)
		note(&loading, host_section_check(settings->document->sections[i], complaints));
	if (prepared == 0) {
		load_corbel(&loading);
		load_log(&loading);
		load_control(&loading);
		load_named(&loading, "plugin", load_plugin);
		load_named(&loading, "group", load_group);
	}
	for (int i = 0; i < HOST_SECTION_COUNT; i++)
		schema_free(loading.schemas[i]);
	return loading.code;
}

static int add_folder_beside(struct ini_document *document, const char *file,
			     struct complaints *complaints)
{
	const char *slash = strrchr(file, '/');
	char *folder;

	if (asprintf(&folder, "%.*sconf.d", slash ? (int)(slash - file + 1) : 0, file) < 0)
		return complaints_add(complaints, -ENOMEM, "out of memory");
	int code = ini_add_folder(document, folder, complaints);
	free(folder);
	return code == -ENOENT ? 0 : code;
}

/* Adds the overrides to what is read already (with code), and makes settings of it all. */
static int finish(struct settings *made, int code, const char *const *overrides, size_t count,
		  struct settings **settings, struct complaints *complaints)
{
	for (size_t i = 0; i < count; i++) {
		int result = ini_add_override(made->document, overrides[i], complaints);
		code = code < 0 ? code : result;
	}
	code = build(made, code, complaints);
	if (code < 0)
		settings_free(made);
	else
		*settings = made;
	return code;
}

static struct settings *settings_new(struct complaints *complaints)
{
	struct settings *made = calloc(1, sizeof(*made));

	if (made)
		made->document = ini_document_new();
	if (made && made->document)
		return made;
	complaints_add(complaints, -ENOMEM, "out of memory");
	settings_free(made);
	return NULL;
}

int settings_load(const char *file, const char *const *overrides, size_t override_count,
		  struct settings **settings, struct complaints *complaints)
{
	struct settings *made = settings_new(complaints);
	int code = 0;

	if (!made)
		return -ENOMEM;
	if (file) {
		code = ini_add_file(made->document, file, complaints);
		int result = add_folder_beside(made->document, file, complaints);
		code = code < 0 ? code : result;
	}
	return finish(made, code, overrides, override_count, settings, complaints);
}

int settings_load_text(const char *name, const char *text, size_t size,
		       const char *const *overrides, size_t override_count,
		       struct settings **settings, struct complaints *complaints)
{
	struct settings *made = settings_new(complaints);

	if (!made)
		return -ENOMEM;
	int code = ini_add_text(made->document, name, text, size, complaints);
	return finish(made, code, overrides, override_count, settings, complaints);
}

const struct plugin_settings *settings_find_plugin(const struct settings *settings,
						   const char *name)
{
	for (size_t i = 0; i < settings->plugin_count; i++)
		if (strcmp(settings->plugins[i].name, name) == 0)
			return &settings->plugins[i];
	return NULL;
}

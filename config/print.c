/* SPDX-License-Identifier: MIT */
/* The configuration in force as INI text, each value with a comment of where it came from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host_schema.h"
#include "settings.h"

/* Column at which the comments stand, unless a value is longer. */
#define COMMENT_COLUMN 48

/* The name of a file may hold anything, a comment may not. */
static void print_name(const char *name, FILE *out)
{
	for (; *name; name++)
		fputc((unsigned char)*name < 0x20 || *name == 0x7F ? '?' : *name, out);
}

static int print_pair(const char *key, const char *text, const char *file, unsigned int line,
		      FILE *out)
{
	char *quoted = value_quote(text);

	if (!quoted)
		return -ENOMEM;
	int width = fprintf(out, "%s = %s", key, quoted);
	free(quoted);
	fprintf(out, "%*s # ", width < COMMENT_COLUMN ? COMMENT_COLUMN - width : 0, "");
	print_name(file ? file : "default", out);
	if (file && line)
		fprintf(out, ":%u", line);
	fputc('\n', out);
	return 0;
}

static int print_table(const struct config_table *table, FILE *out)
{
	int code = 0;

	for (size_t i = 0; code == 0 && table && i < table->count; i++) {
		const struct config_item *item = &table->items[i];
		code = print_pair(item->key, item->text, item->file, item->line, out);
	}
	return code;
}

/* A plugin's own keys as written, for want of its schema. */
static int print_entries(const struct ini_section *section, FILE *out)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];
		code = print_pair(entry->key, entry->value, entry->origin.file,
				  ini_origin_is_file(&entry->origin) ? entry->origin.line : 0, out);
	}
	return code;
}

/* What a plugin has from [corbel], as a remark: printed as an entry it would be its own. */
static void print_inherited(const struct plugin_settings *plugin, FILE *out)
{
	static const char *const keys[] = { "on-fault", "start-timeout", "stop-timeout",
					    "reload-timeout" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!config_table_find(plugin->host, keys[i]))
			fprintf(out, "# %s as in [corbel]\n", keys[i]);
	if (!config_table_find(plugin->host, "log-level"))
		fputs("# log-level: level of [log]\n", out);
	if (!plugin->path)
		fprintf(out, "# path: %s.so in plugin-path\n", plugin->name);
}

static int print_plugin(const struct plugin_settings *plugin, const struct config_table *table,
			FILE *out)
{
	fprintf(out, "\n[plugin %s]\n", plugin->name);
	int code = print_table(plugin->host, out);
	print_inherited(plugin, out);
	if (code < 0)
		return code;
	return table ? print_table(table, out) : print_entries(&plugin->own, out);
}

static int print_host(const struct settings *settings, FILE *out)
{
	int code = 0;

	for (int i = HOST_SECTION_CORBEL; code == 0 && i <= HOST_SECTION_CONTROL; i++) {
		const struct config_table *table = settings->tables[i];
		fprintf(out, "%s[%s]\n", i ? "\n" : "", host_section_kind((enum host_section)i));
		code = print_table(table, out);
		if (i == HOST_SECTION_CONTROL && !config_table_find(table, "socket"))
			fprintf(out, "# socket: %s\n", settings->control.socket);
	}
	return code;
}

int settings_print(const struct settings *settings, struct config_table *const *tables, FILE *out)
{
	int code = print_host(settings, out);

	for (size_t i = 0; code == 0 && i < settings->plugin_count; i++)
		code = print_plugin(&settings->plugins[i], tables ? tables[i] : NULL, out);
	for (size_t i = 0; code == 0 && i < settings->group_count; i++) {
		fprintf(out, "\n[group %s]\n", settings->groups[i].name);
		code = print_table(settings->groups[i].host, out);
	}
	if (code == 0 && (fflush(out) != 0 || ferror(out)))
		code = -EIO;
	return code;
}

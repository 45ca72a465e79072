/* SPDX-License-Identifier: MIT */
/* The host's configuration: its sections, overrides, what is printed, and what a reload changes. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "settings.h"

static struct complaints complaints;

static void tear_down(void)
{
	complaints_fini(&complaints);
}

static struct settings *load(const char *text)
{
	struct settings *settings;
	int code = settings_load_text("c.ini", text, strlen(text), NULL, 0, &settings, &complaints);

	ck_assert_msg(code == 0, "%s", complaints.count ? complaints.texts[0] : "");
	return settings;
}

/* The first complaint about the text begins like this. */
static void refuses(const char *text, const char *words)
{
	struct settings *settings = NULL;
	int code = settings_load_text("c.ini", text, strlen(text), NULL, 0, &settings, &complaints);

	ck_assert_int_eq(code, -EINVAL);
	ck_assert_ptr_null(settings);
	ck_assert_msg(strncmp(complaints.texts[0], words, strlen(words)) == 0, "%s",
		      complaints.texts[0]);
	complaints_fini(&complaints);
}

START_TEST(has_a_default_for_everything)
{
	struct settings *settings;

	ck_assert_int_eq(settings_load(NULL, NULL, 0, &settings, &complaints), 0);
	ck_assert_str_eq(settings->name, "corbeld");
	ck_assert_int_eq(settings->workers, 0);
	ck_assert_int_eq(settings->stop_timeout, 5000000000);
	ck_assert_int_eq((int)settings->on_fault, SETTINGS_FAULT_CONTAIN);
	ck_assert_uint_eq(settings->plugin_path.count, 1);
	ck_assert_int_eq((int)settings->log.level, SETTINGS_LEVEL_INFO);
	ck_assert_ptr_null(settings->log.file);
	ck_assert_uint_eq(settings->control.mode, 0);
	ck_assert(settings->control.enabled);
	ck_assert_ptr_nonnull(strstr(settings->control.socket, "/control"));
	ck_assert_uint_eq(settings->plugin_count, 0);
	settings_free(settings);
	settings_free(NULL);
}
END_TEST

START_TEST(reads_every_section)
{
	struct settings *settings =
		load("[corbel]\nname = house\nplugin-path = /a, /b\nstop-timeout = 2s\non-fault = "
		     "strict\n"
		     "runtime-dir = /r\n[log]\nlevel = debug\ntarget = file\nfile = /tmp/x.log\n"
		     "[control]\nmode = 0660\ngroup = adm\n"
		     "[plugin sensors]\npath = /p/sensors.so\nactivate = demand\nidle = 30s\n"
		     "interval = 1s\nlog-level = error\nmay-use = corbel.store, corbel.log.*\n"
		     "[plugin journal]\nenabled = no\nstop-timeout = 9s\non-fault = contain\n"
		     "[group all]\nmembers = sensors, journal\npolicy = rest-for-one\n");
	const struct plugin_settings *sensors = settings_find_plugin(settings, "sensors");
	const struct plugin_settings *journal = settings_find_plugin(settings, "journal");

	ck_assert_str_eq(settings->name, "house");
	ck_assert_str_eq(settings->plugin_path.items[1], "/b");
	ck_assert_str_eq(settings->control.socket, "/r/control");
	ck_assert_uint_eq(settings->control.mode, 0660);
	ck_assert_str_eq(settings->log.file, "/tmp/x.log");
	ck_assert_str_eq(sensors->path, "/p/sensors.so");
	ck_assert_int_eq((int)sensors->activate, SETTINGS_ACTIVATE_DEMAND);
	ck_assert_int_eq(sensors->idle, 30000000000);
	ck_assert_int_eq((int)sensors->log_level, SETTINGS_LEVEL_ERROR);
	ck_assert_int_eq((int)sensors->on_fault, SETTINGS_FAULT_STRICT);
	ck_assert_int_eq(sensors->stop_timeout, 2000000000);
	ck_assert_uint_eq(sensors->may_use.count, 2);
	ck_assert_str_eq(sensors->may_publish.items[0], "*");
	ck_assert_uint_eq(sensors->own.count, 1);
	ck_assert(!journal->enabled);
	ck_assert_ptr_null(journal->path);
	ck_assert_int_eq((int)journal->log_level, SETTINGS_LEVEL_INHERIT);
	ck_assert_int_eq((int)journal->on_fault, SETTINGS_FAULT_CONTAIN);
	ck_assert_int_eq(journal->stop_timeout, 9000000000);
	ck_assert_uint_eq(settings->groups[0].members.count, 2);
	ck_assert_int_eq((int)settings->groups[0].policy, SETTINGS_REST_FOR_ONE);
	ck_assert_ptr_null(settings_find_plugin(settings, "none"));
	settings_free(settings);
}
END_TEST

START_TEST(refuses_sections_it_does_not_know)
{
	refuses("[plugn x]\n", "c.ini:1:1: there is no section [plugn], expected [corbel], [plugin "
			       "NAME], [group NAME], [log] or [control]; did you mean "
			       "\"plugin\"?\n    [plugn x]\n");
	refuses("[log x]\n", "c.ini:1:1: [log] has no name, expected [log]");
	refuses("[plugin]\n", "c.ini:1:1: a [plugin] section without a name");
	refuses("[plugin a.b]\n", "c.ini:1:1: \"a.b\" is no name for a plugin");
	refuses("[plugin ../x]\n", "c.ini:1:1: \"../x\" is no name for a plugin");
}
END_TEST

START_TEST(refuses_values_that_do_not_fit_together)
{
	refuses("[log]\ntarget = file\n", "c.ini:2:10: target: a file is wanted but not named");
	refuses("[control]\nmode = 0888\n", "c.ini:2:8: mode: expected an octal mode");
	refuses("[control]\nmode = 1777\n", "c.ini:2:8: mode: expected an octal mode");
	refuses("[control]\nread = root, no-such-user\n",
		"c.ini:2:8: read: this machine has no user 'no-such-user', expected users and");
	refuses("[control]\ncontrol = @no-such-group\n",
		"c.ini:2:11: control: this machine has no group 'no-such-group'");
	refuses("[plugin sensors]\n[group g]\nmembers = sensor\n",
		"c.ini:3:11: there is no [plugin "
		"sensor]; did you mean \"sensors\"?");
	refuses("[plugin a]\n[group g]\nmembers = a\n[group h]\nmembers = a\n",
		"c.ini:5:11: plugin a "
		"is already in [group g] (c.ini:2)");
	refuses("[group g]\n", "c.ini:1:1: key \"members\" is missing and required");
}
END_TEST

START_TEST(collects_what_is_wrong_in_all_sections)
{
	static const char text[] = "[corbel]\nworkers = many\n[log]\nlevel = loud\nfoo\n"
				   "[plugin a]\nidle = 5\n[bad x]\n";
	static const char *const overrides[] = { "log.levl=info", "nonsense" };
	struct settings *settings;

	ck_assert_int_eq(settings_load_text("c.ini", text, strlen(text), overrides, 2, &settings,
					    &complaints),
			 -EINVAL);
	ck_assert_uint_eq(complaints.count, 7);
}
END_TEST

START_TEST(lets_overrides_win_in_their_order)
{
	static const char text[] = "[plugin s]\ninterval = 1s\n";
	static const char *const overrides[] = { "plugin s.interval=2s", "log.level=debug",
						 "plugin s.interval=200ms",
						 "plugin new.enabled=no" };
	struct settings *settings;

	ck_assert_int_eq(settings_load_text("c.ini", text, strlen(text), overrides, 4, &settings,
					    &complaints),
			 0);
	ck_assert_str_eq(settings->plugins[0].own.entries[0].value, "200ms");
	ck_assert_int_eq((int)settings->log.level, SETTINGS_LEVEL_DEBUG);
	ck_assert_str_eq(settings->plugins[1].name, "new");
	ck_assert(!settings->plugins[1].enabled);
	settings_free(settings);
}
END_TEST

static struct schema *sensors_schema(const char *keys)
{
	struct ini_document *document;
	struct schema *schema;

	ck_assert_int_eq(ini_read_text("m", keys, strlen(keys), &document, NULL), 0);
	ck_assert_int_eq(schema_parse(document, &schema, NULL), 0);
	ini_document_free(document);
	return schema;
}

START_TEST(judges_a_plugins_own_keys_by_its_schema)
{
	struct schema *schema =
		sensors_schema("[config interval]\ntype = duration\ndefault = 1s\n");
	struct settings *settings = load("[plugin s]\nenabled = yes\ninterval = 2s\n"
					 "[plugin t]\nenabeld = no\n");
	struct config_table *table;
	int64_t interval;

	ck_assert_int_eq(settings_plugin_table(&settings->plugins[0], schema, &table, &complaints),
			 0);
	ck_assert_int_eq(config_get_duration(table, "interval", &interval), 0);
	ck_assert_int_eq(interval, 2000000000);
	ck_assert_uint_eq(table->count, 1);
	config_table_free(table);
	ck_assert_int_eq(settings_plugin_table(&settings->plugins[1], schema, &table, &complaints),
			 -EINVAL);
	ck_assert_str_eq(complaints.texts[0],
			 "c.ini:5:1: [plugin t] has no key \"enabeld\"; did you "
			 "mean \"enabled\"?\n    enabeld = no\n    ^");
	ck_assert_int_eq(settings_plugin_table(&settings->plugins[1], NULL, &table, &complaints),
			 -EINVAL);
	settings_free(settings);
	schema_free(schema);
}
END_TEST

START_TEST(refuses_a_manifest_that_takes_a_key_of_the_host)
{
	struct schema *schema = sensors_schema("[config idle]\ntype = duration\n");
	struct settings *settings = load("[plugin s]\n");
	struct config_table *table;

	ck_assert(settings_reserves_key("idle"));
	ck_assert(!settings_reserves_key("interval"));
	ck_assert_int_eq(settings_plugin_table(&settings->plugins[0], schema, &table, &complaints),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(complaints.texts[0], "\"idle\", which is the host's"));
	settings_free(settings);
	schema_free(schema);
}
END_TEST

static char *print(const struct settings *settings, struct config_table *const *tables)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(settings_print(settings, tables, out), 0);
	fclose(out);
	return text;
}

/* There is a line of just this entry and this comment. */
static bool has_line(const char *text, const char *entry, const char *comment)
{
	const char *line = strstr(text, entry);

	if (!line || line == text || line[-1] != '\n')
		return false;
	line += strlen(entry);
	line += strspn(line, " ");
	size_t length = strlen(comment);
	return strncmp(line, "# ", 2) == 0 && strncmp(line + 2, comment, length) == 0 &&
	       line[2 + length] == '\n';
}

START_TEST(prints_each_value_with_where_it_came_from)
{
	static const char text[] = "[corbel]\nname = \"a # b\"\n[plugin s]\ninterval = 2s\n";
	static const char *const overrides[] = { "log.level=debug" };
	struct schema *schema = sensors_schema("[config depth]\ntype = int\ndefault = 7\n"
					       "[config interval]\ntype = duration\n");
	struct settings *settings;
	struct config_table *table;

	ck_assert_int_eq(settings_load_text("c.ini", text, strlen(text), overrides, 1, &settings,
					    &complaints),
			 0);
	ck_assert_int_eq(settings_plugin_table(&settings->plugins[0], schema, &table, &complaints),
			 0);
	char *printed = print(settings, &table);
	ck_assert(has_line(printed, "name = \"a # b\"", "c.ini:2"));
	ck_assert(has_line(printed, "level = debug", "command line"));
	ck_assert(has_line(printed, "depth = 7", "default"));
	ck_assert(has_line(printed, "interval = 2s", "c.ini:4"));
	free(printed);
	config_table_free(table);
	settings_free(settings);
	schema_free(schema);
}
END_TEST

START_TEST(gives_a_bare_star_what_neither_the_host_nor_another_key_has)
{
	struct settings *settings = load("[plugin s]\nrank = 3\nb = x > 90 for 5s\n"
					 "depth = 9\na = y < 5\n");
	struct schema *schema = sensors_schema("[config depth]\ntype = int\ndefault = 7\n"
					       "[config *]\ntype = string\n");
	struct config_table *table;

	ck_assert_int_eq(settings_plugin_table(&settings->plugins[0], schema, &table, &complaints),
			 0);
	ck_assert_uint_eq(table->count, 3);
	char *printed = print(settings, &table);
	ck_assert(has_line(printed, "b = x > 90 for 5s", "c.ini:3"));
	ck_assert(has_line(printed, "depth = 9", "c.ini:4"));
	ck_assert(has_line(printed, "a = y < 5", "c.ini:5"));
	free(printed);
	config_table_free(table);
	schema_free(schema);
	settings_free(settings);
}
END_TEST

START_TEST(prints_what_reads_back_as_the_same)
{
	struct settings *settings = load("[corbel]\nname = \"a \\\"b\\\" \\\\ # c\\n\"\n"
					 "[plugin s]\ninterval = 2s\nx = \"\\tq\"\nmay-use =\n"
					 "[group g]\nmembers = s\n");
	char *printed = print(settings, NULL);
	struct settings *again = load(printed);
	char *reprinted = print(again, NULL);

	ck_assert_str_eq(again->name, settings->name);
	ck_assert(plugin_settings_equal(&again->plugins[0], &settings->plugins[0]));
	ck_assert_str_eq(again->plugins[0].own.entries[1].value, "\tq");
	ck_assert_uint_eq(again->groups[0].members.count, 1);
	free(printed);
	free(reprinted);
	settings_free(again);
	settings_free(settings);
}
END_TEST

START_TEST(sees_what_a_reload_changes_for_a_plugin)
{
	struct settings *old = load("[plugin a]\nidle = 60s\n[plugin b]\n[plugin c]\nx = 1\n");
	struct settings *new = load("[corbel]\non-fault = contain\n[plugin c]\nx = 2\n"
				    "[plugin a]\nidle = 1m\nenabled = yes\n[plugin b]\nrank = 3\n");

	ck_assert(plugin_settings_equal(&old->plugins[0], settings_find_plugin(new, "a")));
	ck_assert(!plugin_settings_equal(&old->plugins[1], settings_find_plugin(new, "b")));
	ck_assert(plugin_settings_equal(&old->plugins[2], settings_find_plugin(new, "c")));
	settings_free(new);
	new = load("[corbel]\nstop-timeout = 1s\n[plugin a]\nidle = 60s\nlog-level = debug\n"
		   "when-busy = retry\n");
	ck_assert(plugin_settings_equal(&old->plugins[0], &new->plugins[0]));
	settings_free(new);
	new = load("[corbel]\non-fault = strict\n[plugin a]\nidle = 60s\n");
	ck_assert(!plugin_settings_equal(&old->plugins[0], &new->plugins[0]));
	settings_free(new);
	settings_free(old);
}
END_TEST

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(reads_the_folder_beside_the_file)
{
	char folder[] = "test-settings-XXXXXX", path[100], command[100];
	struct settings *settings;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file(folder, "main.ini", "[log]\nlevel = error\n[plugin a]\nk = 1\n");
	snprintf(path, sizeof(path), "%s/conf.d", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file(path, "10.ini", "[plugin a]\nk = 2\n[plugin b]\n");
	snprintf(path, sizeof(path), "%s/main.ini", folder);
	ck_assert_int_eq(settings_load(path, NULL, 0, &settings, &complaints), 0);
	ck_assert_int_eq((int)settings->log.level, SETTINGS_LEVEL_ERROR);
	ck_assert_str_eq(settings->plugins[0].own.entries[0].value, "2");
	ck_assert_uint_eq(settings->plugin_count, 2);
	settings_free(settings);
	ck_assert_int_eq(settings_load(folder, NULL, 0, &settings, &complaints), -EISDIR);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(ships_a_file_that_is_good)
{
#ifdef TEST_SRCDIR
	struct settings *settings;

	ck_assert_int_eq(
		settings_load(TEST_SRCDIR "/config/corbeld.ini", NULL, 0, &settings, &complaints),
		0);
	settings_free(settings);
#endif
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("settings");
	TCase *tests = tcase_create("settings");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, has_a_default_for_everything);
	tcase_add_test(tests, reads_every_section);
	tcase_add_test(tests, refuses_sections_it_does_not_know);
	tcase_add_test(tests, refuses_values_that_do_not_fit_together);
	tcase_add_test(tests, collects_what_is_wrong_in_all_sections);
	tcase_add_test(tests, lets_overrides_win_in_their_order);
	tcase_add_test(tests, judges_a_plugins_own_keys_by_its_schema);
	tcase_add_test(tests, refuses_a_manifest_that_takes_a_key_of_the_host);
	tcase_add_test(tests, prints_each_value_with_where_it_came_from);
	tcase_add_test(tests, gives_a_bare_star_what_neither_the_host_nor_another_key_has);
	tcase_add_test(tests, prints_what_reads_back_as_the_same);
	tcase_add_test(tests, sees_what_a_reload_changes_for_a_plugin);
	tcase_add_test(tests, reads_the_folder_beside_the_file);
	tcase_add_test(tests, ships_a_file_that_is_good);
	suite_add_tcase(suite, tests);
	return suite;
}

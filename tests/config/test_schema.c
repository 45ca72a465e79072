/* SPDX-License-Identifier: MIT */
/* Schemas from manifests, sections judged by them, and the tables that come of it. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "schema.h"

static const char manifest[] =
	"[plugin]\nname = sensors\n"
	"[config interval]\ntype = duration\ndefault = 1s\nrange = 100ms..1h\n"
	"summary = Time between two samples\n"
	"[config depth]\ntype = int\nrange = ..10\n"
	"[config ratio]\ntype = float\ndefault = 0.5\nrange = 0..\n"
	"[config device]\ntype = path\nrequired = yes\nsummary = The device\n"
	"[config mode]\ntype = choice\nvalues = fast, slow, off\ndefault = slow\n"
	"[config kinds]\ntype = list\nvalues = cpu, memory, disk\ndefault = cpu, disk\n"
	"[config buffer]\ntype = size\ndefault = 64K\nrange = 4K..1M\n"
	"[config loud]\ntype = bool\ndefault = no\n"
	"[config label]\ntype = string\n"
	"[config rule.*]\ntype = string\n"
	"[config rule.max.*]\ntype = int\n";

static struct schema *schema;
static struct ini_document *section_document;
static struct complaints complaints;

static struct ini_document *read_text(const char *name, const char *text)
{
	struct ini_document *document;
	struct corbel_error error;
	int code = ini_read_text(name, text, strlen(text), &document, &error);

	ck_assert_msg(code == 0, "%s", error.text);
	return document;
}

static void set_up(void)
{
	struct ini_document *document = read_text("manifest", manifest);

	ck_assert_int_eq(schema_parse(document, &schema, &complaints), 0);
	ini_document_free(document);
}

static void tear_down(void)
{
	schema_free(schema);
	ini_document_free(section_document);
	complaints_fini(&complaints);
	schema = NULL;
	section_document = NULL;
}

static const struct ini_section *section_of(const char *entries)
{
	char text[2000];

	ini_document_free(section_document);
	snprintf(text, sizeof(text), "[plugin s]\n%s", entries);
	section_document = read_text("c.ini", text);
	return section_document->sections[0];
}

static struct config_table *table_of(const char *entries)
{
	struct config_table *table;
	int code = config_table_new(schema, section_of(entries), &table, &complaints);

	ck_assert_msg(code == 0, "%s", complaints.count ? complaints.texts[0] : "");
	return table;
}

/* The one complaint about these entries, in which the required one is there. */
static void refuses(const char *entry, const char *words)
{
	char entries[500];

	snprintf(entries, sizeof(entries), "device = /dev/x\n%s\n", entry);
	ck_assert_int_eq(schema_check(schema, section_of(entries), &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 1);
	ck_assert_str_eq(complaints.texts[0], words);
	complaints_fini(&complaints);
}

START_TEST(fills_in_defaults)
{
	struct config_table *table = table_of("device = /dev/x\n");
	int64_t number;
	uint64_t size;
	double real;
	bool answer;
	const char *text;
	char *const *items;
	size_t count;

	ck_assert_int_eq(config_get_duration(table, "interval", &number), 0);
	ck_assert_int_eq(number, 1000000000);
	ck_assert_int_eq(config_get_float(table, "ratio", &real), 0);
	ck_assert_double_eq(real, 0.5);
	ck_assert_int_eq(config_get_size(table, "buffer", &size), 0);
	ck_assert_uint_eq(size, 65536);
	ck_assert_int_eq(config_get_bool(table, "loud", &answer), 0);
	ck_assert(!answer);
	ck_assert_int_eq(config_get_string(table, "mode", &text), 0);
	ck_assert_str_eq(text, "slow");
	ck_assert_int_eq(config_get_list(table, "kinds", &items, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(items[1], "disk");
	ck_assert_int_eq(config_get_int(table, "depth", &number), -ENOENT);
	ck_assert_int_eq(config_get_int(table, "interval", &number), -EINVAL);
	ck_assert_ptr_null(config_table_find(table, "label"));
	config_table_free(table);
}
END_TEST

START_TEST(takes_what_is_set_and_remembers_where)
{
	struct config_table *table = table_of("device = /dev/x\ninterval = 1h\ndepth = -3\n"
					      "kinds =\n");
	size_t cursor = 0;
	int64_t number;

	ck_assert_int_eq(config_get_int(table, "depth", &number), 0);
	ck_assert_int_eq(number, -3);
	const struct config_item *item = config_table_next(table, "interval", &cursor);
	ck_assert_str_eq(item->text, "1h");
	ck_assert_str_eq(item->file, "c.ini");
	ck_assert_uint_eq(item->line, 3);
	cursor = 0;
	item = config_table_next(table, "loud", &cursor);
	ck_assert_ptr_null(item->file);
	ck_assert_uint_eq(config_table_find(table, "kinds")->list.count, 0);
	config_table_free(table);
}
END_TEST

START_TEST(outlives_the_document_and_the_schema)
{
	struct config_table *table = table_of("device = /dev/x\nlabel = hello\n");
	const char *text;

	tear_down();
	ck_assert_int_eq(config_get_string(table, "label", &text), 0);
	ck_assert_str_eq(text, "hello");
	config_table_free(table);
}
END_TEST

START_TEST(iterates_the_keys_of_a_wildcard_in_order)
{
	struct config_table *table =
		table_of("device = /x\nrule.b = 2\nrule.a = 1\nrule.max.z = 7\n");
	const struct config_item *item;
	char seen[100] = "";
	size_t cursor = 0;

	while ((item = config_table_next(table, "rule.", &cursor))) {
		strcat(seen, item->key);
		strcat(seen, " ");
	}
	ck_assert_str_eq(seen, "rule.a rule.b rule.max.z ");
	ck_assert_int_eq((int)config_table_find(table, "rule.max.z")->type, VALUE_INT);
	config_table_free(table);
}
END_TEST

START_TEST(lets_the_longest_prefix_rule_a_key)
{
	ck_assert_str_eq(schema_find(schema, "rule.x")->name, "rule.*");
	ck_assert_str_eq(schema_find(schema, "rule.max.x")->name, "rule.max.*");
	ck_assert_str_eq(schema_find(schema, "mode")->name, "mode");
	ck_assert_ptr_null(schema_find(schema, "rules"));
	ck_assert_ptr_null(schema_find(NULL, "mode"));
}
END_TEST

START_TEST(points_at_an_unknown_key_and_names_the_nearest)
{
	refuses("intervall = 1s", "c.ini:3:1: [plugin s] has no key \"intervall\"; did you mean "
				  "\"interval\"?\n    intervall = 1s\n    ^");
	refuses("  xyz = 1", "c.ini:3:3: [plugin s] has no key \"xyz\"\n      xyz = 1\n      ^");
}
END_TEST

START_TEST(points_at_a_value_of_the_wrong_type)
{
	refuses("interval = soon",
		"c.ini:3:12: interval: expected a duration as in 250ms, 1s, 5m, "
		"2h or 1d, found \"soon\"\n    interval = soon\n               ^");
	refuses("loud = \"perhaps\"", "c.ini:3:8: loud: expected yes or no, found \"perhaps\"\n"
				      "    loud = \"perhaps\"\n           ^");
	refuses("rule.max.x = y", "c.ini:3:14: rule.max.x: expected a whole number, found \"y\"\n"
				  "    rule.max.x = y\n                 ^");
}
END_TEST

START_TEST(points_at_a_value_out_of_range)
{
	refuses("interval = 10ms", "c.ini:3:12: interval: 10ms is out of range, expected at least "
				   "100ms\n    interval = 10ms\n               ^");
	refuses("interval = 61m", "c.ini:3:12: interval: 61m is out of range, expected at most 1h\n"
				  "    interval = 61m\n               ^");
	refuses("depth = 11", "c.ini:3:9: depth: 11 is out of range, expected at most 10\n"
			      "    depth = 11\n            ^");
	refuses("ratio = -0.5", "c.ini:3:9: ratio: -0.5 is out of range, expected at least 0\n"
				"    ratio = -0.5\n            ^");
	refuses("buffer = 2M", "c.ini:3:10: buffer: 2M is out of range, expected at most 1M\n"
			       "    buffer = 2M\n             ^");
}
END_TEST

START_TEST(points_at_a_word_that_is_none_of_the_choice)
{
	refuses("mode = fsat", "c.ini:3:8: mode: \"fsat\" is not one of: fast, slow, off; did you "
			       "mean \"fast\"?\n    mode = fsat\n           ^");
	refuses("kinds = cpu, net", "c.ini:3:9: kinds: \"net\" is not one of: cpu, memory, disk\n"
				    "    kinds = cpu, net\n            ^");
}
END_TEST

START_TEST(points_at_the_section_that_lacks_a_required_key)
{
	ck_assert_int_eq(schema_check(schema, section_of("loud = yes\n"), &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 1);
	ck_assert_str_eq(complaints.texts[0], "c.ini:1:1: key \"device\" is missing and required "
					      "(path: The device)\n    [plugin s]\n    ^");
	complaints_fini(&complaints);
	ck_assert_int_eq(schema_check(schema, NULL, &complaints), -EINVAL);
}
END_TEST

START_TEST(collects_every_complaint_and_makes_no_table)
{
	struct config_table *table = NULL;
	const struct ini_section *section = section_of("interval = x\nmode = y\nfoo = z\n");

	ck_assert_int_eq(config_table_new(schema, section, &table, &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 4);
	ck_assert_ptr_null(table);
	ck_assert_int_eq(schema_check(schema, section, NULL), -EINVAL);
}
END_TEST

START_TEST(accepts_no_key_without_a_schema)
{
	ck_assert_int_eq(schema_check(NULL, section_of(""), &complaints), 0);
	ck_assert_int_eq(schema_check(NULL, section_of("a = b\n"), &complaints), -EINVAL);
}
END_TEST

START_TEST(compares_tables_by_their_values)
{
	struct config_table *a = table_of("device = /x\ninterval = 60m\n");
	struct config_table *b = table_of("# moved\ninterval = \"1h\"\nmode = slow\ndevice = /x\n");
	struct config_table *c = table_of("device = /x\ninterval = 1h\nrule.x = 1\n");
	struct config_table *d = table_of("device = /y\ninterval = 1h\n");

	ck_assert(config_table_equals(a, b));
	ck_assert(!config_table_equals(a, c));
	ck_assert(!config_table_equals(a, d));
	ck_assert(!config_table_equals(a, NULL));
	ck_assert(config_table_equals(NULL, NULL));
	config_table_free(a);
	config_table_free(b);
	config_table_free(c);
	config_table_free(d);
}
END_TEST

START_TEST(makes_an_empty_table_of_nothing)
{
	struct config_table *table;

	ck_assert_int_eq(config_table_new(NULL, NULL, &table, NULL), 0);
	ck_assert_uint_eq(table->count, 0);
	ck_assert(config_table_equals(table, NULL));
	ck_assert_ptr_null(config_table_find(table, "x"));
	config_table_free(table);
	config_table_free(NULL);
}
END_TEST

static const struct {
	const char *text;
	const char *words;
} wrong_schemas[] = {
	{ "[config]\ntype = int\n", "without a key" },
	{ "[config a b]\ntype = int\n", "no space" },
	{ "[config a*b]\ntype = int\n", "only at its end" },
	{ "[config a]\nsummary = x\n", "does not say its type" },
	{ "[config a]\ntype = durtion\n", "did you mean \"duration\"?" },
	{ "[config a]\ntype = int\ndefalt = 1\n", "did you mean \"default\"?" },
	{ "[config a]\ntype = int\ndefault = x\n", "m:3:11: default: expected a whole number" },
	{ "[config a]\ntype = int\ndefault = 5\nrange = 6..7\n", "5 is out of range" },
	{ "[config a]\ntype = int\nrange = 7..6\n", "low end is above" },
	{ "[config a]\ntype = int\nrange = 7\n", "LOW..HIGH" },
	{ "[config a]\ntype = int\nrange = ..\n", "LOW..HIGH" },
	{ "[config a]\ntype = int\nrange = a..7\n", "whole number" },
	{ "[config a]\ntype = duration\nrange = 1..7s\n", "needs a unit" },
	{ "[config a]\ntype = string\nrange = a..b\n", "a string has no range" },
	{ "[config a]\ntype = choice\n", "without words" },
	{ "[config a]\ntype = choice\nvalues = b,\n", "none of them empty" },
	{ "[config a]\ntype = choice\nvalues = b\ndefault = c\n", "is not one of: b" },
	{ "[config a]\ntype = int\nvalues = 1, 2\n", "only a choice or a list" },
	{ "[config a]\ntype = int\nrequired = yes\ndefault = 1\n", "has no default" },
	{ "[config a]\ntype = int\nrequired = perhaps\n", "yes or no" },
	{ "[config a.*]\ntype = int\nrequired = yes\n", "cannot be required" },
	{ "[config *]\ntype = int\ndefault = 1\n", "has no default" },
};

START_TEST(refuses_a_schema_that_is_wrong)
{
	struct ini_document *document = read_text("m", wrong_schemas[_i].text);
	struct schema *made = NULL;

	ck_assert_int_eq(schema_parse(document, &made, &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 1);
	ck_assert_msg(strstr(complaints.texts[0], wrong_schemas[_i].words) != NULL, "%s",
		      complaints.texts[0]);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(schema_parse(document, &made, NULL), -EINVAL);
	ini_document_free(document);
}
END_TEST

START_TEST(accepts_any_key_under_a_bare_star)
{
	struct ini_document *document = read_text("m", "[config *]\ntype = int\n");
	struct schema *any;

	ck_assert_int_eq(schema_parse(document, &any, &complaints), 0);
	ck_assert_int_eq(schema_check(any, section_of("a = 1\nb.c = 2\n"), &complaints), 0);
	schema_free(any);
	ini_document_free(document);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("schema");
	TCase *tests = tcase_create("schema");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, fills_in_defaults);
	tcase_add_test(tests, takes_what_is_set_and_remembers_where);
	tcase_add_test(tests, outlives_the_document_and_the_schema);
	tcase_add_test(tests, iterates_the_keys_of_a_wildcard_in_order);
	tcase_add_test(tests, lets_the_longest_prefix_rule_a_key);
	tcase_add_test(tests, points_at_an_unknown_key_and_names_the_nearest);
	tcase_add_test(tests, points_at_a_value_of_the_wrong_type);
	tcase_add_test(tests, points_at_a_value_out_of_range);
	tcase_add_test(tests, points_at_a_word_that_is_none_of_the_choice);
	tcase_add_test(tests, points_at_the_section_that_lacks_a_required_key);
	tcase_add_test(tests, collects_every_complaint_and_makes_no_table);
	tcase_add_test(tests, accepts_no_key_without_a_schema);
	tcase_add_test(tests, compares_tables_by_their_values);
	tcase_add_test(tests, makes_an_empty_table_of_nothing);
	tcase_add_loop_test(tests, refuses_a_schema_that_is_wrong, 0,
			    (int)(sizeof(wrong_schemas) / sizeof(wrong_schemas[0])));
	tcase_add_test(tests, accepts_any_key_under_a_bare_star);
	suite_add_tcase(suite, tests);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Tests of manifests: a right one, and every kind of wrong one with its place. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

Suite *test_suite(void);

#define HEAD "[plugin]\nname = sensors\nversion = 0.3.0\nabi = 1.0\n"

static struct manifest *manifest;
static struct complaints complaints;

static int parse(const char *text)
{
	struct version host = { 1, 0 };

	return manifest_parse("a.so", text, strlen(text), &host, &manifest, &complaints);
}

static void teardown(void)
{
	manifest_free(manifest);
	manifest = NULL;
	complaints_fini(&complaints);
}

START_TEST(reads_all_that_a_plugin_says)
{
	ck_assert_int_eq(parse(HEAD "licence = MIT\nsummary = Reads the machine\n"
				    "state = 2 reads 1\nexec = thread\n"
				    "[provides]\ncorbel.sensors = 1.2\n"
				    "[requires]\ncorbel.store = 1.0\ncorbel.clock = 2.3\n"
				    "[wants]\ncorbel.log = 1.1\n"
				    "[publishes]\ncorbel.sensors.sample =\n"
				    "[subscribes]\ncorbel.store.* =\n"
				    "[config interval]\ntype = duration\ndefault = 1s\n"
				    "range = 100ms..1h\nsummary = Time between two samples\n"),
			 0);
	ck_assert_str_eq(manifest->name, "sensors");
	ck_assert_str_eq(manifest->version, "0.3.0");
	ck_assert_str_eq(manifest->licence, "MIT");
	ck_assert_str_eq(manifest->summary, "Reads the machine");
	ck_assert_uint_eq(manifest->abi.major, 1);
	ck_assert_uint_eq(manifest->state_version, 2);
	ck_assert_uint_eq(manifest->state_oldest, 1);
	ck_assert_int_eq(manifest->exec, MANIFEST_EXEC_THREAD);
	ck_assert_uint_eq(manifest->provides.count, 1);
	ck_assert_uint_eq(manifest->requires.count, 2);
	ck_assert_str_eq(manifest->requires.items[1].name, "corbel.clock");
	ck_assert_uint_eq(manifest->requires.items[1].version.minor, 3);
	ck_assert_ptr_nonnull(manifest_interface_find(&manifest->wants, "corbel.log"));
	ck_assert_ptr_null(manifest_interface_find(&manifest->wants, "corbel.store"));
	ck_assert_str_eq(manifest->publishes.names[0], "corbel.sensors.sample");
	ck_assert_ptr_nonnull(schema_find(manifest->schema, "interval"));
	ck_assert_uint_eq(complaints_count(&complaints), 0);
}
END_TEST

START_TEST(gives_what_is_not_said_a_plain_meaning)
{
	ck_assert_int_eq(parse(HEAD), 0);
	ck_assert_str_eq(manifest->licence, "");
	ck_assert_str_eq(manifest->summary, "");
	ck_assert_uint_eq(manifest->state_version, 0);
	ck_assert_int_eq(manifest->exec, MANIFEST_EXEC_INLINE);
	ck_assert_uint_eq(manifest->provides.count, 0);
	ck_assert_uint_eq(manifest->subscribes.count, 0);
}
END_TEST

START_TEST(a_pattern_covers_what_begins_like_it)
{
	ck_assert_int_eq(parse(HEAD "[subscribes]\ncorbel.sensors.* =\nother.one =\n"), 0);
	ck_assert(manifest_topic_covers(&manifest->subscribes, "corbel.sensors.sample"));
	ck_assert(manifest_topic_covers(&manifest->subscribes, "corbel.sensors.a.b"));
	ck_assert(manifest_topic_covers(&manifest->subscribes, "other.one"));
	ck_assert(!manifest_topic_covers(&manifest->subscribes, "other.one.more"));
	ck_assert(!manifest_topic_covers(&manifest->subscribes, "corbel.sensorship"));
	ck_assert(!manifest_topic_covers(&manifest->subscribes, "corbel.sensors"));
}
END_TEST

START_TEST(refuses_another_abi_before_reading_on)
{
	ck_assert_int_eq(parse("[plugin]\nname = x\nversion = 1\nabi = 2.0\nsoul = yes\n[karma]\n"),
			 -EPROTONOSUPPORT);
	ck_assert_uint_eq(complaints.count, 1);
	ck_assert_str_eq(complaints.texts[0],
			 "a.so: built for plugin ABI 2.0, this host offers 1.0 (upgrade corbel, or "
			 "rebuild the plugin with this host's SDK)");
	teardown();
	ck_assert_int_eq(parse("[plugin]\nname = x\nversion = 1\nabi = 1.1\n"), -EPROTONOSUPPORT);
	teardown();
	ck_assert_int_eq(parse("[plugin]\nname = x\nversion = 1\nabi = 0.9\n"), -EPROTONOSUPPORT);
}
END_TEST

struct wrong {
	const char *text;
	const char *words;
};

static const struct wrong wrongs[] = {
	{ "", "no section [plugin]" },
	{ "[provides]\na.b = 1.0\n", "no section [plugin]" },
	{ "[plugin]\nversion = 1\nabi = 1.0\n", "manifest:1:1: [plugin] has no name" },
	{ "[plugin]\nname = a\nabi = 1.0\n", "has no version" },
	{ "[plugin]\nname = a\nversion = 1\n", "has no abi" },
	{ "[plugin]\nname = a\nversion = 1\nabi = one\n", "manifest:4:7: abi is \"one\"" },
	{ "[plugin]\nname = A b\nversion = 1\nabi = 1.0\n", "manifest:2:8: name is \"A b\"" },
	{ "[plugin]\nname = ../x\nversion = 1\nabi = 1.0\n", "lower case letters" },
	{ "[plugin]\nname = a\nversion = new\nabi = 1.0\n", "manifest:3:11: version is \"new\"" },
	{ HEAD "sumary = x\n",
	  "manifest:5:1: [plugin] knows no key \"sumary\"; did you mean \"summary\"?" },
	{ HEAD "name = again\n", "manifest:5:1" },
	{ HEAD "state = 1 reads 2\n", "manifest:5:9: state is \"1 reads 2\"" },
	{ HEAD "state = two\n", "oldest that restore takes" },
	{ HEAD "state = 99999999999999999999\n", "oldest that restore takes" },
	{ HEAD "exec = fast\n", "expected inline or thread" },
	{ HEAD "[provide]\na.b = 1.0\n",
	  "manifest:5:1: a manifest has no section [provide]; did you mean" },
	{ HEAD "[provides all]\na.b = 1.0\n", "[provides] takes no name" },
	{ HEAD "[config]\ntype = int\n", "must name its key" },
	{ HEAD "[provides]\na..b = 1.0\n", "manifest:6:1: \"a..b\" in [provides]" },
	{ HEAD "[requires]\na.b = 1\n",
	  "manifest:6:7: a.b is \"1\": expected the interface's version" },
	{ HEAD "[wants]\na.* = 1.0\n", "is not the name of an interface" },
	{ HEAD "[publishes]\na.b = yes\n", "nothing after the '='" },
	{ HEAD "[subscribes]\na.*.b =\n", "is not a topic" },
	{ HEAD "[requires]\na.b = 1.0\n[wants]\na.b = 1.1\n",
	  "manifest:8:1: a.b is in [requires] and in" },
	{ HEAD "[config a]\ntype = colour\n", "colour" },
	{ HEAD "no equals sign\n", "manifest:5" },
};

START_TEST(complains_with_place_and_remedy)
{
	const struct wrong *wrong = &wrongs[_i];

	ck_assert_int_eq(parse(wrong->text), -EINVAL);
	ck_assert_uint_ge(complaints.count, 1);
	ck_assert_msg(strstr(complaints.texts[0], "a.so") != NULL, "no file: %s",
		      complaints.texts[0]);
	ck_assert_msg(strstr(complaints.texts[0], wrong->words) != NULL, "no \"%s\" in: %s",
		      wrong->words, complaints.texts[0]);
	ck_assert_ptr_null(manifest);
}
END_TEST

START_TEST(says_every_wrong_thing_at_once)
{
	ck_assert_int_eq(parse(HEAD "exec = fast\nsoul = yes\n[provides]\na.b = x\n[karma]\n"),
			 -EINVAL);
	ck_assert_uint_ge(complaints.count, 4);
}
END_TEST

START_TEST(refuses_a_nul_and_a_giant)
{
	static const char nul[] = HEAD "summary = a\0b\n";
	char *giant = calloc(1, MANIFEST_SIZE_MAX + 1);

	ck_assert_int_eq(manifest_parse("a.so", nul, sizeof(nul) - 1, NULL, &manifest, &complaints),
			 -EINVAL);
	teardown();
	ck_assert_ptr_nonnull(giant);
	ck_assert_int_eq(
		manifest_parse("a.so", giant, MANIFEST_SIZE_MAX + 1, NULL, &manifest, &complaints),
		-EFBIG);
	ck_assert_uint_eq(complaints.count, 1);
	free(giant);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("manifest");
	TCase *tests = tcase_create("manifest");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, reads_all_that_a_plugin_says);
	tcase_add_test(tests, gives_what_is_not_said_a_plain_meaning);
	tcase_add_test(tests, a_pattern_covers_what_begins_like_it);
	tcase_add_test(tests, refuses_another_abi_before_reading_on);
	tcase_add_loop_test(tests, complains_with_place_and_remedy, 0,
			    (int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_test(tests, says_every_wrong_thing_at_once);
	tcase_add_test(tests, refuses_a_nul_and_a_giant);
	suite_add_tcase(suite, tests);
	return suite;
}

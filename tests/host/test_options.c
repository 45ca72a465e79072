/* SPDX-License-Identifier: MIT */
/* The command line of corbeld, and the words for what is wrong with one. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "environment.h"
#include "options.h"

Suite *test_suite(void);

static struct corbel_error error;

#define PARSE(options, ...) parse(options, (const char *[]){ "corbeld", __VA_ARGS__, NULL })

static int parse(struct options *options, const char **arguments)
{
	int count = 0;

	while (arguments[count])
		count++;
	error.text[0] = '\0';
	return options_parse(count, (char **)arguments, options, &error);
}

static void must_refuse(const char **arguments, const char *words)
{
	struct options options;

	ck_assert_int_eq(parse(&options, arguments), -EINVAL);
	ck_assert_msg(strstr(error.text, words), "'%s' is not in: %s", words, error.text);
	options_fini(&options);
}

START_TEST(reads_all_that_there_is)
{
	struct options options;

	ck_assert_int_eq(PARSE(&options, "-c", "a.ini", "-o", "log.level=debug", "--option=a.b=c",
			       "--for", "1500ms", "--show", "corbel.*", "--develop", "--no-unload"),
			 0);
	ck_assert_str_eq(options.file, "a.ini");
	ck_assert_uint_eq(options.override_count, 2);
	ck_assert_str_eq(options.overrides[0], "log.level=debug");
	ck_assert_str_eq(options.overrides[1], "a.b=c");
	ck_assert_int_eq(options.duration, 1500000000);
	ck_assert_uint_eq(options.pattern_count, 1);
	ck_assert_str_eq(options.patterns[0], "corbel.*");
	ck_assert(options.develop);
	ck_assert(options.no_unload);
	ck_assert_int_eq(options.mode, OPTIONS_RUN);
	options_fini(&options);
}
END_TEST

START_TEST(has_a_usual_configuration)
{
	struct options options;

	ck_assert_int_eq(PARSE(&options, "--check"), 0);
	ck_assert_str_eq(options.file, CORBEL_CONFIG_DIR "/corbeld.ini");
	ck_assert_int_eq(options.mode, OPTIONS_CHECK);
	options_fini(&options);
}
END_TEST

START_TEST(refuses_an_unknown_option_and_offers_the_nearest)
{
	must_refuse((const char *[]){ "corbeld", "--chekc", NULL }, "did you mean \"check\"?");
	must_refuse((const char *[]){ "corbeld", "-x", NULL }, "unknown option -x");
}
END_TEST

START_TEST(refuses_an_option_without_its_value)
{
	must_refuse((const char *[]){ "corbeld", "-c", NULL }, "-c: needs a value");
	must_refuse((const char *[]){ "corbeld", "--for", NULL }, "--for: needs a value");
}
END_TEST

START_TEST(refuses_a_time_without_a_unit_or_without_length)
{
	must_refuse((const char *[]){ "corbeld", "--for", "5", NULL }, "--for 5: ");
	must_refuse((const char *[]){ "corbeld", "--for", "0", NULL }, "--for 0: ");
}
END_TEST

START_TEST(refuses_two_modes_and_an_argument)
{
	must_refuse((const char *[]){ "corbeld", "--check", "--version", NULL }, "only one of");
	must_refuse((const char *[]){ "corbeld", "my.ini", NULL }, "unexpected argument 'my.ini'");
}
END_TEST

START_TEST(knows_what_steers_the_loader)
{
	ck_assert(environment_steers_loader("LD_PRELOAD=x"));
	ck_assert(environment_steers_loader("MALLOC_ARENA_MAX=1"));
	ck_assert(environment_steers_loader("GLIBC_TUNABLES=x"));
	ck_assert(!environment_steers_loader("PATH=/bin"));
	ck_assert(!environment_steers_loader("GLIBC_TUNABLES_X=1"));
	ck_assert(!environment_steers_loader("OLD_X=1"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *cases = tcase_create("options");

	tcase_add_test(cases, reads_all_that_there_is);
	tcase_add_test(cases, has_a_usual_configuration);
	tcase_add_test(cases, refuses_an_unknown_option_and_offers_the_nearest);
	tcase_add_test(cases, refuses_an_option_without_its_value);
	tcase_add_test(cases, refuses_a_time_without_a_unit_or_without_length);
	tcase_add_test(cases, refuses_two_modes_and_an_argument);
	tcase_add_test(cases, knows_what_steers_the_loader);
	suite_add_tcase(suite, cases);
	return suite;
}

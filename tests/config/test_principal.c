/* SPDX-License-Identifier: MIT */
/* Users and groups by name and by number. */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>

#include "principal.h"

Suite *test_suite(void);

static void must_be(const char *word, bool is_group, id_t id)
{
	struct principal principal = { 0 };

	ck_assert_int_eq(principal_parse(word, &principal), 0);
	ck_assert_int_eq(principal.is_group, is_group);
	ck_assert_uint_eq(principal.id, id);
}

START_TEST(finds_users_and_groups_by_name)
{
	const struct group *group = getgrgid(0);
	char word[64];

	must_be("root", false, 0);
	ck_assert_ptr_nonnull(group);
	snprintf(word, sizeof(word), "@%s", group->gr_name);
	must_be(word, true, 0);
}
END_TEST

START_TEST(takes_numbers_that_have_no_name)
{
	must_be("54321", false, 54321);
	must_be("@54321", true, 54321);
	must_be("4294967294", false, 4294967294u);
}
END_TEST

START_TEST(refuses_what_names_nobody)
{
	static const char *const words[] = {
		"no-such-user", "@no-such-group",      "", "@", "-1", "4294967295", "54321x",
		"@@0",          "99999999999999999999"
	};
	struct principal principal = { .id = 7 };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_msg(principal_parse(words[i], &principal) == -ENOENT, "%s", words[i]);
	ck_assert_uint_eq(principal.id, 7);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("principal");
	TCase *cases = tcase_create("principal");

	tcase_add_test(cases, finds_users_and_groups_by_name);
	tcase_add_test(cases, takes_numbers_that_have_no_name);
	tcase_add_test(cases, refuses_what_names_nobody);
	suite_add_tcase(suite, cases);
	return suite;
}

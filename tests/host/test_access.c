/* SPDX-License-Identifier: MIT */
/* Who may look and who may change, by lists of users and groups. */
#include <check.h>
#include <unistd.h>

#include "access.h"

Suite *test_suite(void);

/* Users and groups that nothing on this machine is called by. */
#define ALICE 54321
#define BOB 54322
#define CREW 54399

static struct access access_;

static void tear_down(void)
{
	access_fini(&access_);
}

#define LIST(key_, ...) \
	(&(struct corbel_config_entry){ \
		.key = key_, \
		.items = (const char *const[]){ __VA_ARGS__ }, \
		.item_count = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *) })

static void load(const struct corbel_config_entry *read, const struct corbel_config_entry *control)
{
	ck_assert_int_eq(access_init(&access_, read, control), 0);
}

static enum varlink_right right_of(uid_t uid, gid_t gid)
{
	return access_right(&access_, &(struct peer){ .uid = uid, .gid = gid });
}

static void must_explain(enum varlink_right right, const char *expected)
{
	char words[256];

	access_explain(&access_, &(struct peer){ .uid = ALICE }, right, words, sizeof(words));
	ck_assert_str_eq(words, expected);
}

START_TEST(lets_root_and_the_owner_do_all)
{
	load(NULL, NULL);
	ck_assert_int_eq(right_of(0, CREW), VARLINK_CONTROL);
	ck_assert_int_eq(right_of(geteuid(), CREW), VARLINK_CONTROL);
}
END_TEST

START_TEST(lets_nobody_else_in_unless_told)
{
	load(NULL, NULL);
	ck_assert_int_eq(right_of(ALICE, CREW), VARLINK_NOTHING);
	ck_assert_int_eq(right_of(ALICE, 0), VARLINK_NOTHING);
}
END_TEST

START_TEST(lets_those_look_whom_read_names)
{
	load(LIST("read", "54321", "@54399"), NULL);
	ck_assert_int_eq(right_of(ALICE, ALICE), VARLINK_READ);
	ck_assert_int_eq(right_of(BOB, CREW), VARLINK_READ);
	ck_assert_int_eq(right_of(BOB, BOB), VARLINK_NOTHING);
}
END_TEST

START_TEST(lets_those_change_whom_control_names)
{
	load(LIST("read", "54322", "54321"), LIST("control", "54321"));
	ck_assert_int_eq(right_of(ALICE, ALICE), VARLINK_CONTROL);
	ck_assert_int_eq(right_of(BOB, BOB), VARLINK_READ);
}
END_TEST

START_TEST(takes_a_user_for_no_group_of_the_same_number)
{
	load(LIST("read", "54399"), LIST("control", "@54321"));
	ck_assert_int_eq(right_of(ALICE, CREW), VARLINK_NOTHING);
}
END_TEST

START_TEST(counts_the_supplementary_groups)
{
	gid_t groups[] = { 1, 2, CREW };
	struct peer alice = { .uid = ALICE, .gid = ALICE, .groups = groups, .group_count = 3 };

	load(NULL, LIST("control", "@54399"));
	ck_assert_int_eq(access_right(&access_, &alice), VARLINK_CONTROL);
	alice.group_count = 2;
	ck_assert_int_eq(access_right(&access_, &alice), VARLINK_NOTHING);
}
END_TEST

START_TEST(lets_the_group_of_the_socket_look)
{
	load(NULL, NULL);
	access_.has_group = true;
	access_.group = CREW;
	ck_assert_int_eq(right_of(ALICE, CREW), VARLINK_READ);
	ck_assert_int_eq(right_of(ALICE, ALICE), VARLINK_NOTHING);
}
END_TEST

START_TEST(names_the_line_that_would_allow_it)
{
	load(NULL, NULL);
	must_explain(VARLINK_NOTHING,
		     "uid 54321 may not even look; `read = 54321` in [control] would allow it");
	must_explain(VARLINK_READ, "uid 54321 may look, but change nothing; `control = 54321` in "
				   "[control] would allow it");
	load(NULL, LIST("control", "0"));
	must_explain(VARLINK_READ, "uid 54321 may look, but change nothing; add 54321 to `control` "
				   "in [control] to allow it");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("access");
	TCase *cases = tcase_create("access");

	tcase_add_checked_fixture(cases, NULL, tear_down);
	tcase_add_test(cases, lets_root_and_the_owner_do_all);
	tcase_add_test(cases, lets_nobody_else_in_unless_told);
	tcase_add_test(cases, lets_those_look_whom_read_names);
	tcase_add_test(cases, lets_those_change_whom_control_names);
	tcase_add_test(cases, takes_a_user_for_no_group_of_the_same_number);
	tcase_add_test(cases, counts_the_supplementary_groups);
	tcase_add_test(cases, lets_the_group_of_the_socket_look);
	tcase_add_test(cases, names_the_line_that_would_allow_it);
	suite_add_tcase(suite, cases);
	return suite;
}

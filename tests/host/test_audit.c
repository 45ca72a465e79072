/* SPDX-License-Identifier: MIT */
/* The lines that say who changed what, whatever the caller has sent. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"

Suite *test_suite(void);

static const struct peer peer = { .uid = 1000, .pid = 4242, .command = "corbelctl" };

static const struct varlink_method stop = { "Stop", VARLINK_CONTROL,
					    .parameters = { { "name", VARLINK_STRING, false } } };
static const struct varlink_method level = { "SetLogLevel", VARLINK_CONTROL,
					     .parameters = { { "plugin", VARLINK_STRING, true },
							     { "level", VARLINK_STRING, false } } };
static const struct varlink_method reload = { "Reload", VARLINK_CONTROL,
					      .parameters = { { "plugins", VARLINK_STRINGS, false },
							      { "dry_run", VARLINK_BOOL, true } } };
static const struct varlink_method reload_config = { "ReloadConfig", VARLINK_CONTROL, .run = NULL };

static char line[1024];

static void format(const struct varlink_method *method, json_t *parameters,
		   enum varlink_outcome outcome, const char *words)
{
	struct varlink_call call = { .method = method, .parameters = parameters };

	ck_assert_ptr_nonnull(parameters);
	audit_format(&peer, &call, outcome, words, line, sizeof(line));
	json_decref(parameters);
}

static void must_say(const struct varlink_method *method, json_t *parameters, const char *expected)
{
	format(method, parameters, VARLINK_DONE, NULL);
	ck_assert_str_eq(line, expected);
}

START_TEST(says_who_asked_for_what)
{
	must_say(&stop, json_pack("{s:s}", "name", "sensors"),
		 "control: uid 1000 pid 4242 (corbelctl) asked to stop sensors: done");
	must_say(&reload_config, json_object(),
		 "control: uid 1000 pid 4242 (corbelctl) asked to reload config: done");
	must_say(&level, json_pack("{s:n, s:s}", "plugin", "level", "debug"),
		 "control: uid 1000 pid 4242 (corbelctl) asked to set log level level=debug: done");
	must_say(&reload, json_pack("{s:[s, s], s:b}", "plugins", "http", "store", "dry_run", 1),
		 "control: uid 1000 pid 4242 (corbelctl) asked to reload http,store dry_run=true: "
		 "done");
}
END_TEST

START_TEST(says_how_it_ended)
{
	format(&stop, json_pack("{s:s}", "name", "a"), VARLINK_FAILED, "it is essential");
	ck_assert_ptr_nonnull(strstr(line, "asked to stop a: failed: it is essential"));
	format(&stop, json_pack("{s:s}", "name", "a"), VARLINK_REFUSED, "uid 1000 may not");
	ck_assert_ptr_nonnull(strstr(line, "asked to stop a: refused: uid 1000 may not"));
	format(&stop, json_pack("{s:s}", "name", "a"), VARLINK_UNKNOWN, NULL);
	ck_assert_ptr_nonnull(strstr(line, "asked to stop a: it has gone before the end"));
}
END_TEST

START_TEST(quotes_what_could_be_taken_for_something_else)
{
	must_say(&stop, json_pack("{s:s}", "name", "a: done\ncontrol: uid 0"),
		 "control: uid 1000 pid 4242 (corbelctl) asked to stop \"a: done\\ncontrol: uid "
		 "0\": done");
	must_say(&stop, json_pack("{s:s}", "name", ""),
		 "control: uid 1000 pid 4242 (corbelctl) asked to stop \"\": done");
	must_say(&stop, json_pack("{s:s}", "name", "\xe2\x80\xae"),
		 "control: uid 1000 pid 4242 (corbelctl) asked to stop \"\\u202E\": done");
	must_say(&stop, json_pack("{s:[i, {s:n}]}", "name", 1, "x"),
		 "control: uid 1000 pid 4242 (corbelctl) asked to stop 1,{\"x\":null}: done");
}
END_TEST

START_TEST(says_the_result_however_long_the_request_is)
{
	char name[5000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	format(&stop, json_pack("{s:s}", "name", name), VARLINK_DONE, NULL);
	ck_assert_uint_lt(strlen(line), 400);
	ck_assert_ptr_nonnull(strstr(line, "xxx: done"));
}
END_TEST

START_TEST(takes_the_peer_and_its_name_from_the_kernel)
{
	struct peer self;
	int pair[2];

	ck_assert_int_eq(prctl(PR_SET_NAME, "x) did\n(y"), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(peer_init(&self, pair[0]), 0);
	peer_find_command(&self);
	ck_assert_uint_eq(self.uid, geteuid());
	ck_assert_int_eq(self.pid, getpid());
	ck_assert(peer_is_in_group(&self, getegid()));
	ck_assert(peer_is_owner(&self));
	ck_assert_str_eq(self.command, "x??did??y");
	peer_fini(&self);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(knows_no_name_of_who_has_gone)
{
	struct peer gone = { .pid = 0x7ffffff0, .command = "?" };

	peer_find_command(&gone);
	ck_assert_str_eq(gone.command, "?");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("audit");
	TCase *cases = tcase_create("audit");

	tcase_add_test(cases, says_who_asked_for_what);
	tcase_add_test(cases, says_how_it_ended);
	tcase_add_test(cases, quotes_what_could_be_taken_for_something_else);
	tcase_add_test(cases, says_the_result_however_long_the_request_is);
	tcase_add_test(cases, takes_the_peer_and_its_name_from_the_kernel);
	tcase_add_test(cases, knows_no_name_of_who_has_gone);
	suite_add_tcase(suite, cases);
	return suite;
}

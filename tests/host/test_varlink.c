/* SPDX-License-Identifier: MIT */
/* Varlink calls against a small interface, without a socket. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "varlink.h"
#include "varlink_service.h"

Suite *test_suite(void);

/* A link that keeps the last message. */
struct recorder {
	struct varlink_link link;
	char *last;
	int sent, ended, noted;
	enum varlink_outcome outcome;
	char words[100]; /* of the outcome; "" for none */
	bool is_full;
};

static struct recorder recorder;
static struct varlink_call *pending;
static int abandoned;

static int record(struct varlink_link *link, const char *text, size_t size, bool droppable)
{
	struct recorder *to = (struct recorder *)link;

	if (droppable && to->is_full)
		return -ENOBUFS;
	free(to->last);
	to->last = strndup(text, size);
	to->sent++;
	return 0;
}

static void note_end(struct varlink_link *link)
{
	((struct recorder *)link)->ended++;
}

static void explain(const struct varlink_link *link, char *words, size_t size)
{
	snprintf(words, size, "you have right %d", link->right);
}

static void note(struct varlink_link *link, const struct varlink_call *call,
		 enum varlink_outcome outcome, const char *words)
{
	struct recorder *to = (struct recorder *)link;

	ck_assert_int_ne(call->method->right, VARLINK_READ);
	to->noted++;
	to->outcome = outcome;
	snprintf(to->words, sizeof(to->words), "%s", words ? words : "");
}

static void echo(struct varlink_call *call, void *data)
{
	(void)data;
	varlink_reply(call, json_pack("{s:s}", "text", varlink_string(call, "text")));
}

static void note_abandoned(struct varlink_call *call, void *state)
{
	(void)call;
	(void)state;
	abandoned++;
}

static void watch(struct varlink_call *call, void *data)
{
	(void)data;
	call->abandoned = note_abandoned;
	pending = call;
}

static const struct varlink_method methods[] = {
	{ "Echo", VARLINK_READ, .run = echo,
	  .parameters = { { "text", VARLINK_STRING, false }, { "times", VARLINK_INT, true } } },
	{ "Watch", VARLINK_READ, .run = watch, .streams = true },
	{ "Change", VARLINK_CONTROL, .run = watch },
	{ "Forgotten", .run = watch },
	{ .name = NULL },
};
static const struct varlink_interface test_interface = {
	.name = "org.test.One",
	.description = "interface org.test.One",
	.methods = methods,
};
static const struct varlink_interface *const interfaces[] = { &varlink_service, &test_interface };
static const struct varlink_services services = { interfaces, 2 };

static void set_up(void)
{
	recorder = (struct recorder){ .link = { .right = VARLINK_CONTROL,
						.send = record,
						.ended = note_end,
						.explain = explain,
						.note = note } };
	pending = NULL;
	abandoned = 0;
}

static void tear_down(void)
{
	free(recorder.last);
}

static int call(const char *text)
{
	return varlink_dispatch(&services, &recorder.link, text, strlen(text));
}

static void must_get(const char *request, const char *reply)
{
	ck_assert_int_eq(call(request), 0);
	ck_assert_str_eq(recorder.last, reply);
	ck_assert_ptr_null(recorder.link.call);
}

START_TEST(replies_to_a_call)
{
	must_get("{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":\"hi\"}}",
		 "{\"parameters\":{\"text\":\"hi\"}}");
	ck_assert_int_eq(recorder.ended, 1);
}
END_TEST

START_TEST(names_an_unknown_interface_and_method)
{
	must_get("{\"method\":\"org.test.Two.Echo\"}",
		 "{\"error\":\"org.varlink.service.InterfaceNotFound\","
		 "\"parameters\":{\"interface\":\"org.test.Two\"}}");
	must_get("{\"method\":\"org.test.One.Ekko\"}",
		 "{\"error\":\"org.varlink.service.MethodNotFound\","
		 "\"parameters\":{\"method\":\"org.test.One.Ekko\"}}");
	must_get("{\"method\":\"Echo\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
					  "\"parameters\":{\"interface\":\"Echo\"}}");
}
END_TEST

START_TEST(names_a_wrong_parameter)
{
	static const char *const requests[][2] = {
		{ "{\"method\":\"org.test.One.Echo\"}", "text" },
		{ "{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":1}}", "text" },
		{ "{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":null}}", "text" },
		{ "{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":\"\",\"times\":\"x\"}"
		  "}",
		  "times" },
		{ "{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":\"\",\"tims\":1}}",
		  "tims" },
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		char expected[200];

		snprintf(expected, sizeof(expected),
			 "{\"error\":\"org.varlink.service.Invalid"
			 "Parameter\",\"parameters\":{\"parameter\":\"%s\"}}",
			 requests[i][1]);
		must_get(requests[i][0], expected);
	}
}
END_TEST

START_TEST(does_not_reply_to_a_oneway_call)
{
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Echo\",\"oneway\":true,"
			      "\"parameters\":{\"text\":\"hi\"}}"),
			 0);
	ck_assert_int_eq(recorder.sent, 0);
	ck_assert_int_eq(recorder.ended, 1);
}
END_TEST

START_TEST(refuses_what_is_no_call_at_all)
{
	static const char *const requests[] = {
		"",
		"x",
		"[]",
		"1",
		"{}",
		"{\"method\":1}",
		"{\"method\":\"a.B\",\"more\":1}",
		"{\"method\":\"a.B\",\"parameters\":[]}",
		"{\"method\":\"a.B\"} {}",
		"{\"method\":\"a.B\",\"method\":\"a.C\"}",
		"{\"method\":\"\xff.B\"}",
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		ck_assert_int_eq(call(requests[i]), -EBADMSG);
		ck_assert_ptr_nonnull(strstr(recorder.last, "org.corbel.Host.Malformed"));
		ck_assert_ptr_null(recorder.link.call);
	}
}
END_TEST

START_TEST(survives_nesting_as_deep_as_a_message_can_be)
{
	size_t size = 1024 * 1024;
	char *text = malloc(size);

	memset(text, '[', size);
	ck_assert_int_eq(varlink_dispatch(&services, &recorder.link, text, size), -EBADMSG);
	memset(text, '[', VARLINK_VALUES_MAX);
	ck_assert_int_eq(varlink_dispatch(&services, &recorder.link, text, VARLINK_VALUES_MAX),
			 -EBADMSG);
	ck_assert_ptr_nonnull(strstr(recorder.last, "Malformed"));
	free(text);
}
END_TEST

/* An Echo of a text of so many characters, to free. */
static char *long_echo(char character, size_t count)
{
	static const char head[] =
		"{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":\"\\\"\\\\";
	char *text = calloc(1, sizeof(head) + count + 4);

	memcpy(text, head, sizeof(head) - 1);
	memset(text + sizeof(head) - 1, character, count);
	strcat(text, "\"}}");
	return text;
}

START_TEST(refuses_more_values_than_any_call_needs)
{
	char *text = long_echo(',', 3 * VARLINK_VALUES_MAX);

	/* Not those that are within a string. */
	ck_assert_int_eq(call(text), 0);
	ck_assert_ptr_nonnull(strstr(recorder.last, "{\"text\":"));
	*strstr(text, ",,") = '"';
	ck_assert_int_eq(call(text), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(recorder.last, "org.corbel.Host.TooLong"));
	free(text);
}
END_TEST

START_TEST(streams_only_to_who_expects_more)
{
	must_get("{\"method\":\"org.test.One.Watch\"}",
		 "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}");
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Watch\",\"more\":true}"), 0);
	ck_assert_int_eq(varlink_continue(pending, json_pack("{s:i}", "n", 1)), 0);
	ck_assert_str_eq(recorder.last, "{\"parameters\":{\"n\":1},\"continues\":true}");
	recorder.is_full = true;
	ck_assert_int_eq(varlink_continue(pending, NULL), -ENOBUFS);
	varlink_reply(pending, NULL);
	ck_assert_str_eq(recorder.last, "{\"parameters\":{}}");
	ck_assert_int_eq(abandoned, 0);
}
END_TEST

START_TEST(tells_a_method_that_its_caller_has_gone)
{
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Watch\",\"more\":true}"), 0);
	varlink_abandon(&recorder.link);
	ck_assert_int_eq(abandoned, 1);
	ck_assert_ptr_null(recorder.link.call);
	varlink_abandon(&recorder.link);
	ck_assert_int_eq(abandoned, 1);
}
END_TEST

START_TEST(lets_only_those_change_who_may)
{
	recorder.link.right = VARLINK_READ;
	must_get("{\"method\":\"org.test.One.Change\"}",
		 "{\"error\":\"org.varlink.service.PermissionDenied\","
		 "\"parameters\":{\"words\":\"you have right 1\"}}");
	ck_assert_ptr_null(pending);
	ck_assert_int_eq(recorder.outcome, VARLINK_REFUSED);
	ck_assert_str_eq(recorder.words, "you have right 1");
	must_get("{\"method\":\"org.test.One.Echo\",\"parameters\":{\"text\":\"hi\"}}",
		 "{\"parameters\":{\"text\":\"hi\"}}");
	ck_assert_int_eq(recorder.noted, 1);
}
END_TEST

START_TEST(says_nothing_of_parameters_to_who_may_not_call)
{
	recorder.link.right = VARLINK_READ;
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Change\",\"parameters\":{\"x\":1}}"), 0);
	ck_assert_ptr_nonnull(strstr(recorder.last, "PermissionDenied"));
}
END_TEST

START_TEST(lets_nobody_call_a_method_that_does_not_say_what_it_needs)
{
	must_get("{\"method\":\"org.test.One.Forgotten\"}",
		 "{\"error\":\"org.varlink.service.PermissionDenied\","
		 "\"parameters\":{\"words\":\"you have right 2\"}}");
}
END_TEST

START_TEST(notes_how_each_change_ended)
{
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Change\",\"oneway\":true}"), 0);
	ck_assert_int_eq(recorder.noted, 0);
	varlink_reply(pending, NULL);
	ck_assert_int_eq(recorder.outcome, VARLINK_DONE);
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Change\"}"), 0);
	varlink_error(pending, "org.test.One.Bad", json_pack("{s:s}", "words", "it is bad"));
	ck_assert_int_eq(recorder.outcome, VARLINK_FAILED);
	ck_assert_str_eq(recorder.words, "it is bad");
	ck_assert_int_eq(call("{\"method\":\"org.test.One.Change\"}"), 0);
	varlink_abandon(&recorder.link);
	ck_assert_int_eq(recorder.outcome, VARLINK_UNKNOWN);
	ck_assert_int_eq(recorder.noted, 3);
}
END_TEST

START_TEST(describes_each_interface)
{
	must_get("{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		 "\"parameters\":{\"interface\":\"org.test.One\"}}",
		 "{\"parameters\":{\"description\":\"interface org.test.One\"}}");
	must_get("{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		 "\"parameters\":{\"interface\":\"org.test\"}}",
		 "{\"error\":\"org.varlink.service.InterfaceNotFound\","
		 "\"parameters\":{\"interface\":\"org.test\"}}");
	ck_assert_int_eq(call("{\"method\":\"org.varlink.service.GetInfo\"}"), 0);
	ck_assert_ptr_nonnull(
		strstr(recorder.last, "\"interfaces\":[\"org.varlink.service\",\"org.test.One\"]"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("varlink");
	TCase *cases = tcase_create("varlink");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, replies_to_a_call);
	tcase_add_test(cases, names_an_unknown_interface_and_method);
	tcase_add_test(cases, names_a_wrong_parameter);
	tcase_add_test(cases, does_not_reply_to_a_oneway_call);
	tcase_add_test(cases, refuses_what_is_no_call_at_all);
	tcase_add_test(cases, survives_nesting_as_deep_as_a_message_can_be);
	tcase_add_test(cases, refuses_more_values_than_any_call_needs);
	tcase_add_test(cases, streams_only_to_who_expects_more);
	tcase_add_test(cases, tells_a_method_that_its_caller_has_gone);
	tcase_add_test(cases, lets_only_those_change_who_may);
	tcase_add_test(cases, says_nothing_of_parameters_to_who_may_not_call);
	tcase_add_test(cases, lets_nobody_call_a_method_that_does_not_say_what_it_needs);
	tcase_add_test(cases, notes_how_each_change_ended);
	tcase_add_test(cases, describes_each_interface);
	suite_add_tcase(suite, cases);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* The server hands over to another: what becomes of those who are connected. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include <corbel/plugin.h>

#include "fakehost.h"
#include "fakestate.h"

#define GET "GET /page.css HTTP/1.1\r\nHost: test\r\n\r\n"
#define MANY 200

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

__thread struct corbel_record *corbel_thread;

/* One before the reload, one after it; each serves only when it is told to. */
static struct fake_host before, after;
static void *old, *new;
static struct corbel_state state;
static struct sockaddr_in address;

static int refuse_call(struct corbel_call *call, struct corbel_use *use, uint32_t method)
{
	(void)call;
	(void)use;
	(void)method;
	return -ENOTCONN;
}

static struct corbel_record record = { .enter = refuse_call };

static void host_init(struct fake_host *host)
{
	fake_host_init(host);
	fake_host_set(host, "listen", "127.0.0.1:0", 0);
	fake_host_set(host, "connections", "256", 256);
	fake_host_set(host, "streams", "64", 64);
	fake_host_set(host, "timeout", "30s", 30 * CORBEL_SECOND);
	corbel_thread = &record;
}

static void setup(void)
{
	int port = 0;

	state = (struct corbel_state){ 0 };
	host_init(&before);
	host_init(&after);
	after.is_replacement = true;
	ck_assert_int_eq(corbel_plugin.start(&before.context, &old), 0);
	ck_assert_int_eq(sscanf(before.log, "serving http://127.0.0.1:%d/", &port), 1);
	address = (struct sockaddr_in){ .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr = { htonl(INADDR_LOOPBACK) } };
	new = NULL;
}

static void teardown(void)
{
	if (old)
		corbel_plugin.stop(old, CORBEL_STOP_REQUESTED);
	if (new)
		corbel_plugin.stop(new, CORBEL_STOP_REQUESTED);
	fake_state_free(&state);
}

static int client(void)
{
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	return descriptor;
}

static void say(int descriptor, const char *words)
{
	ck_assert_int_eq(send(descriptor, words, strlen(words), MSG_NOSIGNAL),
			 (ssize_t)strlen(words));
}

/* Serves until there is nothing left to do. */
static void serve(struct fake_host *host)
{
	while (fake_host_serve(host))
		continue;
}

/* What has come, by the end or until nothing more is there. */
static const char *heard(int descriptor)
{
	static char text[65536];
	size_t length = 0;
	ssize_t count;

	while ((count = recv(descriptor, text + length, sizeof(text) - 1 - length, MSG_DONTWAIT)) >
	       0)
		length += (size_t)count;
	text[length] = '\0';
	return text;
}

#define assert_answered(descriptor) \
	ck_assert_msg(strncmp(heard(descriptor), "HTTP/1.1 200 ", 13) == 0, "no answer")

static bool is_closed(int descriptor)
{
	char byte;

	return recv(descriptor, &byte, 1, MSG_DONTWAIT) == 0;
}

static void successor_start(void)
{
	state = fake_state_save(&corbel_plugin, old);
	ck_assert_int_eq(corbel_plugin.start(&after.context, &new), 0);
	ck_assert_int_eq(corbel_plugin.restore(new, &state), 0);
}

static void old_retire(void)
{
	corbel_plugin.stop(old, CORBEL_STOP_REPLACED);
	old = NULL;
}

START_TEST(a_connection_goes_on_with_the_next_version)
{
	int alive = client(), silent = client();

	say(alive, GET);
	serve(&before);
	assert_answered(alive);
	successor_start();
	old_retire();
	say(alive, GET);
	say(silent, GET);
	serve(&after);
	assert_answered(alive);
	assert_answered(silent);
	close(alive);
	close(silent);
}
END_TEST

START_TEST(what_is_asked_between_versions_is_answered_by_the_next)
{
	int alive = client(), knocking;

	say(alive, GET);
	serve(&before);
	assert_answered(alive);
	successor_start();
	say(alive, GET);
	knocking = client();
	say(knocking, GET);
	old_retire();
	serve(&after);
	assert_answered(alive);
	assert_answered(knocking);
	close(alive);
	close(knocking);
}
END_TEST

START_TEST(half_a_request_is_answered_by_the_old_version_and_goes_on_with_the_next)
{
	int slow = client();

	say(slow, "GET /page.css HT");
	serve(&before);
	successor_start();
	say(slow, "TP/1.1\r\nHost: test\r\n\r\n");
	old_retire();
	assert_answered(slow);
	say(slow, GET);
	serve(&after);
	assert_answered(slow);
	close(slow);
}
END_TEST

START_TEST(half_a_request_that_is_never_whole_holds_nobody_up_for_ever)
{
	int slow = client(), alive = client();

	say(slow, "GET /page.css HT");
	serve(&before);
	successor_start();
	old_retire();
	ck_assert(is_closed(slow));
	say(alive, GET);
	serve(&after);
	assert_answered(alive);
	close(slow);
	close(alive);
}
END_TEST

START_TEST(a_stream_ends_as_a_stream_does_and_its_connection_goes_on)
{
	int listener = client();
	const char *all;

	say(listener, "GET /events HTTP/1.1\r\nHost: test\r\n\r\n");
	serve(&before);
	ck_assert_ptr_nonnull(strstr(heard(listener), "retry: "));
	successor_start();
	old_retire();
	all = heard(listener);
	ck_assert_uint_ge(strlen(all), 5);
	ck_assert_str_eq(all + strlen(all) - 5, "0\r\n\r\n");
	say(listener, GET);
	serve(&after);
	assert_answered(listener);
	close(listener);
}
END_TEST

START_TEST(many_connections_go_at_once)
{
	static int alive[MANY];

	for (int i = 0; i < MANY; i++) {
		alive[i] = client();
		say(alive[i], GET);
		serve(&before);
		assert_answered(alive[i]);
	}
	successor_start();
	old_retire();
	for (int i = 0; i < MANY; i++)
		say(alive[i], GET);
	serve(&after);
	for (int i = 0; i < MANY; i++) {
		assert_answered(alive[i]);
		close(alive[i]);
	}
}
END_TEST

START_TEST(the_old_version_serves_on_when_the_next_one_fails)
{
	int alive = client();

	say(alive, GET);
	serve(&before);
	assert_answered(alive);
	successor_start();
	corbel_plugin.stop(new, CORBEL_STOP_FAILED);
	new = NULL;
	say(alive, GET);
	serve(&before);
	assert_answered(alive);
	say(alive, GET);
	serve(&before);
	assert_answered(alive);
	close(alive);
}
END_TEST

START_TEST(listens_elsewhere_if_the_settings_say_so)
{
	int refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fake_host_set(&after, "listen", "127.0.0.2:0", 0);
	successor_start();
	ck_assert_ptr_nonnull(strstr(after.log, "serving http://127.0.0.2:"));
	old_retire();
	fake_state_free(&state);
	state = (struct corbel_state){ 0 };
	ck_assert_int_eq(connect(refused, (struct sockaddr *)&address, sizeof(address)), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	close(refused);
}
END_TEST

START_TEST(a_start_that_fails_closes_nothing_of_others)
{
	void *none;

	fake_host_set(&after, "listen", "nowhere", 0);
	ck_assert_int_eq(corbel_plugin.start(&after.context, &none), -EINVAL);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

static int restore_and_stop(const struct corbel_state *damaged)
{
	struct corbel_state copy = *damaged;
	int descriptors[3], result;

	for (size_t i = 0; i < 3; i++)
		descriptors[i] = dup(damaged->descriptors[i]);
	copy.descriptors = descriptors;
	after.watch_count = after.subscription_count = after.timer_count = 0;
	after.words[0] = '\0';
	ck_assert_int_eq(corbel_plugin.start(&after.context, &new), 0);
	result = corbel_plugin.restore(new, &copy);
	ck_assert(result == 0 || strstr(after.words, "saved state"));
	corbel_plugin.stop(new, CORBEL_STOP_FAILED);
	new = NULL;
	for (size_t i = 0; i < 3; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	return result;
}

START_TEST(survives_damaged_state)
{
	int swapped;

	state = fake_state_save(&corbel_plugin, old);
	fake_state_damage(&state, restore_and_stop);
	swapped = state.descriptors[0];
	state.descriptors[0] = state.descriptors[1];
	state.descriptors[1] = swapped;
	ck_assert_int_eq(restore_and_stop(&state), -EBADMSG);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http reload");
	TCase *cases = tcase_create("reload");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_connection_goes_on_with_the_next_version);
	tcase_add_test(cases, what_is_asked_between_versions_is_answered_by_the_next);
	tcase_add_test(cases,
		       half_a_request_is_answered_by_the_old_version_and_goes_on_with_the_next);
	tcase_add_test(cases, half_a_request_that_is_never_whole_holds_nobody_up_for_ever);
	tcase_add_test(cases, a_stream_ends_as_a_stream_does_and_its_connection_goes_on);
	tcase_add_test(cases, many_connections_go_at_once);
	tcase_add_test(cases, the_old_version_serves_on_when_the_next_one_fails);
	tcase_add_test(cases, listens_elsewhere_if_the_settings_say_so);
	tcase_add_test(cases, a_start_that_fails_closes_nothing_of_others);
	tcase_add_test(cases, survives_damaged_state);
	suite_add_tcase(suite, cases);
	return suite;
}

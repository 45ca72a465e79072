/* SPDX-License-Identifier: MIT */
/* Addresses and limits as they are written, and what is wrong with them. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>

#include "fakehost.h"
#include "listener.h"
#include "settings.h"

static struct fake_host host;
static struct settings settings;

static void setup(void)
{
	fake_host_init(&host);
	fake_host_set(&host, "listen", "127.0.0.1:8480", 0);
	fake_host_set(&host, "connections", "256", 256);
	fake_host_set(&host, "streams", "64", 64);
	fake_host_set(&host, "timeout", "30s", 30 * CORBEL_SECOND);
}

static void teardown(void)
{
	fake_host_fini(&host);
}

static int listen_on(const char *words)
{
	fake_host_set(&host, "listen", words, 0);
	return settings_read(&settings, &host.context);
}

static void assert_address(const char *words, const char *expected)
{
	char name[LISTENER_NAME_SIZE];

	ck_assert_msg(listen_on(words) == 0, "%s: %s", words, host.words);
	listener_spell((const struct sockaddr *)&settings.address, settings.address_length, name);
	ck_assert_str_eq(name, expected);
}

START_TEST(takes_addresses_of_both_families)
{
	assert_address("127.0.0.1:8480", "127.0.0.1:8480");
	assert_address("0.0.0.0:0", "0.0.0.0:0");
	assert_address("[::1]:80", "[::1]:80");
	assert_address("[::]:65535", "[::]:65535");
}
END_TEST

static const char *const wrong[] = { "",
				     "8480",
				     ":8480",
				     "127.0.0.1",
				     "127.0.0.1:",
				     "::1:8480",
				     "[::1]",
				     "[]:1",
				     "localhost:1",
				     "127.0.0.1:http",
				     "127.0.0.1:65536",
				     "127.0.0.1:-1",
				     "[127.0.0.1:1",
				     "a.b.c.d.e:80" };

START_TEST(refuses_what_is_no_address_with_port)
{
	ck_assert_msg(listen_on(wrong[_i]) == -EINVAL, "took \"%s\"", wrong[_i]);
	ck_assert_ptr_nonnull(strstr(host.words, "expected an address and a port"));
	ck_assert_ptr_nonnull(strstr(host.words, wrong[_i]));
}
END_TEST

START_TEST(refuses_streams_that_leave_nothing_for_others)
{
	fake_host_set(&host, "streams", "256", 256);
	ck_assert_int_eq(settings_read(&settings, &host.context), -EINVAL);
	ck_assert_ptr_nonnull(strstr(host.words, "less than connections = 256"));
}
END_TEST

START_TEST(refuses_more_connections_than_descriptors)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 300;
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(settings_read(&settings, &host.context), -EMFILE);
	ck_assert_ptr_nonnull(strstr(host.words, "at most 236"));
	limit.rlim_cur = 320;
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(settings_read(&settings, &host.context), 0);
}
END_TEST

START_TEST(tells_addresses_apart)
{
	struct settings other;

	listen_on("127.0.0.1:1");
	other = settings;
	listen_on("127.0.0.1:1");
	ck_assert(settings_share_address(&settings, &other));
	listen_on("127.0.0.1:2");
	ck_assert(!settings_share_address(&settings, &other));
	listen_on("[::1]:1");
	ck_assert(!settings_share_address(&settings, &other));
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("http settings");
	TCase *cases = tcase_create("settings");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, takes_addresses_of_both_families);
	tcase_add_loop_test(cases, refuses_what_is_no_address_with_port, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(cases, refuses_streams_that_leave_nothing_for_others);
	tcase_add_test(cases, refuses_more_connections_than_descriptors);
	tcase_add_test(cases, tells_addresses_apart);
	suite_add_tcase(suite, cases);
	return suite;
}

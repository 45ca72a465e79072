/* SPDX-License-Identifier: MIT */
/* A host inside another program: beside a second one, and driven by a loop that is not its own. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fixture.base.h"

#include "house.h"

static struct house house, second;

START_TEST(two_hosts_run_in_one_process)
{
	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_add(&house, "middle", "middle", "");
	house_init(&second, 0, NULL);
	house_add(&second, "base", "base_next", "");
	house_add(&second, "wisher", "wisher", "");
	house_start(&house);
	house_start(&second);
	house_assert_said(&house, "start base, start middle");
	ck_assert_str_eq(house_plugin(&second, "base").version, "2.0.0");
	ck_assert_int_eq(house_ask(&second, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
	house_assert_state(&second, "wisher", CORBEL_PLUGIN_RUNNING);
	ck_assert_int_eq(house_ask(&second, CORBEL_REQUEST_START, "base"), 0);
	house_fini(&second);
}
END_TEST

START_TEST(hosts_do_not_see_each_others_services_and_events)
{
	struct fixture_base *use;
	int32_t answer;

	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_init(&second, 2, NULL);
	house_start(&house);
	house_start(&second);
	ck_assert_int_eq(fixture_base_acquire(corbel_host_context(second.host), NULL, &use), 0);
	ck_assert_int_eq(fixture_base_poke(use, 1, &answer), -ENOTCONN);
	fixture_base_release(corbel_host_context(second.host), use);
	ck_assert_int_eq(fixture_base_acquire(corbel_host_context(house.host), NULL, &use), 0);
	ck_assert_int_eq(fixture_base_poke(use, 1, &answer), 0);
	ck_assert_int_eq(answer, 2);
	fixture_base_release(corbel_host_context(house.host), use);
	house_fini(&second);
	house_fini(&house);
}
END_TEST

/* What happens in the plugin of the tests below. */
static struct {
	struct fixture_base_tick_topic *topic;
	int ticks;
} ticking;

static void fire(void *data)
{
	struct fixture_base_tick tick = { .size = sizeof(tick), .number = ++ticking.ticks };

	(void)data;
	fixture_base_tick_publish(ticking.topic, &tick);
}

static int ticks(struct board *board, struct actor *actor, const char *where, int number)
{
	struct corbel_timer *timer;

	(void)number;
	house_say((struct house *)board, where, actor->name);
	if (strcmp(where, "start") != 0)
		return 0;
	ticking.ticks = 0;
	int result = fixture_base_tick_open(actor->context, NULL, &ticking.topic);
	return result < 0 ? result
			  : corbel_timer_start(actor->context, CORBEL_MILLISECOND,
					       CORBEL_MILLISECOND, fire, NULL, &timer);
}

static void count(void *data, const struct corbel_delivery *delivery)
{
	char text[256];
	int *heard = data;

	ck_assert_str_eq(delivery->topic, "fixture.base.tick");
	ck_assert_str_eq(delivery->publisher, "base");
	ck_assert_int_gt(corbel_host_event_text(delivery, text, sizeof(text)), 0);
	house_assert_words(text, "number");
	++*heard;
}

static void answered(void *data, int result, const char *words)
{
	(void)words;
	*(int *)data = result == 0 ? 1 : result;
}

/* A loop that knows nothing of Corbel but one descriptor, and has another of its own to serve. */
static void loop_until(const int *value, int least, int other, int *served)
{
	struct pollfd polled[] = { { .fd = corbel_host_descriptor(house.host), .events = POLLIN },
				   { .fd = other, .events = POLLIN } };

	while (*value < least) {
		uint64_t eight;

		ck_assert_int_gt(poll(polled, 2, 60000), 0);
		if (polled[0].revents)
			ck_assert_int_eq(corbel_host_dispatch(house.host, 0), 0);
		if (polled[1].revents && read(other, &eight, sizeof(eight)) == sizeof(eight))
			++*served;
	}
}

static const int32_t worker_counts[] = { 0, 2 };

START_TEST(a_foreign_loop_drives_it)
{
	int heard = 0, stopped = 0, served = 0, other = eventfd(1, EFD_CLOEXEC);

	house_init(&house, worker_counts[_i], ticks);
	house_add(&house, "base", "base", "");
	house_make(&house);
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))count,
						.data = &heard };

	ck_assert_int_eq(
		corbel_subscribe(corbel_host_context(house.host), "fixture.*", &subscriber, NULL),
		0);
	corbel_host_start(house.host);
	loop_until(&heard, 10, other, &served);
	ck_assert_int_eq(served, 1);
	corbel_host_request(house.host, CORBEL_REQUEST_STOP, "base", answered, &stopped);
	loop_until(&stopped, 1, other, &served);
	house_assert_said(&house, "start base, stop base");
	close(other);
	house_fini(&house);
}
END_TEST

static int double_it(void *self, int32_t number, int32_t *answer)
{
	++*(int *)self;
	*answer = 2 * number;
	return 0;
}

static void note_tick(void *data, const struct fixture_base_tick *tick)
{
	*(int *)data = tick->number;
}

START_TEST(the_program_offers_and_publishes_as_a_plugin_does)
{
	static const struct fixture_base_methods methods = { .size = sizeof(methods),
							     .poke = double_it };
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber) };
	struct fixture_base_tick_topic *topic;
	struct corbel_provision *provision;
	struct fixture_base *use;
	int calls = 0, heard = 0;
	int32_t answer = 0;

	house_init(&house, worker_counts[_i], NULL);
	house_add(&house, "wisher", "wisher", "");
	house_make(&house);

	struct corbel_context *context = corbel_host_context(house.host);

	ck_assert_int_eq(fixture_base_provide(context, &methods, &calls, NULL, &provision), 0);
	ck_assert_int_eq(fixture_base_acquire(context, NULL, &use), 0);
	ck_assert_int_eq(fixture_base_poke(use, 21, &answer), 0);
	ck_assert_int_eq(answer, 42);
	ck_assert_int_eq(corbel_withdraw(context, provision), 0);
	ck_assert_int_eq(fixture_base_poke(use, 21, &answer), -ENOTCONN);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(fixture_base_tick_open(context, NULL, &topic), 0);
	ck_assert_int_eq(fixture_base_tick_subscribe(context, "fixture.base.tick", &subscriber,
						     note_tick, &heard, NULL),
			 0);
	ck_assert_int_eq(
		fixture_base_tick_publish(topic, &(struct fixture_base_tick){ .number = 7 }), 0);
	while (heard == 0)
		corbel_host_dispatch(house.host, -1);
	ck_assert_int_eq(heard, 7);
	/* What is still open is taken back with the host. */
	house_fini(&house);
}
END_TEST

static void *post_from_elsewhere(void *data)
{
	corbel_host_post(house.host, data, &ticking.ticks);
	return NULL;
}

static void posted(void *data)
{
	*(int *)data = 1;
}

START_TEST(a_post_from_another_thread_wakes_the_foreign_loop)
{
	pthread_t thread;
	int served = 0, other = eventfd(0, EFD_CLOEXEC);

	ticking.ticks = 0;
	house_init(&house, worker_counts[_i], NULL);
	house_start(&house);
	ck_assert_int_eq(pthread_create(&thread, NULL, post_from_elsewhere, (void *)posted), 0);
	loop_until(&ticking.ticks, 1, other, &served);
	pthread_join(thread, NULL);
	close(other);
	house_fini(&house);
}
END_TEST

struct states {
	char text[256];
};

static void changed(void *data, const struct corbel_plugin_info *info)
{
	struct states *states = data;
	size_t used = strlen(states->text);

	snprintf(states->text + used, sizeof(states->text) - used, "%s ",
		 corbel_plugin_state_name(info->state));
}

START_TEST(a_monitor_sees_every_state)
{
	struct corbel_host_monitor *monitor;
	struct states states = { "" };

	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_make(&house);
	ck_assert_int_eq(corbel_host_monitor_add(house.host, changed, &states, &monitor), 0);
	corbel_host_start(house.host);
	house_settle(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	ck_assert_str_eq(states.text, "loaded starting running draining stopped unloaded ");
	corbel_host_monitor_remove(monitor);
	house_fini(&house);
}
END_TEST

START_TEST(the_same_file_runs_in_two_hosts_at_once)
{
	char copies[128];

	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_init(&second, 2, NULL);
	house_add(&second, "base", "base", "");
	house_start(&house);
	house_start(&second);
	house_assert_state(&second, "base", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_int_eq(house_ask(&second, CORBEL_REQUEST_STOP, "base"), 0);
	snprintf(copies, sizeof(copies), "%s/run/images", second.folder);
	ck_assert_msg(rmdir(copies) == 0, "%s: %s", copies, strerror(errno));
	house_fini(&second);
	house_fini(&house);
}
END_TEST

START_TEST(a_host_is_freed_before_it_was_started)
{
	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_make(&house);
	house_fini(&house);
	corbel_host_free(NULL);
}
END_TEST

START_TEST(a_wrong_configuration_makes_no_host)
{
	struct corbel_host_options options = { .size = sizeof(options),
					       .text = "[corbel]\nworkars = 3\n" };
	struct corbel_error error = { "" };
	struct corbel_host *host = NULL;

	ck_assert_int_eq(corbel_host_new(&options, &host, &error), -EINVAL);
	ck_assert_ptr_null(host);
	house_assert_words(error.text, "workers");
}
END_TEST

START_TEST(a_configuration_as_text_is_kept_for_the_next_reading)
{
	char path[4096], text[5000];
	struct corbel_host_options options = { .size = sizeof(options),
					       .flags = CORBEL_HOST_DEVELOP,
					       .text = text };
	struct corbel_error error = { "" };

	house_init(&house, 0, NULL);
	snprintf(text, sizeof(text), "[plugin base]\npath = %s\nboard = %lld\n",
		 house_fixture(path, "base"), (long long)(intptr_t)&house.board);
	ck_assert_int_eq(corbel_host_new(&options, &house.host, &error), 0);
	memset(text, 'x', sizeof(text));
	corbel_host_start(house.host);
	house_settle(&house);
	ck_assert_int_eq(corbel_host_reconfigure(house.host, &error), 0);
	house_settle(&house);
	house_assert_said(&house, "start base");
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: embed");
	TCase *tcase = tcase_create("embed");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, two_hosts_run_in_one_process);
	tcase_add_test(tcase, hosts_do_not_see_each_others_services_and_events);
	tcase_add_loop_test(tcase, a_foreign_loop_drives_it, 0, 2);
	tcase_add_loop_test(tcase, a_post_from_another_thread_wakes_the_foreign_loop, 0, 2);
	tcase_add_loop_test(tcase, the_program_offers_and_publishes_as_a_plugin_does, 0, 2);
	tcase_add_test(tcase, a_monitor_sees_every_state);
	tcase_add_test(tcase, the_same_file_runs_in_two_hosts_at_once);
	tcase_add_test(tcase, a_host_is_freed_before_it_was_started);
	tcase_add_test(tcase, a_wrong_configuration_makes_no_host);
	tcase_add_test(tcase, a_configuration_as_text_is_kept_for_the_next_reading);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Whole hosts: plugins that ask for a stop or a restart, their own included, from wherever they
 * are.
 */
#include <check.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fixture.base.h"
#include "fixture.left.h"
#include "fixture.right.h"

#include "house.h"

static struct house house;
static struct fixture_base *wished;
static struct fixture_left *left;
static struct fixture_right *right;

static void copy_file(const char *fixture, const char *to)
{
	char command[8300], path[4096];

	snprintf(command, sizeof(command), "cp %s %s.new && mv %s.new %s",
		 house_fixture(path, fixture), to, to, to);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_restart_loads_a_changed_file)
{
	char path[128], lines[64];

	house_init(&house, 2, NULL);
	snprintf(path, sizeof(path), "%s/base.so", house.folder);
	snprintf(lines, sizeof(lines), "board = %lld\n", (long long)(intptr_t)&house.board);
	copy_file("base", path);
	house_add_path(&house, "base", path, lines);
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	ck_assert_str_eq(house_plugin(&house, "base").version, "1.0.0");
	copy_file("base_next", path);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "base"), 0);
	ck_assert_str_eq(house_plugin(&house, "base").version, "2.0.0");
	house_settle(&house);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_start_loads_the_file_that_is_there_by_then)
{
	char path[128], lines[64];

	house_init(&house, 2, NULL);
	snprintf(path, sizeof(path), "%s/base.so", house.folder);
	snprintf(lines, sizeof(lines), "board = %lld\n", (long long)(intptr_t)&house.board);
	copy_file("base", path);
	house_add_path(&house, "base", path, lines);
	house_make(&house);
	ck_assert_str_eq(house_plugin(&house, "base").version, "1.0.0");
	copy_file("base_next", path);
	corbel_host_start(house.host);
	house_settle(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_str_eq(house_plugin(&house, "base").version, "2.0.0");
	house_fini(&house);
}
END_TEST

/* The house loads copies, and none is made of a file that somebody may still write to. */
START_TEST(a_file_that_stays_open_for_writing_fails_its_start_in_words)
{
	char path[128], lines[64];
	int file;

	house_init(&house, 2, NULL);
	snprintf(path, sizeof(path), "%s/base.so", house.folder);
	snprintf(lines, sizeof(lines), "board = %lld\n", (long long)(intptr_t)&house.board);
	copy_file("base", path);
	house_add_path(&house, "base", path, lines);
	file = open(path, O_WRONLY | O_CLOEXEC);
	house_start(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "base").reason, "is being written");
	close(file);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

/* Where base asks for `request` on `target`, the first time only. */
static struct {
	const char *where, *target;
	enum corbel_request request;
	uint32_t asked, answered; /* set after result */
	int result;
} plan;

static void ask(struct corbel_context *context)
{
	if (__atomic_exchange_n(&plan.asked, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	plan.result = corbel_ask(context, plan.request, plan.target);
	__atomic_store_n(&plan.answered, 1, __ATOMIC_RELEASE);
}

static void fire(void *data)
{
	ask(data);
}

static void heard(void *data, const struct corbel_delivery *delivery)
{
	(void)delivery;
	ask(data);
}

/* Makes the callback of the plan come. */
static int arrange(struct actor *actor)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))(corbel_handler *)heard,
						.data = actor->context };
	struct corbel_subscription *subscription;
	struct corbel_timer *timer;
	struct fixture_base_tick_topic *topic = NULL;
	struct fixture_base_tick tick = { .size = sizeof(tick), .number = 1 };

	if (strcmp(plan.where, "timer") == 0)
		return corbel_timer_start(actor->context, 0, 0, fire, actor->context, &timer);
	if (strcmp(plan.where, "post") == 0)
		return corbel_post(actor->context, fire, actor->context);
	if (strcmp(plan.where, "queued") != 0 && strcmp(plan.where, "direct") != 0)
		return 0;
	subscriber.mode = strcmp(plan.where, "direct") == 0 ? CORBEL_DIRECT : CORBEL_QUEUED;
	if (corbel_subscribe(actor->context, "fixture.*", &subscriber, &subscription) < 0 ||
	    fixture_base_tick_open(actor->context, NULL, &topic) < 0)
		return -EIO;
	return fixture_base_tick_publish(topic, &tick);
}

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	house_say((struct house *)board, where, actor->name);
	if (strcmp(actor->name, "wisher") == 0)
		return strcmp(where, "start") == 0
			       ? fixture_base_acquire(actor->context, NULL, &wished)
			       : 0;
	if (strcmp(actor->name, "every") == 0 && strcmp(where, plan.where) == 0)
		ask(actor->context);
	if (strcmp(actor->name, "every") == 0 && strcmp(where, "start") == 0)
		return arrange(actor);
	return strcmp(where, "poke") == 0 ? number + 1 : 0;
}

static const char *const places[] = { "start", "timer", "post", "queued", "direct", "poke" };

static bool was_answered(void *data)
{
	(void)data;
	return __atomic_load_n(&plan.answered, __ATOMIC_ACQUIRE);
}

static void run_plan(const char *where, enum corbel_request request, const char *target)
{
	int32_t answer;

	plan.where = where;
	plan.request = request;
	plan.target = target;
	house_init(&house, 2, act);
	house_add(&house, "every", "every", "may-control = wisher\n");
	house_add(&house, "wisher", "wisher", "");
	house_add(&house, "middle", "middle", "");
	house_make(&house);
	corbel_host_start(house.host);
	if (strcmp(where, "poke") == 0) {
		house_wait_state(&house, "wisher", CORBEL_PLUGIN_RUNNING);
		house_wait_state(&house, "every", CORBEL_PLUGIN_RUNNING);
		ck_assert_int_eq(fixture_base_poke(wished, 1, &answer), 0);
	}
	house_wait_until(&house, was_answered, NULL);
	house_settle(&house);
}

START_TEST(stops_itself_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_STOP, NULL);
	ck_assert_int_eq(plan.result, 0);
	house_wait(&house, "stop every");
	house_wait_state(&house, "every", CORBEL_PLUGIN_UNLOADED);
	/* It may have been too late to start at all. */
	ck_assert_msg(house_plugin(&house, "middle").state == CORBEL_PLUGIN_JUDGED ||
			      house_plugin(&house, "middle").state == CORBEL_PLUGIN_UNLOADED,
		      "%s", house.said);
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(restarts_itself_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_RESTART, NULL);
	ck_assert_int_eq(plan.result, 0);
	house_wait(&house, "stop every");
	house_settle(&house);
	house_wait_state(&house, "every", CORBEL_PLUGIN_RUNNING);
	house_wait_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "every").starts, 2);
	house_fini(&house);
}
END_TEST

START_TEST(stops_its_consumer_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_STOP, "wisher");
	ck_assert_int_eq(plan.result, 0);
	house_wait_state(&house, "wisher", CORBEL_PLUGIN_UNLOADED);
	house_assert_state(&house, "every", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(asking_for_nobody_or_without_a_grant_is_refused)
{
	plan.asked = plan.answered = 0;
	plan.where = "start";
	plan.request = CORBEL_REQUEST_STOP;
	plan.target = _i ? "wisher" : "nobody";
	house_init(&house, 2, act);
	house_add(&house, "every", "every", _i ? "may-control = middle\n" : "");
	house_add(&house, "wisher", "wisher", "");
	house_start(&house);
	ck_assert_int_eq(plan.result, _i ? -EACCES : -ENOENT);
	ck_assert(!_i || house_has_logged(&house, "may-control"));
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

/* exec = thread: left and right run their methods on a thread of their own each. */
static pthread_t seen[64];
static uint32_t seen_count;
static uint32_t inside, overlaps;
static bool is_circle;

static int serve(struct board *board, struct actor *actor, const char *where, int number)
{
	int32_t answer = 0;
	int result;

	(void)board;
	if (strcmp(where, "start") == 0)
		return strcmp(actor->name, "left") == 0
			       ? fixture_right_acquire(actor->context, NULL, &right)
			       : fixture_left_acquire(actor->context, NULL, &left);
	if (strcmp(where, "poke") != 0)
		return 0;
	if (is_circle) {
		result = strcmp(actor->name, "left") == 0
				 ? fixture_right_poke(right, number, &answer)
				 : fixture_left_poke(left, number, &answer);
		return result < 0 ? result : answer;
	}
	if (__atomic_fetch_add(&inside, 1, __ATOMIC_ACQ_REL))
		__atomic_fetch_add(&overlaps, 1, __ATOMIC_ACQ_REL);
	seen[__atomic_fetch_add(&seen_count, 1, __ATOMIC_ACQ_REL) % 64] = pthread_self();
	__atomic_fetch_sub(&inside, 1, __ATOMIC_ACQ_REL);
	return number + 1;
}

static void *pokes(void *data)
{
	int32_t answer;

	for (int i = 0; i < 16; i++)
		if (fixture_left_poke(left, i, &answer) < 0 || answer != i + 1)
			return data;
	return NULL;
}

START_TEST(marshals_calls_to_one_thread)
{
	pthread_t threads[4];
	void *failed;

	house_init(&house, 2, serve);
	house_add(&house, "left", "left", "");
	house_add(&house, "right", "right", "");
	house_start(&house);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, pokes, &house), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	ck_assert_uint_eq(seen_count, 64);
	ck_assert_uint_eq(overlaps, 0);
	for (int i = 0; i < 64; i++) {
		ck_assert(pthread_equal(seen[i], seen[0]));
		ck_assert(!pthread_equal(seen[i], pthread_self()));
	}
	house_fini(&house);
}
END_TEST

START_TEST(a_circle_of_waiting_threads_is_refused)
{
	int32_t answer;

	is_circle = true;
	house_init(&house, 2, serve);
	house_add(&house, "left", "left", "");
	house_add(&house, "right", "right", "");
	house_start(&house);
	ck_assert_int_eq(fixture_left_poke(left, 1, &answer), -EDEADLK);
	is_circle = false;
	ck_assert_int_eq(fixture_left_poke(left, 1, &answer), 0);
	house_fini(&house);
}
END_TEST

struct again {
	struct corbel_host *host;
	int first, second;
	bool has_second;
};

static void second_done(void *data, int result, const char *words)
{
	struct again *again = data;

	(void)words;
	again->second = result;
	again->has_second = true;
}

static void first_done(void *data, int result, const char *words)
{
	struct again *again = data;

	(void)words;
	again->first = result;
	corbel_host_request(again->host, CORBEL_REQUEST_START, "base", second_done, again);
}

static bool has_second(void *data)
{
	return ((struct again *)data)->has_second;
}

START_TEST(who_is_answered_may_ask_again)
{
	struct again again = { 0 };

	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_start(&house);
	again.host = house.host;
	corbel_host_request(house.host, CORBEL_REQUEST_STOP, "base", first_done, &again);
	house_wait_until(&house, has_second, &again);
	ck_assert_int_eq(again.first, 0);
	ck_assert_int_eq(again.second, 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	again.has_second = false;
	corbel_host_request(house.host, CORBEL_REQUEST_RESTART, "base", first_done, &again);
	corbel_host_request(house.host, CORBEL_REQUEST_STOP, "base", NULL, NULL);
	house_wait_until(&house, has_second, &again);
	ck_assert_int_eq(again.first, -ECANCELED);
	ck_assert_int_eq(again.second, 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_start_during_the_end_is_answered)
{
	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_start(&house);
	corbel_host_stop(house.host);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "base"), -ECANCELED);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), -ECANCELED);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: ask");
	TCase *tcase = tcase_create("ask");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_restart_loads_a_changed_file);
	tcase_add_test(tcase, a_start_loads_the_file_that_is_there_by_then);
	tcase_add_test(tcase, a_file_that_stays_open_for_writing_fails_its_start_in_words);
	tcase_add_loop_test(tcase, stops_itself_from_anywhere, 0, 6);
	tcase_add_loop_test(tcase, restarts_itself_from_anywhere, 0, 6);
	tcase_add_loop_test(tcase, stops_its_consumer_from_anywhere, 0, 6);
	tcase_add_loop_test(tcase, asking_for_nobody_or_without_a_grant_is_refused, 0, 2);
	tcase_add_test(tcase, marshals_calls_to_one_thread);
	tcase_add_test(tcase, a_circle_of_waiting_threads_is_refused);
	tcase_add_test(tcase, who_is_answered_may_ask_again);
	tcase_add_test(tcase, a_start_during_the_end_is_answered);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Whole hosts: who stays in one piece of work for too long, by a clock that only the test moves. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <corbel/fault.h>

#include "fixture.base.h"
#include "fixture.left.h"
#include "fixture.middle.h"

#include "host_context.h"
#include "house.h"

#ifdef __SANITIZE_ADDRESS__
/* What is given up is not freed by itself: nobody calls its stop(). */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}
#endif

/* What the plugins are told to do in a poke. */
enum { STAY = 1, CALL_AND_STAY = 2, CALL_MIDDLE = 3, ANSWER = 4, PASS_ON = 5 };

static struct house house;
static struct door door, start_door;
static struct fixture_base *base;
static struct fixture_middle *middle;
static struct fixture_left *left;
static struct corbel_context *wisher;
static bool stays_in_start;
static unsigned turns; /* calls that a loop has made */

static int begin_plugin(struct actor *actor)
{
	int result = 0;

	if (strcmp(actor->name, "wisher") == 0) {
		wisher = actor->context;
		result = fixture_base_acquire(actor->context, NULL, &base);
	}
	if (strcmp(actor->name, "wisher") == 0 && result == 0)
		result = fixture_left_acquire(actor->context, NULL, &left);
	if (strcmp(actor->name, "middle") == 0)
		result = fixture_base_acquire(actor->context, NULL, &base);
	if (strcmp(actor->name, "mutual") == 0)
		result = fixture_middle_acquire(actor->context, NULL, &middle);
	if (stays_in_start && strcmp(actor->name, "base") == 0)
		door_wait(&start_door);
	return result;
}

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	int32_t answer = 0;
	int result = 0;

	(void)board;
	if (strcmp(where, "start") == 0)
		return begin_plugin(actor);
	if (strcmp(where, "poke") != 0)
		return 0;
	if (number == STAY)
		door_wait(&door);
	else if (number == CALL_AND_STAY)
		result = fixture_base_poke(base, STAY, &answer);
	else if (number == CALL_MIDDLE)
		result = fixture_middle_poke(middle, STAY, &answer);
	return result < 0 ? result : number + 1;
}

static void handle(int signal, siginfo_t *info, void *context)
{
	corbel_fault_handle(signal, info, context);
}

static void begin(uint32_t flags)
{
	const struct sigaction action = { .sa_sigaction = handle,
					  .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	ck_assert_int_eq(sigaction(SIGXCPU, &action, NULL), 0);
	door = start_door = (struct door)DOOR_INITIALIZER;
	stays_in_start = false;
	turns = 0;
	house_init(&house, 2, act);
	house.flags = CORBEL_HOST_DEVELOP | flags;
	house_configure(&house, "hang-timeout = 8s\nstart-timeout = 1h\n");
}

static void begin_clock(void)
{
	house_start(&house);
	loop_set_virtual(house.host->loop, loop_now(house.host->loop));
}

/* So that the watchdog looks each two seconds. */
static void pass(int seconds)
{
	for (; seconds > 0; seconds--) {
		loop_advance(house.host->loop, CORBEL_SECOND);
		corbel_host_dispatch(house.host, 0);
	}
}

static void *stay(void *data)
{
	int32_t answer;

	*(int *)data = fixture_base_poke(base, STAY, &answer);
	return NULL;
}

static void stay_in_a_thread(pthread_t *thread, int *result)
{
	ck_assert_int_eq(pthread_create(thread, NULL, stay, result), 0);
	house_wait_until(&house, door_has_somebody, &door);
}

static void leave(pthread_t thread)
{
	door_open(&door);
	pthread_join(thread, NULL);
}

START_TEST(tells_who_stays_in_which_call)
{
	pthread_t thread;
	int result;

	begin(0);
	house_add(&house, "base", "base", "on-hang = report\n");
	house_add(&house, "wisher", "wisher", "");
	begin_clock();
	stay_in_a_thread(&thread, &result);
	pass(7);
	ck_assert_uint_eq(house_plugin(&house, "base").hangs, 0);
	pass(5);
	ck_assert_uint_eq(house_plugin(&house, "base").hangs, 1);
	ck_assert(house_has_logged(&house, "base 1.0.0 hangs: thread "));
	ck_assert(house_has_logged(&house, "has been in fixture.base.poke for "));
	house_forget(&house);
	/* Once, until the time has doubled. */
	pass(4);
	ck_assert(!house_has_logged(&house, "hangs"));
	pass(10);
	ck_assert(house_has_logged(&house, "base 1.0.0 hangs: thread "));
	ck_assert_uint_eq(house_plugin(&house, "base").hangs, 1);
	leave(thread);
	ck_assert_int_eq(result, 0);
	house_fini(&house);
}
END_TEST

static void call_and_stay(void *data)
{
	stay(data);
}

START_TEST(does_not_blame_who_waits_in_the_call_of_another)
{
	int result = 1;

	begin(0);
	house_add(&house, "base", "base", "on-hang = report\n");
	house_add(&house, "wisher", "wisher", "hang-timeout = 4s\non-hang = report\n");
	begin_clock();
	ck_assert_int_eq(corbel_post(wisher, call_and_stay, &result), 0);
	house_wait_until(&house, door_has_somebody, &door);
	pass(12);
	ck_assert_uint_eq(house_plugin(&house, "base").hangs, 1);
	ck_assert_uint_eq(house_plugin(&house, "wisher").hangs, 0);
	ck_assert(house_has_logged(&house, ", called by wisher"));
	door_open(&door);
	house_fini(&house);
}
END_TEST

static void call_for_ever(void *data)
{
	int32_t answer;

	while (!__atomic_load_n((bool *)data, __ATOMIC_ACQUIRE)) {
		fixture_base_poke(base, ANSWER, &answer);
		__atomic_fetch_add(&turns, 1, __ATOMIC_RELEASE);
	}
}

static bool has_turned(void *data)
{
	return __atomic_load_n(&turns, __ATOMIC_ACQUIRE) > *(unsigned *)data;
}

START_TEST(blames_who_calls_again_and_again)
{
	bool ends = false;

	begin(0);
	house_add(&house, "base", "base", "on-hang = report\n");
	house_add(&house, "wisher", "wisher", "on-hang = report\n");
	begin_clock();
	ck_assert_int_eq(corbel_post(wisher, call_for_ever, &ends), 0);
	for (int i = 0; i < 12; i++) {
		unsigned before = __atomic_load_n(&turns, __ATOMIC_ACQUIRE);

		house_wait_until(&house, has_turned, &before);
		pass(1);
	}
	ck_assert_uint_eq(house_plugin(&house, "wisher").hangs, 1);
	ck_assert_uint_eq(house_plugin(&house, "base").hangs, 0);
	__atomic_store_n(&ends, true, __ATOMIC_RELEASE);
	house_fini(&house);
}
END_TEST

START_TEST(leaves_steps_of_the_lifecycle_to_their_deadlines)
{
	begin(0);
	house_add(&house, "base", "base", "");
	stays_in_start = true;
	house_make(&house);
	corbel_host_start(house.host);
	house_wait_until(&house, door_has_somebody, &start_door);
	loop_set_virtual(house.host->loop, loop_now(house.host->loop));
	pass(20);
	ck_assert_uint_eq(house_plugin(&house, "base").hangs, 0);
	door_open(&start_door);
	house_fini(&house);
}
END_TEST

START_TEST(gives_up_a_thread_that_does_not_leave_and_all_that_it_is_in)
{
	static int result; /* its thread may outlast the test */
	int32_t answer;

	begin(CORBEL_HOST_CONTAIN);
	house_add(&house, "base", "base", "restart = never\n");
	house_add(&house, "wisher", "wisher", "restart = never\n");
	begin_clock();
	ck_assert_int_eq(corbel_post(wisher, call_and_stay, &result), 0);
	house_wait_until(&house, door_has_somebody, &door);
	pass(20);
	ck_assert(house_has_logged(&house, "base 1.0.0 hangs: "));
	ck_assert(house_has_logged(&house, ", cannot be stopped there, and is given up"));
	ck_assert_uint_eq(house_plugin(&house, "base").given_up, 1);
	ck_assert_uint_eq(house_plugin(&house, "wisher").given_up, 1);
	ck_assert_uint_eq(house_plugin(&house, "wisher").hangs, 0);
	ck_assert_int_eq(fixture_base_poke(base, ANSWER, &answer), -ENOTCONN);
	door_open(&door);
	house_abandon(&house);
}
END_TEST

static bool has_come_back(void *data)
{
	(void)data;
	pass(2);
	return house_has_logged(&house,
				"given up in base 1.0.0, in fixture.base.poke, has come back");
}

START_TEST(says_that_a_thread_that_was_given_up_has_come_back)
{
	pthread_t thread;
	int result;

	begin(CORBEL_HOST_CONTAIN);
	house_add(&house, "base", "base", "restart = never\n");
	house_add(&house, "wisher", "wisher", "");
	begin_clock();
	stay_in_a_thread(&thread, &result);
	pass(20);
	ck_assert_uint_eq(house_plugin(&house, "base").given_up, 1);
	leave(thread);
	house_wait_until(&house, has_come_back, NULL);
	house_abandon(&house);
}
END_TEST

static bool has_a_fresh_one(void *data)
{
	(void)data;
	pass(1);
	return house_plugin(&house, "base").starts == 2 &&
	       house_plugin(&house, "base").state == CORBEL_PLUGIN_RUNNING;
}

static bool is_alone(void *data)
{
	(void)data;
	pass(1);
	return house_plugin(&house, "base").lingering == 0;
}

START_TEST(starts_a_fresh_one_in_place_of_one_that_hangs)
{
	pthread_t thread;
	int32_t answer;
	int result;

	begin(CORBEL_HOST_CONTAIN);
	house_add(&house, "base", "base", "");
	house_add(&house, "wisher", "wisher", "");
	begin_clock();
	stay_in_a_thread(&thread, &result);
	house_wait_until(&house, has_a_fresh_one, NULL);
	ck_assert_uint_eq(house_plugin(&house, "base").lingering, 1);
	ck_assert_int_eq(fixture_base_poke(base, ANSWER, &answer), 0);
	/* Once the thread has come back, nothing is left of the old one. */
	leave(thread);
	ck_assert_int_eq(result, 0);
	house_wait_until(&house, is_alone, NULL);
	house_fini(&house);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool has_fresh_ones(void *data)
{
	(void)data;
	pass(1);
	return house_plugin(&house, "looper").starts == 2 &&
	       house_plugin(&house, "looper").state == CORBEL_PLUGIN_RUNNING &&
	       house_plugin(&house, "wisher").starts == 2 &&
	       house_plugin(&house, "wisher").state == CORBEL_PLUGIN_RUNNING;
}

START_TEST(leaves_a_loop_in_the_plugins_own_code)
{
	int result = 1;
	int32_t answer;

	begin(CORBEL_HOST_CONTAIN);
	house_add(&house, "looper", "looper", "");
	house_add(&house, "wisher", "wisher", "");
	begin_clock();
	ck_assert_int_eq(corbel_post(wisher, call_and_stay, &result), 0);
	house_wait_until(&house, has_fresh_ones, NULL);
	ck_assert_uint_eq(house_plugin(&house, "looper").hangs, 1);
	ck_assert_uint_eq(house_plugin(&house, "looper").given_up, 0);
	ck_assert_uint_eq(house_plugin(&house, "looper").lingering, 0);
	ck_assert_int_eq(fixture_base_poke(base, ANSWER, &answer), 0);
	ck_assert_int_eq(result, 1);
	house_fini(&house);
}
END_TEST
#endif

static void *call_middle(void *data)
{
	int32_t answer;

	*(int *)data = fixture_middle_poke(middle, CALL_AND_STAY, &answer);
	return NULL;
}

static void *call_mutual(void *data)
{
	int32_t answer;

	*(int *)data = fixture_base_poke(base, CALL_MIDDLE, &answer);
	return NULL;
}

static bool has_two(void *data)
{
	(void)data;
	pthread_mutex_lock(&door.lock);
	unsigned waiting = door.waiting;
	pthread_mutex_unlock(&door.lock);
	return waiting == 2;
}

START_TEST(names_both_of_two_that_wait_for_each_other)
{
	pthread_t threads[2];
	int results[2];

	/* Given two threads, each in a plugin that the other one came through. */
	begin(0);
	house_add(&house, "mutual", "mutual", "on-hang = report\n");
	house_add(&house, "middle", "middle", "on-hang = report\n");
	begin_clock();
	ck_assert_int_eq(pthread_create(&threads[0], NULL, call_middle, &results[0]), 0);
	ck_assert_int_eq(pthread_create(&threads[1], NULL, call_mutual, &results[1]), 0);
	house_wait_until(&house, has_two, NULL);
	pass(12);
	ck_assert(house_has_logged(&house, " wait for each other: thread "));
	ck_assert(house_has_logged(&house, "fixture.base.poke for "));
	ck_assert(house_has_logged(&house, "fixture.middle.poke for "));
	ck_assert(!house_has_logged(&house, "hangs"));
	ck_assert_uint_eq(house_plugin(&house, "mutual").hangs, 1);
	ck_assert_uint_eq(house_plugin(&house, "middle").hangs, 1);
	door_open(&door);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	house_fini(&house);
}
END_TEST

static void call_left(void *data)
{
	int32_t answer;

	*(int *)data = fixture_left_poke(left, STAY, &answer);
}

static void *queue_at_left(void *data)
{
	int32_t answer;

	*(int *)data = fixture_left_poke(left, ANSWER, &answer);
	return NULL;
}

static void count_waiting(void *data, const struct frame_stack *stack)
{
	*(unsigned *)data += stack->waits;
}

static bool two_wait(void *data)
{
	unsigned waiting = 0;

	(void)data;
	frame_look(count_waiting, &waiting);
	return waiting == 2;
}

START_TEST(blames_the_thread_that_others_wait_for)
{
	static int stuck; /* its thread may outlast the test */
	int queued = 1;
	pthread_t thread;

	/* Given one whose own thread stays, for a caller, while another one waits for its turn. */
	begin(CORBEL_HOST_CONTAIN);
	house_add(&house, "left", "left", "restart = never\n");
	house_add(&house, "wisher", "wisher", "restart = never\n");
	begin_clock();
	ck_assert_int_eq(corbel_post(wisher, call_left, &stuck), 0);
	house_wait_until(&house, door_has_somebody, &door);
	ck_assert_int_eq(pthread_create(&thread, NULL, queue_at_left, &queued), 0);
	house_wait_until(&house, two_wait, NULL);
	pass(20);
	ck_assert_uint_eq(house_plugin(&house, "left").hangs, 1);
	ck_assert_uint_eq(house_plugin(&house, "wisher").hangs, 0);
	/* Then who waits is sent away, and who was in the middle of it goes, too. */
	pthread_join(thread, NULL);
	ck_assert_int_eq(queued, -ECANCELED);
	pass(6);
	ck_assert_uint_eq(house_plugin(&house, "left").given_up, 1);
	ck_assert_uint_eq(house_plugin(&house, "wisher").given_up, 1);
	door_open(&door);
	house_abandon(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tcase = tcase_create("hangs");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, tells_who_stays_in_which_call);
	tcase_add_test(tcase, does_not_blame_who_waits_in_the_call_of_another);
	tcase_add_test(tcase, blames_who_calls_again_and_again);
	tcase_add_test(tcase, leaves_steps_of_the_lifecycle_to_their_deadlines);
	tcase_add_test(tcase, gives_up_a_thread_that_does_not_leave_and_all_that_it_is_in);
	tcase_add_test(tcase, says_that_a_thread_that_was_given_up_has_come_back);
	tcase_add_test(tcase, starts_a_fresh_one_in_place_of_one_that_hangs);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_test(tcase, leaves_a_loop_in_the_plugins_own_code);
#endif
	tcase_add_test(tcase, names_both_of_two_that_wait_for_each_other);
	tcase_add_test(tcase, blames_the_thread_that_others_wait_for);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Frames: coming in, leaving, being waited for, and being told of. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

START_TEST(lets_in_through_an_open_gate)
{
	struct corbel_call call;

	ck_assert_ptr_null(frame_current());
	ck_assert_int_eq(corbel_call_enter(&call, &use, 3), 0);
	ck_assert_ptr_eq(call.service, &gate->service);
	ck_assert_ptr_eq(frame_current(), &owner);
	corbel_call_leave(&call);
	ck_assert_ptr_null(frame_current());
}
END_TEST

START_TEST(says_that_nobody_provides_it)
{
	struct corbel_use nowhere = { &frame_absent.service };
	struct corbel_call call;

	ck_assert_int_eq(corbel_call_enter(&call, &nowhere, 0), -ENOTCONN);
	ck_assert_int_eq(corbel_call_enter(&call, &nowhere, 0), -ENOTCONN);
	ck_assert_uint_eq(corbel_thread->depth, 0);
}
END_TEST

START_TEST(tells_one_call_from_the_next_by_its_generation)
{
	struct corbel_call outer, inner;

	/* Given a call, and one inside it that has ended. */
	ck_assert_int_eq(corbel_call_enter(&outer, &use, 3), 0);
	const struct corbel_frame *frames = corbel_frame_at(corbel_thread, 0);
	uint32_t first = frames[0].generation;
	ck_assert_int_eq(corbel_call_enter(&inner, &use, 3), 0);
	uint32_t second = frames[1].generation;
	corbel_call_leave(&inner);
	/* Then the next one in its place is another, and the outer one the same. */
	ck_assert_int_eq(frame_push(&inner, gate, 3), 0);
	ck_assert_uint_eq(frames[0].generation, first);
	ck_assert_uint_ne(frames[1].generation, second);
	second = frames[1].generation;
	frame_pop(&inner);
	ck_assert_int_eq(corbel_call_enter(&inner, &use, 3), 0);
	ck_assert_uint_ne(frames[1].generation, second);
	corbel_call_leave(&inner);
	corbel_call_leave(&outer);
}
END_TEST

static int nest(unsigned levels)
{
	struct corbel_call call;
	int error = corbel_call_enter(&call, &use, 0);

	if (error || levels == 1) {
		if (!error)
			corbel_call_leave(&call);
		return error;
	}
	error = nest(levels - 1);
	corbel_call_leave(&call);
	return error;
}

START_TEST(refuses_the_65th_nested_call)
{
	ck_assert_int_eq(nest(64), 0);
	ck_assert_int_eq(nest(65), -ELOOP);
	ck_assert_uint_eq(corbel_thread->depth, 0);
}
END_TEST

START_TEST(drains_when_the_last_one_leaves)
{
	struct guest guests[3] = { { .use = &use }, { .use = &use }, { .use = &use } };

	for (int i = 0; i < 3; i++) {
		guest_start(&guests[i]);
		reach(&guests[i].at, 2);
	}
	gate_set(gate, GATE_CLOSED);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 3);
	ck_assert_uint_eq(frame_scan(&owner, gate, NULL, NULL), 3);
	ck_assert_uint_eq(frame_scan(&other, NULL, NULL, NULL), 0);
	ck_assert_int_eq(frame_drain(&owner, NULL, frame_now() + 1000000), -ETIMEDOUT);
	for (int i = 0; i < 3; i++)
		raise_to(&guests[i].may, 1);
	ck_assert_int_eq(frame_drain(&owner, NULL, INT64_MAX), 0);
	for (int i = 0; i < 3; i++)
		guest_end(&guests[i]);
}
END_TEST

START_TEST(refuses_to_wait_for_the_caller_itself)
{
	struct corbel_call call;

	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	ck_assert_int_eq(frame_drain(&owner, NULL, INT64_MAX), -EDEADLK);
	ck_assert_int_eq(frame_drain(&owner, gate, INT64_MAX), -EDEADLK);
	ck_assert_int_eq(frame_drain(&other, NULL, INT64_MAX), 0);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 0);
	corbel_call_leave(&call);
	ck_assert_int_eq(frame_drain(&owner, NULL, INT64_MAX), 0);
}
END_TEST

struct watch {
	struct frame_watcher watcher;
	uint32_t times;
};

static void left(struct frame_watcher *watcher)
{
	struct watch *watch = (struct watch *)watcher;

	__atomic_fetch_add(&watch->times, 1, __ATOMIC_RELEASE);
}

START_TEST(tells_watchers_of_flagged_leavers_alone)
{
	struct watch watch = { .watcher.left = left };
	struct guest guest = { .use = &use }, again = { .use = &use };

	frame_watcher_add(&watch.watcher);
	guest_start(&guest);
	reach(&guest.at, 2);
	ck_assert_int_eq(guest_end(&guest), 0);
	ck_assert_uint_eq(watch.times, 0);
	guest_start(&again);
	reach(&again.at, 2);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 1);
	raise_to(&again.may, 1);
	reach(&watch.times, 1);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 0);
	guest_end(&again);
	frame_watcher_remove(&watch.watcher);
	ck_assert_uint_eq(watch.times, 1);
}
END_TEST

START_TEST(counts_no_worker_threads_of_an_owner)
{
	struct gate *worker = gate_new(&owner, GATE_WORKER, 0, 0);
	struct corbel_use on_worker = { &worker->service };
	struct guest guest = { .use = &on_worker };

	guest_start(&guest);
	reach(&guest.at, 2);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 0);
	ck_assert_uint_eq(frame_scan(&owner, worker, NULL, NULL), 1);
	guest_end(&guest);
	gate_retire(worker);
}
END_TEST

static void keep_report(void *data, const struct frame_report *report)
{
	*(struct frame_report *)data = *report;
}

START_TEST(reports_who_is_in_which_method_called_by_whom)
{
	static const struct corbel_method methods[8] = { [7] = { .name = "seventh" } };
	struct corbel_interface interface = { .methods = methods, .method_count = 8 };
	struct gate *below = gate_new(&other, GATE_SERVICE, 0, 0);
	struct corbel_use from = { &below->service };
	struct guest guest = { .use = &use, .before = &from };
	struct frame_report report = { 0 };

	gate->interface = &interface;
	guest_start(&guest);
	reach(&guest.at, 2);
	ck_assert_uint_eq(frame_scan(&owner, NULL, keep_report, &report), 1);
	ck_assert_str_eq(report.label, "test.label");
	ck_assert_str_eq(report.method, "seventh");
	ck_assert_str_eq(report.caller, "other");
	ck_assert_int_gt(report.thread, 0);
	ck_assert_int_ne(report.thread, getpid());
	ck_assert_str_ne(report.thread_name, "");
	guest_end(&guest);
	gate_retire(below);
}
END_TEST

START_TEST(pushes_frames_of_the_host_past_a_closed_gate)
{
	struct corbel_call calls[64], more;

	gate_set(gate, GATE_CLOSED);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(frame_push(&calls[i], gate, 0), 0);
	ck_assert_int_eq(frame_push(&more, gate, 0), -ELOOP);
	ck_assert_ptr_eq(frame_current(), &owner);
	for (int i = 64; i-- > 0;)
		frame_pop(&calls[i]);
	ck_assert_ptr_null(frame_current());
}
END_TEST

static void *remember_record(void *data)
{
	struct corbel_call call;

	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	corbel_call_leave(&call);
	*(struct corbel_record **)data = corbel_thread;
	return NULL;
}

START_TEST(gives_the_record_of_an_ended_thread_to_the_next)
{
	struct corbel_record *first = NULL, *second = NULL;
	pthread_t thread;

	pthread_create(&thread, NULL, remember_record, &first);
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, remember_record, &second);
	pthread_join(thread, NULL);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_eq(first, second);
	ck_assert_uint_eq((uintptr_t)first % 64, 0);
}
END_TEST

static void *end_inside(void *data)
{
	struct guest *guest = data;
	struct corbel_call call;

	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	raise_to(&guest->at, 2);
	reach(&guest->may, 1);
	return NULL;
}

START_TEST(counts_a_thread_that_ended_inside_as_gone)
{
	struct guest guest = { .use = &use };

	pthread_create(&guest.thread, NULL, end_inside, &guest);
	reach(&guest.at, 2);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 1);
	raise_to(&guest.may, 1);
	ck_assert_int_eq(frame_drain(&owner, NULL, INT64_MAX), 0);
	pthread_join(guest.thread, NULL);
}
END_TEST

static int child_status(void)
{
	struct corbel_call call;
	struct corbel_use nowhere = { &frame_absent.service };

	if (corbel_call_enter(&call, &use, 0) != -ENOTSUP)
		return 1;
	if (corbel_call_enter(&call, &nowhere, 0) != -ENOTSUP)
		return 2;
	return frame_push(&call, gate, 0) == -ENOTSUP ? 0 : 3;
}

START_TEST(refuses_calls_in_a_forked_child)
{
	struct corbel_call call;
	int status;

	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	pid_t child = fork();
	if (child == 0) {
		corbel_call_leave(&call);
		_exit(child_status());
	}
	corbel_call_leave(&call);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(works_with_fences_too)
{
	struct guest guest = { .use = &use };
	struct watch watch = { .watcher.left = left };

	frame_use_fences();
	ck_assert(!frame_has_membarrier());
	ck_assert_int_eq(nest(64), 0);
	ck_assert_int_eq(nest(65), -ELOOP);
	frame_watcher_add(&watch.watcher);
	guest_start(&guest);
	reach(&guest.at, 2);
	gate_set(gate, GATE_CLOSED);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 1);
	raise_to(&guest.may, 1);
	ck_assert_int_eq(frame_drain(&owner, NULL, INT64_MAX), 0);
	guest_end(&guest);
	ck_assert_uint_ge(watch.times, 1);
	frame_watcher_remove(&watch.watcher);
}
END_TEST

/* What a call finds behind its use; scribbled over once the host says that nobody is inside. */
struct object {
	uint32_t alive, entered;
};

struct storm {
	struct corbel_use use;
	uint32_t stop;
	uint32_t callers; /* that have got in once */
};

static void *storm_call(void *data)
{
	struct storm *storm = data;
	struct corbel_call call;
	bool was_inside = false;

	while (!__atomic_load_n(&storm->stop, __ATOMIC_RELAXED)) {
		int error = corbel_call_enter(&call, &storm->use, 0);
		if (error == -ENOTCONN)
			continue;
		ck_assert_int_eq(error, 0);
		struct object *object = call.service->self;
		ck_assert_uint_eq(__atomic_load_n(&object->alive, __ATOMIC_RELAXED), 1);
		if (!was_inside)
			__atomic_fetch_add(&storm->callers, 1, __ATOMIC_RELAXED);
		was_inside = true;
		corbel_call_leave(&call);
	}
	return NULL;
}

static struct gate *object_gate(void)
{
	struct gate *made = gate_new(&owner, GATE_SERVICE, 0, sizeof(struct object));
	struct object *object = gate_extra(made);

	object->alive = 1;
	made->service.self = object;
	return made;
}

static struct gate *storm_replace(struct storm *storm, struct gate *old, unsigned round)
{
	struct gate *next = object_gate();

	if (round % 3 == 0)
		gate_set(old, GATE_CLOSED);
	__atomic_store_n(&storm->use.service, round % 5 ? &next->service : &frame_absent.service,
			 __ATOMIC_SEQ_CST);
	gate_wake(old);
	ck_assert_int_eq(frame_drain(&owner, old, INT64_MAX), 0);
	__atomic_store_n(&((struct object *)gate_extra(old))->alive, 0, __ATOMIC_RELAXED);
	gate_retire(old);
	__atomic_store_n(&storm->use.service, &next->service, __ATOMIC_SEQ_CST);
	return next;
}

START_TEST(nobody_is_inside_what_was_taken_away_under_load)
{
	const char *text = getenv("CORBEL_TEST_ROUNDS");
	unsigned rounds = text ? (unsigned)atoi(text) : 2000;
	struct gate *current = object_gate();
	struct storm storm = { .use = { &current->service } };
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, storm_call, &storm);
	while (__atomic_load_n(&storm.callers, __ATOMIC_RELAXED) < 3)
		sched_yield();
	for (unsigned round = 0; round < rounds; round++)
		current = storm_replace(&storm, current, round);
	__atomic_store_n(&storm.stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	gate_retire(current);
	ck_assert_uint_eq(gate_collect(), 0);
}
END_TEST

Suite *test_suite(void)
{
	const TTest *const tests[] = {
		lets_in_through_an_open_gate,
		says_that_nobody_provides_it,
		tells_one_call_from_the_next_by_its_generation,
		refuses_the_65th_nested_call,
		drains_when_the_last_one_leaves,
		refuses_to_wait_for_the_caller_itself,
		tells_watchers_of_flagged_leavers_alone,
		counts_no_worker_threads_of_an_owner,
		reports_who_is_in_which_method_called_by_whom,
		pushes_frames_of_the_host_past_a_closed_gate,
		gives_the_record_of_an_ended_thread_to_the_next,
		counts_a_thread_that_ended_inside_as_gone,
		refuses_calls_in_a_forked_child,
		works_with_fences_too,
		nobody_is_inside_what_was_taken_away_under_load,
	};
	Suite *suite = suite_create("frame");
	TCase *frames = tcase_create("frames");

	tcase_add_checked_fixture(frames, set_up, tear_down);
	tcase_set_timeout(frames, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(frames, tests[i]);
	suite_add_tcase(suite, frames);
	return suite;
}

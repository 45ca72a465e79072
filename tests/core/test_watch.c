/* SPDX-License-Identifier: MIT */
/*
 * Watches: level-triggered on the strand, and right about closed, reused and duplicated
 * descriptors.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "latch.h"
#include "loop.h"

Suite *test_suite(void);

static struct loop *loop;
static struct strand *strand;
static int pipes[2];

static void given_a_loop_and_a_pipe(void)
{
	ck_assert_int_eq(loop_new(0, &loop), 0);
	ck_assert_int_eq(strand_new(loop, NULL, "test", false, &strand), 0);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
}

static void then_all_goes(void)
{
	strand_free(strand);
	loop_free(loop);
	close(pipes[0]);
	close(pipes[1]);
}

struct seen {
	struct corbel_watch *watch;
	int calls;
	uint32_t events;
	bool reads, removes;
};

static void ready(void *data, int descriptor, uint32_t events)
{
	struct seen *seen = data;
	char byte;

	seen->calls++;
	seen->events = events;
	if (seen->reads)
		ck_assert_int_eq(read(descriptor, &byte, 1), 1);
	if (seen->removes)
		watch_remove(seen->watch);
}

static void add(struct seen *seen, int descriptor, uint32_t events)
{
	ck_assert_int_eq(watch_add(strand, NULL, descriptor, events, ready, seen, &seen->watch), 0);
}

static void put_bytes(const char *bytes, size_t size)
{
	ck_assert_int_eq(write(pipes[1], bytes, size), (ssize_t)size);
}

START_TEST(is_ready_again_until_all_was_read)
{
	struct seen seen = { .reads = true };

	add(&seen, pipes[0], CORBEL_READABLE);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 0);
	put_bytes("abc", 3);
	for (int i = 0; i < 5; i++)
		loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 3);
	ck_assert_uint_eq(seen.events, CORBEL_READABLE);
	watch_remove(seen.watch);
}
END_TEST

START_TEST(reports_hangup_though_nobody_asked)
{
	struct seen seen = { 0 };

	add(&seen, pipes[0], CORBEL_READABLE);
	close(pipes[1]);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert(seen.events & CORBEL_ERROR_OR_HANGUP);
	watch_remove(seen.watch);
}
END_TEST

START_TEST(waits_for_what_it_was_changed_to)
{
	struct seen seen = { 0 };

	add(&seen, pipes[1], CORBEL_READABLE);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(watch_change(seen.watch, CORBEL_WRITABLE), 0);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert_uint_eq(seen.events, CORBEL_WRITABLE);
	watch_remove(seen.watch);
}
END_TEST

START_TEST(is_silent_while_paused_even_for_hangup)
{
	struct seen seen = { 0 };

	add(&seen, pipes[0], CORBEL_READABLE);
	ck_assert_int_eq(watch_change(seen.watch, 0), 0);
	put_bytes("a", 1);
	close(pipes[1]);
	for (int i = 0; i < 3; i++)
		loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(watch_change(seen.watch, CORBEL_READABLE), 0);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 1);
	watch_remove(seen.watch);
}
END_TEST

static void remove_watch(void *data)
{
	watch_remove(data);
}

START_TEST(is_not_called_once_removed_though_it_was_found_ready)
{
	struct seen seen = { 0 };

	/* Given that the strand is to remove it first, and finds it ready meanwhile. */
	add(&seen, pipes[0], CORBEL_READABLE);
	put_bytes("a", 1);
	strand_post(strand, NULL, remove_watch, seen.watch);
	loop_dispatch(loop, 0);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 0);
}
END_TEST

START_TEST(may_remove_itself)
{
	struct seen seen = { .removes = true };

	add(&seen, pipes[0], CORBEL_READABLE);
	put_bytes("a", 1);
	loop_dispatch(loop, 0);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 1);
}
END_TEST

START_TEST(closes_an_owned_descriptor_and_no_other)
{
	struct seen owned = { 0 }, borrowed = { 0 };
	int copy = fcntl(pipes[0], F_DUPFD_CLOEXEC, 0);

	add(&owned, copy, CORBEL_READABLE | CORBEL_WATCH_OWNED);
	add(&borrowed, pipes[0], CORBEL_READABLE);
	watch_remove(owned.watch);
	watch_remove(borrowed.watch);
	ck_assert_int_eq(fcntl(copy, F_GETFD), -1);
	ck_assert_int_ne(fcntl(pipes[0], F_GETFD), -1);
}
END_TEST

START_TEST(refuses_what_cannot_be_watched)
{
	struct seen seen = { 0 };
	FILE *file = tmpfile();

	ck_assert_int_eq(
		watch_add(strand, NULL, fileno(file), CORBEL_READABLE, ready, &seen, &seen.watch),
		-EPERM);
	ck_assert_int_eq(watch_add(strand, NULL, -1, CORBEL_READABLE, ready, &seen, &seen.watch),
			 -EBADF);
	ck_assert_int_eq(watch_add(strand, NULL, 12345, CORBEL_READABLE, ready, &seen, &seen.watch),
			 -EBADF);
	ck_assert_int_eq(watch_add(strand, NULL, pipes[0], 0x2000, ready, &seen, &seen.watch),
			 -EINVAL);
	ck_assert_ptr_null(seen.watch);
	add(&seen, pipes[0], CORBEL_READABLE);
	struct corbel_watch *second;
	ck_assert_int_eq(watch_add(strand, NULL, pipes[0], CORBEL_READABLE, ready, &seen, &second),
			 -EEXIST);
	watch_remove(seen.watch);
	fclose(file);
}
END_TEST

START_TEST(a_descriptor_closed_too_early_does_not_disturb_its_successor)
{
	struct seen old = { 0 }, new = { .reads = true };
	int number = fcntl(pipes[0], F_DUPFD_CLOEXEC, 0), others[2];

	/* Given that the kernel keeps the old registration, because a duplicate is open. */
	add(&old, number, CORBEL_READABLE);
	close(number);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
	if (others[0] != number)
		ck_assert_int_eq(dup2(others[0], number), number);
	add(&new, number, CORBEL_READABLE);
	put_bytes("a", 1);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(old.calls + new.calls, 0);
	ck_assert_int_eq(watch_change(old.watch, CORBEL_READABLE), -EBADF);
	watch_remove(old.watch);
	ck_assert_int_eq(write(others[1], "b", 1), 1);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(new.calls, 1);
	watch_remove(new.watch);
	close(others[1]);
	if (others[0] != number)
		close(others[0]);
	close(number);
}
END_TEST

START_TEST(a_sweep_of_the_ledger_removes_it)
{
	struct seen seen = { 0 };
	struct ledger ledger;

	ledger_init(&ledger);
	watch_add(strand, &ledger, pipes[0], CORBEL_READABLE, ready, &seen, &seen.watch);
	put_bytes("a", 1);
	ck_assert_uint_eq(ledger_sweep(&ledger), 1);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 0);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(waits_for_a_paused_strand)
{
	struct seen seen = { .reads = true };

	add(&seen, pipes[0], CORBEL_READABLE);
	strand_pause(strand, false);
	put_bytes("a", 1);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 0);
	strand_resume(strand);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(seen.calls, 1);
	watch_remove(seen.watch);
}
END_TEST

struct echo {
	struct latch done;
	unsigned long left;
};

static void answer(void *data, int descriptor, uint32_t events)
{
	struct echo *echo = data;
	char byte;

	ck_assert(events & CORBEL_READABLE);
	ck_assert_int_eq(read(descriptor, &byte, 1), 1);
	if (echo->left-- == 1)
		latch_hit(&echo->done);
	else
		ck_assert_int_eq(write(descriptor, "x", 1), 1);
}

START_TEST(two_strands_of_a_pool_talk_without_a_lost_event)
{
	unsigned long rounds = test_rounds(5000);
	struct echo sides[2] = { { .done = LATCH_INIT, .left = rounds },
				 { .done = LATCH_INIT, .left = rounds } };
	struct corbel_watch *watches[2];
	struct strand *strands[2];
	struct loop *pooled;
	int sockets[2];

	ck_assert_int_eq(loop_new(2, &pooled), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
	for (int i = 0; i < 2; i++) {
		strand_new(pooled, NULL, "side", i == 1, &strands[i]);
		ck_assert_int_eq(watch_add(strands[i], NULL, sockets[i], CORBEL_READABLE, answer,
					   &sides[i], &watches[i]),
				 0);
	}
	ck_assert_int_eq(write(sockets[0], "x", 1), 1);
	latch_wait(&sides[1].done, 1);
	for (int i = 0; i < 2; i++) {
		watch_remove(watches[i]);
		strand_free(strands[i]);
	}
	close(sockets[0]);
	close(sockets[1]);
	loop_free(pooled);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("watch");
	TCase *one = tcase_create("inline"), *pool = tcase_create("pool");

	tcase_add_checked_fixture(one, given_a_loop_and_a_pipe, then_all_goes);
	tcase_add_test(one, is_ready_again_until_all_was_read);
	tcase_add_test(one, reports_hangup_though_nobody_asked);
	tcase_add_test(one, waits_for_what_it_was_changed_to);
	tcase_add_test(one, is_silent_while_paused_even_for_hangup);
	tcase_add_test(one, is_not_called_once_removed_though_it_was_found_ready);
	tcase_add_test(one, may_remove_itself);
	tcase_add_test(one, closes_an_owned_descriptor_and_no_other);
	tcase_add_test(one, refuses_what_cannot_be_watched);
	tcase_add_test(one, a_descriptor_closed_too_early_does_not_disturb_its_successor);
	tcase_add_test(one, a_sweep_of_the_ledger_removes_it);
	tcase_add_test(one, waits_for_a_paused_strand);
	tcase_add_test(pool, two_strands_of_a_pool_talk_without_a_lost_event);
	tcase_set_timeout(pool, 60);
	suite_add_tcase(suite, one);
	suite_add_tcase(suite, pool);
	return suite;
}

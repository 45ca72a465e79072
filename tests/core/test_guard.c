/* SPDX-License-Identifier: MIT */
/* Guards: code that faults is left, its owners are told, and the thread goes on. */
#include <check.h>
#include <dlfcn.h>
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "image.h"
#include "image_map.h"
#include "settings.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

struct told {
	struct gate_owner owner;
	unsigned count, turn;
	bool was_culprit;
	enum corbel_fault_end end;
	char words[256];
};

static struct told one, other;
static struct gate *gate, *other_gate;
static unsigned turns; /* of being told */
static void *crashes;
static char report[32768];
static unsigned reports;               /* atomic */
static enum corbel_fault_end answered; /* by corbel_fault_handle(), if it came back */

static void faulted(struct gate_owner *owner, const struct corbel_fault *fault, bool is_culprit)
{
	struct told *told = (struct told *)owner;

	told->count++;
	told->turn = turns++;
	told->was_culprit = is_culprit;
	told->end = fault->end;
	strcpy(told->words, fault->words);
}

static void reported(void *data, const struct corbel_fault *fault)
{
	(void)data;
	memcpy(report, fault->report, fault->report_size + 1);
	__atomic_add_fetch(&reports, 1, __ATOMIC_RELEASE);
}

/* The test's own end, of a fault that comes back: the first it is, and the last thing it does. */
static void handle(int number, siginfo_t *info, void *context)
{
	answered = corbel_fault_handle(number, info, context);
	if (answered != CORBEL_FAULT_IGNORED)
		_exit(100 + (int)answered);
}

static void set_up(void)
{
	static const int numbers[] = { SIGSEGV, SIGFPE, SIGXCPU };
	struct sigaction action = { .sa_sigaction = handle,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	one = other = (struct told){ .owner = { .name = "one",
						.version = "1.0",
						.timeout = GATE_TIMEOUT,
						.faulted = faulted,
						.on_fault = SETTINGS_FAULT_CONTAIN } };
	other.owner.name = "other";
	gate = gate_new(&one.owner, GATE_STRAND, 0, 0);
	other_gate = gate_new(&other.owner, GATE_SERVICE, 0, 0);
	other_gate->label = "test.other";
	corbel_fault_listen(reported, NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
	crashes = dlopen(TEST_BUILDDIR "/tests/fixtures/.libs/crash.so", RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(crashes != NULL, "%s", dlerror());
}

static void *find(const char *name)
{
	void *found = dlsym(crashes, name);

	ck_assert_msg(found != NULL, "%s", dlerror());
	return found;
}

/* Under a guard of `one`, as its strand would. */
static int run_it(void (*code)(void *data), void *data)
{
	struct corbel_call call;

	ck_assert_int_eq(frame_push(&call, gate, CORBEL_METHOD_SEVERAL), 0);
	int result = guard_run(&one.owner, code, data);

	ck_assert_uint_eq(corbel_thread->depth, call.depth + 1);
	frame_pop(&call);
	return result;
}

static int run(const char *name, void *data)
{
	return run_it((void (*)(void *))find(name), data);
}

static void count(void *data)
{
	++*(int *)data;
}

static int answer(void *data)
{
	return *(int *)data;
}

START_TEST(runs_what_does_not_fault)
{
	int number = 41;

	ck_assert_int_eq(guard_run(&one.owner, count, &number), 0);
	ck_assert_int_eq(guard_call(&one.owner, answer, &number), 42);
	ck_assert_int_eq(guard_run(NULL, count, &number), 0);
	ck_assert_uint_eq(one.count, 0);
}
END_TEST

static const struct {
	const char *name, *words;
} contained[] = {
	{ "crash_null", "SIGSEGV at address 0x0, where nothing is mapped" },
	{ "crash_call", "SIGSEGV at address 0x0" },
	{ "crash_divide", "an integer divided by zero" },
	{ "crash_deep", "its stack is full" },
	{ "crash_upward", "it ran over the upper end of its stack" },
	{ "crash_sorting", "SIGSEGV at address 0x0" },
};

START_TEST(leaves_code_that_faults_and_tells_its_owner)
{
	int number = 0;

	for (int again = 0; again < 3; again++) {
		one.count = 0;
		ck_assert_int_eq(run(contained[_i].name, NULL), -EFAULT);
		ck_assert_uint_eq(one.count, 1);
		ck_assert(one.was_culprit);
		ck_assert_int_eq(one.end, CORBEL_FAULT_CONTAINED);
		ck_assert_msg(strstr(one.words, contained[_i].words), "%s", one.words);
		ck_assert_ptr_nonnull(strstr(report, "plugin: one 1.0"));
		ck_assert_ptr_nonnull(strstr(report, "registers:"));
		ck_assert_int_eq(guard_run(&one.owner, count, &number), 0);
	}
	ck_assert_int_eq(number, 3);
	ck_assert_uint_eq(frame_scan(&one.owner, NULL, NULL, NULL), 0);
}
END_TEST

START_TEST(does_so_ten_thousand_times)
{
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(run(i % 2 ? "crash_null" : "crash_divide", NULL), -EFAULT);
	ck_assert_uint_eq(one.count, 10000);
}
END_TEST

/* In a service of the other, called without a guard. */
static void call_other(void *data)
{
	struct corbel_use use = { &other_gate->service };
	struct corbel_call call;

	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	((void (*)(void *))data)(NULL);
	corbel_call_leave(&call);
}

START_TEST(tells_all_who_were_inside_from_the_innermost)
{
	ck_assert_int_eq(run_it(call_other, find("crash_null")), -EFAULT);
	ck_assert_uint_eq(other.count, 1);
	ck_assert(other.was_culprit);
	ck_assert_uint_eq(one.count, 1);
	ck_assert(!one.was_culprit);
	ck_assert_uint_lt(other.turn, one.turn);
	ck_assert_uint_eq(corbel_thread->depth, 0);
	ck_assert_ptr_nonnull(strstr(report, "plugin: other 1.0, test.other"));
	ck_assert_int_eq(frame_drain(&other.owner, NULL, 0), 0);
}
END_TEST

struct guarded {
	const char *name;
	int result;
};

static void guard_other(void *data)
{
	struct guarded *guarded = data;
	struct corbel_use use = { &other_gate->service };
	struct corbel_call call;

	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	guarded->result = guard_run(&other.owner, (void (*)(void *))find(guarded->name), NULL);
	corbel_call_leave(&call);
}

START_TEST(takes_only_what_is_above_the_innermost_guard)
{
	struct guarded guarded = { .name = "crash_null" };

	ck_assert_int_eq(run_it(guard_other, &guarded), 0);
	ck_assert_int_eq(guarded.result, -EFAULT);
	ck_assert_uint_eq(other.count, 1);
	ck_assert_uint_eq(one.count, 0);
}
END_TEST

START_TEST(takes_all_when_the_stack_is_written_over_to_its_end)
{
	struct guarded guarded = { .name = "crash_upward" };

	ck_assert_int_eq(run_it(guard_other, &guarded), -EFAULT);
	ck_assert_int_eq(guarded.result, 0);
	ck_assert_uint_eq(other.count, 1);
	ck_assert_uint_eq(one.count, 1);
	ck_assert_uint_eq(corbel_thread->depth, 0);
	ck_assert_int_eq(run("crash_null", NULL), -EFAULT);
}
END_TEST

START_TEST(puts_back_what_the_code_has_changed_of_its_thread)
{
	sigset_t mask;

	ck_assert_int_eq(run("crash_changed", NULL), -EFAULT);
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	ck_assert(!sigismember(&mask, SIGUSR1));
	ck_assert_int_eq(fegetround(), FE_TONEAREST);
}
END_TEST

static void *run_in_thread(void *name)
{
	run(name, NULL);
	return NULL;
}

START_TEST(parks_a_thread_that_faulted_in_libc)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run_in_thread, (void *)"crash_in_libc");
	while (corbel_fault_settle() == 0)
		sched_yield();
	ck_assert_uint_eq(one.count, 1);
	ck_assert_int_eq(one.end, CORBEL_FAULT_PARKED);
	/* It stays inside, and nobody waits for it. */
	ck_assert_uint_eq(frame_scan(&one.owner, NULL, NULL, NULL), 0);
	ck_assert_uint_eq(corbel_fault_settle(), 0);
	ck_assert_int_eq(run("crash_null", NULL), -EFAULT);
}
END_TEST

static void *run_guarded_in_thread(void *guarded)
{
	run_it(guard_other, guarded);
	return NULL;
}

START_TEST(parks_a_thread_with_all_that_it_is_inside_of)
{
	static struct guarded guarded = { .name = "crash_in_libc" };
	pthread_t thread;

	pthread_create(&thread, NULL, run_guarded_in_thread, &guarded);
	while (corbel_fault_settle() == 0)
		sched_yield();
	ck_assert_uint_eq(other.count, 1);
	ck_assert(other.was_culprit);
	ck_assert_uint_eq(one.count, 1);
	ck_assert(!one.was_culprit);
}
END_TEST

static void raise_words(void *data)
{
	(void)data;
	corbel_fault_raise("called exit(1)", __builtin_return_address(0));
}

START_TEST(leaves_code_for_a_fault_in_words)
{
	ck_assert_int_eq(run_it(raise_words, NULL), -EFAULT);
	ck_assert_ptr_nonnull(strstr(one.words, "called exit(1)"));
	ck_assert_ptr_nonnull(strstr(report, "called exit(1)"));
}
END_TEST

struct looper {
	pthread_t thread;
	int is_there; /* atomic */
	pid_t id;
};

static void *loop(void *data)
{
	struct looper *looper = data;

	looper->id = gettid();
	run("crash_loop", &looper->is_there);
	return NULL;
}

START_TEST(interrupts_a_loop_if_it_is_still_the_same_one)
{
	struct manifest manifest = { .name = (char *)"one", .version = (char *)"1.0" };
	struct verdict verdict = { .path = (char *)"", .manifest = &manifest };
	struct image image = { .verdict = &verdict };
	struct looper looper = { 0 };
	Dl_info place;

	/* Only code of a plugin's image is interrupted. */
	ck_assert(dladdr(find("crash_loop"), &place));
	image.base = image.bias = (uintptr_t)place.dli_fbase;
	image.end = (uintptr_t)find("crash_loop") + 64;
	image_map_add(&image);
	pthread_create(&looper.thread, NULL, loop, &looper);
	while (!__atomic_load_n(&looper.is_there, __ATOMIC_ACQUIRE))
		sched_yield();
	/* Another call than the one that runs: nothing comes of it. */
	ck_assert_int_eq(guard_interrupt(looper.id, 5, 0, "hangs"), 0);
	/* The first call of its thread. */
	while (guard_interrupt(looper.id, 0, 1, "hangs") == -EBUSY)
		sched_yield();
	pthread_join(looper.thread, NULL);
	ck_assert_uint_eq(one.count, 1);
	ck_assert_ptr_nonnull(strstr(one.words, "hangs"));
}
END_TEST

static void crash_here(void *data)
{
	*(volatile int *)data = 1;
}

/* The core is part of this program, whose locks nobody would let go. */
START_TEST(begins_anew_for_a_fault_of_the_core)
{
	run_it(crash_here, NULL);
	_exit(0);
}
END_TEST

START_TEST(passes_a_strict_one_on)
{
	one.owner.on_fault = SETTINGS_FAULT_STRICT;
	run("crash_null", NULL);
	_exit(0);
}
END_TEST

START_TEST(begins_anew_where_there_is_no_guard)
{
	struct corbel_call call;
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&alternate, NULL);
	ck_assert_int_eq(frame_push(&call, gate, CORBEL_METHOD_SEVERAL), 0);
	((void (*)(void *))find("crash_null"))(NULL);
	_exit(0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("guard");
	TCase *tcase = tcase_create("guard");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, runs_what_does_not_fault);
	tcase_add_loop_test(tcase, leaves_code_that_faults_and_tells_its_owner, 0,
			    sizeof(contained) / sizeof(*contained));
	tcase_add_test(tcase, does_so_ten_thousand_times);
	tcase_add_test(tcase, tells_all_who_were_inside_from_the_innermost);
	tcase_add_test(tcase, takes_only_what_is_above_the_innermost_guard);
	tcase_add_test(tcase, takes_all_when_the_stack_is_written_over_to_its_end);
	tcase_add_test(tcase, puts_back_what_the_code_has_changed_of_its_thread);
	tcase_add_test(tcase, parks_a_thread_that_faulted_in_libc);
	tcase_add_test(tcase, parks_a_thread_with_all_that_it_is_inside_of);
	tcase_add_test(tcase, leaves_code_for_a_fault_in_words);
	tcase_add_test(tcase, interrupts_a_loop_if_it_is_still_the_same_one);
	tcase_add_exit_test(tcase, begins_anew_for_a_fault_of_the_core, 100 + CORBEL_FAULT_RE_EXEC);
	tcase_add_exit_test(tcase, passes_a_strict_one_on, 100 + CORBEL_FAULT_STRICT);
	tcase_add_exit_test(tcase, begins_anew_where_there_is_no_guard, 100 + CORBEL_FAULT_RE_EXEC);
	suite_add_tcase(suite, tcase);
	return suite;
}

#else

static void count(void *data)
{
	++*(int *)data;
}

START_TEST(runs_as_ever_under_a_sanitizer_which_has_the_signals)
{
	int number = 41;

	ck_assert_int_eq(guard_run(NULL, count, &number), 0);
	ck_assert_int_eq(number, 42);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("guard");
	TCase *tcase = tcase_create("guard");

	tcase_add_test(tcase, runs_as_ever_under_a_sanitizer_which_has_the_signals);
	suite_add_tcase(suite, tcase);
	return suite;
}

#endif

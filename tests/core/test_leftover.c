/* SPDX-License-Identifier: MIT */
/* Tests of the search for what an unloaded plugin would leave behind. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "animal.h"
#include "frame.h"
#include "ghost.h"
#include "latch.h"
#include "leftover.h"
#include "stacks.h"

Suite *test_suite(void);

static struct animal animal;
static struct ghosts ghosts;
static struct leftovers leftovers;
static char words[8192];
static size_t count;

static void take(void *data, const char *text)
{
	(void)data;
	count++;
	strncat(words, text, sizeof(words) - strlen(words) - 1);
	strncat(words, "\n", sizeof(words) - strlen(words) - 1);
}

static void load(const char *name)
{
	leftovers = (struct leftovers){ .image = animal_load(&animal, name), .found = take };
}

static size_t check(void)
{
	words[0] = '\0';
	count = 0;
	leftover_check(&leftovers);
	return count;
}

/* After that only what points to its code by mistake can do so. */
static size_t search(void)
{
	struct corbel_error error = { "" };

	leftovers.symbols = symbols_read(&animal.verdict);
	ck_assert_msg(image_close(animal.image, &error) == 0, "%s", error.text);
	memset(&animal.image->entry, 0, sizeof(animal.image->entry));
	ck_assert(ghosts_add(&ghosts, animal.image, leftovers.symbols));
	leftover_search(&leftovers);
	return count;
}

static void teardown(void)
{
	if (animal.image && animal.image->handle)
		symbols_free(leftovers.symbols);
	ghosts_fini(&ghosts);
}

START_TEST(a_clean_plugin_leaves_nothing)
{
	load("well");
	ck_assert_msg(check() == 0, "%s", words);
	if (LEFTOVER_SEARCHES_MEMORY)
		ck_assert_msg(search() == 0, "%s", words);
}
END_TEST

static const struct {
	const char *name, *words;
} animals[] = {
	{ "signal_handler", "signal 12 (USR2) still goes to its on_signal+0x0 (restore" },
	{ "running_thread", ") still runs work+0x" },
	{ "key_destructor", " is still destroyed by its destroy+0x0 (pthread_key_delete()" },
};

START_TEST(names_what_would_call_it_and_the_cure)
{
	load(animals[_i].name);
	/* A thread may be on its way. */
	while (check() == 0)
		sched_yield();
	ck_assert_uint_eq(count, 1);
	ck_assert_msg(strstr(words, animals[_i].words) != NULL, "%s", words);
}
END_TEST

struct holder {
	struct latch ready, release;
	bool makes_calls;
	pid_t id;
};

/* On its stack is what a return address into the plugin looks like. */
static void *hold_an_address(void *data)
{
	struct gate_owner owner = { .name = "test" };
	struct holder *holder = data;
	volatile uintptr_t address = animal.image->bias + animal.image->code + 1;
	struct corbel_call call;

	if (holder->makes_calls) {
		struct gate *gate = gate_new(&owner, GATE_SERVICE, 0, 0);

		ck_assert_int_eq(frame_push(&call, gate, CORBEL_METHOD_SEVERAL), 0);
		frame_pop(&call);
		gate_retire(gate);
	}
	holder->id = gettid();
	latch_hit(&holder->ready);
	latch_wait(&holder->release, 1);
	return (void *)address;
}

/* What is found while such a thread waits. */
static size_t check_beside(bool makes_calls)
{
	struct holder holder = { LATCH_INIT, LATCH_INIT, makes_calls, 0 };
	uintptr_t pointer, code;
	pthread_t thread;
	size_t found;

	load("well");
	ck_assert_int_eq(pthread_create(&thread, NULL, hold_an_address, &holder), 0);
	latch_wait(&holder.ready, 1);
	while (!stack_position(holder.id, &pointer, &code))
		sched_yield();
	found = check();
	latch_hit(&holder.release);
	pthread_join(thread, NULL);
	return found;
}

START_TEST(an_address_on_the_stack_of_a_thread_counts)
{
	ck_assert_uint_eq(check_beside(false), 1);
	ck_assert_msg(strstr(words, ") still runs ") != NULL, "%s", words);
	ck_assert_msg(check() == 0, "%s", words);
}
END_TEST

START_TEST(a_thread_that_makes_calls_is_believed_its_frames)
{
	ck_assert_msg(check_beside(true) == 0, "%s", words);
}
END_TEST

START_TEST(a_pointer_in_memory_is_found)
{
	load("leaked_pointer");
	ck_assert_msg(check() == 0, "%s", words);
	ck_assert_uint_eq(search(), 1);
	ck_assert_msg(strstr(words, "heap at 0x") != NULL, "%s", words);
	ck_assert_msg(strstr(words, " still points to its greet+0x0") != NULL, "%s", words);
}
END_TEST

static volatile uintptr_t many[LEFTOVER_WORDS + 3];

START_TEST(many_pointers_are_counted)
{
	load("well");
	for (size_t i = 0; i < LEFTOVER_WORDS + 3; i++)
		many[i] = (uintptr_t)animal.image->entry.start;
	ck_assert_uint_eq(search(), LEFTOVER_WORDS + 1);
	ck_assert_msg(strstr(words, "data of test_leftover still points") != NULL, "%s", words);
	ck_assert_msg(strstr(words, "and 3 more words point to it") != NULL, "%s", words);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("leftover");
	TCase *tests = tcase_create("leftover");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, a_clean_plugin_leaves_nothing);
	tcase_add_loop_test(tests, names_what_would_call_it_and_the_cure, 0,
			    (int)(sizeof(animals) / sizeof(animals[0])));
	tcase_add_test(tests, an_address_on_the_stack_of_a_thread_counts);
	tcase_add_test(tests, a_thread_that_makes_calls_is_believed_its_frames);
	if (LEFTOVER_SEARCHES_MEMORY) {
		tcase_add_test(tests, a_pointer_in_memory_is_found);
		tcase_add_test(tests, many_pointers_are_counted);
	} else {
		printf("# memory is not searched under a sanitizer\n");
	}
	suite_add_tcase(suite, tests);
	return suite;
}

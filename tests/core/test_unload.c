/* SPDX-License-Identifier: MIT */
/* Tests of unloading as a whole: each way to stay has its words, and the next load works. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "animal.h"
#include "leftover.h"
#include "private_copy.h"
#include "unload.h"

Suite *test_suite(void);

static struct corbel_host host;
static struct corbel_error error;
static char log_text[8192];

static void take(void *data, const struct corbel_log_line *line)
{
	(void)data;
	strncat(log_text, line->text, sizeof(log_text) - strlen(log_text) - 1);
	strncat(log_text, "\n", sizeof(log_text) - strlen(log_text) - 1);
}

static void setup(void)
{
	log_init(&host.log, take, NULL);
	host.log.level = CORBEL_DEBUG;
	host.flags = CORBEL_HOST_DEVELOP;
	ck_assert_int_eq(bus_new(NULL, NULL, &host.bus), 0);
}

static void teardown(void)
{
	ghosts_fini(&host.ghosts);
	bus_free(host.bus);
	log_fini(&host.log);
}

/* Whether the loader still has the file. */
static bool is_mapped(const struct verdict *verdict)
{
	struct image *image;
	int result = image_open(verdict, &image, NULL);

	if (result == 0)
		image_free(image);
	return result == -EEXIST;
}

static void note(void *data, const char *words)
{
	(void)words;
	*(bool *)data = true;
}

static int unload(const struct animal *animal)
{
	bool is_seen = strcmp(animal->verdict.manifest->name, "running_thread") != 0;
	struct leftovers leftovers = { .image = animal->image, .found = note, .data = &is_seen };

	/* Its thread may be on its way to where it waits. */
	for (; !is_seen; sched_yield())
		leftover_check(&leftovers);
	symbols_free(leftovers.symbols);
	return unload_image(&host, animal->image, NULL, &error);
}

START_TEST(a_clean_plugin_is_gone_and_nothing_is_said)
{
	struct animal animal;
	uintptr_t start = (uintptr_t)animal_load(&animal, "well")->entry.start;
	char text[64];

	ck_assert_int_eq(unload(&animal), 0);
	ck_assert(!is_mapped(&animal.verdict));
	if (LEFTOVER_SEARCHES_MEMORY)
		ck_assert_str_eq(log_text, "");
	corbel_host_explain_address(&host, (void *)start, text, sizeof(text));
	ck_assert_str_eq(text, "unloaded well 1.2.3 (start+0x0)");
	verdict_fini(&animal.verdict);
}
END_TEST

START_TEST(without_develop_no_place_is_kept)
{
	struct animal animal;
	uintptr_t start = (uintptr_t)animal_load(&animal, "well")->entry.start;

	host.flags = 0;
	ck_assert_int_eq(unload(&animal), 0);
	ck_assert_int_eq(corbel_host_explain_address(&host, (void *)start, NULL, 0), 0);
	verdict_fini(&animal.verdict);
}
END_TEST

/* What stays, in the order of the ways that the hazards list; all of it with a cure. */
static const struct {
	const char *name, *words;
} animals[] = {
	{ "nodelete", "the file is linked NODELETE (link without -z nodelete)" },
	{ "unique", "its unique symbol zoo_unique (compile with -fno-gnu-unique)" },
	{ "thread_local_destructor", "a thread_local variable that has a destructor (keep" },
	{ "lingers", "a dlopen() of itself that it did not close (dlclose() it in stop())" },
	{ "on_exit", "it calls on_exit(), and what that calls at the end of the process cannot" },
	{ "signal_handler", "signal 12 (USR2) still goes to its on_signal+0x0 (restore" },
	{ "key_destructor", "is still destroyed by its destroy+0x0 (pthread_key_delete() it" },
	{ "running_thread", ") still runs work+0x" },
};

/* At the end of the test its process exits, with all that stayed. */
START_TEST(what_stays_is_named_and_can_be_loaded_again)
{
	char folder[] = "/tmp/corbel-unload.XXXXXX";
	struct animal animal, again;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	animal_load(&animal, animals[_i].name);
	ck_assert_int_eq(unload(&animal), -EBUSY);
	ck_assert_msg(strstr(error.text, animals[_i].words) != NULL, "%s", error.text);
	ck_assert(is_mapped(&animal.verdict));
	ck_assert_int_eq(private_copy_make(&animal.verdict, folder, ZOO_TERMS, CORBEL_FAULT_NONE,
					   &again.verdict, &error),
			 0);
	ck_assert_int_eq(image_open(&again.verdict, &again.image, &error), 0);
	/* The first one has the unique symbol. */
	ck_assert_int_eq(unload(&again), strcmp(animals[_i].name, "unique") ? -EBUSY : 0);
	private_copy_remove(&again.verdict);
	verdict_fini(&animal.verdict);
	strcat(strcpy(log_text, folder), "/images");
	rmdir(log_text);
	rmdir(folder);
}
END_TEST

START_TEST(warns_of_a_pointer_that_was_left)
{
	struct animal animal;

	animal_load(&animal, "leaked_pointer");
	ck_assert_int_eq(unload(&animal), 0);
	ck_assert_msg(strstr(log_text, "leaked_pointer 1.0.0: heap at 0x") != NULL, "%s", log_text);
	ck_assert_msg(strstr(log_text, "still points to its greet+0x0") != NULL, "%s", log_text);
	verdict_fini(&animal.verdict);
}
END_TEST

START_TEST(says_that_memory_is_not_searched)
{
	struct animal animal;

	animal_load(&animal, "well");
	ck_assert_int_eq(unload(&animal), 0);
	ck_assert_msg(strstr(log_text, "not searched") != NULL, "%s", log_text);
	verdict_fini(&animal.verdict);
}
END_TEST

START_TEST(keeps_all_images_when_told_so)
{
	struct animal animal;

	host.flags |= CORBEL_HOST_KEEP_IMAGES;
	animal_load(&animal, "well");
	ck_assert_int_eq(unload(&animal), 0);
	ck_assert(is_mapped(&animal.verdict));
	ck_assert_str_eq(log_text, "well 1.2.3 stays mapped (--no-unload)\n");
	verdict_fini(&animal.verdict);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("unload");
	TCase *tests = tcase_create("unload");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_clean_plugin_is_gone_and_nothing_is_said);
	tcase_add_test(tests, without_develop_no_place_is_kept);
	tcase_add_loop_test(tests, what_stays_is_named_and_can_be_loaded_again, 0,
			    (int)(sizeof(animals) / sizeof(animals[0])));
	if (LEFTOVER_SEARCHES_MEMORY)
		tcase_add_test(tests, warns_of_a_pointer_that_was_left);
	else
		tcase_add_test(tests, says_that_memory_is_not_searched);
	tcase_add_test(tests, keeps_all_images_when_told_so);
	suite_add_tcase(suite, tests);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Tests of loading and unloading: what is really there, and what is really gone. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "zoo/zoo.h"

Suite *test_suite(void);

static struct verdict verdict;
static struct image *image;
static struct corbel_error error;

static void judge(const char *path, struct verdict *to)
{
	ck_assert_msg(judge_file(path, ZOO_TERMS, to, &error) == 0, "%s", error.text);
}

static void judge_animal(const char *name)
{
	char path[4096];

	judge(zoo_path(path, name), &verdict);
}

static void teardown(void)
{
	image_free(image);
	image = NULL;
	verdict_fini(&verdict);
}

static bool maps_have(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	ck_assert_ptr_nonnull(maps);
	while (getline(&line, &size, maps) >= 0)
		found |= strstr(line, path) != NULL;
	free(line);
	fclose(maps);
	return found;
}

START_TEST(loads_and_really_unloads)
{
	judge_animal("well");
	ck_assert_msg(image_open(&verdict, &image, &error) == 0, "%s", error.text);
	ck_assert(image_is_mapped(image));
	ck_assert(maps_have("/well.so"));
	ck_assert_uint_eq(image->entry.abi, CORBEL_ABI);
	ck_assert_ptr_null(image->entry.save);
	ck_assert_msg(image_close(image, &error) == 0, "%s", error.text);
	ck_assert(!image_is_mapped(image));
	ck_assert(!maps_have("/well.so"));
}
END_TEST

START_TEST(loads_again_after_unloading)
{
	judge_animal("well");
	for (int round = 0; round < 100; round++) {
		ck_assert_int_eq(image_open(&verdict, &image, &error), 0);
		ck_assert_int_eq(image_close(image, &error), 0);
		image_free(image);
		image = NULL;
	}
}
END_TEST

START_TEST(refuses_what_is_already_mapped)
{
	struct image *second;

	judge_animal("well");
	ck_assert_int_eq(image_open(&verdict, &image, &error), 0);
	ck_assert_int_eq(image_open(&verdict, &second, &error), -EEXIST);
	ck_assert_ptr_nonnull(strstr(error.text, "already mapped"));
	ck_assert_int_eq(image_close(image, &error), 0);
}
END_TEST

struct sentence {
	const char *name;
	int code;
	const char *words;
};

static const struct sentence refusals[] = {
	{ "no_start", -EINVAL, "no start callback" },
	{ "no_stop", -EINVAL, "no stop callback" },
	{ "small_entry", -EINVAL, "8 bytes, expected at least 48" },
	{ "huge_entry", -EINVAL, "4294967295 bytes" },
	{ "abi_lies", -EPROTONOSUPPORT, "entry table is for plugin ABI 2.0, this host offers 1.2" },
	{ "unresolved", -ELIBBAD, "zoo_nobody_has_this" },
};

START_TEST(refuses_in_words_and_leaves_nothing_mapped)
{
	const struct sentence *sentence = &refusals[_i];
	char path[4096];

	judge_animal(sentence->name);
	ck_assert_int_eq(image_open(&verdict, &image, &error), sentence->code);
	ck_assert_msg(strstr(error.text, zoo_path(path, sentence->name)) != NULL, "%s", error.text);
	ck_assert_msg(strstr(error.text, sentence->words) != NULL, "no \"%s\" in: %s",
		      sentence->words, error.text);
	ck_assert(!maps_have(path));
}
END_TEST

static const struct sentence lingerers[] = {
	{ "nodelete", -EBUSY, "still mapped: the file is linked NODELETE" },
	{ "unique", -EBUSY, "still mapped: its unique symbol zoo_unique" },
	{ "lingers", -EBUSY, "still mapped: a dlopen() of itself" },
};

START_TEST(says_why_an_image_stays)
{
	judge_animal(lingerers[_i].name);
	ck_assert_msg(image_open(&verdict, &image, &error) == 0, "%s", error.text);
	ck_assert_int_eq(image_close(image, &error), lingerers[_i].code);
	ck_assert_msg(strstr(error.text, lingerers[_i].words) != NULL, "%s", error.text);
	ck_assert(image_is_mapped(image));
	ck_assert(maps_have(image->verdict->path));
}
END_TEST

static void copy_animal(const char *name, const char *to)
{
	size_t size;
	unsigned char *bytes = zoo_read(name, &size);
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	free(bytes);
}

START_TEST(refuses_a_file_that_was_replaced_after_it_was_judged)
{
	char folder[] = "/tmp/corbel-image.XXXXXX", path[64], other[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.so", folder);
	snprintf(other, sizeof(other), "%s/b.so", folder);
	copy_animal("well", path);
	copy_animal("nodelete", other);
	judge(path, &verdict);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(image_open(&verdict, &image, &error), -ESTALE);
	ck_assert_ptr_nonnull(strstr(error.text, "changed after it was judged"));
	ck_assert(!maps_have(path));
	unlink(path);
	rmdir(folder);
}
END_TEST

START_TEST(two_copies_of_one_file_are_two_images)
{
	char path[] = "/tmp/corbel-image.XXXXXX";
	struct verdict other;
	struct image *second;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	copy_animal("well", path);
	judge_animal("well");
	ck_assert_int_eq(image_open(&verdict, &image, &error), 0);
	judge(path, &other);
	ck_assert_msg(image_open(&other, &second, &error) == 0, "%s", error.text);
	ck_assert(image->base != second->base);
	ck_assert_int_eq(image_close(image, &error), 0);
	ck_assert(image_is_mapped(second));
	ck_assert_int_eq(image_close(second, &error), 0);
	image_free(second);
	verdict_fini(&other);
	unlink(path);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("image");
	TCase *tests = tcase_create("image");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, loads_and_really_unloads);
	tcase_add_test(tests, loads_again_after_unloading);
	tcase_add_test(tests, refuses_what_is_already_mapped);
	tcase_add_loop_test(tests, refuses_in_words_and_leaves_nothing_mapped, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_loop_test(tests, says_why_an_image_stays, 0,
			    (int)(sizeof(lingerers) / sizeof(lingerers[0])));
	tcase_add_test(tests, refuses_a_file_that_was_replaced_after_it_was_judged);
	tcase_add_test(tests, two_copies_of_one_file_are_two_images);
	suite_add_tcase(suite, tests);
	return suite;
}

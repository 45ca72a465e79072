/* SPDX-License-Identifier: MIT */
/* What a committed state survives, and what it costs when it does not. */
#include "commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

static struct commit *commit;

static void set_up(void)
{
	ck_assert_int_eq(commit_new(&commit), 0);
}

static void tear_down(void)
{
	commit_free(commit);
}

static int write_text(const char *text, uint32_t version)
{
	struct corbel_state state = { .size = sizeof(state),
				      .version = version,
				      .bytes = (void *)(uintptr_t)text,
				      .byte_count = strlen(text) };

	return commit_write(commit, &state);
}

#define assert_text(expected, expected_version) \
	do { \
		struct corbel_state read_; \
\
		ck_assert_int_eq(commit_read(commit, &read_), 0); \
		ck_assert_uint_eq(read_.version, expected_version); \
		ck_assert_uint_eq(read_.byte_count, strlen(expected)); \
		ck_assert_mem_eq(read_.bytes, expected, strlen(expected)); \
		state_fini(&read_); \
	} while (0)

#define assert_nothing() \
	do { \
		struct corbel_state read_; \
\
		ck_assert_int_eq(commit_read(commit, &read_), -ENOENT); \
	} while (0)

static bool is_open(int descriptor)
{
	return fcntl(descriptor, F_GETFD) >= 0;
}

/* How many there are, of the first few hundred. */
static int count_open(void)
{
	int count = 0;

	for (int i = 0; i < 512; i++)
		count += is_open(i);
	return count;
}

START_TEST(has_nothing_before_the_first)
{
	assert_nothing();
}
END_TEST

START_TEST(gives_back_the_last)
{
	ck_assert_int_eq(write_text("one", 1), 0);
	assert_text("one", 1);
	ck_assert_int_eq(write_text("the second", 2), 0);
	assert_text("the second", 2);
	ck_assert_int_eq(write_text("", 3), 0);
	assert_text("", 3);
}
END_TEST

START_TEST(gives_it_back_more_than_once)
{
	ck_assert_int_eq(write_text("one", 1), 0);
	assert_text("one", 1);
	assert_text("one", 1);
}
END_TEST

START_TEST(takes_the_smaller_state_of_abi_1_0)
{
	struct corbel_state state = { .size = 24,
				      .version = 1,
				      .bytes = (char[]){ "x" },
				      .byte_count = 1,
				      .descriptor_count = 7 };

	ck_assert_int_eq(commit_write(commit, &state), 0);
	assert_text("x", 1);
}
END_TEST

START_TEST(takes_large_ones_of_any_size)
{
	char *bytes = malloc(100000);

	for (int i = 0; i < 100000; i++)
		bytes[i] = (char)(i * 7);
	for (size_t size = 99990; size < 100000; size++) {
		struct corbel_state state = {
			.size = sizeof(state), .version = 1, .bytes = bytes, .byte_count = size
		};
		struct corbel_state taken;

		ck_assert_int_eq(commit_write(commit, &state), 0);
		ck_assert_int_eq(commit_read(commit, &taken), 0);
		ck_assert_uint_eq(taken.byte_count, size);
		ck_assert_mem_eq(taken.bytes, bytes, size);
		state_fini(&taken);
	}
	free(bytes);
}
END_TEST

START_TEST(refuses_one_that_is_too_large)
{
	struct corbel_state state = { .size = sizeof(state),
				      .version = 1,
				      .byte_count = COMMIT_BYTES_MAX + 1 };

	ck_assert_int_eq(write_text("before", 1), 0);
	ck_assert_int_eq(commit_write(commit, &state), -EMSGSIZE);
	state.byte_count = 0;
	state.descriptor_count = COMMIT_DESCRIPTORS_MAX + 1;
	ck_assert_int_eq(commit_write(commit, &state), -EMSGSIZE);
	assert_text("before", 1);
}
END_TEST

START_TEST(keeps_the_last_when_the_next_cannot_be_read)
{
	void *hole = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct corbel_state state = {
		.size = sizeof(state), .version = 2, .bytes = hole, .byte_count = 8192
	};

	ck_assert_ptr_ne(hole, MAP_FAILED);
	ck_assert_int_eq(write_text("before", 1), 0);
	ck_assert_int_eq(commit_write(commit, &state), -EFAULT);
	assert_text("before", 1);
	ck_assert_int_eq(write_text("after", 1), 0);
	assert_text("after", 1);
	munmap(hole, 8192);
}
END_TEST

START_TEST(duplicates_descriptors_and_closes_them_with_the_next)
{
	int ends[2], before;

	ck_assert_int_eq(write_text("", 1), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	before = count_open();
	for (int i = 0; i < 5; i++) {
		struct corbel_state state = { .size = sizeof(state),
					      .version = 1,
					      .descriptors = ends,
					      .descriptor_count = 2 };

		ck_assert_int_eq(commit_write(commit, &state), 0);
		ck_assert_int_eq(count_open(), before + 2);
	}
	close(ends[1]);

	struct corbel_state taken;
	char byte = 0;

	ck_assert_int_eq(commit_read(commit, &taken), 0);
	ck_assert_uint_eq(taken.descriptor_count, 2);
	ck_assert_int_eq(write(taken.descriptors[1], "x", 1), 1);
	state_fini(&taken);
	ck_assert_int_eq((int)read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	ck_assert_int_eq(write_text("", 1), 0);
	ck_assert_int_eq(count_open(), before - 1);
	close(ends[0]);
}
END_TEST

START_TEST(refuses_a_descriptor_that_is_not_open)
{
	int descriptors[] = { 0, -1 };
	struct corbel_state state = { .size = sizeof(state),
				      .version = 1,
				      .descriptors = descriptors,
				      .descriptor_count = 2 };
	int before;

	ck_assert_int_eq(write_text("before", 1), 0);
	before = count_open();
	ck_assert_int_eq(commit_write(commit, &state), -EBADF);
	ck_assert_int_eq(count_open(), before);
	assert_text("before", 1);
}
END_TEST

START_TEST(notices_that_its_file_was_closed_and_never_writes_to_what_has_its_number)
{
	int file, other;
	struct stat found;

	ck_assert_int_eq(write_text("lost", 1), 0);
	file = commit->file;
	close(file);
	other = memfd_create("other", MFD_CLOEXEC);
	ck_assert_int_eq(other, file);
	assert_nothing();
	ck_assert_int_eq(write_text("found", 1), 0);
	assert_text("found", 1);
	ck_assert_int_eq(fstat(other, &found), 0);
	ck_assert_int_eq(found.st_size, 0);
	commit_clear(commit);
	ck_assert(is_open(other));
	close(other);
}
END_TEST

START_TEST(gives_no_descriptor_that_is_another_by_now)
{
	int ends[2];
	struct corbel_state state = {
		.size = sizeof(state), .version = 1, .descriptors = ends, .descriptor_count = 1
	};

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	int next = dup(ends[0]);
	close(next);
	ck_assert_int_eq(commit_write(commit, &state), 0);
	ck_assert(is_open(next));
	close(next);
	ck_assert_int_eq(dup2(0, next), next);
	assert_nothing();
	commit_clear(commit);
	ck_assert(is_open(next));
	close(next);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* The first state is at the second place, in the middle of the file. */
START_TEST(falls_back_to_nothing_when_the_file_is_damaged)
{
	ck_assert_int_eq(write_text("a state", 1), 0);
	ck_assert_int_eq(pwrite(commit->file, "A", 1, ((off_t)1 << 32) + 40), 1);
	assert_nothing();
	ck_assert_int_eq(write_text("another", 1), 0);
	assert_text("another", 1);
}
END_TEST

START_TEST(forgets)
{
	int before = count_open();

	ck_assert_int_eq(write_text("a state", 1), 0);
	commit_clear(commit);
	assert_nothing();
	ck_assert_int_eq(count_open(), before);
}
END_TEST

/* As an execution does: the memory is gone, and the descriptors are there. */
START_TEST(is_taken_over_by_the_next_program)
{
	struct corbel_state state = { .size = sizeof(state),
				      .version = 4,
				      .bytes = (char[]){ "b" },
				      .byte_count = 1,
				      .descriptors = (int[]){ 0 },
				      .descriptor_count = 1 };
	struct commit *old = commit;
	int file;

	ck_assert_int_eq(commit_keep(commit), -ENOENT);
	ck_assert_int_eq(commit_write(commit, &state), 0);
	file = commit_keep(commit);
	ck_assert_int_eq(file, commit->file);
	ck_assert_int_eq(fcntl(file, F_GETFD), 0);

	ck_assert_int_eq(commit_new(&commit), 0);
	ck_assert_int_eq(commit_adopt(commit, file), 0);
	ck_assert_int_eq(fcntl(file, F_GETFD), FD_CLOEXEC);
	old->file = -1;
	commit_free(old);
	assert_text("b", 4);
	ck_assert_int_eq(write_text("c", 5), 0);
	assert_text("c", 5);
}
END_TEST

START_TEST(takes_over_nothing_that_is_none)
{
	int file = memfd_create("other", MFD_CLOEXEC);

	ck_assert_int_eq(commit_adopt(commit, file), -ENOENT);
	assert_nothing();
	close(file);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("commit");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, has_nothing_before_the_first);
	tcase_add_test(all, gives_back_the_last);
	tcase_add_test(all, gives_it_back_more_than_once);
	tcase_add_test(all, takes_the_smaller_state_of_abi_1_0);
	tcase_add_test(all, takes_large_ones_of_any_size);
	tcase_add_test(all, refuses_one_that_is_too_large);
	tcase_add_test(all, keeps_the_last_when_the_next_cannot_be_read);
	tcase_add_test(all, duplicates_descriptors_and_closes_them_with_the_next);
	tcase_add_test(all, refuses_a_descriptor_that_is_not_open);
	tcase_add_test(all,
		       notices_that_its_file_was_closed_and_never_writes_to_what_has_its_number);
	tcase_add_test(all, gives_no_descriptor_that_is_another_by_now);
	tcase_add_test(all, falls_back_to_nothing_when_the_file_is_damaged);
	tcase_add_test(all, forgets);
	tcase_add_test(all, is_taken_over_by_the_next_program);
	tcase_add_test(all, takes_over_nothing_that_is_none);
	suite_add_tcase(suite, all);
	return suite;
}

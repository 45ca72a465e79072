/* SPDX-License-Identifier: MIT */
/* Private copies: whole or refused, whoever writes meanwhile, and nothing stays of a refused one.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "latch.h"
#include "private_copy.h"
#include "zoo/zoo.h"

/* Behind the plugin, where the structure of the file shows nothing. */
#define TAIL (512 << 10)

Suite *test_suite(void);

static char folder[] = "/tmp/corbel-copies.XXXXXX";
static char path[64];
static unsigned char *versions[2];
static size_t size;
static struct verdict original, copy;
static struct corbel_error error;

static void overwrite(int flags, const unsigned char *bytes)
{
	int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0700);

	ck_assert_int_ge(file, 0);
	for (size_t done = 0; done < size; done += 4096)
		ck_assert_int_gt(pwrite(file, bytes + done, size - done < 4096 ? size - done : 4096,
					(off_t)done),
				 0);
	close(file);
}

static void judge(void)
{
	verdict_fini(&original);
	ck_assert_msg(judge_file(path, ZOO_TERMS, &original, &error) == 0, "%s", error.text);
}

/* Two versions of a file that differ in every byte of a long end. */
static void given_a_plugin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/well.so", folder);
	for (int i = 0; i < 2; i++) {
		unsigned char *bytes = zoo_read("well", &size);

		versions[i] = realloc(bytes, size + TAIL);
		ck_assert_ptr_nonnull(versions[i]);
		memset(versions[i] + size, 'a' + i, TAIL);
	}
	size += TAIL;
	overwrite(0, versions[0]);
	judge();
}

static int remove_one(const char *name, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(name);
}

static void then_nothing_stays(void)
{
	private_copy_remove(&copy);
	verdict_fini(&original);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	for (int i = 0; i < 2; i++)
		free(versions[i]);
}

static int make_copy(enum corbel_reload_fault fault)
{
	return private_copy_make(&original, folder, ZOO_TERMS, fault, &copy, &error);
}

static void then_it_is_refused(int result, int code, const char *words)
{
	char images[128];

	ck_assert_int_eq(result, code);
	ck_assert_msg(strstr(error.text, words) != NULL, "no \"%s\" in: %s", words, error.text);
	snprintf(images, sizeof(images), "%s/images", folder);
	ck_assert_msg(rmdir(images) == 0, "something stays in it");
}

START_TEST(a_copy_is_whole_private_and_can_be_loaded)
{
	struct image *image;
	struct stat status;

	ck_assert_msg(make_copy(CORBEL_FAULT_NONE) == 0, "%s", error.text);
	ck_assert_int_eq(stat(copy.path, &status), 0);
	ck_assert_int_eq(status.st_mode & 07777, 0400);
	ck_assert(!private_copy_differs(&original, &copy));
	ck_assert_msg(image_open(&copy, &image, &error) == 0, "%s", error.text);
	image_free(image);
}
END_TEST

START_TEST(refuses_a_file_that_somebody_has_open_for_writing)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert(private_copy_is_written(path));
	then_it_is_refused(make_copy(CORBEL_FAULT_NONE), -ESTALE, "is being written");
	close(file);
	ck_assert(!private_copy_is_written(path));
	ck_assert_int_eq(make_copy(CORBEL_FAULT_NONE), 0);
}
END_TEST

START_TEST(refuses_a_file_that_was_changed_after_it_was_judged)
{
	overwrite(0, versions[1]);
	then_it_is_refused(make_copy(CORBEL_FAULT_NONE), -ESTALE,
			   "was changed after it was judged");
}
END_TEST

START_TEST(plays_a_file_that_is_too_new)
{
	then_it_is_refused(make_copy(CORBEL_FAULT_ABI_TOO_NEW), -EPROTONOSUPPORT, "ABI 9.0");
}
END_TEST

START_TEST(refuses_a_folder_that_is_not_the_hosts_alone)
{
	char images[128];

	snprintf(images, sizeof(images), "%s/images", folder);
	ck_assert_int_eq(mkdir(images, 0700), 0);
	ck_assert_int_eq(chmod(images, 0755), 0);
	then_it_is_refused(make_copy(CORBEL_FAULT_NONE), -EPERM, "chmod 700 it");
	ck_assert_int_eq(mkdir(images, 0700), 0);
	ck_assert_int_eq(make_copy(CORBEL_FAULT_NONE), 0);
}
END_TEST

START_TEST(refuses_a_folder_from_which_nothing_can_be_loaded)
{
	char images[128];

	snprintf(images, sizeof(images), "%s/images", folder);
	ck_assert_int_eq(mkdir(images, 0700), 0);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", images, "tmpfs", MS_NOEXEC, "size=4m,mode=0700") < 0) {
		fprintf(stderr, "# left out: nothing can be mounted here: %s\n", strerror(errno));
		return;
	}
	ck_assert_int_eq(make_copy(CORBEL_FAULT_NONE), -EACCES);
	ck_assert_msg(strstr(error.text, "noexec (set runtime-dir") != NULL, "%s", error.text);
	ck_assert_int_eq(umount(images), 0);
}
END_TEST

START_TEST(tells_a_version_by_its_bytes)
{
	struct verdict other;

	ck_assert(!private_copy_differs(&original, &original));
	ck_assert_int_eq(make_copy(CORBEL_FAULT_NONE), 0);
	/* The same bytes again are no other version; other bytes are. */
	overwrite(O_TRUNC, versions[0]);
	ck_assert_int_eq(judge_file(path, ZOO_TERMS, &other, &error), 0);
	ck_assert(!private_copy_differs(&copy, &other));
	/* What ran from the path itself is no longer there to be compared. */
	ck_assert(private_copy_differs(&original, &other));
	verdict_fini(&other);
	overwrite(0, versions[1]);
	ck_assert_int_eq(judge_file(path, ZOO_TERMS, &other, &error), 0);
	ck_assert(private_copy_differs(&copy, &other));
	verdict_fini(&other);
}
END_TEST

struct writer {
	pthread_t thread;
	struct latch *blocked;
	bool is_to_stop;
};

static bool goes_on(struct writer *writer)
{
	return !__atomic_load_n(&writer->is_to_stop, __ATOMIC_ACQUIRE);
}

static void join(struct writer *writer)
{
	__atomic_store_n(&writer->is_to_stop, true, __ATOMIC_RELEASE);
	ck_assert_int_eq(pthread_join(writer->thread, NULL), 0);
}

/* Opens it again and again without writing; is turned away while a lease is held. */
static void *knock(void *data)
{
	struct writer *writer = data;

	while (goes_on(writer)) {
		int file = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (file < 0 && errno == EWOULDBLOCK)
			latch_hit(writer->blocked);
		if (file >= 0)
			close(file);
		sched_yield();
	}
	return NULL;
}

START_TEST(a_writer_that_has_to_wait_sends_no_signal)
{
	unsigned rounds = (unsigned)test_rounds(50);
	struct latch blocked = LATCH_INIT;
	struct writer writer = { .blocked = &blocked };
	sigset_t mask, pending;

	/* Given that SIGIO would end the process. */
	ck_assert_ptr_ne(signal(SIGIO, SIG_DFL), SIG_ERR);
	ck_assert_int_eq(pthread_create(&writer.thread, NULL, knock, &writer), 0);
	while (latch_count(&blocked) < rounds) {
		int result = make_copy(CORBEL_FAULT_NONE);

		ck_assert_msg(result == 0 || result == -ESTALE, "%s", error.text);
		private_copy_remove(&copy);
	}
	join(&writer);
	ck_assert_int_eq(sigpending(&pending), 0);
	ck_assert_int_eq(sigismember(&pending, SIGIO), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
	ck_assert_int_eq(sigismember(&mask, SIGIO), 0);
}
END_TEST

/* In place or anew, in turn; both ways it is torn until it is closed. */
static void *overwrite_always(void *data)
{
	struct writer *writer = data;

	for (unsigned i = 0; goes_on(writer); i++) {
		overwrite(i & 2 ? O_TRUNC : 0, versions[i & 1]);
		sched_yield();
	}
	return NULL;
}

/* One of the two versions, from its first byte to its last. */
static bool is_whole(void)
{
	FILE *file = fopen(copy.path, "rb");
	unsigned char *bytes = malloc(size + 1);

	ck_assert_ptr_nonnull(file);
	bool whole =
		fread(bytes, 1, size + 1, file) == size &&
		(memcmp(bytes, versions[0], size) == 0 || memcmp(bytes, versions[1], size) == 0);
	fclose(file);
	free(bytes);
	return whole;
}

static bool try_a_copy(void)
{
	struct verdict judged;

	if (judge_file(path, ZOO_TERMS, &judged, &error) < 0)
		return false;
	verdict_fini(&original);
	original = judged;
	if (make_copy(CORBEL_FAULT_NONE) < 0)
		return false;
	ck_assert_msg(is_whole(), "a torn copy was taken");
	private_copy_remove(&copy);
	return true;
}

START_TEST(no_torn_copy_is_taken_while_a_writer_overwrites)
{
	unsigned long tries = test_rounds(300), taken = 0;
	struct writer writer = { 0 };

	ck_assert_int_eq(pthread_create(&writer.thread, NULL, overwrite_always, &writer), 0);
	for (unsigned long i = 0; i < tries; i++)
		taken += try_a_copy();
	join(&writer);
	ck_assert(try_a_copy());
	fprintf(stderr, "# %lu of %lu copies taken\n", taken, tries);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("private_copy");
	TCase *tests = tcase_create("private_copy");

	tcase_add_checked_fixture(tests, given_a_plugin, then_nothing_stays);
	tcase_add_test(tests, a_copy_is_whole_private_and_can_be_loaded);
	tcase_add_test(tests, refuses_a_file_that_somebody_has_open_for_writing);
	tcase_add_test(tests, refuses_a_file_that_was_changed_after_it_was_judged);
	tcase_add_test(tests, plays_a_file_that_is_too_new);
	tcase_add_test(tests, refuses_a_folder_that_is_not_the_hosts_alone);
	tcase_add_test(tests, refuses_a_folder_from_which_nothing_can_be_loaded);
	tcase_add_test(tests, tells_a_version_by_its_bytes);
	tcase_add_test(tests, a_writer_that_has_to_wait_sends_no_signal);
	tcase_add_test(tests, no_torn_copy_is_taken_while_a_writer_overwrites);
	tcase_set_timeout(tests, 120);
	suite_add_tcase(suite, tests);
	return suite;
}

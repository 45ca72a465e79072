/* SPDX-License-Identifier: MIT */
/*
 * Somebody swaps the file of a plugin for another all the time while the host loads it: whatever
 * the host takes, the other one never runs.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/latch.h"
#include "doorstep.h"
#include "signature.h"
#include "signer.h"

Suite *test_suite(void);

/* A start takes ten times as long under a sanitizer of threads. */
#ifdef __SANITIZE_THREAD__
#define STARTS 100
#define RELOADS 20
#else
#define STARTS 1000
#define RELOADS 200
#endif

static struct house house;
static char mark[128];

/* One way of swapping, there and back. */
struct racer {
	pthread_t thread;
	void (*swap)(void);
	int rest;            /* the longest, in turns of a loop */
	bool is_over;        /* atomic */
	unsigned long swaps; /* atomic */
};

static const char *at(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", house.folder, name);
	return path;
}

static void exchange(const char *one, const char *other)
{
	char from[128], to[128];

	ck_assert_int_eq(
		renameat2(AT_FDCWD, at(from, one), AT_FDCWD, at(to, other), RENAME_EXCHANGE), 0);
}

static void swap_files(void)
{
	exchange("way/guest.so", "evil/guest.so");
}

/* The link leads to the evil one. */
static void swap_with_link(void)
{
	exchange("way/guest.so", "link.so");
}

static void swap_folders(void)
{
	exchange("way", "evil");
}

static void swap_with_folder_link(void)
{
	exchange("way", "link");
}

static void overwrite(const char *from)
{
	char path[128], bytes[4096];
	int in = open(at(path, from), O_RDONLY | O_CLOEXEC);
	int out = open(at(path, "way/guest.so"), O_WRONLY | O_CLOEXEC);
	ssize_t count;
	off_t size = 0;

	ck_assert(in >= 0 && out >= 0);
	for (; (count = read(in, bytes, sizeof(bytes))) > 0; size += count)
		ck_assert_int_eq(write(out, bytes, (size_t)count), count);
	ck_assert_int_eq(ftruncate(out, size), 0);
	close(in);
	close(out);
}

static void swap_contents(void)
{
	static bool is_evil;

	is_evil = !is_evil;
	overwrite(is_evil ? "evil/guest.so" : "good.so");
}

static bool is_over(const struct racer *racer)
{
	return __atomic_load_n(&racer->is_over, __ATOMIC_ACQUIRE);
}

static unsigned long swaps(const struct racer *racer)
{
	return __atomic_load_n(&racer->swaps, __ATOMIC_ACQUIRE);
}

/* The good one is there for longer, and never as long: it is to be the one that is judged. */
static void *race(void *data)
{
	struct racer *racer = data;
	unsigned seed = 1;

	while (!is_over(racer)) {
		int rest = swaps(racer) % 2 ? 0 : rand_r(&seed) % racer->rest;

		for (int i = 0; i < rest && !is_over(racer); i++)
			continue;
		racer->swap();
		__atomic_add_fetch(&racer->swaps, 1, __ATOMIC_RELEASE);
	}
	/* It ends as it began. */
	if (swaps(racer) % 2)
		racer->swap();
	return NULL;
}

static void given_a_good_and_an_evil_file(void)
{
	char path[128], other[128];

	umask(022);
	house_init(&house, 1, NULL);
	house.flags = 0;
	house.vouch = signature_vouch;
	at(mark, "mark");
	ck_assert_int_eq(setenv("CORBEL_TEST_MARK", mark, 1), 0);
	ck_assert_int_eq(mkdir(at(path, "way"), 0755), 0);
	ck_assert_int_eq(mkdir(at(path, "evil"), 0755), 0);
	doorstep_put(&house, "guest_1", "way/guest.so");
	doorstep_put(&house, "guest_1", "good.so");
	doorstep_put(&house, "guest_evil", "evil/guest.so");
	ck_assert_int_eq(symlink(at(other, "evil/guest.so"), at(path, "link.so")), 0);
	ck_assert_int_eq(symlink(at(other, "evil"), at(path, "link")), 0);
}

static void then_it_goes(void)
{
	house_fini(&house);
}

static bool is_running(void)
{
	return house_plugin(&house, "guest").state == CORBEL_PLUGIN_RUNNING;
}

static bool start_and_stop(void)
{
	house_ask(&house, CORBEL_REQUEST_START, "guest");
	bool has_run = is_running();
	house_ask(&house, CORBEL_REQUEST_STOP, "guest");
	return has_run;
}

/* How often the evil one ran. */
static long marks(void)
{
	struct stat status;

	return stat(mark, &status) == 0 ? (long)status.st_size : 0;
}

static void make_house(const char *corbel, const char *lines)
{
	char path[128];

	house_configure(&house, corbel);
	house_add_path(&house, "guest", at(path, "way/guest.so"), lines);
	house_start(&house);
}

static void hash_good(char text[65])
{
	unsigned char bytes[65536], hash[crypto_hash_sha256_BYTES];
	char path[128];
	FILE *file = fopen(at(path, "good.so"), "rb");
	size_t size = fread(bytes, 1, sizeof(bytes), file);

	fclose(file);
	ck_assert_uint_lt(size, sizeof(bytes));
	crypto_hash_sha256(hash, bytes, size);
	sodium_bin2hex(text, 65, hash, sizeof(hash));
}

static void make_pinned_house(void)
{
	char hash[65], lines[128];

	hash_good(hash);
	snprintf(lines, sizeof(lines), "sha256 = %s\n", hash);
	make_house("", lines);
}

static void make_signed_house(void)
{
	char path[128], corbel[256];
	struct signer signer;

	ck_assert_int_eq(signer_init(&signer), 0);
	ck_assert_int_eq(signer_write_key(&signer, at(path, "key.pub")), 0);
	snprintf(corbel, sizeof(corbel), "require-signature = yes\npublic-key = %s", path);
	ck_assert_int_eq(signer_sign(&signer, at(path, "way/guest.so"), "ED"), 0);
	make_house(corbel, "");
}

/* What came of a race. */
struct score {
	unsigned long tries, done, swaps;
};

/* Tries, and is raced, at least so often. */
static struct score race_against(void (*swap)(void), bool (*try)(void), int rest,
				 unsigned long tries)
{
	struct racer racer = { .swap = swap, .rest = rest };
	struct score score = { 0 };

	ck_assert_int_eq(pthread_create(&racer.thread, NULL, race, &racer), 0);
	for (; score.tries < tries || swaps(&racer) < tries; score.tries++)
		score.done += try();
	__atomic_store_n(&racer.is_over, true, __ATOMIC_RELEASE);
	ck_assert_int_eq(pthread_join(racer.thread, NULL), 0);
	score.swaps = racer.swaps;
	return score;
}

static const struct way {
	const char *name;
	void (*swap)(void);
	void (*make)(void);
} ways[] = {
	{ "pinned, file for file", swap_files, make_pinned_house },
	{ "pinned, file for link", swap_with_link, make_pinned_house },
	{ "pinned, folder for folder", swap_folders, make_pinned_house },
	{ "pinned, folder for link", swap_with_folder_link, make_pinned_house },
	{ "pinned, written over", swap_contents, make_pinned_house },
	{ "signed, file for file", swap_files, make_signed_house },
	{ "signed, file for link", swap_with_link, make_signed_house },
	{ "signed, written over", swap_contents, make_signed_house },
};

START_TEST(what_is_vouched_for_is_all_that_is_ever_loaded)
{
	ways[_i].make();
	struct score score =
		race_against(ways[_i].swap, start_and_stop, 1 << 21, test_rounds(STARTS));

	fprintf(stderr, "# %s: %lu of %lu starts came to run, over %lu swaps; evil ones: %ld\n",
		ways[_i].name, score.done, score.tries, score.swaps, marks());
	ck_assert_int_eq(marks(), 0);
	ck_assert(start_and_stop());
}
END_TEST

struct told {
	bool has_come;
	enum corbel_reload_outcome outcome;
};

static void tell(void *data, const struct corbel_reload_report *report)
{
	*(struct told *)data = (struct told){ true, report->outcome };
}

static bool has_come(void *data)
{
	return ((struct told *)data)->has_come;
}

static bool reload(void)
{
	static const char *const guest[] = { "guest" };
	const struct corbel_reload_options options = { .size = sizeof(options),
						       .flags = CORBEL_RELOAD_ANYWAY };
	struct told told = { 0 };

	corbel_host_reload(house.host, guest, 1, &options, tell, &told);
	house_wait_until(&house, has_come, &told);
	ck_assert(is_running());
	return told.outcome == CORBEL_RELOAD_DONE;
}

/* The probe, which loads first, is a process of its own; its mark would be there, too. */
START_TEST(nor_is_anything_else_tried_or_loaded_by_a_reload)
{
	make_pinned_house();
	struct score score = race_against(_i ? swap_with_link : swap_files, reload, 1 << 23,
					  test_rounds(RELOADS));

	fprintf(stderr, "# %lu of %lu reloads done, over %lu swaps; evil ones: %ld\n", score.done,
		score.tries, score.swaps, marks());
	ck_assert_int_eq(marks(), 0);
	ck_assert(reload());
}
END_TEST

/* Where nothing is demanded of the contents, it is the folder that is trusted. */
START_TEST(a_folder_that_others_may_write_is_refused_whatever_is_in_it)
{
	char path[128];

	make_house("", "");
	house_ask(&house, CORBEL_REQUEST_STOP, "guest");
	ck_assert_int_eq(chmod(at(path, "way"), 0777), 0);
	struct score score = race_against(_i ? swap_with_link : swap_files, start_and_stop, 1 << 10,
					  test_rounds(STARTS));
	fprintf(stderr, "# %lu starts refused, over %lu swaps\n", score.tries, score.swaps);
	ck_assert_uint_eq(score.done, 0);
	ck_assert_int_eq(marks(), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert(start_and_stop());
}
END_TEST

/*
 * Whoever owns the folder of a plugin that nobody has to vouch for can have it run what they like.
 * How often they win this way is told, to show what the tests above are worth.
 */
START_TEST(the_owner_of_a_trusted_folder_is_trusted)
{
	make_house("", "");
	house_ask(&house, CORBEL_REQUEST_STOP, "guest");
	struct score score =
		race_against(swap_with_link, start_and_stop, 1 << 19, test_rounds(STARTS));
	fprintf(stderr, "# not promised: %ld evil loads in %lu of %lu starts, over %lu swaps\n",
		marks(), score.done, score.tries, score.swaps);
	ck_assert(start_and_stop());
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("swap");
	TCase *tests = tcase_create("swap");

	tcase_add_checked_fixture(tests, given_a_good_and_an_evil_file, then_it_goes);
	tcase_add_loop_test(tests, what_is_vouched_for_is_all_that_is_ever_loaded, 0,
			    (int)(sizeof(ways) / sizeof(*ways)));
	tcase_add_loop_test(tests, nor_is_anything_else_tried_or_loaded_by_a_reload, 0, 2);
	tcase_add_loop_test(tests, a_folder_that_others_may_write_is_refused_whatever_is_in_it, 0,
			    2);
	tcase_add_test(tests, the_owner_of_a_trusted_folder_is_trusted);
	tcase_set_timeout(tests, 120);
	suite_add_tcase(suite, tests);
	return suite;
}

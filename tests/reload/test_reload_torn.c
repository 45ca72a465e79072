/* SPDX-License-Identifier: MIT */
/* A file that somebody overwrites all the time: no version that was never whole is loaded. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "play.h"
#include "variant.h"

#define SWAPS 20
#define PIECE 1024

Suite *test_suite(void);

static struct play play;
static bool is_over;

struct bytes {
	unsigned char *data;
	size_t size;
};

static struct bytes slurp(const char *variant)
{
	char path[4096];
	int descriptor = open(variant_path(variant, path), O_RDONLY | O_CLOEXEC);
	struct stat facts;

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_eq(fstat(descriptor, &facts), 0);

	struct bytes bytes = { malloc((size_t)facts.st_size), (size_t)facts.st_size };

	ck_assert_int_eq(read(descriptor, bytes.data, bytes.size), facts.st_size);
	close(descriptor);
	return bytes;
}

/* In place, by pieces, as a linker or cp(1) does it; and every other time it is cut first. */
static void overwrite(const char *path, const struct bytes *bytes, bool cut)
{
	int descriptor = open(path, O_WRONLY | O_CLOEXEC | (cut ? O_TRUNC : 0));

	if (descriptor < 0)
		return;
	for (size_t at = 0; at < bytes->size; at += PIECE) {
		size_t rest = bytes->size - at;

		if (pwrite(descriptor, bytes->data + at, rest < PIECE ? rest : PIECE, (off_t)at) <
		    0)
			break;
	}
	if (ftruncate(descriptor, (off_t)bytes->size) < 0)
		unlink(path);
	close(descriptor);
}

/* It rests now and then, by the number of its turn, so that whole versions are seen, too. */
static void *write_again(void *data)
{
	struct bytes versions[] = { slurp("counter_1"), slurp("counter_2") };
	const struct timespec rest = { .tv_nsec = 30000000 };
	const char *path = data;

	for (unsigned turn = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); turn++) {
		overwrite(path, &versions[turn % 2], turn % 4 < 2);
		if (turn % 7 == 0)
			nanosleep(&rest, NULL);
	}
	free(versions[0].data);
	free(versions[1].data);
	return NULL;
}

static void assert_is_whole(void)
{
	char *version = NULL;

	ck_assert_int_eq(test_counter_version(play.traffic.counter, &version), 0);
	ck_assert_msg(strcmp(version, "1.0.0") == 0 || strcmp(version, "2.0.0") == 0, "%s",
		      version);
	corbel_free(corbel_host_context(play.house.host), version);
	if (play.told.outcome != CORBEL_RELOAD_DONE)
		ck_assert_str_ne(play.told.words, "");
}

/* CORBEL_TORN_SECONDS: as long as that instead. */
static bool has_enough(unsigned swaps, int64_t since)
{
	const char *seconds = getenv("CORBEL_TORN_SECONDS");

	return seconds ? corbel_now(corbel_host_context(play.house.host)) - since >
				 strtol(seconds, NULL, 10) * CORBEL_SECOND
		       : swaps >= SWAPS;
}

START_TEST(a_torn_file_is_never_loaded)
{
	unsigned outcomes[CORBEL_RELOAD_RESTORE_FAILED + 1] = { 0 };
	pthread_t writer;
	char path[256];

	play_open(&play);

	int64_t since = corbel_now(corbel_host_context(play.house.host));

	play_path(&play, COUNTER, path);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	ck_assert_int_eq(pthread_create(&writer, NULL, write_again, path), 0);
	while (!has_enough(outcomes[CORBEL_RELOAD_DONE], since)) {
		outcomes[play_reload(&play, COUNTER, 0)]++;
		assert_is_whole();
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(writer, NULL);
	for (int i = 0; i <= CORBEL_RELOAD_RESTORE_FAILED; i++)
		if (outcomes[i])
			fprintf(stderr, "# %s: %u\n", corbel_reload_outcome_name(i), outcomes[i]);
	/* What is torn is seen by the judge, and comes nowhere near the loader. */
	ck_assert_uint_eq(outcomes[CORBEL_RELOAD_LOAD_CRASHED], 0);
	ck_assert_uint_eq(outcomes[CORBEL_RELOAD_LOAD_FAILED], 0);
	ck_assert_uint_eq(outcomes[CORBEL_RELOAD_INIT_CRASHED], 0);
	play_close(&play);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload: torn");
	TCase *tcase = tcase_create("torn");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_torn_file_is_never_loaded);
	suite_add_tcase(suite, tcase);
	return suite;
}

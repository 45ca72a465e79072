/* SPDX-License-Identifier: MIT */
/*
 * Whole hosts: what is demanded of a file's contents is put to the program, for the very bytes that
 * will be loaded.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doorstep.h"

Suite *test_suite(void);

#define ANY_HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define PINNED "sha256 = " ANY_HASH "\n"

static struct house house;

/* What was asked, and what the answers are to be. */
static struct {
	unsigned count, refused; /* the one with this number is refused; 0: none */
	struct stat last;
	char path[4096], signature[64], key[64], sha256[65];
} asked;

static int vouch(void *data, struct corbel_file *file, struct corbel_error *error)
{
	(void)data;
	ck_assert_uint_eq(file->size, sizeof(*file));
	ck_assert_str_eq(file->plugin, "guest");
	ck_assert_int_eq(fstat(file->descriptor, &asked.last), 0);
	snprintf(asked.path, sizeof(asked.path), "%s", file->path);
	snprintf(asked.sha256, sizeof(asked.sha256), "%s", file->sha256 ? file->sha256 : "");
	snprintf(asked.signature, sizeof(asked.signature), "%s",
		 file->signature ? file->signature : "");
	snprintf(asked.key, sizeof(asked.key), "%s", file->public_key ? file->public_key : "");
	if (++asked.count == asked.refused) {
		snprintf(error->text, sizeof(error->text), "%s: is not what it should be",
			 file->path);
		return -EKEYREJECTED;
	}
	snprintf(file->words, sizeof(file->words), "known");
	return 0;
}

static void write_text(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", house.folder, name);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void given_a_house(void)
{
	umask(022);
	memset(&asked, 0, sizeof(asked));
	house_init(&house, 1, NULL);
	house.flags = 0;
	house.vouch = vouch;
	doorstep_put(&house, "guest_1", "guest.so");
}

static void configure(const char *corbel, const char *lines)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/guest.so", house.folder);
	house_configure(&house, corbel);
	house_add_path(&house, "guest", path, lines);
}

/* [corbel] names the key, and the plugin needs a signature. */
static void configure_signed(void)
{
	char corbel[128];

	snprintf(corbel, sizeof(corbel), "public-key = %s/key.pub", house.folder);
	configure(corbel, "require-signature = yes\n");
}

static void then_it_goes(void)
{
	house_fini(&house);
}

static void then_it_is_refused(const char *words)
{
	house_assert_state(&house, "guest", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "guest").reason, words);
}

/* How many files there are in the folder of private copies. */
static unsigned count_copies(void)
{
	char path[128];
	unsigned count = 0;

	snprintf(path, sizeof(path), "%s/run/images", house.folder);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		count += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return count;
}

static int find_guest(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	return strstr(info->dlpi_name, "guest") && stat(info->dlpi_name, data) == 0;
}

/* Where the code that runs comes from. */
static struct stat loaded_file(void)
{
	struct stat status = { 0 };

	ck_assert_int_eq(dl_iterate_phdr(find_guest, &status), 1);
	return status;
}

START_TEST(nobody_is_asked_of_a_plugin_of_which_nothing_is_demanded)
{
	struct stat original, loaded;
	char path[128];

	configure("", "");
	house_start(&house);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(asked.count, 0);
	snprintf(path, sizeof(path), "%s/guest.so", house.folder);
	ck_assert_int_eq(stat(path, &original), 0);
	loaded = loaded_file();
	ck_assert(loaded.st_dev == original.st_dev && loaded.st_ino == original.st_ino);
	ck_assert_uint_eq(count_copies(), 0);
}
END_TEST

START_TEST(what_is_loaded_is_a_copy_that_was_vouched_for_and_is_nobody_elses)
{
	struct stat folder, loaded;
	char path[128];

	configure("", PINNED);
	house_start(&house);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	/* At the judgement, and of the copy. */
	ck_assert_uint_eq(asked.count, 2);
	ck_assert_str_eq(asked.sha256, ANY_HASH);
	loaded = loaded_file();
	ck_assert(loaded.st_dev == asked.last.st_dev && loaded.st_ino == asked.last.st_ino);
	ck_assert_int_eq(loaded.st_mode & 07777, 0400);
	snprintf(path, sizeof(path), "%s/run/images", house.folder);
	ck_assert_int_eq(stat(path, &folder), 0);
	ck_assert_int_eq(folder.st_mode & 07777, 0700);
	/* But words name the file that people know. */
	snprintf(path, sizeof(path), "%s/guest.so", house.folder);
	ck_assert_str_eq(asked.path, path);
}
END_TEST

START_TEST(a_demand_that_nobody_can_judge_is_a_refusal)
{
	house.vouch = NULL;
	configure("", PINNED);
	house_start(&house);
	then_it_is_refused("demands a hash (sha256) of plugin guest, and this program cannot");
	house_assert_words(house.complaints, "cannot judge that");
}
END_TEST

START_TEST(what_is_refused_is_not_loaded)
{
	asked.refused = (unsigned)_i;
	configure("", PINNED);
	house_start(&house);
	then_it_is_refused("guest.so: is not what it should be");
	ck_assert_uint_eq(asked.count, asked.refused);
	ck_assert_uint_eq(count_copies(), 0);
}
END_TEST

START_TEST(a_demand_is_not_relaxed_in_development)
{
	char path[128];

	house.flags = CORBEL_HOST_DEVELOP;
	snprintf(path, sizeof(path), "%s/guest.so", house.folder);
	ck_assert_int_eq(chmod(path, 0666), 0);
	configure("", PINNED);
	house_start(&house);
	then_it_is_refused("others may write to it");
	ck_assert_uint_eq(asked.count, 0);
}
END_TEST

START_TEST(the_key_and_the_signature_beside_the_file_are_handed_over)
{
	write_text("key.pub", "the key");
	write_text("guest.so.minisig", "the signature");
	configure_signed();
	house_start(&house);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(asked.count, 2);
	ck_assert_str_eq(asked.key, "the key");
	ck_assert_str_eq(asked.signature, "the signature");
	ck_assert_str_eq(asked.sha256, "");
}
END_TEST

static const struct {
	const char *key, *signature; /* NULL: there is none */
	mode_t mode;                 /* of both */
	const char *words;
} wrong_files[] = {
	{ "the key", NULL, 0644, "is not signed, and plugin guest must be: there is no" },
	{ NULL, "the signature", 0644, "the public key for plugin guest: " },
	{ "the key", "the signature", 0666, "others may write to it" },
};

START_TEST(key_and_signature_are_there_and_trusted_like_the_file)
{
	static const char *const names[] = { "key.pub", "guest.so.minisig" };
	const char *const texts[] = { wrong_files[_i].key, wrong_files[_i].signature };
	char path[128];

	for (int i = 0; i < 2; i++) {
		if (!texts[i])
			continue;
		write_text(names[i], texts[i]);
		snprintf(path, sizeof(path), "%s/%s", house.folder, names[i]);
		ck_assert_int_eq(chmod(path, wrong_files[_i].mode), 0);
	}
	configure_signed();
	house_start(&house);
	then_it_is_refused(wrong_files[_i].words);
	ck_assert_uint_eq(asked.count, 0);
}
END_TEST

START_TEST(a_signature_without_a_key_to_judge_it_is_a_refusal)
{
	write_text("guest.so.minisig", "the signature");
	configure("require-signature = yes", "");
	house_start(&house);
	then_it_is_refused("public-key = FILE in [corbel]");
}
END_TEST

struct told {
	bool has_come;
	enum corbel_reload_outcome outcome;
	char words[1024];
};

static void tell(void *data, const struct corbel_reload_report *report)
{
	struct told *told = data;

	told->has_come = true;
	told->outcome = report->outcome;
	snprintf(told->words, sizeof(told->words), "%s", report->words);
}

static bool has_come(void *data)
{
	return ((struct told *)data)->has_come;
}

static void reload(uint32_t flags, enum corbel_reload_outcome outcome, const char *words)
{
	static const char *const guest[] = { "guest" };
	const struct corbel_reload_options options = { .size = sizeof(options), .flags = flags };
	struct told told = { 0 };

	asked.count = 0;
	corbel_host_reload(house.host, guest, 1, &options, tell, &told);
	house_wait_until(&house, has_come, &told);
	ck_assert_msg(told.outcome == outcome, "%s: %s", corbel_reload_outcome_name(told.outcome),
		      told.words);
	house_assert_words(told.words, words);
}

START_TEST(a_reload_asks_of_the_file_and_of_its_copy)
{
	struct stat loaded;

	configure("", PINNED);
	house_start(&house);
	doorstep_put(&house, "guest_2", "guest.so");
	for (asked.refused = 1; asked.refused <= 2; asked.refused++) {
		reload(0, CORBEL_RELOAD_UNFIT, "is not what it should be");
		ck_assert_str_eq(house_plugin(&house, "guest").version, "1.0.0");
	}
	reload(0, CORBEL_RELOAD_DONE, "");
	ck_assert_uint_eq(asked.count, 2);
	ck_assert_str_eq(house_plugin(&house, "guest").version, "2.0.0");
	house_settle(&house);
	loaded = loaded_file();
	ck_assert(loaded.st_dev == asked.last.st_dev && loaded.st_ino == asked.last.st_ino);
}
END_TEST

START_TEST(going_back_asks_again_with_the_signature_of_then)
{
	write_text("key.pub", "the key");
	write_text("guest.so.minisig", "the first signature");
	configure_signed();
	house_start(&house);
	doorstep_put(&house, "guest_2", "guest.so");
	write_text("guest.so.minisig", "the second signature");
	reload(0, CORBEL_RELOAD_DONE, "");
	ck_assert_str_eq(asked.signature, "the second signature");
	asked.refused = 1;
	reload(CORBEL_RELOAD_PREVIOUS, CORBEL_RELOAD_UNFIT, "is not what it should be");
	asked.refused = 0;
	reload(CORBEL_RELOAD_PREVIOUS, CORBEL_RELOAD_DONE, "");
	ck_assert_uint_eq(asked.count, 2);
	ck_assert_str_eq(asked.signature, "the first signature");
	ck_assert_str_eq(house_plugin(&house, "guest").version, "1.0.0");
	reload(CORBEL_RELOAD_PREVIOUS, CORBEL_RELOAD_DONE, "");
	ck_assert_str_eq(asked.signature, "the second signature");
	ck_assert_str_eq(house_plugin(&house, "guest").version, "2.0.0");
}
END_TEST

START_TEST(a_demand_that_is_new_is_judged_before_it_is_in_force)
{
	configure("", "");
	house_start(&house);
	asked.refused = 1;
	configure("", PINNED);
	ck_assert_int_eq(house_reconfigure(&house), -EKEYREJECTED);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "guest").starts, 1);
	asked.refused = 0;
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "guest").starts, 2);
}
END_TEST

START_TEST(a_demand_on_all_plugins_and_its_key_are_in_force_by_a_reload_too)
{
	configure("", "");
	house_start(&house);
	configure("require-signature = yes", "");
	ck_assert_int_eq(house_reconfigure(&house), -ENOKEY);
	write_text("key.pub", "the key");
	write_text("guest.so.minisig", "the signature");
	configure_signed();
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	ck_assert_uint_eq(house_plugin(&house, "guest").starts, 2);
	ck_assert_str_eq(asked.key, "the key");
}
END_TEST

START_TEST(a_hash_that_is_none_is_a_wrong_configuration)
{
	configure("", "");
	house_start(&house);
	configure("", "sha256 = 123456\n");
	ck_assert_int_eq(house_reconfigure(&house), -EINVAL);
	house_assert_words(house.complaints, "sha256: expected 64 hex digits");
	house_assert_words(house.complaints, "house.ini:");
}
END_TEST

static void take_vouched(void *data, const struct corbel_plugin_info *plugin)
{
	ck_assert_uint_eq(plugin->owner, geteuid());
	snprintf(data, 64, "%s", plugin->vouched);
}

START_TEST(tells_what_vouches_for_a_plugin)
{
	char words[64];

	configure("", PINNED);
	house_make(&house);
	ck_assert_int_eq(corbel_host_plugin(house.host, "guest", take_vouched, words), 0);
	ck_assert_str_eq(words, "known");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("vouch");
	TCase *tests = tcase_create("vouch");

	tcase_add_checked_fixture(tests, given_a_house, then_it_goes);
	tcase_add_test(tests, nobody_is_asked_of_a_plugin_of_which_nothing_is_demanded);
	tcase_add_test(tests, what_is_loaded_is_a_copy_that_was_vouched_for_and_is_nobody_elses);
	tcase_add_test(tests, a_demand_that_nobody_can_judge_is_a_refusal);
	tcase_add_loop_test(tests, what_is_refused_is_not_loaded, 1, 3);
	tcase_add_test(tests, a_demand_is_not_relaxed_in_development);
	tcase_add_test(tests, the_key_and_the_signature_beside_the_file_are_handed_over);
	tcase_add_loop_test(tests, key_and_signature_are_there_and_trusted_like_the_file, 0,
			    (int)(sizeof(wrong_files) / sizeof(*wrong_files)));
	tcase_add_test(tests, a_signature_without_a_key_to_judge_it_is_a_refusal);
	tcase_add_test(tests, a_reload_asks_of_the_file_and_of_its_copy);
	tcase_add_test(tests, going_back_asks_again_with_the_signature_of_then);
	tcase_add_test(tests, a_demand_that_is_new_is_judged_before_it_is_in_force);
	tcase_add_test(tests, a_demand_on_all_plugins_and_its_key_are_in_force_by_a_reload_too);
	tcase_add_test(tests, a_hash_that_is_none_is_a_wrong_configuration);
	tcase_add_test(tests, tells_what_vouches_for_a_plugin);
	suite_add_tcase(suite, tests);
	return suite;
}

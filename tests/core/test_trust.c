/* SPDX-License-Identifier: MIT */
/* Tests of the walk to a plugin file: who may own and write what, and what is no file at all. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "trust.h"

Suite *test_suite(void);

/* root/safe/file.so, all of it trusted as long as the temporary folder is. */
static char root[32];
static char path[256];
static struct corbel_error error;

static const char *in_root(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void setup(void)
{
	umask(022);
	strcpy(root, "/tmp/corbel-trust.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(mkdir(in_root("safe"), 0755), 0);
	int fd = open(in_root("safe/file.so"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	static const char *const made[] = { "safe/file.so", "safe/link.so", "safe/pipe.so",
					    "safe/socket.so", "way" };

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		unlink(in_root(made[i]));
	rmdir(in_root("safe"));
	rmdir(root);
}

static void opens(const char *name, bool relaxed)
{
	int fd = trust_open(in_root(name), relaxed, &error);

	ck_assert_msg(fd >= 0, "%s", error.text);
	close(fd);
}

static void refuses(const char *name, bool relaxed, int code, const char *words)
{
	ck_assert_int_eq(trust_open(in_root(name), relaxed, &error), code);
	ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "no path: %s", error.text);
	ck_assert_msg(strstr(error.text, words) != NULL, "no \"%s\" in: %s", words, error.text);
}

START_TEST(opens_a_file_that_only_we_can_change)
{
	opens("safe/file.so", false);
	opens("safe/.//file.so", false);
}
END_TEST

START_TEST(refuses_a_file_that_others_may_write)
{
	ck_assert_int_eq(chmod(in_root("safe/file.so"), 0664), 0);
	refuses("safe/file.so", false, -EPERM, "chmod go-w");
	opens("safe/file.so", true);
}
END_TEST

START_TEST(refuses_a_folder_that_others_may_write_unless_it_is_sticky)
{
	ck_assert_int_eq(chmod(in_root("safe"), 0777), 0);
	refuses("safe/file.so", false, -EPERM, "/safe has mode 0777");
	opens("safe/file.so", true);
	ck_assert_int_eq(chmod(in_root("safe"), 01777), 0);
	opens("safe/file.so", false);
}
END_TEST

START_TEST(refuses_another_owner)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(in_root("safe/file.so"), 12345, 0), 0);
	refuses("safe/file.so", false, -EPERM, "belongs to uid 12345");
	ck_assert_int_eq(chown(in_root("safe/file.so"), 0, 0), 0);
	ck_assert_int_eq(chown(in_root("safe"), 12345, 0), 0);
	refuses("safe/file.so", false, -EPERM, "/safe belongs to uid 12345");
}
END_TEST

START_TEST(refuses_symbolic_links)
{
	ck_assert_int_eq(symlink("file.so", in_root("safe/link.so")), 0);
	ck_assert_int_eq(symlink("safe", in_root("way")), 0);
	refuses("safe/link.so", false, -ELOOP, "is a symbolic link");
	refuses("safe/link.so", true, -ELOOP, "is a symbolic link");
	refuses("way/file.so", false, -ELOOP, "/way is a symbolic link");
	opens("way/file.so", true);
}
END_TEST

START_TEST(refuses_the_way_up)
{
	refuses("safe/../safe/file.so", false, -EINVAL, "..");
	opens("safe/../safe/file.so", true);
}
END_TEST

START_TEST(sees_the_way_up_wherever_it_is)
{
	static const char *const up[] = { "..", "../a", "a/..", "a/../b", "/..", "a//../b" };
	static const char *const not_up[] = { "", ".", "...", "a..", "..a", "a/..b/c", "a/b../c" };

	for (size_t i = 0; i < sizeof(up) / sizeof(*up); i++)
		ck_assert_msg(trust_leads_up(up[i], strlen(up[i])), "%s", up[i]);
	for (size_t i = 0; i < sizeof(not_up) / sizeof(*not_up); i++)
		ck_assert_msg(!trust_leads_up(not_up[i], strlen(not_up[i])), "%s", not_up[i]);
	ck_assert(!trust_leads_up("a/..", 2));
}
END_TEST

START_TEST(refuses_what_is_no_regular_file_without_opening_it)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	refuses("safe", false, -EISDIR, "is a directory");
	refuses("safe/", false, -EISDIR, "is a directory");
	ck_assert_int_eq(mkfifo(in_root("safe/pipe.so"), 0600), 0);
	refuses("safe/pipe.so", false, -ENOEXEC, "is a pipe");
	ck_assert_uint_lt(strlen(in_root("safe/socket.so")), sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	refuses("safe/socket.so", false, -ENOEXEC, "is a socket");
	close(fd);
	ck_assert_int_eq(trust_open("/dev/null", true, &error), -ENOEXEC);
	ck_assert_ptr_nonnull(strstr(error.text, "is a device"));
}
END_TEST

START_TEST(says_what_is_missing)
{
	refuses("safe/none.so", false, -ENOENT, "cannot open it: No such file");
	refuses("none/file.so", false, -ENOENT, "cannot open its folder");
	refuses("safe/file.so/more.so", false, -ENOTDIR, "Not a directory");
	ck_assert_int_eq(trust_open("file.so", false, &error), -EINVAL);
	ck_assert_int_eq(trust_open("", false, &error), -EINVAL);
	ck_assert_int_eq(trust_open("/", false, &error), -EISDIR);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("trust");
	TCase *tests = tcase_create("trust");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, opens_a_file_that_only_we_can_change);
	tcase_add_test(tests, refuses_a_file_that_others_may_write);
	tcase_add_test(tests, refuses_a_folder_that_others_may_write_unless_it_is_sticky);
	tcase_add_test(tests, refuses_another_owner);
	tcase_add_test(tests, refuses_symbolic_links);
	tcase_add_test(tests, refuses_the_way_up);
	tcase_add_test(tests, sees_the_way_up_wherever_it_is);
	tcase_add_test(tests, refuses_what_is_no_regular_file_without_opening_it);
	tcase_add_test(tests, says_what_is_missing);
	suite_add_tcase(suite, tests);
	return suite;
}

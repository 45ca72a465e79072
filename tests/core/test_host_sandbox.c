/* SPDX-License-Identifier: MIT */
/* Whole hosts: what the thread of a plugin can reach that the configuration has put into a sandbox.
 */
#include <check.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;

/* What happens in the guest's own thread: 0, or the errno of each, when it starts. */
static struct {
	struct corbel_context *context;
	int (*try)(void);
	int result;
} guest;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)board;
	(void)number;
	if (strcmp(actor->name, "guest") == 0 && strcmp(where, "stop") != 0) {
		guest.context = actor->context;
		guest.result = guest.try();
	}
	return 0;
}

static void open_house(const char *plugin, const char *lines, int (*try)(void))
{
	guest.try = try;
	if (!*house.folder)
		house_init(&house, 1, act);
	house_add(&house, "guest", plugin, lines);
	house_start(&house);
}

static int open_and_close(const char *path, int flags)
{
	int file = open(path, flags | O_CLOEXEC, 0600);

	if (file < 0)
		return errno;
	close(file);
	return 0;
}

static int inside(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", house.folder, name);
	return open_and_close(path, flags);
}

static int make_socket(void)
{
	int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (file < 0)
		return errno;
	close(file);
	return 0;
}

/* A letter for each try: done, EACCES, EPERM, or something else. */
static char report[32];

static void note(int result)
{
	size_t used = strlen(report);

	report[used] = result == 0 ? '-' : result == EACCES ? 'a' : result == EPERM ? 'p' : '?';
	report[used + 1] = '\0';
}

static int try_files(void)
{
	*report = '\0';
	note(open_and_close("/etc/passwd", O_RDONLY));
	note(inside("house.ini", O_RDONLY));
	note(inside("house.ini", O_WRONLY));
	note(inside("new", O_WRONLY | O_CREAT));
	note(open_and_close("/etc/passwd", O_WRONLY | O_APPEND));
	note(make_socket());
	return 0;
}

/* A plugin with `key = FOLDER` of the house; then what came of the tries. */
static const struct {
	const char *key, *expected;
} files[] = {
	{ "", "------" },
	{ "fs-read", "a-aaa-" },
	{ "fs-write", "----a-" },
	{ "fs-read = /etc/passwd\nfs-write", "----a-" },
	{ "fs-read = /etc\nfs-write", "----a-" },
	{ "fs-read = /usr\nfs-write", "a---a-" },
};

START_TEST(a_thread_reads_and_writes_what_it_is_given)
{
	char lines[256] = "";

	house_init(&house, 1, act);
	if (*files[_i].key)
		snprintf(lines, sizeof(lines), "%s = %s\n", files[_i].key, house.folder);
	open_house("every_thread", lines, try_files);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	ck_assert_str_eq(report, files[_i].expected);
	house_fini(&house);
}
END_TEST

static int fork_and_wait(void)
{
	pid_t child = fork();

	if (child < 0)
		return errno;
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	return 0;
}

static void *nothing(void *data)
{
	return data;
}

static int make_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	return error ? error : pthread_join(thread, NULL);
}

static int make_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static int make_segment(void)
{
	long id = syscall(SYS_semget, 0, 1, 0600);

	if (id < 0)
		return errno;
	syscall(SYS_semctl, id, 0, 0);
	return 0;
}

static void fire(void *data)
{
	(void)data;
}

static int try_calls(void)
{
	struct corbel_timer *timer;

	*report = '\0';
	note(make_pipe());
	note(open_and_close("/etc/passwd", O_RDONLY));
	note(make_socket());
	note(fork_and_wait());
	note(make_segment());
	/* These it may always. */
	note(make_thread());
	note(-corbel_timer_start(guest.context, 0, CORBEL_SECOND, fire, NULL, &timer));
	corbel_log(guest.context, CORBEL_NOTICE, "it speaks");
	return 0;
}

static const struct {
	const char *lines, *expected;
} calls[] = {
	{ "", "-------" },
	{ "net = yes\n", "-------" },
	{ "net = no\n", "--p----" },
	{ "syscalls =\n", "ppppp--" },
	{ "syscalls = io\n", "-pppp--" },
	{ "syscalls = fs, net\n", "p--pp--" },
	{ "syscalls = fs, net\nnet = no\n", "p-ppp--" },
	{ "syscalls = process\n", "ppp-p--" },
	{ "syscalls = io, fs, net, process, ipc\n", "-------" },
};

START_TEST(a_thread_makes_the_system_calls_that_it_is_given)
{
	open_house("every_thread", calls[_i].lines, try_calls);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	ck_assert_str_eq(report, calls[_i].expected);
	ck_assert(house_has_logged(&house, "it speaks"));
	house_fini(&house);
}
END_TEST

static void work(struct corbel_worker *worker, void *data)
{
	(void)worker;
	note(open_and_close("/etc/passwd", O_RDONLY));
	note(make_socket());
	__atomic_store_n((uint32_t *)data, 1, __ATOMIC_RELEASE);
}

static uint32_t has_worked;

static int start_worker(void)
{
	struct corbel_worker *worker;

	*report = '\0';
	return corbel_worker_start(guest.context, "inner", work, &has_worked, &worker);
}

static bool is_set(void *flag)
{
	return __atomic_load_n((uint32_t *)flag, __ATOMIC_ACQUIRE);
}

START_TEST(threads_that_it_starts_are_in_it_too)
{
	has_worked = 0;
	open_house("every_thread", "fs-read = /usr\nnet = no\nsyscalls = fs, net\n", start_worker);
	ck_assert_int_eq(guest.result, 0);
	house_wait_until(&house, is_set, &has_worked);
	ck_assert_str_eq(report, "ap");
	house_fini(&house);
}
END_TEST

START_TEST(its_methods_run_in_it_whoever_calls)
{
	struct fixture_base *use;
	int32_t answer;

	open_house("every_thread", "fs-read = /usr\nnet = no\n", try_files);
	*report = '\0';
	ck_assert_int_eq(fixture_base_acquire(corbel_host_context(house.host), NULL, &use), 0);
	ck_assert_int_eq(fixture_base_poke(use, 1, &answer), 0);
	ck_assert_str_eq(report, "aaaaap");
	/* And nobody else does. */
	*report = '\0';
	try_files();
	ck_assert_str_eq(report, "------");
	fixture_base_release(corbel_host_context(house.host), use);
	house_fini(&house);
}
END_TEST

static void ignore(void *data, const struct corbel_delivery *delivery)
{
	(void)data;
	(void)delivery;
}

static int subscribe_directly(void)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.mode = CORBEL_DIRECT,
						.handler =
							(void (*)(void))(corbel_handler *)ignore };
	struct corbel_subscription *subscription;

	return corbel_subscribe(guest.context, "fixture.base.tick", &subscriber, &subscription);
}

START_TEST(direct_handlers_would_run_outside_and_are_refused)
{
	open_house("every_thread", "net = no\n", subscribe_directly);
	ck_assert_int_eq(guest.result, -EACCES);
	ck_assert(house_has_logged(&house, "take CORBEL_QUEUED"));
	house_fini(&house);
}
END_TEST

/* Found out before anything of the plugin runs. */
static const struct {
	const char *plugin, *lines, *words;
} wrong[] = {
	{ "every", "fs-read = /usr\n", "fs-read needs a thread of its own" },
	{ "every", "fs-write = /tmp\n", "say exec = thread in every.plugin" },
	{ "every", "net = no\n", "net needs a thread of its own" },
	{ "every", "syscalls = io\n", "or leave syscalls out" },
	{ "every_thread", "fs-read = etc\n", "fs-read has etc, expected a path from the root" },
	{ "every_thread", "fs-write = /tmp, x\n", "fs-write has x" },
	{ "every_thread", "fs-read = /no/such\n",
	  "cannot give its thread /no/such by fs-read: No such file or directory" },
};

START_TEST(a_sandbox_that_cannot_be_fails_the_plugin_in_words)
{
	open_house(wrong[_i].plugin, wrong[_i].lines, make_pipe);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "guest").reason, wrong[_i].words);
	house_fini(&house);
}
END_TEST

START_TEST(what_a_plugin_without_a_thread_may_say_is_that_it_has_the_net)
{
	open_house("every", "net = yes\n", make_pipe);
	house_assert_state(&house, "guest", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_change_restarts_it_in_the_new_one)
{
	open_house("every_thread", "net = no\n", make_socket);
	ck_assert_int_eq(guest.result, EPERM);
	house_configure(&house, "");
	house_add(&house, "guest", "every_thread", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	ck_assert_uint_eq(house_plugin(&house, "guest").starts, 2);
	ck_assert_int_eq(guest.result, 0);
	house_fini(&house);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: sandbox");
	TCase *tcase = tcase_create("sandbox");

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0 ||
	    prctl(PR_GET_SECCOMP) < 0) {
		puts("1..0 # SKIP this kernel has no Landlock, or no seccomp");
		exit(77);
	}
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_thread_reads_and_writes_what_it_is_given, 0, COUNT(files));
	tcase_add_loop_test(tcase, a_thread_makes_the_system_calls_that_it_is_given, 0,
			    COUNT(calls));
	tcase_add_test(tcase, threads_that_it_starts_are_in_it_too);
	tcase_add_test(tcase, its_methods_run_in_it_whoever_calls);
	tcase_add_test(tcase, direct_handlers_would_run_outside_and_are_refused);
	tcase_add_loop_test(tcase, a_sandbox_that_cannot_be_fails_the_plugin_in_words, 0,
			    COUNT(wrong));
	tcase_add_test(tcase, what_a_plugin_without_a_thread_may_say_is_that_it_has_the_net);
	tcase_add_test(tcase, a_change_restarts_it_in_the_new_one);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Verification: whether the process is still what it was, after a fault that was contained. */
#include "verify.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <link.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <corbel/fault.h>
#include <corbel/log.h>
#include <corbel/rescue.h>

#include "error.h"

#define HELD_MAX 32u
#define MILLISECOND INT64_C(1000000)
/* The control side may be reading configurations and files. */
#define CONTROL_LIMIT (5000 * MILLISECOND)
#define CHECK_LIMIT (500 * MILLISECOND)

/* A descriptor as it was. */
struct held {
	const char *what;
	int number;
	struct stat file;
	char link[64]; /* in /proc, of what has no inode of its own */
};

static struct {
	struct corbel_host *host; /* NULL: all is well */
	pthread_mutex_t lock;     /* of the next two */
	struct held held[HELD_MAX];
	size_t held_count;
	struct sigaction actions[NSIG];
	sigset_t mask; /* of the control side */
	mode_t creation;
	char folder[PATH_MAX];
	char locale[256];

	uint32_t asked;    /* how often; the thread sleeps on it */
	uint32_t answered; /* likewise */
	uint32_t steps;    /* checks begun, ever */
	uint32_t control;  /* of `asked`, to which the control side has answered */
	const char *step;  /* what is being checked */
	int64_t limit;     /* and how long that may take */
	char words[256];   /* why it is not well; "": it is */
} state = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void sleep_on(const uint32_t *word, uint32_t value, const struct timespec *timeout)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, timeout, NULL, 0);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

__attribute__((format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list arguments;

	if (*state.words)
		return;
	va_start(arguments, format);
	vsnprintf(state.words, sizeof(state.words), format, arguments);
	va_end(arguments);
}

#define restored(...) corbel_host_log(state.host, CORBEL_WARNING, __VA_ARGS__)

static void check_malloc(void)
{
	static const size_t sizes[] = { 24, 1000, 100000, 1000000 };
	struct mallinfo2 info = mallinfo2();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		void *volatile block = malloc(sizes[i]);

		free(block);
	}
	(void)info;
}

/* The streams' locks, and that of the list of them. */
static void check_stdio(void)
{
	FILE *const streams[] = { stdin, stdout, stderr };

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		flockfile(streams[i]);
		funlockfile(streams[i]);
	}

	FILE *other = fopen("/dev/null", "re");

	if (other)
		fclose(other);
}

static int pass_over(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	(void)data;
	return 1;
}

static void check_loader(void)
{
	void *self;

	dl_iterate_phdr(pass_over, NULL);
	self = dlopen(NULL, RTLD_LAZY | RTLD_NOLOAD);
	if (self)
		dlclose(self);
}

static void check_core(void)
{
	corbel_host_verify(state.host);
}

static void look(struct held *held, int number)
{
	char path[32];
	ssize_t length;

	held->number = number;
	if (fstat(number, &held->file) < 0)
		held->file = (struct stat){ 0 };
	snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
	length = readlink(path, held->link, sizeof(held->link) - 1);
	held->link[length > 0 ? length : 0] = '\0';
}

static bool is_same(const struct held *one, const struct held *other)
{
	return one->file.st_dev == other->file.st_dev && one->file.st_ino == other->file.st_ino &&
	       (strncmp(one->link, "anon_inode:", 11) != 0 || strcmp(one->link, other->link) == 0);
}

/* Whoever writes to one of these three must not come upon something else. */
static void check_streams(void)
{
	for (int i = 0; i < 3; i++) {
		if (fcntl(i, F_GETFD) >= 0)
			continue;

		int null = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);

		if (null >= 0 && null != i) {
			dup2(null, i);
			close(null);
		}
		restored("after a fault: descriptor %d was closed; it is /dev/null now", i);
	}
}

static void check_descriptors(void)
{
	check_streams();
	pthread_mutex_lock(&state.lock);
	for (size_t i = 0; i < state.held_count; i++) {
		struct held found;

		look(&found, state.held[i].number);
		if (!is_same(&state.held[i], &found))
			fail("descriptor %d, %s, was closed", state.held[i].number,
			     state.held[i].what);
	}
	pthread_mutex_unlock(&state.lock);
}

static bool is_same_action(const struct sigaction *one, const struct sigaction *other)
{
	return one->sa_flags == other->sa_flags &&
	       (one->sa_flags & SA_SIGINFO ? one->sa_sigaction == other->sa_sigaction
					   : one->sa_handler == other->sa_handler);
}

static void check_handlers(void)
{
	for (int i = 1; i < NSIG; i++) {
		struct sigaction found;

		if (sigaction(i, NULL, &found) < 0 || is_same_action(&found, &state.actions[i]))
			continue;
		sigaction(i, &state.actions[i], NULL);
		restored("after a fault: the handling of SIG%s was changed; it is again what it "
			 "was",
			 sigabbrev_np(i) ? sigabbrev_np(i) : "RT");
	}
}

/* From /proc, since umask(2) cannot read without writing. */
static mode_t creation_mask(void)
{
	char text[256] = "";
	int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? 0 : read(file, text, sizeof(text) - 1);
	const char *line = size > 0 ? strstr(text, "Umask:") : NULL;

	if (file >= 0)
		close(file);
	return line ? (mode_t)strtoul(line + 6, NULL, 8) : state.creation;
}

static void check_folder(void)
{
	char folder[PATH_MAX];

	if (getcwd(folder, sizeof(folder)) && strcmp(folder, state.folder) == 0)
		return;
	if (chdir(state.folder) < 0)
		restored("after a fault: the working folder was changed, and cannot be made %s "
			 "again: %s",
			 state.folder, strerror(errno));
	else
		restored("after a fault: the working folder was changed; it is again %s",
			 state.folder);
}

static void check_masks(void)
{
	mode_t creation = creation_mask();

	if (creation == state.creation)
		return;
	umask(state.creation);
	restored("after a fault: the umask was changed to %03o; it is again %03o", creation,
		 state.creation);
}

static void check_locale(void)
{
	const char *locale = setlocale(LC_ALL, NULL);

	if (!locale || strcmp(locale, state.locale) == 0)
		return;
	setlocale(LC_ALL, state.locale);
	restored("after a fault: the locale was changed; it is again %s", state.locale);
}

/* By now no lock is known to be held that this would wait for. */
static void settle_parked(void)
{
	corbel_fault_settle();
}

/* The kernel's part of it; the rest is nothing. */
static bool is_same_mask(const sigset_t *one, const sigset_t *other)
{
	for (int i = 1; i < NSIG; i++)
		if (sigismember(one, i) != sigismember(other, i))
			return false;
	return true;
}

/* [control] */
static void answer(void *data)
{
	sigset_t mask;

	(void)data;
	pthread_sigmask(SIG_SETMASK, &state.mask, &mask);
	if (!is_same_mask(&mask, &state.mask))
		restored("after a fault: the control side's signal mask was changed; it is again "
			 "what it was");
	corbel_host_verify(state.host);
	set(&state.control, get(&state.asked));
}

static void check_control(void)
{
	uint32_t before = get(&state.control);

	if (corbel_host_post(state.host, answer, NULL) < 0)
		return;
	while (get(&state.control) == before)
		sleep_on(&state.control, before, NULL);
}

static const struct {
	const char *what;
	void (*run)(void);
	int64_t limit;
} checks[] = {
	{ "malloc", check_malloc, CHECK_LIMIT },
	{ "stdio", check_stdio, CHECK_LIMIT },
	{ "the loader", check_loader, CHECK_LIMIT },
	{ "the host", check_core, CHECK_LIMIT },
	{ "what a parked thread was at", settle_parked, CHECK_LIMIT },
	{ "the descriptors", check_descriptors, CHECK_LIMIT },
	{ "the signal handlers", check_handlers, CHECK_LIMIT },
	{ "the working folder", check_folder, CHECK_LIMIT },
	{ "the umask", check_masks, CHECK_LIMIT },
	{ "the locale", check_locale, CHECK_LIMIT },
	{ "the control side", check_control, CONTROL_LIMIT },
};

static void check_all(void)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && !*state.words; i++) {
		__atomic_store_n(&state.step, checks[i].what, __ATOMIC_RELEASE);
		__atomic_store_n(&state.limit, checks[i].limit, __ATOMIC_RELEASE);
		__atomic_fetch_add(&state.steps, 1, __ATOMIC_ACQ_REL);
		if (__atomic_load_n(&state.host, __ATOMIC_ACQUIRE))
			checks[i].run();
	}
}

static void *run(void *data)
{
	uint32_t done = 0;

	for (;;) {
		while (get(&state.asked) == done)
			sleep_on(&state.asked, done, NULL);
		done = get(&state.asked);
		check_all();
		set(&state.answered, done);
	}
	return data;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The text without stdio, which may be what is locked. */
static void say_stuck(char *words, size_t size)
{
	const char *parts[] = { __atomic_load_n(&state.step, __ATOMIC_ACQUIRE),
				" does not answer any more: a lock of it was left held" };
	size_t used = 0;

	for (size_t i = 0; i < 2; i++)
		for (const char *from = parts[i]; *from && used < size - 1; from++)
			words[used++] = *from;
	words[used] = '\0';
}

bool verify_run(const uint32_t *wish, char *words, size_t size)
{
	const struct timespec tick = { .tv_nsec = 10 * MILLISECOND };
	uint32_t wanted = get(&state.asked) + 1, answered, step = get(&state.steps);
	int64_t begun = now();

	if (!__atomic_load_n(&state.host, __ATOMIC_ACQUIRE))
		return true;
	set(&state.asked, wanted);
	while ((answered = get(&state.answered)) != wanted) {
		sleep_on(&state.answered, answered, &tick);
		/* It is not well, and somebody knows already. */
		if (get(wish) > 1)
			return true;
		if (get(&state.steps) != step) {
			step = get(&state.steps);
			begun = now();
		} else if (now() - begun > __atomic_load_n(&state.limit, __ATOMIC_ACQUIRE)) {
			say_stuck(words, size);
			return false;
		}
	}
	memcpy(words, state.words, size < sizeof(state.words) ? size : sizeof(state.words));
	return !*state.words;
}

void verify_hold(const char *what, int descriptor)
{
	size_t at = 0;

	pthread_mutex_lock(&state.lock);
	while (at < state.held_count && strcmp(state.held[at].what, what) != 0)
		at++;
	if (descriptor >= 0 && at < HELD_MAX) {
		state.held_count += at == state.held_count;
		state.held[at].what = what;
		look(&state.held[at], descriptor);
	} else if (at < state.held_count) {
		state.held[at] = state.held[--state.held_count];
	}
	pthread_mutex_unlock(&state.lock);
}

static void hold(void *data, const char *what, int descriptor)
{
	(void)data;
	verify_hold(what, descriptor);
}

int verify_begin(struct corbel_host *host, struct corbel_error *error)
{
	pthread_t thread;
	int code;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, NULL, &state.actions[i]);
	pthread_sigmask(SIG_SETMASK, NULL, &state.mask);
	state.creation = creation_mask();
	if (!getcwd(state.folder, sizeof(state.folder)))
		strcpy(state.folder, "/");
	snprintf(state.locale, sizeof(state.locale), "%s", setlocale(LC_ALL, NULL));
	corbel_host_descriptors(host, hold, NULL);
	state.limit = CHECK_LIMIT;
	code = -pthread_create(&thread, NULL, run, NULL);
	if (code < 0)
		return error_set(error, code, "making the thread that verifies: %s",
				 strerror(-code));
	pthread_setname_np(thread, "verify");
	pthread_detach(thread);
	__atomic_store_n(&state.host, host, __ATOMIC_RELEASE);
	return 0;
}

void verify_end(void)
{
	__atomic_store_n(&state.host, NULL, __ATOMIC_RELEASE);
}

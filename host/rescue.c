/* SPDX-License-Identifier: MIT */
/* The rescue: the thread that executes the program again in place when it cannot go on. */
#include "rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "standstill.h"
#include "verify.h"

#define VARIABLE "CORBEL_RESCUE"
#define MAGIC UINT64_C(0x31637365726f6363)
#define TIMES_MAX 1024u
#define INHERITED_MAX 64u
#define SLOTS 8u

/* What the file begins with. */
struct head {
	uint64_t magic;
	int64_t id; /* of the process: the file is nobody else's */
	struct rescue_past past;
	int32_t descriptors[RESCUE_DESCRIPTORS]; /* -1: none */
	uint32_t time_count;
	int64_t times[TIMES_MAX]; /* of new beginnings, oldest first; CLOCK_MONOTONIC */
};

/* Put aside at the start, and not written to after. */
struct prepared {
	size_t size;
	struct head before; /* magic 0: this is the first */
	mode_t mask;
	char folder[PATH_MAX];
	int inherited[INHERITED_MAX]; /* open at the start, for children too */
	size_t inherited_count;
	char **arguments, **environment;
	char variable[sizeof(VARIABLE) + 16];
};

/* A fault, as it was told in the thread that had it. */
struct slot {
	char culprit[64];
	char words[256];
};

enum wish { WISH_NONE, WISH_VERIFY, WISH_ASKED, WISH_NOW };

static struct prepared *prepared;
static int carried = -1; /* file of the past */
static struct corbel_host *watched;
static bool is_ending;
static uint32_t limit_intensity = 5;
static int64_t limit_period = INT64_C(60000000000);
static int kept[RESCUE_DESCRIPTORS] = { -1, -1 };
static ino_t kept_inode[RESCUE_DESCRIPTORS];

static struct slot slots[SLOTS];
static uint32_t slot_count;
static __thread const struct slot *own_slot; /* of a fault that was not contained */
static uint32_t wish;                        /* enum wish; the thread sleeps on it */
static const struct slot *blamed;

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Async-signal-safe, and always ends in a NUL. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = '\0';
}

/* A greater wish is not taken back by a smaller one. */
static void raise_wish(uint32_t to)
{
	uint32_t from = __atomic_load_n(&wish, __ATOMIC_ACQUIRE);

	while (from < to && !__atomic_compare_exchange_n(&wish, &from, to, false, __ATOMIC_ACQ_REL,
							 __ATOMIC_ACQUIRE))
		;
	syscall(SYS_futex, &wish, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static const struct slot *take_slot(const char *culprit, const char *words)
{
	struct slot *slot = &slots[__atomic_fetch_add(&slot_count, 1, __ATOMIC_ACQ_REL) % SLOTS];

	copy_text(slot->culprit, sizeof(slot->culprit), culprit);
	copy_text(slot->words, sizeof(slot->words), words);
	return slot;
}

void rescue_note(const struct corbel_fault *fault)
{
	const struct slot *slot = take_slot(fault->plugin, fault->words);

	if (fault->end != CORBEL_FAULT_CONTAINED && fault->end != CORBEL_FAULT_PARKED) {
		own_slot = slot;
		return;
	}
	__atomic_store_n(&blamed, slot, __ATOMIC_RELEASE);
	raise_wish(WISH_VERIFY);
}

void rescue_now(const char *words)
{
	if (!own_slot)
		own_slot = take_slot("", words);
	__atomic_store_n(&blamed, own_slot, __ATOMIC_RELEASE);
	raise_wish(WISH_NOW);
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

void rescue_ask(void)
{
	raise_wish(WISH_ASKED);
}

static bool is_same(int descriptor, ino_t inode)
{
	struct stat found;

	return descriptor >= 0 && fstat(descriptor, &found) == 0 && found.st_ino == inode;
}

void rescue_keep(enum rescue_descriptor which, int descriptor)
{
	struct stat found;

	if (fstat(descriptor, &found) == 0)
		kept_inode[which] = found.st_ino;
	kept[which] = descriptor;
}

const struct rescue_past *rescue_past(void)
{
	return prepared && prepared->before.magic ? &prepared->before.past : NULL;
}

int rescue_take(enum rescue_descriptor which)
{
	static bool taken[RESCUE_DESCRIPTORS];
	int descriptor = rescue_past() && !taken[which] ? prepared->before.descriptors[which] : -1;

	taken[which] = true;
	if (descriptor >= 0)
		fcntl(descriptor, F_SETFD, FD_CLOEXEC);
	return descriptor;
}

void rescue_limit(uint32_t intensity, int64_t period)
{
	limit_intensity = intensity < TIMES_MAX ? intensity : TIMES_MAX - 1;
	limit_period = period;
}

void rescue_watch(struct corbel_host *host)
{
	__atomic_store_n(&watched, host, __ATOMIC_RELEASE);
}

void rescue_end(void)
{
	__atomic_store_n(&is_ending, true, __ATOMIC_RELEASE);
}

int rescue_adopt(struct corbel_host *host, struct corbel_carried *out)
{
	const struct rescue_past *past = rescue_past();

	*out = (struct corbel_carried){ 0 };
	if (!past || carried < 0)
		return 0;
	int result = lseek(carried, sizeof(struct head), SEEK_SET) < 0
			     ? -errno
			     : corbel_host_adopt(host, carried, past->culprit, past->words, out);

	close(carried);
	carried = -1;
	return result;
}

/* Those that are not yet out of the period, and this one; an administrator's wish is a new start.
 */
static void count_times(struct head *head, const struct head *before)
{
	int64_t time = head->past.at;
	uint32_t first = 0;

	if (head->past.is_asked_for)
		return;
	while (first < before->time_count && before->times[first] < time - limit_period)
		first++;
	if (before->time_count - first == TIMES_MAX)
		first++;
	for (; first < before->time_count; first++)
		head->times[head->time_count++] = before->times[first];
	head->times[head->time_count++] = time;
	head->past.count = head->time_count;
	head->past.is_safe = head->time_count > limit_intensity;
}

static void fill_head(struct head *head, const char *why, bool is_asked_for)
{
	const struct slot *slot = __atomic_load_n(&blamed, __ATOMIC_ACQUIRE);
	struct rescue_past *past = &head->past;

	head->magic = MAGIC;
	head->id = getpid();
	past->at = now();
	past->is_asked_for = is_asked_for;
	if (slot && !is_asked_for)
		copy_text(past->culprit, sizeof(past->culprit), slot->culprit);
	copy_text(past->words, sizeof(past->words), slot && !*why ? slot->words : why);
	count_times(head, &prepared->before);
	for (size_t i = 0; i < RESCUE_DESCRIPTORS; i++)
		head->descriptors[i] = is_same(kept[i], kept_inode[i]) ? kept[i] : -1;
}

struct carrying {
	uint32_t kind;
	int file;
	const char *culprit;
};

static void carry(void *data)
{
	const struct carrying *carrying = data;

	corbel_host_carry(watched, carrying->kind, carrying->file, carrying->culprit);
}

static void carry_all(int file, const char *culprit)
{
	struct carrying carrying = { .file = file, .culprit = *culprit ? culprit : NULL };

	for (; watched && carrying.kind < CORBEL_CARRY_KINDS; carrying.kind++) {
		standstill_try(carry, &carrying);
		/* Half of a record may be there that was begun last. */
		if (ftruncate(file, lseek(file, 0, SEEK_CUR)) < 0)
			return;
	}
}

static void write_number(char *to, unsigned value)
{
	char digits[12];
	int count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	while (count > 0)
		*to++ = digits[--count];
	*to = '\0';
}

/* All are closed by the execution but what was open when we came, and what we keep. */
static void set_descriptors(const struct head *head)
{
	syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
	for (size_t i = 0; i < prepared->inherited_count; i++)
		fcntl(prepared->inherited[i], F_SETFD, 0);
	for (size_t i = 0; i < RESCUE_DESCRIPTORS; i++)
		if (head->descriptors[i] >= 0)
			fcntl(head->descriptors[i], F_SETFD, 0);
}

static _Noreturn void end(const char *words)
{
	(void)!write(STDERR_FILENO, words, strlen(words));
	_exit(EXIT_FAILURE);
}

static _Noreturn void execute(int file)
{
	if (chdir(prepared->folder) < 0)
		(void)!chdir("/");
	umask(prepared->mask);
	fcntl(file, F_SETFD, 0);
	mprotect(prepared, prepared->size, PROT_READ | PROT_WRITE);
	write_number(prepared->variable + sizeof(VARIABLE), (unsigned)file);
	execve("/proc/self/exe", prepared->arguments, prepared->environment);
	end("corbeld: cannot execute itself again; ending\n");
}

/* A core that faults without plugins cannot be helped. */
static bool is_hopeless(const struct head *head)
{
	return head->past.is_safe && prepared->before.past.is_safe;
}

/* What writes to them must not come upon something else that got their numbers. */
static void open_streams(void)
{
	for (int i = 0; i < 3; i++)
		if (fcntl(i, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDWR);
}

/* Who is to blame is written down before anything else is tried. */
static _Noreturn void begin_anew(const char *why, bool is_asked_for)
{
	static struct head head;

	if (__atomic_load_n(&is_ending, __ATOMIC_ACQUIRE))
		end("corbeld: a fault that cannot be contained while stopping; ending\n");
	open_streams();
	int file = memfd_create("corbel-rescue", 0);
	fill_head(&head, why, is_asked_for);
	if (is_hopeless(&head))
		end("corbeld: a fault in safe mode; ending\n");
	if (write(file, &head, sizeof(head)) != (ssize_t)sizeof(head))
		end("corbeld: cannot write down what is left; ending\n");
	standstill_begin();
	set_descriptors(&head);
	carry_all(file, head.past.culprit);
	execute(file);
}

/* Sleeps until somebody wishes for something, and takes that. */
static uint32_t next_wish(void)
{
	uint32_t wanted;

	while (!(wanted = __atomic_exchange_n(&wish, WISH_NONE, __ATOMIC_ACQ_REL)))
		syscall(SYS_futex, &wish, FUTEX_WAIT_PRIVATE, WISH_NONE, NULL, NULL, 0);
	return wanted;
}

static void *run(void *data)
{
	char words[256] = "";

	(void)data;
	for (;;) {
		switch (next_wish()) {
		case WISH_NOW:
			begin_anew("", false);
		case WISH_ASKED:
			begin_anew("asked for", true);
		default:
			if (!verify_run(&wish, words, sizeof(words)))
				begin_anew(words, false);
		}
	}
}

/* The file of the program before this one, if it is that. */
static void read_past(struct head *before)
{
	const char *text = getenv(VARIABLE);
	struct stat found;
	int file;

	if (!text)
		return;
	file = atoi(text);
	unsetenv(VARIABLE);
	if (file < 3 || fstat(file, &found) < 0 ||
	    pread(file, before, sizeof(*before), 0) != (ssize_t)sizeof(*before) ||
	    before->magic != MAGIC || before->id != getpid() || before->time_count > TIMES_MAX) {
		before->magic = 0;
		return;
	}
	fcntl(file, F_SETFD, FD_CLOEXEC);
	carried = file;
	/* It was called "exe" by its execution. */
	prctl(PR_SET_NAME, (unsigned long)program_invocation_short_name, 0ul, 0ul, 0ul);
}

static bool is_of_past(const struct head *before, int descriptor)
{
	for (size_t i = 0; before->magic && i < RESCUE_DESCRIPTORS; i++)
		if (before->descriptors[i] == descriptor)
			return true;
	return descriptor == carried;
}

static void read_inherited(struct prepared *to)
{
	for (int i = 3; i < 256 && to->inherited_count < INHERITED_MAX; i++) {
		int flags = is_of_past(&to->before, i) ? -1 : fcntl(i, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			to->inherited[to->inherited_count++] = i;
	}
}

/* Texts and pointers to them, from `at` on; returns what is behind them. */
static char *put_aside(char *at, char **texts, size_t count, char ***out)
{
	char **list = (char **)(void *)at;

	at += (count + 2) * sizeof(*list);
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(texts[i]) + 1;

		list[i] = memcpy(at, texts[i], size);
		at += size;
	}
	*out = list;
	return (char *)(((uintptr_t)at + 15) & ~(uintptr_t)15);
}

static size_t count_texts(char **texts, size_t *size)
{
	size_t count = 0;

	for (; texts[count]; count++)
		*size += strlen(texts[count]) + 1;
	*size += (count + 4) * sizeof(*texts);
	return count;
}

/* The umask cannot be read without being set, and no other thread is there yet. */
void rescue_prepare(char **arguments)
{
	size_t size = sizeof(*prepared) + 64;
	size_t argument_count = count_texts(arguments, &size);
	struct head before = { 0 };

	read_past(&before);
	size_t variable_count = count_texts(environ, &size);
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return;
	prepared = (struct prepared *)(void *)pages;
	prepared->size = size;
	prepared->before = before;
	prepared->mask = umask(0);
	umask(prepared->mask);
	if (!getcwd(prepared->folder, sizeof(prepared->folder)))
		strcpy(prepared->folder, "/");
	read_inherited(prepared);
	char *at = (char *)(((uintptr_t)(prepared + 1) + 15) & ~(uintptr_t)15);
	at = put_aside(at, arguments, argument_count, &prepared->arguments);
	put_aside(at, environ, variable_count, &prepared->environment);
	strcpy(prepared->variable, VARIABLE "=");
	prepared->environment[variable_count] = prepared->variable;
	mprotect(pages, size, PROT_READ);
}

int rescue_begin(struct corbel_error *error)
{
	pthread_t thread;
	sigset_t all, before;
	int code = prepared ? 0 : -ENOMEM;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (code == 0)
		code = -pthread_create(&thread, NULL, run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code < 0)
		return error_set(error, code, "making the rescue thread: %s", strerror(-code));
	pthread_setname_np(thread, "rescue");
	pthread_detach(thread);
	return 0;
}

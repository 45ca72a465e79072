/* SPDX-License-Identifier: MIT */
/* Handlers of faults: what they use is safe in a signal handler. */
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <corbel/fault.h>
#include <corbel/host.h>

#include "late_call.h"
#include "logsink.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#define ALTERNATE_SIZE ((size_t)64 << 10)
/* Of earlier runs; those of this one come on top. */
#define REPORTS_KEPT 50

/* A signal has no other way to all this. */
static struct {
	struct corbel_host *host; /* atomic, as is `sink` */
	const struct logsink *sink;
	int folder; /* atomic; -1: none */
	char path[256];
	char last[300];
	unsigned count;
	void (*note)(const struct corbel_fault *fault);
	void (*begin_anew)(const char *words);
} faults = { .folder = -1 };

bool faults_are_contained(void)
{
	return true;
}

static void put(int file, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(file, text, size);

		if (written <= 0)
			return; /* there is nobody else to tell */
		text += written;
		size -= (size_t)written;
	}
}

static void put_text(int file, const char *text)
{
	put(file, text, strlen(text));
}

/* fault-<seconds>-<number>, without snprintf(3). */
static void name_make(char *name)
{
	struct timespec now;
	char digits[24], *at = digits + sizeof(digits) - 1;
	unsigned number = __atomic_add_fetch(&faults.count, 1, __ATOMIC_RELAXED);

	clock_gettime(CLOCK_REALTIME, &now);
	*at = '\0';
	for (unsigned i = 0; i < 3; i++, number /= 10)
		*--at = (char)('0' + number % 10);
	*--at = '-';
	for (time_t left = now.tv_sec; left > 0; left /= 10)
		*--at = (char)('0' + left % 10);
	strcpy(name, "fault-");
	strcat(name, at);
}

/* A program that has just begun anew counts from 1 again, maybe within the same second. */
static int file_make(int folder, char *name)
{
	int file;

	do {
		name_make(name);
		file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			      0600);
	} while (file < 0 && errno == EEXIST && faults.count < 1000);
	return file;
}

static void write_file(const struct corbel_fault *fault)
{
	int folder = __atomic_load_n(&faults.folder, __ATOMIC_ACQUIRE);
	char name[40];
	int file = folder < 0 ? -1 : file_make(folder, name);

	if (file < 0)
		return;
	put(file, fault->report, fault->report_size);
	close(file);
	strcpy(faults.last, faults.path);
	strcat(faults.last, "/");
	strcat(faults.last, name);
}

static void write_text(int file, const struct corbel_fault *fault)
{
	put_text(file, "corbeld: ");
	put_text(file, *fault->plugin ? fault->plugin : "the host itself");
	put_text(file, " has faulted\n");
	put(file, fault->report, fault->report_size);
}

static void reported(void *data, const struct corbel_fault *fault)
{
	const struct logsink *sink = __atomic_load_n(&faults.sink, __ATOMIC_ACQUIRE);
	int log = sink ? logsink_target(sink) : STDERR_FILENO;

	(void)data;
	write_text(STDERR_FILENO, fault);
	if (log != STDERR_FILENO)
		write_text(log, fault);
	write_file(fault);
	if (faults.note)
		faults.note(fault);
}

/*
 * With the default action restored the same instruction faults again, and the process dies; but a
 * breakpoint, or a system call that is forbidden, is behind it.
 */
static void die(int number, const siginfo_t *info)
{
	sigset_t one;

	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	if (info->si_code <= 0 || number == SIGTRAP || number == SIGSYS)
		raise(number);
}

static void handle(int number, siginfo_t *info, void *context)
{
	struct corbel_host *host = __atomic_load_n(&faults.host, __ATOMIC_ACQUIRE);

	if (host && info->si_code > 0 && (number == SIGSEGV || number == SIGBUS))
		late_call_tell(host, info, context);

	enum corbel_fault_end end = corbel_fault_handle(number, info, context);

	if (end == CORBEL_FAULT_IGNORED)
		return;
	/* What is sent from outside is meant. */
	if (end != CORBEL_FAULT_STRICT && faults.begin_anew &&
	    (info->si_code > 0 || info->si_pid == getpid()))
		faults.begin_anew("a fault that cannot be contained");
	die(number, info);
}

void faults_end(enum corbel_fault_end end, const char *words)
{
	if (end == CORBEL_FAULT_FOREIGN)
		return;
	if (end != CORBEL_FAULT_STRICT && faults.begin_anew)
		faults.begin_anew(words);
	signal(SIGABRT, SIG_DFL);
	abort();
}

void faults_watch(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
				       SIGTRAP, SIGABRT, SIGSYS, SIGXCPU };
	static char stack[ALTERNATE_SIZE];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = handle,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	sigaltstack(&alternate, NULL);
	corbel_fault_listen(reported, NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

static int is_report(const struct dirent *entry)
{
	return strncmp(entry->d_name, "fault-", 6) == 0;
}

/* Their names sort by time. */
static void remove_oldest(int folder)
{
	struct dirent **entries;
	int count = scandirat(folder, ".", &entries, is_report, alphasort);

	for (int i = 0; i < count; i++) {
		if (i < count - REPORTS_KEPT)
			unlinkat(folder, entries[i]->d_name, 0);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void faults_open(struct corbel_host *host, const struct logsink *sink, const char *folder)
{
	int old = __atomic_exchange_n(&faults.folder, -1, __ATOMIC_ACQ_REL);

	__atomic_store_n(&faults.host, host, __ATOMIC_RELEASE);
	__atomic_store_n(&faults.sink, sink, __ATOMIC_RELEASE);
	if (old >= 0)
		close(old);
	if (!folder || strlen(folder) >= sizeof(faults.path))
		return;
	strcpy(faults.path, folder);
	mkdir(folder, 0700);

	int fresh = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fresh >= 0)
		remove_oldest(fresh);
	__atomic_store_n(&faults.folder, fresh, __ATOMIC_RELEASE);
}

void faults_rescue(void (*note)(const struct corbel_fault *fault),
		   void (*begin_anew)(const char *words))
{
	faults.note = note;
	faults.begin_anew = begin_anew;
}

const char *faults_last_file(void)
{
	return faults.last;
}

#else

bool faults_are_contained(void)
{
	return false;
}

void faults_watch(void)
{
}

void faults_open(struct corbel_host *host, const struct logsink *sink, const char *folder)
{
	(void)host;
	(void)sink;
	(void)folder;
}

void faults_rescue(void (*note)(const struct corbel_fault *fault),
		   void (*begin_anew)(const char *words))
{
	(void)note;
	(void)begin_anew;
}

void faults_end(enum corbel_fault_end end, const char *words)
{
	(void)end;
	(void)words;
}

const char *faults_last_file(void)
{
	return "";
}

#endif

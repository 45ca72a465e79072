/* SPDX-License-Identifier: MIT */
/* Standstill: all threads but one are stopped for ever, and that one goes on with what is left. */
#include "standstill.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* More threads than that are not waited for. */
#define THREADS_MAX 4096
#define PATIENCE INT64_C(500000000) /* ns; on a busy machine each has to have its turn */

/* As linux/dirent.h has it, which user space has not. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

static pid_t survivor;
static sigjmp_buf back;
static pid_t told[THREADS_MAX], stopped[THREADS_MAX];
static uint32_t told_count, stopped_count;

/*
 * A fault's own signals stop a thread, since no thread blocks them; what faults by itself
 * meanwhile stops just so.
 */
static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

static pid_t own_id(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static void stop(int number)
{
	(void)number;
	if (own_id() == survivor)
		siglongjmp(back, 1);

	uint32_t place = __atomic_fetch_add(&stopped_count, 1, __ATOMIC_ACQ_REL);

	if (place < THREADS_MAX)
		__atomic_store_n(&stopped[place], own_id(), __ATOMIC_RELEASE);
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static bool is_among(const pid_t *ids, uint32_t count, pid_t id)
{
	for (uint32_t i = 0; i < count && i < THREADS_MAX; i++)
		if (__atomic_load_n(&ids[i], __ATOMIC_ACQUIRE) == id)
			return true;
	return false;
}

/* Whether it has stopped; who was not told is told. */
static bool visit(pid_t id)
{
	uint32_t count = __atomic_load_n(&stopped_count, __ATOMIC_ACQUIRE);

	if (id == survivor || is_among(stopped, count, id))
		return true;
	if (!is_among(told, told_count, id) && told_count < THREADS_MAX) {
		told[told_count++] = id;
		syscall(SYS_tgkill, getpid(), id, SIGSEGV);
	}
	return false;
}

static pid_t number_of(const char *name)
{
	pid_t number = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		number = number * 10 + (*name - '0');
	return *name ? 0 : number;
}

/* Whether all threads that there are have stopped. */
static bool visit_all(int folder)
{
	_Alignas(struct entry) char buffer[8192];
	bool all = true;
	long size;

	lseek(folder, 0, SEEK_SET);
	while ((size = syscall(SYS_getdents64, folder, buffer, sizeof(buffer))) > 0) {
		const struct entry *entry;

		for (long at = 0; at < size; at += entry->size) {
			entry = (const struct entry *)(const void *)(buffer + at);

			pid_t id = number_of(entry->name);

			if (id > 0 && !visit(id))
				all = false;
		}
	}
	return all;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void standstill_begin(void)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_ONSTACK | SA_NODEFER };
	struct timespec moment = { .tv_nsec = 20000 };
	int64_t deadline = now() + PATIENCE;
	sigset_t open;

	survivor = own_id();
	sigemptyset(&open);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		sigaddset(&open, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	pthread_sigmask(SIG_UNBLOCK, &open, NULL);

	int folder = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/task",
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (folder >= 0 && !visit_all(folder) && now() < deadline)
		nanosleep(&moment, NULL);
}

bool standstill_try(void (*step)(void *data), void *data)
{
	if (sigsetjmp(back, 0) != 0)
		return false;
	step(data);
	return true;
}

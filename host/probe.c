/* SPDX-License-Identifier: MIT */
/* corbel-probe: loads a plugin's file before a daemon does, and tells how that went. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#include <corbel/host.h>

#include "image.h"
#include "trial.h"

/* Where the answer goes: out of the way of what a constructor may print, close or inherit. */
#define ANSWER_DESCRIPTOR 100

/* What the handler of a signal needs, which gets no argument of ours. */
static struct {
	const char *file;
	int answer;
	bool has_begun;
} probe;

static void say(const char *words)
{
	if (write(probe.answer, words, strlen(words)) < 0)
		_exit(1);
}

static const void *program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (const void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (const void *)context->uc_mcontext.pc;
#elif defined(__riscv)
	return (const void *)context->uc_mcontext.__gregs[REG_PC];
#else
	return NULL;
#endif
}

static bool is_in_file(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) && strcmp(info.dli_fname, probe.file) == 0;
}

static bool is_in_loader(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) && (uintptr_t)info.dli_fbase == getauxval(AT_BASE);
}

/* "its code at 0x1139", "libc.so.6 (abort+0x12)" */
static void say_place(const char *before, const void *address)
{
	char words[256];
	Dl_info info;

	if (!dladdr(address, &info)) {
		snprintf(words, sizeof(words), "%s no file, at %p", before, address);
		say(words);
		return;
	}
	const char *slash = strrchr(info.dli_fname, '/');
	const char *name = is_in_file(address) ? "its code" : slash ? slash + 1 : info.dli_fname;
	if (info.dli_sname)
		snprintf(words, sizeof(words), "%s %s (%s+0x%tx)", before, name, info.dli_sname,
			 (const char *)address - (const char *)info.dli_saddr);
	else
		snprintf(words, sizeof(words), "%s %s at 0x%tx", before, name,
			 (const char *)address - (const char *)info.dli_fbase);
	say(words);
}

/* A library has died: who of the file has called it is what its author wants to know. */
static void say_caller(void)
{
	void *frames[64];
	int count = backtrace(frames, 64);

	for (int i = 0; i < count; i++) {
		if (!is_in_file(frames[i]))
			continue;
		say_place(", called from", frames[i]);
		return;
	}
}

/*
 * In the loader's code: the load; anywhere else: the constructors. Not told apart: a constructor
 * that dies in the loader, by a thread-local variable or a dlopen(3) of its own, counts as the
 * load; a resolver of the file (ifunc), which the loader runs while it binds, as a constructor.
 *
 * Functions that no handler should call are called here. If that hangs, the host has the words so
 * far, and its time limit.
 */
static void crashed(int number, siginfo_t *information, void *context)
{
	const void *address = program_counter(context);
	bool is_load = !probe.has_begun || is_in_loader(address);
	char words[32];

	(void)information;
	snprintf(words, sizeof(words), "%cSIG%s in",
		 is_load ? TRIAL_LOAD_CRASHED : TRIAL_INIT_CRASHED, sigabbrev_np(number));
	say_place(words, address);
	if (!is_load && !is_in_file(address))
		say_caller();
	raise(number); /* blocked until this returns, and then by default deadly */
}

static void watch_signals(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	/* For a constructor without end, which has used up the usual one. */
	static char stack[64 << 10];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = crashed,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND };

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

/* Neither outlives the host, nor leaves a core dump, nor lets the file speak for it. */
static void withdraw(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	probe.answer = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, ANSWER_DESCRIPTOR);
	dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
}

static void read_nonce(char *nonce, size_t size)
{
	size_t length = 0;
	ssize_t count;

	while ((count = read(STDIN_FILENO, nonce + length, size - 1 - length)) > 0)
		length += (size_t)count;
	nonce[length] = '\0';
}

static int load(struct corbel_error *error)
{
	static struct verdict verdict; /* the image borrows it */
	struct image *image;
	/* Whose file it is the host has judged; a damaged one is told in words, not by a crash. */
	int result = judge_file(probe.file, &(struct judge_terms){ .is_relaxed = true }, &verdict,
				error);

	probe.has_begun = result == 0;
	return result < 0 ? result : image_open(&verdict, &image, error);
}

int main(int count, char **arguments)
{
	struct corbel_error error = { "" };
	char nonce[64], refusal[] = { TRIAL_LOAD_FAILED, '\0' }, begun[] = { TRIAL_BEGUN, '\0' };

	if (count == 2 && strcmp(arguments[1], "--version") == 0)
		return printf("corbel-probe %s\n", corbel_host_version()) < 0;
	if (count != 2 && (count != 3 || strncmp(arguments[1], "--play=", 7) != 0)) {
		fprintf(stderr, "usage: corbel-probe [--play=load-crash|init-crash] FILE\n");
		return 2;
	}
	const char *play = count == 3 ? arguments[1] + 7 : "";
	probe.file = arguments[count - 1];
	withdraw();
	read_nonce(nonce, sizeof(nonce));
	/* If the host has died before it could be told, this ends us by SIGPIPE. */
	say(begun);
	watch_signals();
	if (strcmp(play, "load-crash") == 0)
		raise(SIGBUS);
	int result = load(&error);
	if (strcmp(play, "init-crash") == 0)
		raise(SIGSEGV);
	if (result < 0) {
		say(refusal);
		say(error.text);
	} else {
		say(nonce);
	}
	/* The destructors have no part in it. */
	_exit(result < 0);
}

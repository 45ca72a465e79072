/* SPDX-License-Identifier: MIT */
/* Late calls: the handler uses nothing but what is safe in one. */
#include "late_call.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

static struct corbel_host *watched; /* atomic; a signal has no other way to its host */

/* Whether the code at this address was to run, or only its bytes were read. */
static bool is_call(const void *address, const ucontext_t *context)
{
#if defined(__x86_64__)
	return context->uc_mcontext.gregs[REG_RIP] == (greg_t)address;
#elif defined(__aarch64__)
	return context->uc_mcontext.pc == (uintptr_t)address;
#else
	(void)address;
	(void)context;
	return true;
#endif
}

static void write_words(struct corbel_host *host, const siginfo_t *info, const void *context)
{
	char text[512] = "corbeld: access to ";

	if (is_call(info->si_addr, context))
		strcpy(text, "corbeld: call into ");
	size_t length = strlen(text), room = sizeof(text) - length - 1;
	if (corbel_host_explain_address(host, info->si_addr, text + length, room) == 0)
		return;
	length = strlen(text);
	text[length++] = '\n';
	if (write(STDERR_FILENO, text, length) < 0)
		return; /* there is nobody else to tell */
}

/* With the default action restored the same instruction faults again, and the process dies. */
static void handle(int number, siginfo_t *info, void *context)
{
	struct corbel_host *host = __atomic_load_n(&watched, __ATOMIC_ACQUIRE);

	if (host && info->si_code > 0)
		write_words(host, info, context);
	signal(number, SIG_DFL);
	if (info->si_code <= 0)
		raise(number);
}

void late_call_watch(struct corbel_host *host)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	if (!host)
		action = (struct sigaction){ .sa_handler = SIG_DFL };
	__atomic_store_n(&watched, host, __ATOMIC_RELEASE);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

#else

void late_call_watch(struct corbel_host *host)
{
	(void)host;
}

#endif

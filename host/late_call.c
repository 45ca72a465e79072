/* SPDX-License-Identifier: MIT */
/* Late calls: said in a handler, with nothing but what is safe in one. */
#include "late_call.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <corbel/host.h>

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

void late_call_tell(struct corbel_host *host, const siginfo_t *info, const void *context)
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

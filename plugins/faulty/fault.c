/* SPDX-License-Identifier: MIT */
/* The table of fault classes. */
#include "fault.h"

#include <stddef.h>
#include <string.h>

#include "classes.h"

#define HERE "the caller's thread"

const struct fault faults[] = {
	{ "null-read", "reads through NULL", HERE, "SIGSEGV at 0", .run = null_read },
	{ "null-write", "writes through NULL", HERE, "SIGSEGV at 0", .run = null_write },
	{ "null-call", "calls NULL", HERE, "SIGSEGV at 0, and the program counter there",
	  .run = null_call },
	{ "wild-read", "reads where nothing is mapped", HERE, "SIGSEGV", .run = wild_read },
	{ "wild-write", "writes where nothing is mapped", HERE, "SIGSEGV", .run = wild_write },
	{ "wild-call", "calls where nothing is mapped", HERE,
	  "SIGSEGV, and the program counter there", .run = wild_call },
	{ "foreign-read", "reads through what is no address", HERE,
	  "SIGSEGV by the kernel, without an address", .run = foreign_read },
	{ "code-write", "writes over code", HERE, "SIGSEGV, in its own image", .run = code_write },
	{ "rodata-write", "writes over a constant", HERE, "SIGSEGV, in its own image",
	  .run = rodata_write },
	{ "data-call", "calls data", HERE, "SIGSEGV, and the program counter in data",
	  .run = data_call },
	{ "bus-error", "reads a mapped file beyond its end", HERE, "SIGBUS", .run = bus_error },

	{ "stack-overflow", "recurses without end", HERE, "SIGSEGV below the stack",
	  .run = stack_overflow },
	{ "stack-top", "writes up over all frames and beyond the stack", HERE,
	  "SIGSEGV above the stack, and the frames of its callers are gone", .run = stack_top },
	{ "stack-alloca", "takes 1 GiB of stack at once", HERE,
	  "SIGSEGV below the stack, as the compiler probes it", .run = stack_alloca },
	{ "stack-smash", "writes over the canary", HERE, "SIGABRT in the C library",
	  .run = stack_smash },

	{ "divide", "divides by 0", HERE, "SIGFPE", .run = divide },
	{ "overflow", "divides the least number by -1", HERE, "SIGFPE", .run = overflow },
	{ "illegal", "runs what is no instruction", HERE, "SIGILL", .run = illegal },
	{ "privileged", "runs an instruction of the kernel's", HERE,
	  "SIGSEGV by the kernel, without an address", .run = privileged },
	{ "breakpoint", "runs a breakpoint without a debugger", HERE, "SIGTRAP",
	  .run = breakpoint },

	{ "double-free", "frees twice", HERE,
	  "SIGABRT in the C library, which leaves an arena locked", .run = double_free },
	{ "invalid-free", "frees the middle of a piece", HERE, "SIGABRT in the C library",
	  .run = invalid_free },
	{ "heap-overflow", "writes over the next piece's head, and frees that", HERE,
	  "SIGABRT in the C library", .run = heap_overflow },
	{ "use-after-free", "calls through a piece that has another owner", HERE,
	  "SIGSEGV by the kernel, without an address", .run = use_after_free },
	{ "heap-lock", "writes over a free piece, and allocates", HERE,
	  "SIGSEGV in malloc(3), which leaves its arena locked", .run = heap_lock },
	{ "leak", "forgets 16 MiB", HERE, "nothing but its memory", .run_with = leak },

	{ "libc-string", "takes the length of what is no text", HERE, "SIGSEGV in the C library",
	  .run = libc_string },
	{ "libc-copy", "copies a negative length", HERE, "SIGSEGV in the C library",
	  .run = libc_copy },
	{ "libc-sort", "writes through NULL while qsort(3) calls it", HERE,
	  "SIGSEGV in its own code, with frames of the C library between", .run = libc_sort },
	{ "stdio-lock", "prints what is no text", HERE,
	  "SIGSEGV in printf(3), which leaves stdout locked", .run = stdio_lock },
	{ "loader-lock", "writes through NULL while dl_iterate_phdr(3) calls it", HERE,
	  "SIGSEGV in its own code, which leaves the loader locked", .run = loader_lock },

	{ "abort", "calls abort(3)", HERE, "SIGABRT in the C library", .run = abort_process },
	{ "assert", "fails an assertion", HERE, "SIGABRT in the C library",
	  .run = failed_assertion },
	{ "exit", "calls exit(3)", HERE, "the end of the process, by way of its handlers",
	  .run = exit_process },
	{ "exit-at-once", "calls _exit(2)", HERE, "the end of the process", .run = exit_at_once },
	{ "exit-quickly", "calls quick_exit(3)", HERE, "the end of the process",
	  .run = exit_quickly },
	{ "exit-raw", "makes the system call exit_group(2)", HERE,
	  "the end of the process; nobody in it can see that coming", .run = exit_raw },
	{ "exit-thread", "calls pthread_exit(3)", HERE, "a thread of the host's less",
	  .run = exit_thread },
	{ "throw", "throws an exception that nobody catches", HERE, "SIGABRT in the C library",
	  .run = throw_exception },
	{ "stale-jump", "calls longjmp(3) into a function that has returned", HERE,
	  "SIGABRT in the C library, as far as it looks", .run = stale_jump },
	{ "raise", "sends itself SIGSEGV", HERE, "SIGSEGV that is no fault", .run = raise_signal },
	{ "kill", "sends its process SIGKILL", HERE, "the end of the process",
	  .run = kill_process },
	{ "alarm", "sets an alarm that it does not handle", "any thread, 1 ms later", "SIGALRM",
	  .run = alarm_process },
	{ "fork", "forks, and the child goes on", "a process of its own", "a second host",
	  .run = fork_process },

	{ "loop", "loops in its own code", HERE, "a thread that does not come back",
	  .run = endless_loop },
	{ "loop-in-libc", "loops in the C library", HERE, "a thread that does not come back",
	  .run = loop_in_libc },
	{ "sleep", "waits for what never comes", HERE, "a thread that does not come back",
	  .run = sleep_for_ever },
	{ "deadlock", "takes a lock that it has", HERE, "a thread that does not come back",
	  .run = deadlock },
	{ "slow", "takes a second", HERE, "nothing, within its deadline", .run = slow },

	{ "thread-crash", "writes through NULL", "a thread that it made behind the host's back",
	  "SIGSEGV outside of any frame", .run = thread_crash },
	{ "worker-crash", "writes through NULL", "a thread that the host made for it",
	  "SIGSEGV at 0", .run_with = worker_crash },
	{ "thread-left", "leaves a thread that never ends", "a thread of its own",
	  "an image that cannot be unloaded", .run = thread_left },
	{ "callback-left", "leaves a destructor for the end of the thread",
	  "the end of the caller's thread", "an image that cannot be unloaded",
	  .run = callback_left },

	{ "close-all", "closes all descriptors of the process", HERE,
	  "EBADF wherever the host looks", .run = close_all },
	{ "close-one", "closes a descriptor of the host's", HERE, "EBADF where the host waits",
	  .run = close_one },
	{ "leak-descriptors", "forgets 64 open files", HERE, "nothing but their number",
	  .run = leak_descriptors },
	{ "folder", "changes the working folder", HERE, "another working folder",
	  .run = change_folder },
	{ "umask", "lets everybody write new files", HERE, "another umask", .run = change_umask },
	{ "locale", "changes the locale", HERE, "another locale", .run = change_locale },
	{ "rounding", "changes the rounding of numbers", HERE, "wrong sums in this thread",
	  .run = change_rounding },
	{ "float-traps", "makes faults of what numbers cannot be", HERE,
	  "SIGFPE later, in another's code", .run = trap_floats },
	{ "signal-mask", "blocks all signals", HERE, "the next fault here ends the process",
	  .run = block_signals },
	{ "handler-theft", "takes SIGSEGV for itself", HERE, "the next fault is swallowed for ever",
	  .run = steal_handler },
	{ "signal-ignore", "ignores SIGTERM", HERE, "a host that cannot be asked to end",
	  .run = ignore_signal },
	{ "limit", "lowers the limit of descriptors", HERE, "EMFILE wherever one is made",
	  .run = lower_limit },
	{ "priority", "lowers the priority", HERE, "a slow thread of the host's",
	  .run = lower_priority },
	{ "environment", "clears the environment", HERE, "an empty environment",
	  .run = clear_environment },

	{ "bad-return", "returns a positive number", HERE, "12345 where 0 or -errno was to be",
	  .result = 12345 },
	{ "absurd-return", "returns the least number", HERE, "no errno that there is",
	  .result = -2147483647 - 1 },
	{ .name = NULL },
};

const struct fault *fault_find(const char *name)
{
	for (const struct fault *fault = faults; fault->name; fault++)
		if (strcmp(fault->name, name) == 0)
			return fault;
	return NULL;
}

int fault_commit(const struct fault *fault, struct corbel_context *context)
{
	if (fault->run)
		fault->run();
	if (fault->run_with)
		fault->run_with(context);
	return fault->result;
}

/* SPDX-License-Identifier: MIT */
/*
 * Faults of plugins, for the program around a host: whose they are, and what becomes of them.
 *
 * Nothing of this happens unless the program asks for it. One that does not install a handler has
 * none; one that makes its hosts without CORBEL_HOST_CONTAIN, but calls corbel_fault_handle() from
 * its own, gets the report and passes the fault on. corbeld does all of it:
 *
 *     static void handle(int signal, siginfo_t *info, void *context)
 *     {
 *             switch (corbel_fault_handle(signal, info, context)) {
 *             case CORBEL_FAULT_IGNORED:
 *                     return;
 *             case CORBEL_FAULT_RE_EXEC: ...
 *             default: die_of(signal);
 *             }
 *     }
 *
 * The handler needs SA_SIGINFO, SA_ONSTACK and SA_NODEFER. Threads on which plugins run have an
 * alternate stack once a host with CORBEL_HOST_CONTAIN has called into a plugin there.
 */
#ifndef CORBEL_FAULT_H
#define CORBEL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* What becomes of a fault. */
enum corbel_fault_end {
	CORBEL_FAULT_FOREIGN = 0,   /* no plugin was running in this thread */
	CORBEL_FAULT_STRICT = 1,    /* the process is to end, with a core dump */
	CORBEL_FAULT_CONTAINED = 2, /* the callback was left; its plugins go */
	CORBEL_FAULT_PARKED = 3,    /* the same, but its thread waits for ever where it is */
	CORBEL_FAULT_RE_EXEC = 4,   /* nothing in here can be relied on: begin anew */
	CORBEL_FAULT_IGNORED = 5,   /* an interrupt that came too late */
	CORBEL_FAULT_GIVEN_UP = 6   /* its plugins go; its thread, which hangs, may come back */
};

/* "foreign", "strict" and so on. */
const char *corbel_fault_end_name(enum corbel_fault_end end);

/* Borrowed for the call. Texts are "" when there is nothing to say. */
struct corbel_fault {
	uint32_t size;
	enum corbel_fault_end end;
	int32_t signal; /* 0: corbel_fault_raise() */
	pid_t thread;
	const char *plugin;  /* whose code it is held to be */
	const char *version; /* of that plugin */
	const char *label;   /* interface, topic or strand that the thread was in */
	const char *method;
	const char *words;  /* one line: "SIGSEGV at address 0x0 in read+0x12" */
	const char *report; /* all lines */
	size_t report_size; /* bytes */
};

/*
 * `reported` is called for each fault, in the thread that faulted, before anything is done about
 * it, and must be safe in a signal handler. One for the process; NULL: none.
 */
void corbel_fault_listen(void (*reported)(void *data, const struct corbel_fault *fault),
			 void *data);

/*
 * From a signal handler, with its siginfo_t and its context: reports the fault, and contains it if
 * it can, in which case it does not return. Otherwise says what the program is to do.
 */
enum corbel_fault_end corbel_fault_handle(int signal, const void *info, void *context);

/*
 * After a fault that ended in CORBEL_FAULT_PARKED: tells the plugins of it that they have faulted,
 * and gives their work to another thread. Returns how many threads were parked since the last time.
 * From any thread but the handler; may hang if the parked one holds a lock, so from one that
 * somebody watches.
 */
size_t corbel_fault_settle(void);

/*
 * For functions that the program puts in the place of exit(3) and the like: whether this thread is
 * inside a plugin, and `caller` is not code of the program, libcorbel, libc or the loader.
 * [any thread]
 */
bool corbel_fault_is_plugin(const void *caller);
/*
 * A fault in words ("called exit(1)"): the plugin that runs in this thread ends here, as by a
 * signal at `caller`. Returns what is to be done only if it cannot be contained. [any thread]
 */
enum corbel_fault_end corbel_fault_raise(const char *words, const void *caller);
/* Name of the plugin that runs in this thread, or "". Borrowed until that leaves. [any thread] */
const char *corbel_fault_culprit(void);

/*
 * For a function in the place of pthread_create(3): a thread that a plugin makes by itself is that
 * plugin's, with its frame and under its guard, and counts as one that is left behind if it is
 * still there when the plugin is unloaded.
 */
struct corbel_fault_thread;
/* Of the plugin that runs in this thread; 0 or -EAGAIN. [any thread] */
int corbel_fault_thread_new(struct corbel_fault_thread **out);
/* Of one that could not be made after all. [any thread] */
void corbel_fault_thread_free(struct corbel_fault_thread *thread);
/*
 * Runs run(data) in the new thread: its result, or NULL after a fault. Frees `thread`, also when
 * that ends by pthread_exit(3).
 */
void *corbel_fault_thread_run(struct corbel_fault_thread *thread, void *(*run)(void *data),
			      void *data);

/*
 * Heaps for plugins with `heap = private`, from a program that puts its own functions in the place
 * of malloc(3). One for the process; kept by the program for ever.
 */
struct corbel_fault_heaps {
	/*
	 * An empty one for the plugin whose image is there, which pays for it by
	 * corbel_fault_heap_take(account); NULL: no memory. [control]
	 */
	void *(*make)(const void *image, size_t size, void *account);
	/* The image is gone. false: some of it stays, and the account with it. [control] */
	bool (*destroy)(void *heap);
};
void corbel_fault_use_heaps(const struct corbel_fault_heaps *heaps);
/* That of the plugin that runs in this thread, or NULL. [any thread] */
void *corbel_fault_heap(void);
/* So many more bytes, or less; false: that is beyond `limit-memory`. [any thread] */
bool corbel_fault_heap_take(void *account, int64_t bytes);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Functions of libc that corbeld defines itself, so that calls of plugins and of their libraries
 * reach it first: a plugin cannot end, fork or reconfigure the process that it shares.
 *
 * Calls of the host's own code go through to libc, as do those of a plugin that harm nobody else.
 * Calls inside libc, as popen(3) makes them, and raw system calls do not come here. Not built with
 * sanitizers, which define the same functions.
 */
#ifndef CORBEL_HOST_INTERPOSE_H
#define CORBEL_HOST_INTERPOSE_H

#include <stdbool.h>

#define INTERPOSED __attribute__((visibility("default")))

/* Who called the function that this stands in. */
#define INTERPOSE_CALLER __builtin_return_address(0)

/* X(function, why a plugin may not call it, with the cure); "": it ends the plugin, or is passed
 * on. */
#define INTERPOSE_FUNCTIONS(X) \
	X(exit, "") \
	X(_exit, "") \
	X(_Exit, "") \
	X(quick_exit, "") \
	X(abort, "") \
	X(verr, "") \
	X(verrx, "") \
	X(__assert_fail, "") \
	X(__stack_chk_fail, "") \
	X(malloc_usable_size, "") \
	X(pthread_exit, "") \
	X(pthread_create, "") \
	X(fork, INTERPOSE_NO_FORK) \
	X(_Fork, INTERPOSE_NO_FORK) \
	X(vfork, INTERPOSE_NO_FORK) \
	X(daemon, "it would end the host (corbeld stays where its supervisor started it)") \
	X(signal, INTERPOSE_NO_HANDLER) \
	X(__sysv_signal, INTERPOSE_NO_HANDLER) \
	X(sigaction, INTERPOSE_NO_HANDLER) \
	X(sigaltstack, "the host handles faults on it (leave it as it is)") \
	X(sigprocmask, INTERPOSE_NO_MASK) \
	X(pthread_sigmask, INTERPOSE_NO_MASK) \
	X(raise, INTERPOSE_NO_KILL) \
	X(kill, INTERPOSE_NO_KILL) \
	X(killpg, INTERPOSE_NO_KILL) \
	X(tgkill, INTERPOSE_NO_KILL) \
	X(sigqueue, INTERPOSE_NO_KILL) \
	X(pthread_kill, INTERPOSE_NO_KILL) \
	X(chdir, INTERPOSE_NO_FOLDER) \
	X(fchdir, INTERPOSE_NO_FOLDER) \
	X(umask, "it holds for every file that the process makes (use fchmod(2))") \
	X(setlocale, "all threads would read and write numbers anew (use uselocale(3))") \
	X(setenv, INTERPOSE_NO_ENVIRONMENT) \
	X(unsetenv, INTERPOSE_NO_ENVIRONMENT) \
	X(putenv, INTERPOSE_NO_ENVIRONMENT) \
	X(clearenv, INTERPOSE_NO_ENVIRONMENT) \
	X(setrlimit, INTERPOSE_NO_LIMIT) \
	X(setrlimit64, INTERPOSE_NO_LIMIT) \
	X(close, INTERPOSE_NO_DESCRIPTOR) \
	X(dup2, INTERPOSE_NO_DESCRIPTOR) \
	X(dup3, INTERPOSE_NO_DESCRIPTOR) \
	X(close_range, INTERPOSE_NO_DESCRIPTOR) \
	X(closefrom, INTERPOSE_NO_DESCRIPTOR) \
	X(accept4, "") \
	X(eventfd, "") \
	X(inotify_init1, "") \
	X(memfd_create, "") \
	X(pidfd_open, "")

#define INTERPOSE_NO_FORK \
	"the child would hold the locks of threads that it does not have (use " \
	"corbel_child_spawn())"
#define INTERPOSE_NO_HANDLER "the host owns the signals (use corbel_watch_add() on a signalfd(2))"
#define INTERPOSE_NO_MASK \
	"the host owns the signals, and all but faults are blocked already (leave the mask as it " \
	"is)"
#define INTERPOSE_NO_KILL "it would hit the host (use corbel_ask() to stop a plugin)"
#define INTERPOSE_NO_FOLDER \
	"all threads share the working folder (use openat(2), or absolute paths)"
#define INTERPOSE_NO_ENVIRONMENT \
	"others read it at the same time (give a child its own by corbel_child_options)"
#define INTERPOSE_NO_LIMIT "all plugins would be bound by it (use limit-... in the configuration)"
#define INTERPOSE_NO_DESCRIPTOR "it is the host's (close only what the plugin has opened)"

enum interpose_function {
#define INTERPOSE_NUMBER(function, why) INTERPOSE_##function,
	INTERPOSE_FUNCTIONS(INTERPOSE_NUMBER)
#undef INTERPOSE_NUMBER
		INTERPOSE_COUNT
};

/* libc's own. */
void *interpose_next(enum interpose_function function);
#define INTERPOSE_NEXT(function) ((__typeof__(&function))interpose_next(INTERPOSE_##function))

/* Whether this is a plugin's call. Then it is to fail, and the log has said so, once a plugin. */
bool interpose_refuses(enum interpose_function function, const void *caller);
/* If this is a plugin's call, the plugin ends here, and this does not return. */
__attribute__((format(printf, 2, 3))) void interpose_end(const void *caller, const char *format,
							 ...);

#endif

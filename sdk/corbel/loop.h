/* SPDX-License-Identifier: MIT */
/*
 * Time, timers, descriptors and children, all served on the instance's strand.
 *
 * A strand runs one callback of an instance at a time; two instances run at once. A callback that
 * blocks holds up its own plugin only for as long as there are workers left: long work belongs on a
 * thread (<corbel/worker.h>). Whatever is started here and not stopped is taken back when the
 * plugin stops; `out` may be NULL where that is enough.
 */
#ifndef CORBEL_LOOP_H
#define CORBEL_LOOP_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CORBEL_MILLISECOND INT64_C(1000000)
#define CORBEL_SECOND INT64_C(1000000000)

/* Nanoseconds of CLOCK_MONOTONIC, or of a test's virtual clock. [any thread] */
static inline int64_t corbel_now(struct corbel_context *context)
{
	return context->api->now(context);
}

/* Runs `run(data)` on the instance's strand, after what is already due there. [any thread] */
static inline int corbel_post(struct corbel_context *context, void (*run)(void *data), void *data)
{
	return context->api->post(context, run, data);
}

/*
 * Fires `first` ns from now and then every `period` ns (0: once). Missed periods are skipped, not
 * made up for, and the phase is kept. [any thread]; `fire` [strand]
 */
static inline int corbel_timer_start(struct corbel_context *context, int64_t first, int64_t period,
				     void (*fire)(void *data), void *data,
				     struct corbel_timer **out)
{
	return context->api->timer_start(context, first, period, fire, data, out);
}

/*
 * Stops and frees a timer, fired or not; it does not fire after that. NULL is allowed. [strand]
 * From elsewhere than the strand this waits while `fire` runs, unless that waits, itself or through
 * others, for the caller: then `fire` goes on after this, as if it had stopped the timer itself.
 */
static inline void corbel_timer_stop(struct corbel_context *context, struct corbel_timer *timer)
{
	if (timer)
		context->api->timer_stop(timer);
}

/* What a descriptor can be ready for; the values of poll(2). */
enum corbel_readiness {
	CORBEL_READABLE = 0x01,
	CORBEL_WRITABLE = 0x04,
	CORBEL_ERROR_OR_HANGUP = 0x18 /* always reported */
};

/*
 * Not a readiness: the host owns the descriptor from now on and closes it when the watch is
 * removed.
 */
#define CORBEL_WATCH_OWNED 0x10000u

/*
 * Calls `ready` whenever the descriptor is ready, until it no longer is (level-triggered). [any
 * thread]; `ready` [strand]
 * The descriptor is borrowed until the watch is removed, or transferred with CORBEL_WATCH_OWNED.
 * -EPERM: a regular file, which is always ready; -EEXIST: already watched.
 */
static inline int corbel_watch_add(struct corbel_context *context, int descriptor, uint32_t events,
				   void (*ready)(void *data, int descriptor, uint32_t events),
				   void *data, struct corbel_watch **out)
{
	return context->api->watch_add(context, descriptor, events, ready, data, out);
}

/* Waits for other events from now on; 0 pauses the watch. [strand] */
static inline int corbel_watch_change(struct corbel_context *context, struct corbel_watch *watch,
				      uint32_t events)
{
	return context->api->watch_change(watch, events);
}

/*
 * Ends a watch; `ready` is not called after that. NULL is allowed. From elsewhere than the strand
 * as corbel_timer_stop(). [strand]
 */
static inline void corbel_watch_remove(struct corbel_context *context, struct corbel_watch *watch)
{
	if (watch)
		context->api->watch_remove(watch);
}

struct corbel_child_options {
	uint32_t size; /* sizeof(struct corbel_child_options) */
	uint32_t reserved;
	const char *const *arguments;   /* [0] is the program's absolute path; NULL at the end */
	const char *const *environment; /* NULL at the end; NULL itself: a minimal one (PATH) */
	int input, output, error; /* the child's 0, 1, 2; -1: /dev/null. Borrowed for the call. */
	int reserved_too;
};

/*
 * Runs a program with no descriptor but the three, default signals, and its own process group. [any
 * thread]
 * `exited` gets the status of waitpid(2) and ends the child's handle. [strand]
 * A child that still runs when the plugin stops gets SIGTERM, and SIGKILL at the end of the stop's
 * deadline.
 */
static inline int corbel_child_spawn(struct corbel_context *context,
				     const struct corbel_child_options *options,
				     void (*exited)(void *data, int status), void *data,
				     struct corbel_child **out)
{
	return context->api->child_spawn(context, options, exited, data, out);
}

/* Sends a signal to a child; -ESRCH: it has ended. Safe against reuse of its pid. [strand] */
static inline int corbel_child_signal(struct corbel_context *context, struct corbel_child *child,
				      int signal)
{
	return context->api->child_signal(child, signal);
}

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Threads of a plugin's own, made by the host so that it can pause, stop and account for them.
 *
 * A thread loops on its token. All signals are blocked in it. Calls, publish and corbel_post() work
 * as anywhere.
 */
#ifndef CORBEL_WORKER_H
#define CORBEL_WORKER_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

enum corbel_token {
	CORBEL_RUN = 0,
	CORBEL_PAUSE = 1, /* call corbel_worker_pause() soon: the plugin is about to be replaced */
	CORBEL_STOP = 2   /* return soon */
};

/*
 * Starts a thread; `name` shows in ps and in reports (15 bytes at most); `out` may be NULL: until
 * the plugin stops. [strand]; `run` in the new thread
 */
static inline int corbel_worker_start(struct corbel_context *context, const char *name,
				      void (*run)(struct corbel_worker *worker, void *data),
				      void *data, struct corbel_worker **out)
{
	return context->api->worker_start(context, name, run, data, out);
}

/* What the thread is asked to do now: one load. [any thread] */
static inline enum corbel_token corbel_worker_token(struct corbel_context *context,
						    struct corbel_worker *worker)
{
	return (enum corbel_token)context->api->worker_token(worker);
}

/*
 * A descriptor that is readable while the token is not CORBEL_RUN, for poll(2). Owned by the host.
 * [any thread]
 */
static inline int corbel_worker_descriptor(struct corbel_context *context,
					   struct corbel_worker *worker)
{
	return context->api->worker_descriptor(worker);
}

/*
 * Waits here while the token is CORBEL_PAUSE, and returns what it became. In the thread itself
 * only.
 */
static inline enum corbel_token corbel_worker_pause(struct corbel_context *context,
						    struct corbel_worker *worker)
{
	return (enum corbel_token)context->api->worker_pause(worker);
}

/*
 * Sets CORBEL_STOP, waits for the thread's end, frees it. [strand]
 * -EDEADLK: called by the thread itself, or it waits for the caller; -ETIMEDOUT: it has not ended
 * in time and stays the host's to report.
 */
static inline int corbel_worker_stop(struct corbel_context *context, struct corbel_worker *worker)
{
	return worker ? context->api->worker_stop(worker) : 0;
}

#ifdef __cplusplus
}
#endif

#endif

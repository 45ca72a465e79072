/* SPDX-License-Identifier: MIT */
/*
 * What a plugin is to its host: one exported table, `corbel_plugin`.
 *
 *     static int start(struct corbel_context *context, void **self) { ... }
 *     static void stop(void *self, enum corbel_stop_reason reason) { ... }
 *     CORBEL_PLUGIN(.start = start, .stop = stop);
 *
 * The rest of what the host must know, it reads from the manifest that corbel-scanner makes of the
 * .plugin file, without running any code of the plugin. This header brings in the whole SDK.
 */
#ifndef CORBEL_PLUGIN_H
#define CORBEL_PLUGIN_H

#include <corbel/abi.h>
#include <corbel/api.h>
#include <corbel/buffer.h>
#include <corbel/call.h>
#include <corbel/config.h>
#include <corbel/event.h>
#include <corbel/interface.h>
#include <corbel/log.h>
#include <corbel/loop.h>
#include <corbel/service.h>
#include <corbel/state.h>
#include <corbel/worker.h>

#ifdef __cplusplus
extern "C" {
#endif

enum corbel_stop_reason {
	CORBEL_STOP_REQUESTED = 0,  /* an administrator or another plugin asked */
	CORBEL_STOP_SHUTDOWN = 1,   /* the host ends */
	CORBEL_STOP_DEPENDENCY = 2, /* something it requires goes */
	CORBEL_STOP_IDLE = 3,       /* activated on demand and not needed for a while */
	CORBEL_STOP_REPLACED = 4,   /* a newer version serves with the saved state */
	CORBEL_STOP_FAILED = 5      /* its start, or the transaction it took part in, failed */
};

/*
 * The entry table. Members that are NULL are not offered, except start and stop, which must be
 * there.
 */
struct corbel_plugin {
	uint32_t size; /* sizeof(struct corbel_plugin) */
	uint32_t abi;  /* CORBEL_ABI */

	/*
	 * Makes the instance: acquire uses, provide services, subscribe, start timers. [strand]
	 * `context` is borrowed until stop() returns; `*self` comes back in every later call.
	 * Return 0, or -errno after corbel_explain(); then stop() is not called, and the host takes
	 * back all that was made.
	 */
	int (*start)(struct corbel_context *context, void **self);

	/*
	 * Ends the instance and frees `self`. [strand]
	 * Nobody is inside its methods or handlers any more, and its threads have ended. What it
	 * got from the host may be given back here, or is taken back after.
	 */
	void (*stop)(void *self, enum corbel_stop_reason reason);

	/*
	 * Writes the state in format state->version, destroying nothing: the old version may go on.
	 * [strand]
	 * Nobody is inside its methods or handlers, and its threads wait in corbel_worker_pause();
	 * callers wait at the gate, so be quick, and call nobody. Return 0, or -errno after
	 * corbel_explain(): then the reload is refused.
	 */
	int (*save)(void *self, struct corbel_state *state);

	/*
	 * Takes the state over into a started instance, before its first call, event or timer; the
	 * bytes are borrowed for the call. [strand]
	 * As quick as save(). Return 0, or -errno after corbel_explain(): then the old version goes
	 * on, and this one gets stop() with CORBEL_STOP_FAILED.
	 */
	int (*restore)(void *self, const struct corbel_state *state);

	/*
	 * Takes changed settings over; the getters already give the new ones. [strand]
	 * Return 0, or -errno with the old settings still in force: the host then keeps the old
	 * ones.
	 * NULL: a change replaces the plugin by itself, as a reload, if it has a state; else it is
	 * restarted.
	 */
	int (*configure)(void *self);
};

CORBEL_PIN(corbel_plugin, abi, 4);
CORBEL_PIN(corbel_plugin, start, 8);
CORBEL_PIN(corbel_plugin, stop, 16);
CORBEL_PIN(corbel_plugin, save, 24);
CORBEL_PIN(corbel_plugin, restore, 32);
CORBEL_PIN(corbel_plugin, configure, 40);
CORBEL_STATIC_ASSERT(sizeof(struct corbel_plugin) == 48, "grow at the end, and pin the new end");

/* Defines the entry table from the callbacks named. */
#define CORBEL_PLUGIN(...) \
	CORBEL_EXPORT extern const struct corbel_plugin corbel_plugin; \
	const struct corbel_plugin corbel_plugin = { .size = sizeof(struct corbel_plugin), \
						     .abi = CORBEL_ABI, \
						     __VA_ARGS__ }

/* This plugin's name in the configuration; borrowed until stop() returns. [any thread] */
static inline const char *corbel_name(struct corbel_context *context)
{
	return context->api->name(context);
}

/*
 * The folder for this plugin's files, made if need be; borrowed until stop() returns. [strand]
 * -EACCES, -EROFS and their like with the words in the log; -ENOENT: the configuration names no
 * state-dir.
 */
static inline int corbel_state_folder(struct corbel_context *context, const char **path)
{
	return context->api->state_folder(context, path);
}

/*
 * Whether restore() will follow, since start() makes a version that replaces one which still runs,
 * or goes on from what was committed before a fault: leave alone what the other one holds, as a
 * listening socket, and take it from the state. Until then
 * nothing of this instance runs but start(): its handlers, timers and threads wait, and its
 * services are not to be seen. [strand]
 * false when the two have no state to carry over: then start() does all by itself, and what only
 * one can hold makes it fail, and the old version go on.
 */
static inline bool corbel_is_replacement(struct corbel_context *context)
{
	return context->api->is_replacement(context);
}

enum corbel_request {
	CORBEL_REQUEST_START = 1,
	CORBEL_REQUEST_STOP = 2,
	CORBEL_REQUEST_RESTART = 3,
	CORBEL_REQUEST_RELOAD = 4 /* hosts before ABI 1.1 say -EOPNOTSUPP */
};

/*
 * Asks the host to start, stop, restart or reload a plugin, oneself included (NULL). Done later,
 * never here. [any thread]
 * -ENOENT: no such plugin; -EACCES: the configuration does not grant it (may-control), as it does
 * not unless it says so; oneself needs no grant.
 */
static inline int corbel_ask(struct corbel_context *context, enum corbel_request request,
			     const char *plugin)
{
	return context->api->request(context, request, plugin);
}

/* Says why start(), restore() or configure() is about to fail, and what to do about it. [strand] */
__attribute__((format(printf, 2, 3), unused)) static void
corbel_explain(struct corbel_context *context, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	context->api->explain(context, format, arguments);
	va_end(arguments);
}

#ifdef __cplusplus
}
#endif

#endif

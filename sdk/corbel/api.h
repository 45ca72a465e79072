/* SPDX-License-Identifier: MIT */
/*
 * The host's function table, and the context that leads to it.
 *
 * Plugin authors call the functions of <corbel/service.h>, <corbel/event.h> and their neighbours,
 * which are one line each over this table and say what it promises. The table only grows; a
 * member is there if it lies within `size`. The host's `abi` says how far a plugin may count on it.
 */
#ifndef CORBEL_API_H
#define CORBEL_API_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/abi.h>
#include <corbel/call.h>
#include <corbel/interface.h>

#ifdef __cplusplus
extern "C" {
#endif

struct corbel_api;

/*
 * An instance's link to its host: valid from start() until stop() returns. Its rest is the host's.
 */
struct corbel_context {
	const struct corbel_api *api;
};

struct corbel_provision;
struct corbel_service_options;
struct corbel_use_options;
struct corbel_topic;
struct corbel_topic_options;
struct corbel_subscription;
struct corbel_subscriber;
struct corbel_delivery;
struct corbel_timer;
struct corbel_watch;
struct corbel_worker;
struct corbel_child;
struct corbel_child_options;
struct corbel_config_entry;
struct corbel_state;

/* Which of [strand] and [any thread] holds for a member is said at the function that wraps it. */
struct corbel_api {
	uint32_t size;
	uint32_t abi;

	/* log.h */
	void (*log)(struct corbel_context *context, int level, const char *format,
		    va_list arguments);
	bool (*log_enabled)(struct corbel_context *context, int level);

	/* buffer.h */
	void *(*alloc)(struct corbel_context *context, size_t size);
	void (*free)(struct corbel_context *context, void *buffer);

	/* service.h */
	int (*provide)(struct corbel_context *context, const struct corbel_interface *interface,
		       const void *table, void *self, const struct corbel_service_options *options,
		       struct corbel_provision **out);
	int (*withdraw)(struct corbel_provision *provision);
	int (*acquire)(struct corbel_context *context, const struct corbel_interface *interface,
		       const struct corbel_use_options *options, struct corbel_use **out);
	int (*duplicate)(struct corbel_context *context, struct corbel_use *use,
			 struct corbel_use **out);
	void (*release)(struct corbel_use *use);

	/* event.h */
	int (*topic_open)(struct corbel_context *context, const struct corbel_interface *interface,
			  uint32_t event, const struct corbel_topic_options *options,
			  struct corbel_topic **out);
	void (*topic_close)(struct corbel_topic *topic);
	int (*subscribe)(struct corbel_context *context, const char *pattern,
			 const struct corbel_subscriber *subscriber,
			 struct corbel_subscription **out);
	int (*unsubscribe)(struct corbel_subscription *subscription);
	int (*event_text)(const struct corbel_delivery *delivery, char *text, size_t size);

	/* loop.h */
	int64_t (*now)(struct corbel_context *context);
	int (*post)(struct corbel_context *context, void (*run)(void *data), void *data);
	int (*timer_start)(struct corbel_context *context, int64_t first, int64_t period,
			   void (*fire)(void *data), void *data, struct corbel_timer **out);
	void (*timer_stop)(struct corbel_timer *timer);
	int (*watch_add)(struct corbel_context *context, int descriptor, uint32_t events,
			 void (*ready)(void *data, int descriptor, uint32_t events), void *data,
			 struct corbel_watch **out);
	int (*watch_change)(struct corbel_watch *watch, uint32_t events);
	void (*watch_remove)(struct corbel_watch *watch);
	int (*child_spawn)(struct corbel_context *context,
			   const struct corbel_child_options *options,
			   void (*exited)(void *data, int status), void *data,
			   struct corbel_child **out);
	int (*child_signal)(struct corbel_child *child, int signal);

	/* worker.h */
	int (*worker_start)(struct corbel_context *context, const char *name,
			    void (*run)(struct corbel_worker *worker, void *data), void *data,
			    struct corbel_worker **out);
	int (*worker_token)(struct corbel_worker *worker);
	int (*worker_descriptor)(struct corbel_worker *worker);
	int (*worker_pause)(struct corbel_worker *worker);
	int (*worker_stop)(struct corbel_worker *worker);

	/* config.h */
	const struct corbel_config_entry *(*config_find)(struct corbel_context *context,
							 const char *key);
	const struct corbel_config_entry *(*config_next)(struct corbel_context *context,
							 const char *prefix,
							 const struct corbel_config_entry *after);

	/* plugin.h */
	int (*state_folder)(struct corbel_context *context, const char **path);
	int (*request)(struct corbel_context *context, int request, const char *plugin);
	const char *(*name)(struct corbel_context *context);
	void (*explain)(struct corbel_context *context, const char *format, va_list arguments);
	bool (*is_replacement)(struct corbel_context *context); /* since 1.1 */

	/* state.h */
	int (*commit)(struct corbel_context *context,
		      const struct corbel_state *state); /* since 1.2 */
};

CORBEL_PIN(corbel_api, log, 8);
CORBEL_PIN(corbel_api, alloc, 24);
CORBEL_PIN(corbel_api, provide, 40);
CORBEL_PIN(corbel_api, topic_open, 80);
CORBEL_PIN(corbel_api, now, 120);
CORBEL_PIN(corbel_api, worker_start, 192);
CORBEL_PIN(corbel_api, config_find, 232);
CORBEL_PIN(corbel_api, explain, 272);
CORBEL_PIN(corbel_api, is_replacement, 280);
CORBEL_PIN(corbel_api, commit, 288);
CORBEL_STATIC_ASSERT(sizeof(struct corbel_api) == 296, "grow at the end, and pin the new end");

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Services: an instance's implementation of an interface, found by the interface's name.
 *
 * corbel-scanner wraps these functions for each interface, with its types:
 * corbel_sensors_provide(), corbel_sensors_acquire(), corbel_sensors_release(). A use is bound to
 * the best provider: highest rank first, then the oldest; it changes over by itself when that one
 * goes or a better one comes.
 *
 * Methods run in the caller's thread, several at once and beside the provider's own callbacks: a
 * provider is thread-safe, or says `exec = thread` in its .plugin file.
 */
#ifndef CORBEL_SERVICE_H
#define CORBEL_SERVICE_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A name and a value that consumers can select by. */
struct corbel_property {
	const char *name;
	const char *value;
};

struct corbel_service_options {
	uint32_t size; /* sizeof(struct corbel_service_options) */
	int32_t rank;  /* higher is preferred; 0 is usual */
	const struct corbel_property *properties;
	size_t property_count;
};

struct corbel_use_options {
	uint32_t size; /* sizeof(struct corbel_use_options) */
	uint32_t reserved;
	/* Only providers with all of these properties. */
	const struct corbel_property *properties;
	size_t property_count;
	/* Called when the use becomes bound or unbound, and once at first. May be NULL. [strand] */
	void (*changed)(void *data, bool bound);
	void *data;
};

/*
 * Offers `table` (borrowed until withdrawn) under `interface`; `options` may be NULL, and so may
 * `out`: then it is taken back when the plugin stops. [strand]
 * -EACCES: the manifest's [provides] does not name it; -EINVAL: the table is shorter than the
 * interface or has a NULL method; -EPROTO: the interface differs from one already known by that
 * name and version. The words are in the log.
 */
static inline int corbel_provide(struct corbel_context *context,
				 const struct corbel_interface *interface, const void *table,
				 void *self, const struct corbel_service_options *options,
				 struct corbel_provision **out)
{
	return context->api->provide(context, interface, table, self, options, out);
}

/*
 * Takes the offer back. After 0 nobody is inside a method, and nobody comes in. [strand]
 * -EDEADLK: called from within one of its own methods; -ETIMEDOUT: somebody does not leave. In both
 * cases the gate stays closed and the host finishes when the last one is out. What is still offered
 * when the plugin stops is taken back then.
 */
static inline int corbel_withdraw(struct corbel_context *context,
				  struct corbel_provision *provision)
{
	return provision ? context->api->withdraw(provision) : 0;
}

/*
 * A handle on the best provider of `interface`, now and later. [strand]
 * 0 even when nobody provides it: a call then returns -ENOTCONN; and -EACCES once the configuration
 * has taken it back. -EACCES: the manifest names it neither in [requires] nor in [wants], or the
 * configuration does not grant it (may-use); -EPROTO: provided with another layout. The words are
 * in the log.
 */
static inline int corbel_acquire(struct corbel_context *context,
				 const struct corbel_interface *interface,
				 const struct corbel_use_options *options, struct corbel_use **out)
{
	return context->api->acquire(context, interface, options, out);
}

/* A use of one's own for what a `ref` parameter lent, under one's own grants. [any thread] */
static inline int corbel_use_duplicate(struct corbel_context *context, struct corbel_use *use,
				       struct corbel_use **out)
{
	return context->api->duplicate(context, use, out);
}

/* Gives a use back; no call through it may be under way. NULL is allowed. [any thread] */
static inline void corbel_release(struct corbel_context *context, struct corbel_use *use)
{
	if (use)
		context->api->release(use);
}

#ifdef __cplusplus
}
#endif

#endif

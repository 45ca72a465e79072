/* SPDX-License-Identifier: MIT */
/* Doing something in the name of a plugin, to see what the host makes of it. */
#include <errno.h>
#include <stdlib.h>

#include "host_context.h"
#include "instance.h"

struct injection {
	struct ledger_item item;
	struct instance *instance;
	enum corbel_inject_place place;
	void (*run)(struct corbel_context *context, void *data);
	void *data;
};

static void reclaim(struct ledger_item *item)
{
	ledger_remove(item);
	free(container_of(item, struct injection, item));
}

/* It is over before it is run: whether that comes back is not to be known. */
static void run(void *data)
{
	struct injection injection = *(struct injection *)data;

	reclaim(&((struct injection *)data)->item);
	injection.run(&injection.instance->context, injection.data);
}

static void run_in_worker(struct corbel_worker *worker, void *data)
{
	(void)worker;
	run(data);
}

/* As a caller does. */
static void run_in_call(struct injection *injection)
{
	struct gate *gate = gate_newest(&injection->instance->owner, GATE_SERVICE);
	struct corbel_call call;

	if (!gate || frame_push(&call, gate, 0) < 0) {
		reclaim(&injection->item);
		return;
	}
	run(injection);
	frame_pop(&call);
}

/* From the strand on, where threads may be started. */
static void begin(void *data)
{
	struct injection *injection = data;
	struct corbel_context *context = &injection->instance->context;
	int result = 0;

	if (injection->place == CORBEL_INJECT_WORKER)
		result = corbel_worker_start(context, "inject", run_in_worker, injection, NULL);
	else if (injection->place == CORBEL_INJECT_TIMER)
		result = corbel_timer_start(context, CORBEL_MILLISECOND, 0, run, injection, NULL);
	else if (injection->place == CORBEL_INJECT_CALL)
		run_in_call(injection);
	else
		run(injection);
	if (result < 0)
		reclaim(&injection->item);
}

int corbel_host_inject(struct corbel_host *host, const char *name, enum corbel_inject_place place,
		       void (*run_it)(struct corbel_context *context, void *data), void *data)
{
	struct plugin *plugin = host_find(host, name);
	struct injection *injection;
	int result;

	if (!(host->flags & CORBEL_HOST_DEVELOP))
		return -EPERM;
	if (!plugin)
		return -ENOENT;
	if (plugin->state != CORBEL_PLUGIN_RUNNING)
		return -ENOTCONN;
	if (place == CORBEL_INJECT_CALL && !gate_newest(&plugin->instance->owner, GATE_SERVICE))
		return -EOPNOTSUPP;
	injection = calloc(1, sizeof(*injection));
	if (!injection)
		return -ENOMEM;
	injection->instance = plugin->instance;
	injection->place = place;
	injection->run = run_it;
	injection->data = data;
	ledger_add(&plugin->instance->ledger, &injection->item, "injection", reclaim);
	result = strand_post(plugin->instance->strand, &plugin->instance->ledger, begin, injection);
	if (result < 0)
		reclaim(&injection->item);
	return result;
}

/* SPDX-License-Identifier: MIT */
/* Whether a host's locks can still be taken, and what it lives by. */
#include <corbel/rescue.h>

#include "bus_parts.h"
#include "frame_record.h"
#include "instance.h"
#include "registry_parts.h"
#include "strand.h"

static void touch(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	pthread_mutex_unlock(lock);
}

static void touch_bus(struct bus *bus)
{
	struct nametable_link *link = NULL;

	pthread_mutex_lock(&bus->lock);
	while ((link = nametable_next(&bus->topics, link)))
		touch(&((struct topic *)link)->value_lock);
	pthread_mutex_unlock(&bus->lock);
}

static void touch_loop(struct loop *loop)
{
	touch(&loop->lock);
	touch(&loop->control.lock);
	touch(&loop->strand->lock);
	if (!loop->pool)
		return;
	touch(&loop->pool->lock);
	touch(&loop->pool->reactor.lock);
}

/* One that has faulted may have a lock of its own that its thread took with it. */
static void touch_instance(struct instance *instance)
{
	if (!instance || instance_fault(instance))
		return;
	touch(&instance->strand->lock);
	touch(&instance->ledger.lock);
	touch(&instance->commit->lock);
	worker_set_scan(instance->workers, NULL, NULL);
}

void corbel_host_verify(struct corbel_host *host)
{
	touch(&host->log.lock);
	touch(&host->roster);
	touch(&frame_lock);
	touch(&host->registry->lock);
	catalogue_verify(host->catalogue);
	touch_bus(host->bus);
	touch_loop(host->loop);
	if (!loop_is_dispatching_here(host->loop))
		return;
	for (size_t i = 0; i < host->plugin_count; i++)
		touch_instance(host->plugins[i]->instance);
}

static void visit_reactor(const struct reactor *reactor,
			  void (*visit)(void *data, const char *what, int descriptor), void *data)
{
	visit(data, "the loop's epoll set", reactor->epoll);
	visit(data, "the loop's timer", reactor->timer);
	visit(data, "the loop's bell", reactor->bell);
}

void corbel_host_descriptors(const struct corbel_host *host,
			     void (*visit)(void *data, const char *what, int descriptor),
			     void *data)
{
	visit_reactor(&host->loop->control, visit, data);
	if (host->loop->pool)
		visit_reactor(&host->loop->pool->reactor, visit, data);
}

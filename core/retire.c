/* SPDX-License-Identifier: MIT */
/* Instances that were replaced, or that were to replace another and failed: their end. */
#include <signal.h>
#include <stdio.h>

#include "child.h"
#include "lifecycle.h"
#include "reload_parts.h"

/* Nobody waits for it any more; it may still end, unless a thread stays in it for ever. */
static void set_aside(struct instance *instance, const char *why)
{
	timer_stop(instance->deadline);
	instance->deadline = NULL;
	log_host(&instance->host->log, CORBEL_ERROR, "%s %s stays in memory: %s",
		 instance->plugin->name, instance->owner.version, why);
	instance->is_abandoned = true;
	instance->plugin->lingering++;
	instance->host->abandoned++;
	instance->host->retiring--;
	child_signal_all(&instance->ledger, SIGKILL);
	supervisor_release(instance);
	lifecycle_wake(instance->host);
}

static void late(void *data)
{
	struct instance *instance = data;
	char why[128];

	instance_tell(instance);
	snprintf(why, sizeof(why), "it has not ended after %.3g s (stop-timeout)",
		 (double)instance->settings->stop_timeout / (double)CORBEL_SECOND);
	set_aside(instance, why);
}

static void end(struct instance *instance)
{
	struct plugin *plugin = instance->plugin;
	struct corbel_host *host = plugin->host;
	struct corbel_error error = { "" };
	char version[64];

	snprintf(version, sizeof(version), "%s", instance->owner.version);
	timer_stop(instance->deadline);
	if (instance->is_abandoned) {
		plugin->lingering--;
		host->abandoned--;
	} else {
		host->retiring--;
	}
	plugin->retiring--;
	supervisor_release(instance);
	if (plugin_unload(plugin, instance, &error) < 0) {
		plugin->lingering++;
		log_host(&host->log, CORBEL_ERROR, "%s %s stays in memory: %s", plugin->name,
			 version, error.text);
	} else {
		log_host(&host->log, CORBEL_DEBUG, "%s %s unloaded", plugin->name, version);
	}
	lifecycle_wake(host);
}

static void step(struct source *source)
{
	struct instance *instance = container_of(source, struct instance, step);

	supervisor_remember(instance);
	if (instance_parked(instance)) {
		if (!instance->is_abandoned)
			set_aside(instance, "a thread of it is parked where it had its fault");
		return;
	}
	/* One that hangs is not waited for; should it come back, all goes as it should. */
	if (!instance->is_abandoned && instance_fault(instance) &&
	    instance_fault(instance)->end == CORBEL_FAULT_GIVEN_UP)
		set_aside(instance, "a thread of it hangs");
	if (!instance_drain(instance))
		return;
	if (instance->is_made && !instance_fault(instance))
		instance_call(instance, INSTANCE_STOP);
	else
		end(instance);
}

void retire(struct instance *instance, enum corbel_stop_reason reason)
{
	instance->plugin->retiring++;
	instance->host->retiring++;
	instance->stop_reason = reason;
	instance->step.run = step;
	timer_start(loop_control(instance->host->loop), NULL, instance->settings->stop_timeout, 0,
		    late, instance, &instance->deadline);
	instance_close(instance);
	instance_dismiss(instance);
	source_wake(&instance->step);
}

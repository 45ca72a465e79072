/* SPDX-License-Identifier: MIT */
/* Instances that were replaced, or that were to replace another and failed: their end. */
#include "lifecycle.h"
#include "reload_parts.h"

/* Nobody waits for it any more; it may still end. */
static void late(void *data)
{
	struct instance *instance = data;

	timer_stop(instance->deadline);
	instance->deadline = NULL;
	instance_tell(instance);
	log_host(&instance->host->log, CORBEL_ERROR,
		 "%s %s stays in memory: it has not ended after %.3g s (stop-timeout)",
		 instance->plugin->name, instance->owner.version,
		 (double)instance->settings->stop_timeout / (double)CORBEL_SECOND);
	instance->is_abandoned = true;
	instance->plugin->lingering++;
	instance->host->abandoned++;
	instance->host->retiring--;
	lifecycle_wake(instance->host);
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

	if (!instance_drain(instance))
		return;
	if (instance->is_made)
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

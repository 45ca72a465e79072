/* SPDX-License-Identifier: MIT */
/* ListFaults and Inject of org.corbel.Host: the faults are in a library of their own. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host_service.h"
#include "nearest.h"

/* What the library exports: plugins/faulty/inject.c says what they do. */
typedef const char *fault_class(size_t number, const char **summary);
typedef void fault_commit(struct corbel_context *context, void *number);

static const char *const places[] = {
	[CORBEL_INJECT_STRAND] = "strand",
	[CORBEL_INJECT_TIMER] = "timer",
	[CORBEL_INJECT_WORKER] = "worker",
	[CORBEL_INJECT_CALL] = "call",
};

#define PLACE_COUNT (sizeof(places) / sizeof(*places))

static void *find(struct host_service *service, const char *symbol)
{
	const struct corbel_config_entry *path =
		corbel_host_setting(service->host, "corbel", "injector");

	/* Once loaded it stays: threads may be in it for ever. */
	if (!service->faults)
		service->faults = dlopen(path->text, RTLD_NOW | RTLD_LOCAL);
	return service->faults ? dlsym(service->faults, symbol) : NULL;
}

/* NULL: that has been answered. */
static void *open_library(struct varlink_call *call, struct host_service *service,
			  const char *symbol)
{
	char words[1024];
	void *function;

	if (!service->is_developing) {
		host_service_fail(call, -EPERM,
				  "faults are played in development only (start corbeld with "
				  "--develop)");
		return NULL;
	}
	function = find(service, symbol);
	if (!function) {
		snprintf(words, sizeof(words),
			 "cannot load the library of faults: %s (set injector in [corbel])",
			 dlerror());
		host_service_fail(call, -ENOENT, words);
	}
	return function;
}

void host_inject_list(struct varlink_call *call, void *data)
{
	fault_class *class = (fault_class *)open_library(call, data, "corbel_fault_class");
	json_t *list;
	const char *summary, *name;

	if (!class)
		return;
	list = json_array();
	for (size_t i = 0; (name = class(i, &summary)); i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "name", name, "summary", summary));
	varlink_reply(call, json_pack("{s:o}", "faults", list));
}

/* The number of the class, or -ENOENT, which has been answered. */
static int find_class(struct varlink_call *call, fault_class *class, const char *wanted)
{
	const char *summary, *name;
	struct nearest nearest;
	char words[256], hint[80];

	nearest_init(&nearest, wanted);
	for (int i = 0; (name = class((size_t)i, &summary)); i++) {
		if (strcmp(name, wanted) == 0)
			return i;
		nearest_offer(&nearest, name);
	}
	snprintf(words, sizeof(words), "there is no fault '%.64s'%s; see corbelctl inject --list",
		 wanted, nearest_hint(&nearest, hint, sizeof(hint)));
	host_service_fail(call, -ENOENT, words);
	return -ENOENT;
}

static int find_place(struct varlink_call *call)
{
	const char *wanted = varlink_string(call, "at");

	for (size_t i = 0; wanted && i < PLACE_COUNT; i++)
		if (strcmp(places[i], wanted) == 0)
			return (int)i;
	return wanted ? -ENOENT : CORBEL_INJECT_STRAND;
}

static void answer(struct varlink_call *call, const char *plugin, int result)
{
	if (result == -ENOENT)
		host_service_not_found(call, plugin);
	else if (result == -ENOTCONN)
		host_service_fail(call, result, "the plugin does not run");
	else if (result == -EOPNOTSUPP)
		host_service_fail(call, result, "the plugin offers nothing that could be called");
	else if (result < 0)
		host_service_fail(call, result, NULL);
	else
		varlink_reply(call, NULL);
}

void host_inject_play(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *plugin = varlink_string(call, "plugin");
	fault_class *class = (fault_class *)open_library(call, service, "corbel_fault_class");
	int place, number;

	if (!class)
		return;
	place = find_place(call);
	if (place < 0) {
		host_service_invalid(call, "at");
		return;
	}
	number = find_class(call, class, varlink_string(call, "fault"));
	if (number < 0)
		return;
	fault_commit *commit = (fault_commit *)find(service, "corbel_fault_commit");

	answer(call, plugin,
	       corbel_host_inject(service->host, plugin, (enum corbel_inject_place)place, commit,
				  (void *)(intptr_t)number));
}

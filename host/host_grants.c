/* SPDX-License-Identifier: MIT */
/* Grants and Why of org.corbel.Host: what plugins may do, and by which lines. */
#include <errno.h>

#include "host_json.h"
#include "host_service.h"

static void append(void *data, const struct corbel_grant_info *grant)
{
	json_array_append_new(data, host_json_grant(grant));
}

static void answer(struct varlink_call *call, int code, const char *plugin, json_t *list)
{
	if (code == 0) {
		varlink_reply(call, json_pack("{s:o}", "grants", list));
		return;
	}
	json_decref(list);
	if (code == -ENOENT)
		host_service_not_found(call, plugin);
	else
		host_service_fail(call, code,
				  code == -ENODATA ? "its file is not fit, so that nothing is "
						     "known of what it declares (corbelctl show "
						     "says why)"
						   : NULL);
}

void host_grants_list(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *plugin = varlink_string(call, "plugin");
	json_t *list = json_array();

	answer(call, corbel_host_grants(service->host, plugin, append, list), plugin, list);
}

void host_grants_why(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *plugin = varlink_string(call, "plugin");
	json_t *list = json_array();

	answer(call,
	       corbel_host_why(service->host, plugin, varlink_string(call, "thing"), append, list),
	       plugin, list);
}

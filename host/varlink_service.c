/* SPDX-License-Identifier: MIT */
/* org.varlink.service: what every Varlink server says about itself. */
#include "varlink_service.h"

#include <string.h>

#include <corbel/host.h>

static const char description[] =
	"# The Varlink service interface, provided by every Varlink service.\n"
	"interface org.varlink.service\n\n"
	"# Who serves, and which interfaces.\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n\n"
	"# The description of an interface, in this language.\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"# No such interface here\n"
	"error InterfaceNotFound (interface: string)\n\n"
	"# No such method in the interface\n"
	"error MethodNotFound (method: string)\n\n"
	"# The method is described, but not there\n"
	"error MethodNotImplemented (method: string)\n\n"
	"# A parameter is unknown, missing, or of another type\n"
	"error InvalidParameter (parameter: string)\n\n"
	"# The caller may not do that; words say what would allow it\n"
	"error PermissionDenied (words: ?string)\n\n"
	"# The method replies more than once: it wants \"more\"\n"
	"error ExpectedMore ()\n";

static void get_info(struct varlink_call *call, void *data)
{
	json_t *interfaces = json_array();

	(void)data;
	for (size_t i = 0; i < call->services->count; i++)
		json_array_append_new(interfaces, json_string(call->services->interfaces[i]->name));
	varlink_reply(call, json_pack("{s:s, s:s, s:s, s:s, s:o}", "vendor", "Corbel", "product",
				      "corbeld", "version", corbel_host_version(), "url", "",
				      "interfaces", interfaces));
}

static void get_description(struct varlink_call *call, void *data)
{
	const char *name = varlink_string(call, "interface");

	(void)data;
	for (size_t i = 0; i < call->services->count; i++) {
		const struct varlink_interface *interface = call->services->interfaces[i];

		if (strcmp(interface->name, name) == 0) {
			varlink_reply(call,
				      json_pack("{s:s}", "description", interface->description));
			return;
		}
	}
	varlink_error(call, "org.varlink.service.InterfaceNotFound",
		      json_pack("{s:s}", "interface", name));
}

static const struct varlink_method methods[] = {
	{ "GetInfo", VARLINK_READ, .run = get_info },
	{ "GetInterfaceDescription", VARLINK_READ, .run = get_description,
	  .parameters = { { "interface", VARLINK_STRING, false } } },
	{ .name = NULL },
};

const struct varlink_interface varlink_service = {
	.name = "org.varlink.service",
	.description = description,
	.methods = methods,
};

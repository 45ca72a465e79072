/* SPDX-License-Identifier: MIT */
/* Events for corbeld itself, within corbel_host_dispatch(). */
#include "subscribe.h"

#include <errno.h>
#include <string.h>

#include "error.h"

int subscribe(struct corbel_host *host, const char *pattern, corbel_handler *handler, void *data,
	      struct corbel_subscription **out, struct corbel_error *error)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))handler,
						.data = data };
	int code = corbel_subscribe(corbel_host_context(host), pattern, &subscriber, out);

	if (code == -EINVAL)
		return error_set(
			error, code,
			"\"%s\" is not a topic such as corbel.sensors.sample, nor all below "
			"a name such as corbel.*",
			pattern);
	return code < 0 ? error_set(error, code, "cannot subscribe to %s: %s", pattern,
				    strerror(-code))
			: 0;
}

void unsubscribe(struct corbel_host *host, struct corbel_subscription *subscription)
{
	corbel_unsubscribe(corbel_host_context(host), subscription);
}

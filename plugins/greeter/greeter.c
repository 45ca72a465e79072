/* SPDX-License-Identifier: MIT */
/* The example of the README: one service with one method. */
#include <stdio.h>
#include <corbel/plugin.h>
#include "corbel.greeter.h"

static int greet(void *self, const char *name, char **text)
{
	size_t size = strlen(name) + sizeof("Hello, !");

	*text = corbel_alloc(self, size);
	return *text ? snprintf(*text, size, "Hello, %s!", name), 0 : -ENOMEM;
}

static const struct corbel_greeter_methods methods = { .size = sizeof(methods), .greet = greet };

static int start(struct corbel_context *context, void **self)
{
	*self = context;
	return corbel_greeter_provide(context, &methods, context, NULL, NULL);
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	corbel_log(self, CORBEL_INFO, "goodbye (%d)", reason);
}

CORBEL_PLUGIN(.start = start, .stop = stop);

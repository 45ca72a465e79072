/* SPDX-License-Identifier: MIT */
/* The settings of this plugin. */
#include "settings.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Descriptors that are left to the rest of the process. */
#define DESCRIPTORS_SPARED 64

static int address_refuse(struct corbel_context *context, const char *listen)
{
	corbel_explain(context,
		       "listen = %s: expected an address and a port, such as 127.0.0.1:8480 or "
		       "[::1]:8480 (port 0: any that is free)",
		       listen);
	return -EINVAL;
}

/* getaddrinfo() takes larger ones for something else. */
static bool is_port(const char *text)
{
	char *end;

	return *text >= '0' && *text <= '9' && strtoul(text, &end, 10) <= 65535 && !*end;
}

/* No name is looked up: that could take long, and give another address each time. */
static int address_read(struct settings *settings, struct corbel_context *context)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *listen = corbel_config_text(context, "listen");
	const char *colon = strrchr(listen, ':');
	char host[64];
	struct addrinfo *found;
	size_t length = colon ? (size_t)(colon - listen) : 0;

	if (length >= 2 && listen[0] == '[' && listen[length - 1] == ']') {
		listen++;
		length -= 2;
	} else if (memchr(listen, ':', length)) {
		length = 0;
	}
	if (length == 0 || length >= sizeof(host) || !is_port(colon + 1))
		return address_refuse(context, corbel_config_text(context, "listen"));
	snprintf(host, sizeof(host), "%.*s", (int)length, listen);
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return address_refuse(context, corbel_config_text(context, "listen"));
	memcpy(&settings->address, found->ai_addr, found->ai_addrlen);
	settings->address_length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int limits_read(struct settings *settings, struct corbel_context *context)
{
	struct rlimit limit;
	size_t descriptors = SIZE_MAX;

	settings->connections = (size_t)corbel_config_integer(context, "connections");
	settings->streams = (size_t)corbel_config_integer(context, "streams");
	settings->timeout = corbel_config_integer(context, "timeout");
	if (settings->streams >= settings->connections) {
		corbel_explain(context,
			       "streams = %zu leaves no connection for anything else: make it less "
			       "than connections = %zu",
			       settings->streams, settings->connections);
		return -EINVAL;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		descriptors = limit.rlim_cur;
	if (descriptors < DESCRIPTORS_SPARED ||
	    settings->connections > descriptors - DESCRIPTORS_SPARED) {
		corbel_explain(context,
			       "connections = %zu is more than this process may have: with %zu "
			       "descriptors at most %zu (raise LimitNOFILE= of the unit, or "
			       "`ulimit -n`)",
			       settings->connections, descriptors,
			       descriptors > DESCRIPTORS_SPARED ? descriptors - DESCRIPTORS_SPARED
								: 0);
		return -EMFILE;
	}
	return 0;
}

int settings_read(struct settings *settings, struct corbel_context *context)
{
	int result;

	*settings = (struct settings){ 0 };
	result = address_read(settings, context);
	return result == 0 ? limits_read(settings, context) : result;
}

bool settings_share_address(const struct settings *a, const struct settings *b)
{
	return a->address_length == b->address_length &&
	       memcmp(&a->address, &b->address, a->address_length) == 0;
}

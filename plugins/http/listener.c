/* SPDX-License-Identifier: MIT */
/* The listening socket, which is the plugin's own, so that it can outlive a server. */
#include "listener.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void listener_spell(const struct sockaddr *address, socklen_t length, char name[LISTENER_NAME_SIZE])
{
	char host[48] = "?", port[8] = "?";

	getnameinfo(address, length, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(name, LISTENER_NAME_SIZE, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static const char *remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "`ss -ltnp` shows who has it; stop that, or set listen in [plugin http] to "
		       "another port";
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return "this machine has no such address; set listen in [plugin http] to one that "
		       "`ip address` shows";
	case EACCES:
		return "ports below 1024 need the capability CAP_NET_BIND_SERVICE; set listen in "
		       "[plugin http] to a higher one";
	default:
		return "set listen in [plugin http] to another address";
	}
}

static int bound_socket(const struct settings *settings)
{
	const struct sockaddr *address = (const struct sockaddr *)&settings->address;
	int descriptor =
		socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int on = 1, code;

	if (descriptor < 0)
		return -errno;
	/* Connections of an earlier run that linger must not be in the way of this one. */
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(descriptor, address, settings->address_length) == 0 &&
	    listen(descriptor, SOMAXCONN) == 0)
		return descriptor;
	code = -errno;
	close(descriptor);
	return code;
}

int listener_open(const struct settings *settings, struct corbel_context *context, int *out)
{
	int result = bound_socket(settings);
	char name[LISTENER_NAME_SIZE];

	if (result >= 0) {
		*out = result;
		return 0;
	}
	listener_spell((const struct sockaddr *)&settings->address, settings->address_length, name);
	corbel_explain(context, "cannot listen on %s: %s (%s)", name, strerrordesc_np(-result),
		       remedy(-result));
	return result;
}

/* SPDX-License-Identifier: MIT */
/* A thread that asks the plugin http for a page again and again, each time on a new connection. */
#include "fetcher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char request[] = "GET /icon.svg HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n";

/* A page is whole when it ends as the picture does. */
static int hear(int descriptor)
{
	char reply[16384];
	size_t size = 0;
	ssize_t count = 0;

	while (size < sizeof(reply) - 1 &&
	       (count = recv(descriptor, reply + size, sizeof(reply) - 1 - size, 0)) > 0)
		size += (size_t)count;
	if (count < 0)
		return -errno;
	reply[size] = '\0';
	return strncmp(reply, "HTTP/1.1 200", 12) == 0 && strstr(reply, "</svg>") ? 0 : -EPROTO;
}

static int fetch(unsigned port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons((uint16_t)port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (descriptor < 0)
		return -errno;

	int result = 0;

	if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    send(descriptor, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		result = -errno;
	if (result == 0)
		result = hear(descriptor);
	close(descriptor);
	return result;
}

static void *run(void *data)
{
	struct fetcher *fetcher = data;

	while (!__atomic_load_n(&fetcher->is_over, __ATOMIC_ACQUIRE)) {
		int result = fetch(fetcher->port);

		fetcher->count++;
		fetcher->failed += result < 0;
		if (result < 0 && fetcher->error == 0)
			fetcher->error = result;
	}
	return NULL;
}

int fetcher_start(struct fetcher *fetcher, unsigned port)
{
	fetcher->port = port;
	__atomic_store_n(&fetcher->is_over, false, __ATOMIC_RELEASE);
	return -pthread_create(&fetcher->thread, NULL, run, fetcher);
}

void fetcher_stop(struct fetcher *fetcher)
{
	__atomic_store_n(&fetcher->is_over, true, __ATOMIC_RELEASE);
	pthread_join(fetcher->thread, NULL);
}

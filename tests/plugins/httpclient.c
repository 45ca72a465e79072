/* SPDX-License-Identifier: MIT */
/* A thread that asks the plugin http for the same thing again and again, and takes nothing but it.
 */
#include "httpclient.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

static int client_connect(const struct http_client *client)
{
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* Nobody is to wait for ever, however slow the machine is. */
	struct timeval patience = { .tv_sec = 60 };

	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(descriptor, (const struct sockaddr *)client->address,
		    sizeof(*client->address)) == 0)
		return descriptor;
	close(descriptor);
	return -1;
}

/* One answer as a whole; NULL or what is wrong. */
static const char *answer_read(int descriptor)
{
	static _Thread_local char text[262144];
	size_t length = 0, expected = SIZE_MAX;

	while (length < expected) {
		ssize_t count = recv(descriptor, text + length, sizeof(text) - 1 - length, 0);

		/* With a time limit, a signal's handler ends it. */
		if (count < 0 && errno == EINTR)
			continue;

		const char *body, *size;

		if (count <= 0)
			return count < 0 ? strerrordesc_np(errno) : "the end";
		length += (size_t)count;
		text[length] = '\0';
		body = strstr(text, "\r\n\r\n");
		size = strstr(text, "Content-Length: ");
		if (body && !size)
			return "no length";
		if (body)
			expected = (size_t)(body + 4 - text) + strtoul(size + 16, NULL, 10);
	}
	if (length > expected)
		return "more than was asked for";
	return strncmp(text, "HTTP/1.1 200 ", 13) == 0 ? NULL : text;
}

static void *client_run(void *data)
{
	struct http_client *client = data;
	char request[256];
	int descriptor = -1;
	int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n",
			      client->path, client->keeps_alive ? "" : "Connection: close\r\n");

	while (!atomic_load(&client->is_over) && !client->failure[0]) {
		const char *wrong = "cannot connect";

		if (descriptor < 0)
			descriptor = client_connect(client);
		if (descriptor >= 0)
			wrong = send(descriptor, request, (size_t)length, MSG_NOSIGNAL) == length
					? answer_read(descriptor)
					: "cannot send";
		if (wrong)
			snprintf(client->failure, sizeof(client->failure), "after %lu: %.200s",
				 atomic_load(&client->answers), wrong);
		atomic_fetch_add(&client->answers, !wrong);
		if (!client->keeps_alive || wrong) {
			close(descriptor);
			descriptor = -1;
		}
	}
	if (descriptor >= 0)
		close(descriptor);
	return NULL;
}

void http_client_start(struct http_client *client)
{
	ck_assert_int_eq(pthread_create(&client->thread, NULL, client_run, client), 0);
}

/* SPDX-License-Identifier: MIT */
/*
 * What a request to the plugin http costs on connections that stay open, beside libmicrohttpd alone
 * in external epoll mode with the same answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include <corbel/host.h>

#include "bench.h"

#define CLIENTS 32
#define REQUESTS 4000
#define REPLY_MAX 8192

static const char request[] = "GET /icon.svg HTTP/1.1\r\nHost: bench\r\n\r\n";

struct client {
	int descriptor;
	size_t received; /* of the reply under way */
};

struct crowd {
	int epoll;
	struct client clients[CLIENTS];
};

struct serving {
	struct corbel_host *host;
	unsigned port; /* of the plugin */
	struct MHD_Daemon *daemon;
	struct MHD_Response *response;
	char reply[REPLY_MAX];
	size_t reply_size;
	struct crowd plugin, bare;
};

static void log_line(void *data, const struct corbel_log_line *line)
{
	struct serving *serving = data;
	unsigned port;

	if (sscanf(line->text, "serving http://127.0.0.1:%u/", &port) == 1)
		__atomic_store_n(&serving->port, port, __ATOMIC_RELEASE);
}

static int host_make(struct serving *serving)
{
	char text[1024];
	struct corbel_error error;
	struct corbel_host_options options = { .size = sizeof(options),
					       .flags = CORBEL_HOST_DEVELOP,
					       .text = text,
					       .workers = 1,
					       .log = log_line,
					       .data = serving };

	snprintf(text, sizeof(text),
		 "[corbel]\nplugin-path = %s/lib/corbel/plugins\n[log]\nlevel = notice\n"
		 "[plugin http]\nlisten = 127.0.0.1:0\n",
		 TEST_BUILDDIR);

	int result = corbel_host_new(&options, &serving->host, &error);

	if (result < 0)
		return result;
	corbel_host_start(serving->host);
	result = corbel_host_settle(serving->host, -1);
	return result == 0 && serving->port == 0 ? -EADDRNOTAVAIL : result;
}

static int connect_to(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return descriptor;
}

/* One reply of the plugin, whole: what the bare server says too, and how long it is. */
static int reply_learn(struct serving *serving)
{
	int descriptor = connect_to(serving->port);
	char *body = NULL;
	size_t length = 0;

	if (descriptor < 0)
		return descriptor;
	if (send(descriptor, request, sizeof(request) - 1, 0) < 0)
		return -errno;
	while (!body || serving->reply_size < length) {
		ssize_t count = recv(descriptor, serving->reply + serving->reply_size,
				     REPLY_MAX - 1 - serving->reply_size, 0);

		if (count <= 0)
			return -EPROTO;
		serving->reply_size += (size_t)count;
		body = strstr(serving->reply, "\r\n\r\n");
		if (body)
			length = (size_t)(body + 4 - serving->reply) +
				 strtoul(strstr(serving->reply, "Content-Length:") + 15, NULL, 10);
	}
	close(descriptor);
	return 0;
}

/* The same headers, but for those that libmicrohttpd writes by itself. */
static int response_make(struct serving *serving)
{
	char *body = strstr(serving->reply, "\r\n\r\n") + 4;
	char *rest, *line;

	serving->response = MHD_create_response_from_buffer(serving->reply_size -
								    (size_t)(body - serving->reply),
							    body, MHD_RESPMEM_PERSISTENT);
	body[-2] = '\0';
	strtok_r(serving->reply, "\r\n", &rest);
	while ((line = strtok_r(NULL, "\r\n", &rest))) {
		char *value = strchr(line, ':');

		*value = '\0';
		if (strcmp(line, "Date") != 0 && strcmp(line, "Content-Length") != 0 &&
		    MHD_add_response_header(serving->response, line, value + 2) == MHD_NO)
			return -ENOMEM;
	}
	return 0;
}

static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **context)
{
	struct serving *serving = data;

	(void)method;
	(void)version;
	(void)body;
	(void)body_size;
	if (!*context) {
		*context = serving;
		return MHD_YES;
	}
	return MHD_queue_response(connection,
				  strcmp(path, "/icon.svg") == 0 ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND,
				  serving->response);
}

static void *bare_serve(void *data)
{
	struct serving *serving = data;
	int descriptor = MHD_get_daemon_info(serving->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	MHD_UNSIGNED_LONG_LONG wait;

	epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
	for (;;) {
		bool is_due = MHD_get_timeout(serving->daemon, &wait) == MHD_YES && wait == 0;

		epoll_wait(epoll, &event, 1, is_due ? 0 : -1);
		MHD_run(serving->daemon);
	}
	return NULL;
}

static int bare_make(struct serving *serving, unsigned *port)
{
	pthread_t thread;
	int result = response_make(serving);

	if (result < 0)
		return result;
	serving->daemon =
		MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, serving,
				 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
	if (!serving->daemon)
		return -EADDRNOTAVAIL;
	*port = MHD_get_daemon_info(serving->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return -pthread_create(&thread, NULL, bare_serve, serving);
}

static int crowd_make(struct crowd *crowd, unsigned port)
{
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = &crowd->clients[i];
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

		client->descriptor = connect_to(port);
		if (client->descriptor < 0)
			return client->descriptor;
		epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->descriptor, &event);
	}
	return 0;
}

static int ask(struct client *client)
{
	client->received = 0;
	return send(client->descriptor, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0 ? -errno
											: 0;
}

/* 1: the reply is whole. */
static int hear(struct client *client, size_t size)
{
	char reply[REPLY_MAX];
	ssize_t count = recv(client->descriptor, reply, sizeof(reply), 0);

	if (count <= 0)
		return -EPROTO;
	client->received += (size_t)count;
	return client->received > size ? -EPROTO : client->received == size;
}

/* Each client asks again as soon as it has its reply; ns for one request. */
static int measure(const struct serving *serving, struct crowd *crowd, double *result)
{
	struct epoll_event events[CLIENTS];
	unsigned asked = 0, heard = 0;
	double start = bench_wall();
	int code = 0;

	for (; asked < CLIENTS && code == 0; asked++)
		code = ask(&crowd->clients[asked]);
	while (heard < REQUESTS && code >= 0) {
		int count = epoll_wait(crowd->epoll, events, CLIENTS, -1);

		for (int i = 0; i < count && code >= 0; i++) {
			code = hear(events[i].data.ptr, serving->reply_size);
			if (code != 1)
				continue;
			heard++;
			if (asked++ < REQUESTS)
				code = ask(events[i].data.ptr);
		}
	}
	*result = (bench_wall() - start) / REQUESTS;
	return code < 0 ? code : 0;
}

static int measure_plugin(void *data, double *result)
{
	struct serving *serving = data;

	return measure(serving, &serving->plugin, result);
}

static int measure_bare(void *data, double *result)
{
	struct serving *serving = data;

	return measure(serving, &serving->bare, result);
}

static int prepare(struct serving *serving)
{
	unsigned port = 0;
	int result = host_make(serving);

	if (result == 0)
		result = reply_learn(serving);
	if (result == 0)
		result = bare_make(serving, &port);
	if (result == 0)
		result = crowd_make(&serving->plugin, serving->port);
	return result == 0 ? crowd_make(&serving->bare, port) : result;
}

int main(int argc, char **argv)
{
	static struct serving serving;
	const struct bench_pair pair = {
		.name = "request on one of 32 open connections",
		.unit = "ns",
		.against = "libmicrohttpd alone",
		.measured = measure_plugin,
		.baseline = measure_bare,
		.data = &serving,
		.goal = 1.0 / 0.9,
	};
	struct bench bench;
	int status = bench_init(&bench, "bench_http", argc, argv);

	if (status)
		return status;

	int result = prepare(&serving);

	if (result < 0)
		bench_fail(&bench, "set-up", result);
	else
		bench_pair(&bench, &pair);
	return bench_finish(&bench);
}

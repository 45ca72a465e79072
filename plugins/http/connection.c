/* SPDX-License-Identifier: MIT */
/* Who is connected. */
#include "connection.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server.h"

struct connection *connection_of(struct MHD_Connection *handle)
{
	return MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

void connection_leave(struct connection *connection)
{
	connection->quieter->livelier = connection->livelier;
	connection->livelier->quieter = connection->quieter;
}

void connection_enter(struct connection *connection)
{
	struct connection *head = &connection->server->ring;

	connection->quieter = head->quieter;
	connection->livelier = head;
	head->quieter->livelier = connection;
	head->quieter = connection;
	connection->active = corbel_now(connection->server->context);
}

void connection_is_active(struct connection *connection)
{
	connection->server->served++;
	connection_leave(connection);
	connection_enter(connection);
}

void connection_has_asked(struct connection *connection)
{
	connection->is_answering = true;
	connection->asked +=
		MHD_get_connection_info(connection->handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
			->header_size;
}

void connection_suspend(struct connection *connection)
{
	connection->is_suspended = true;
	MHD_suspend_connection(connection->handle);
}

void connection_resume(struct connection *connection)
{
	if (!connection->is_suspended)
		return;
	connection->is_suspended = false;
	MHD_resume_connection(connection->handle);
}

void connection_hang_up(struct connection *connection)
{
	shutdown(connection->descriptor, SHUT_RDWR);
	connection_resume(connection);
}

bool connection_is_at_rest(const struct connection *connection)
{
	uint64_t bytes;

	return !connection->is_answering && handover_bytes_read(connection->descriptor, &bytes) &&
	       bytes == connection->begun + connection->asked;
}

/*
 * libmicrohttpd lets go of no socket without shutting it down: the stand-in takes its place in the
 * table of descriptors and in the epoll set.
 */
int connection_give(struct connection *connection, int stand_in)
{
	int epoll = server_epoll(connection->server);
	struct epoll_event nothing = { 0 };

	int result = handover_give(&connection->server->handover, connection->descriptor);

	if (result < 0)
		return result;
	epoll_ctl(epoll, EPOLL_CTL_DEL, connection->descriptor, NULL);
	dup3(stand_in, connection->descriptor, O_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, connection->descriptor, &nothing);
	connection->is_given = true;
	return 0;
}

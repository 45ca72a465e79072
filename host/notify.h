/* SPDX-License-Identifier: MIT */
/* Telling the service manager how it goes: the datagrams of sd_notify(3). */
#ifndef CORBEL_HOST_NOTIFY_H
#define CORBEL_HOST_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <corbel/error.h>

struct notify {
	int descriptor; /* -1: nobody to tell */
	struct sockaddr_un address;
	socklen_t length;
	int64_t watchdog; /* ns between two signs of life; 0: none are expected */
};

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. Without them, or on failure, notify_send()
 * does nothing.
 */
int notify_init(struct notify *notify, struct corbel_error *error);
void notify_fini(struct notify *notify);

/* Sends "VARIABLE=value" lines. Never blocks: a manager that does not read loses the message. */
void notify_send(const struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

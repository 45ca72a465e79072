/* SPDX-License-Identifier: MIT */
/* Telling the service manager how it goes: the datagrams of sd_notify(3). */
#include "notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

static int read_address(struct notify *notify, const char *path, struct corbel_error *error)
{
	size_t length = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || length < 2)
		return error_set(error, -EAFNOSUPPORT,
				 "NOTIFY_SOCKET=%s: expected an absolute path, "
				 "or @NAME; the service manager is not told anything",
				 path);
	if (length >= sizeof(notify->address.sun_path))
		return error_set(error, -ENAMETOOLONG,
				 "NOTIFY_SOCKET=%s: longer than a socket's "
				 "address can be; the service manager is not told anything",
				 path);
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, path, length + 1);
	notify->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	if (path[0] == '@')
		notify->address.sun_path[0] = '\0';
	else
		notify->length++;
	return 0;
}

/* Signs of life go out at twice the rate at which they are missed. */
static int64_t read_watchdog(void)
{
	const char *period = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!period || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	char *end;
	long long microseconds = strtoll(period, &end, 10);

	if (*end || microseconds <= 0 || microseconds > INT64_MAX / 1000)
		return 0;
	return (int64_t)microseconds * 1000 / 2;
}

int notify_init(struct notify *notify, struct corbel_error *error)
{
	const char *path = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){ .descriptor = -1 };
	if (!path || !*path)
		return 0;
	int code = read_address(notify, path, error);

	if (code < 0)
		return code;
	notify->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->descriptor < 0)
		return error_set(error, -errno, "making a socket to notify %s: %m", path);
	notify->watchdog = read_watchdog();
	return 0;
}

void notify_fini(struct notify *notify)
{
	if (notify->descriptor >= 0)
		close(notify->descriptor);
	notify->descriptor = -1;
}

void notify_send(const struct notify *notify, const char *format, ...)
{
	char text[2048];
	va_list arguments;

	if (notify->descriptor < 0)
		return;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	size_t size = (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1;
	sendto(notify->descriptor, text, size, MSG_NOSIGNAL,
	       (const struct sockaddr *)&notify->address, notify->length);
}

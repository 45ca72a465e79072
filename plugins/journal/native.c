/* SPDX-License-Identifier: MIT */
/* The systemd journal by its native protocol. */
#include "native.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
#define PRIORITY_INFORMATIONAL "6"

struct native {
	struct sink sink;
	int descriptor;
	struct sockaddr_un address;
	struct line entry;
};

void native_put_field(struct line *entry, const char *name, const char *value, size_t length)
{
	uint64_t size = htole64(length);

	line_put_text(entry, name);
	if (memchr(value, '\n', length)) {
		line_put_text(entry, "\n");
		line_put(entry, &size, sizeof(size));
	} else {
		line_put_text(entry, "=");
	}
	line_put(entry, value, length);
	line_put_text(entry, "\n");
}

static void put_field_text(struct line *entry, const char *name, const char *value)
{
	native_put_field(entry, name, value, strlen(value));
}

/* To the address anew each time, so that a restart of the journal needs nothing from us. */
static int message_send(struct native *native, struct msghdr *message)
{
	message->msg_name = &native->address;
	message->msg_namelen = sizeof(native->address);
	while (sendmsg(native->descriptor, message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int entry_send(struct native *native)
{
	struct iovec bytes = { native->entry.text, native->entry.length };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	return message_send(native, &message);
}

static int descriptor_send(struct native *native, int descriptor)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_control = &control,
				  .msg_controllen = sizeof(control.space) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
	return message_send(native, &message);
}

static int bytes_write(int descriptor, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t written = write(descriptor, bytes, count);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		count -= (size_t)written;
	}
	return 0;
}

/* The journal maps the file, and trusts only one that can no longer change. */
static int memory_file_send(struct native *native)
{
	int descriptor = memfd_create("corbel-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	if (descriptor < 0)
		return -errno;
	result = bytes_write(descriptor, native->entry.text, native->entry.length);
	if (result == 0 && fcntl(descriptor, F_ADD_SEALS, SEALS) < 0)
		result = -errno;
	if (result == 0)
		result = descriptor_send(native, descriptor);
	close(descriptor);
	return result;
}

static int native_write(struct sink *sink, const struct line *line, const struct line_event *event)
{
	struct native *native = (struct native *)sink;
	struct line *entry = &native->entry;

	line_clear(entry);
	native_put_field(entry, "MESSAGE", line->length ? line->text : "", line->length);
	put_field_text(entry, "PRIORITY", PRIORITY_INFORMATIONAL);
	put_field_text(entry, "SYSLOG_IDENTIFIER", "corbel");
	put_field_text(entry, "CORBEL_TOPIC", event->topic);
	put_field_text(entry, "CORBEL_PLUGIN", event->publisher);
	if (line->is_cut || entry->is_cut)
		return -ENOMEM;

	int result = entry_send(native);

	return result == -EMSGSIZE || result == -ENOBUFS ? memory_file_send(native) : result;
}

static void native_close(struct sink *sink)
{
	struct native *native = (struct native *)sink;

	if (!native)
		return;
	if (native->descriptor >= 0)
		close(native->descriptor);
	line_fini(&native->entry);
	free(native);
}

static const struct sink_kind native_kind = { .takes_messages = true,
					      .write = native_write,
					      .close = native_close };

/* A journal that does not read gets a second, and then this entry counts as lost. */
static int socket_make(struct native *native)
{
	struct timeval limit = { .tv_sec = 1 };

	native->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (native->descriptor < 0)
		return -errno;
	setsockopt(native->descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return 0;
}

static int socket_check(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	return S_ISSOCK(status.st_mode) ? 0 : -ENOTSOCK;
}

int native_open(const char *path, struct sink **sink, struct corbel_error *error)
{
	static const char remedy[] =
		"start systemd-journald, set socket to where it listens, or set target to file or "
		"stderr";
	struct native *native;
	int result = socket_check(path);

	if (result == 0 && strlen(path) >= sizeof(native->address.sun_path))
		result = -ENAMETOOLONG;
	if (result < 0)
		return sink_explain(error, result, remedy, "reach the journal at %.400s", path);
	native = calloc(1, sizeof(*native));
	if (!native)
		return sink_explain(error, -ENOMEM, sink_remedy(-ENOMEM), "reach the journal");
	native->sink.kind = &native_kind;
	native->address.sun_family = AF_UNIX;
	strcpy(native->address.sun_path, path);
	native->sink.name = native->address.sun_path;
	result = socket_make(native);
	if (result < 0) {
		native_close(&native->sink);
		return sink_explain(error, result, remedy, "make a socket for the journal");
	}
	*sink = &native->sink;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Connections on their way from a version that was replaced to the one that serves. */
#include "handover.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message of one byte with room for one descriptor. */
struct parcel {
	struct msghdr message;
	struct iovec word;
	char byte;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
};

static void parcel_init(struct parcel *parcel)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->word = (struct iovec){ &parcel->byte, 1 };
	parcel->message = (struct msghdr){ .msg_iov = &parcel->word,
					   .msg_iovlen = 1,
					   .msg_control = &parcel->control,
					   .msg_controllen = sizeof(parcel->control) };
}

int handover_open(struct handover *handover)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	*handover = (struct handover){ .taking = ends[0], .giving = ends[1] };
	return 0;
}

void handover_close(struct handover *handover)
{
	if (handover->taking >= 0)
		close(handover->taking);
	if (handover->giving >= 0)
		close(handover->giving);
	*handover = (struct handover){ -1, -1 };
}

int handover_give(const struct handover *handover, int descriptor)
{
	struct parcel parcel;
	struct cmsghdr *head;

	parcel_init(&parcel);
	head = CMSG_FIRSTHDR(&parcel.message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(descriptor));
	memcpy(CMSG_DATA(head), &descriptor, sizeof(descriptor));
	return sendmsg(handover->giving, &parcel.message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int handover_take(const struct handover *handover)
{
	struct parcel parcel;
	const struct cmsghdr *head;
	int descriptor;

	parcel_init(&parcel);
	if (recvmsg(handover->taking, &parcel.message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	head = CMSG_FIRSTHDR(&parcel.message);
	/* It came without, since this process may have no more of them. */
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -EMFILE;
	memcpy(&descriptor, CMSG_DATA(head), sizeof(descriptor));
	return descriptor;
}

bool handover_bytes_read(int descriptor, uint64_t *bytes)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);
	int waiting;

	/* In this order, what arrives between the two counts as read. */
	if (ioctl(descriptor, FIONREAD, &waiting) < 0 ||
	    getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
	    size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))
		return false;
	*bytes = info.tcpi_bytes_received - (uint64_t)waiting;
	return true;
}

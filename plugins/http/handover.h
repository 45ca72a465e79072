/* SPDX-License-Identifier: MIT */
/*
 * Connections on their way from a version that was replaced to the one that serves.
 *
 * One socket pair goes from version to version in the state: each holds both ends, the one that
 * serves takes, and those that retire give. What is given travels in the kernel, so that it is
 * closed there if nobody comes to take it.
 */
#ifndef HTTP_HANDOVER_H
#define HTTP_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

struct handover {
	int taking, giving; /* -1: there is none */
};

/* 0 or -errno, and there is none. */
int handover_open(struct handover *handover);
void handover_close(struct handover *handover);

/* A duplicate goes on its way. -EAGAIN: too many are on it already. */
int handover_give(const struct handover *handover, int descriptor);
/* The next one, which is the caller's; -EAGAIN: there is none. */
int handover_take(const struct handover *handover);

/*
 * How many bytes have been read from a TCP socket, by whomever. False: the kernel does not tell. It
 * may be too many while more arrive, and is never too few.
 */
bool handover_bytes_read(int descriptor, uint64_t *bytes);

#endif

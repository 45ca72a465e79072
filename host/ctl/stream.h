/* SPDX-License-Identifier: MIT */
/* Following a stream of the host, and printing what comes. */
#ifndef CORBEL_CTL_STREAM_H
#define CORBEL_CTL_STREAM_H

#include "command.h"

struct stream {
	const char *method;
	const char *member; /* what a reply brings; absent: the stream stands */
	void (*print)(const json_t *item);
	bool ends_when_standing; /* print only what there is now */
};

/*
 * Follows until the host or the user ends it, or after ctl->count items; parameters are taken
 * over.
 */
int stream_follow(struct ctl *ctl, const struct stream *stream, json_t *parameters);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Event streams: what is told, and who listens.
 *
 * Each feed has one newest edition, which all streams share. A stream takes of each feed the newest
 * edition when it has room for one: who reads slowly skips editions, and holds one old one at most.
 */
#ifndef HTTP_FEEDS_H
#define HTTP_FEEDS_H

#include "server.h"
#include "text.h"

enum feed { FEED_PLUGINS, FEED_SENSORS, FEED_ALERTS };
#define FEED_COUNT 3

struct edition;
struct stream;

struct feeds {
	struct edition *newest[FEED_COUNT];
	uint64_t published; /* editions, ever */
	struct stream *streams;
	size_t stream_count;
	bool is_over; /* streams are told nothing more */
};

void feeds_fini(struct feeds *feeds);

/* A new edition with `json` as its data; without memory the old one stays. */
void feeds_publish(struct feeds *feeds, enum feed feed, const struct text *json);
/* Ends all streams, each behind what it is taking. */
void feeds_end(struct feeds *feeds);
/* Lets the streams take what is new, in the next server_run(). */
void feeds_wake(struct feeds *feeds);

/* The response of a new stream, or NULL: no memory. */
struct MHD_Response *feeds_open_stream(struct feeds *feeds, struct connection *connection);

#endif

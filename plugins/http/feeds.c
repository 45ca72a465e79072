/* SPDX-License-Identifier: MIT */
/* Event streams: what is told, and who listens. */
#include "feeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct edition {
	size_t references;
	uint64_t number;
	size_t size;
	char bytes[];
};

struct stream {
	struct stream *next, **link;
	struct feeds *feeds;
	struct connection *connection;
	struct edition *edition; /* being taken; NULL: none */
	size_t taken;            /* of it, or of the greeting */
	bool is_greeted;
	uint64_t had[FEED_COUNT]; /* the number of the last one of each */
};

static const char *const names[FEED_COUNT] = {
	[FEED_PLUGINS] = "plugins",
	[FEED_SENSORS] = "sensors",
	[FEED_ALERTS] = "alerts",
};

/* A browser that lost its stream comes back after a second. */
static const char greeting[] = "retry: 1000\n\n";

static void edition_unref(struct edition *edition)
{
	if (edition && --edition->references == 0)
		free(edition);
}

void feeds_fini(struct feeds *feeds)
{
	for (int feed = 0; feed < FEED_COUNT; feed++)
		edition_unref(feeds->newest[feed]);
}

void feeds_publish(struct feeds *feeds, enum feed feed, const struct text *json)
{
	size_t room = json->length + strlen(names[feed]) + sizeof("event: \ndata: \n\n");
	struct edition *edition = malloc(sizeof(*edition) + room);

	if (!edition)
		return;
	edition->references = 1;
	edition->number = ++feeds->published;
	edition->size = (size_t)snprintf(edition->bytes, room, "event: %s\ndata: %.*s\n\n",
					 names[feed], (int)json->length, json->bytes);
	edition_unref(feeds->newest[feed]);
	feeds->newest[feed] = edition;
}

void feeds_wake(struct feeds *feeds)
{
	for (struct stream *stream = feeds->streams; stream; stream = stream->next)
		connection_resume(stream->connection);
}

void feeds_end(struct feeds *feeds)
{
	feeds->is_over = true;
	feeds_wake(feeds);
}

/* Takes up the oldest news that it has not had; false: there is none. */
static bool stream_turn(struct stream *stream)
{
	const struct feeds *feeds = stream->feeds;
	int next = -1;

	edition_unref(stream->edition);
	stream->edition = NULL;
	stream->taken = 0;
	for (int feed = 0; feed < FEED_COUNT; feed++) {
		const struct edition *newest = feeds->newest[feed];

		if (newest && newest->number > stream->had[feed] &&
		    (next < 0 || newest->number < feeds->newest[next]->number))
			next = feed;
	}
	if (next < 0)
		return false;
	stream->edition = feeds->newest[next];
	stream->edition->references++;
	stream->had[next] = stream->edition->number;
	return true;
}

static size_t piece_take(struct stream *stream, const char *bytes, size_t size, char *room,
			 size_t limit)
{
	size_t rest = size - stream->taken;
	size_t count = rest < limit ? rest : limit;

	memcpy(room, bytes + stream->taken, count);
	stream->taken += count;
	connection_is_active(stream->connection);
	return count;
}

static ssize_t stream_read(void *data, uint64_t position, char *room, size_t limit)
{
	struct stream *stream = data;

	(void)position;
	if (!stream->is_greeted && stream->taken < sizeof(greeting) - 1)
		return (ssize_t)piece_take(stream, greeting, sizeof(greeting) - 1, room, limit);
	stream->is_greeted = true;
	if ((!stream->edition || stream->taken == stream->edition->size) &&
	    (stream->feeds->is_over || !stream_turn(stream))) {
		if (stream->feeds->is_over)
			return MHD_CONTENT_READER_END_OF_STREAM;
		connection_suspend(stream->connection);
		return 0;
	}
	return (ssize_t)piece_take(stream, stream->edition->bytes, stream->edition->size, room,
				   limit);
}

static void stream_free(void *data)
{
	struct stream *stream = data;

	*stream->link = stream->next;
	if (stream->next)
		stream->next->link = stream->link;
	stream->feeds->stream_count--;
	edition_unref(stream->edition);
	free(stream);
}

struct MHD_Response *feeds_open_stream(struct feeds *feeds, struct connection *connection)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct MHD_Response *response;

	if (!stream)
		return NULL;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, stream,
						     stream_free);
	if (!response) {
		free(stream);
		return NULL;
	}
	*stream = (struct stream){ .next = feeds->streams,
				   .link = &feeds->streams,
				   .feeds = feeds,
				   .connection = connection };
	if (stream->next)
		stream->next->link = &stream->next;
	feeds->streams = stream;
	feeds->stream_count++;
	return response;
}

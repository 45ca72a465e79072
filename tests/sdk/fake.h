/* SPDX-License-Identifier: MIT */
/* A host of a few lines, so that generated headers are tested without libcorbel. */
#ifndef TEST_SDK_FAKE_H
#define TEST_SDK_FAKE_H

#include <corbel/plugin.h>

#define FAKE_FRAMES 8

struct fake {
	struct corbel_context context;
	struct corbel_api api;
	struct corbel_service service; /* what every use leads to */
	struct corbel_use use;
	struct corbel_topic topic;
	const struct corbel_interface *interface; /* of the last provide, acquire or topic_open */
	uint32_t event;
	struct corbel_subscriber subscriber;
	char pattern[64];
	char *payload; /* of the last publish, malloc'ed */
	size_t payload_size;
	size_t alive; /* buffers from corbel_alloc() that are not freed */
	struct {
		struct corbel_record record;
		struct corbel_frame frames[FAKE_FRAMES];
	} thread;
	uint32_t depth_seen; /* set by providers */
};

/* Also makes the fake's record that of the calling thread. One at a time. */
void fake_init(struct fake *fake);
void fake_fini(struct fake *fake);

/*
 * Gives `size` bytes of `payload`, at an address aligned to 8 and not a byte longer, to the last
 * subscriber.
 */
void fake_deliver(struct fake *fake, const void *payload, size_t size);

/* Publishes an event through the first version's header; what fake holds is then its payload. */
void old_publish_tick(struct fake *fake, int64_t at);
void old_publish_note(struct fake *fake, const char *text);

/* Subscribes by the first version's header; what the handler got. */
struct old_seen {
	unsigned int count;
	int64_t at;
	char text[64];
	double value;
};
void old_subscribe(struct fake *fake, struct old_seen *seen, bool note);

/* What the first version says of itself. */
extern const struct corbel_interface *const old_interface;

#endif

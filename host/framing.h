/* SPDX-License-Identifier: MIT */
/* Cutting a stream of bytes into messages that each end with a NUL. */
#ifndef CORBEL_HOST_FRAMING_H
#define CORBEL_HOST_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#define FRAMING_MESSAGE_MAX (256u * 1024u) /* takes 3 ms to parse, which others wait */

/* A zeroed struct is an empty stream. */
struct framing {
	char *bytes;
	size_t start;   /* of the first message not yet taken */
	size_t scanned; /* no NUL from start up to here */
	size_t size;
	size_t capacity;
};

/*
 * -EMSGSIZE: a message is longer than FRAMING_MESSAGE_MAX; -ENOMEM. Nothing more can then be read
 * from it.
 */
int framing_add(struct framing *framing, const void *bytes, size_t size);
/*
 * The next whole message, without its NUL in *size; NULL: there is none. Borrowed until
 * framing_add().
 */
const char *framing_next(struct framing *framing, size_t *size);
/* Some bytes wait: the beginning of a message, or whole ones. */
bool framing_is_empty(const struct framing *framing);
void framing_fini(struct framing *framing);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * State that outlives an image: what save() writes and restore() reads when a plugin is replaced.
 *
 * The .plugin file says `state = 2 reads 1`: this version writes format 2 and can also read, and
 * write, format 1.
 * The host picks a format that both sides know, refuses the reload before anything stops if there
 * is none, and keeps the bytes in between.
 */
#ifndef CORBEL_STATE_H
#define CORBEL_STATE_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * `bytes` and `descriptors` are filled by save(), allocated with corbel_alloc() and transferred to
 * the host; NULL for none.
 * A descriptor travels as a duplicate, made with F_DUPFD_CLOEXEC: the old version goes on with its
 * own if the reload fails. restore() takes one over by setting its place to -1; the host closes the
 * rest.
 */
struct corbel_state {
	uint32_t size;    /* sizeof(struct corbel_state) */
	uint32_t version; /* save: the format asked for; restore: the format of the bytes */
	void *bytes;
	size_t byte_count;
	int *descriptors; /* since 1.1, as all below */
	size_t descriptor_count;
};

CORBEL_PIN(corbel_state, bytes, 8);
CORBEL_PIN(corbel_state, descriptors, 24);
CORBEL_STATIC_ASSERT(sizeof(struct corbel_state) == 40, "grow at the end, and pin the new end");

#ifdef __cplusplus
}
#endif

#endif

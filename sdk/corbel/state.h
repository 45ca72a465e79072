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

/* Filled by save() from corbel_alloc(); transferred to the host. */
struct corbel_state {
	uint32_t size;    /* sizeof(struct corbel_state) */
	uint32_t version; /* save: the format asked for; restore: the format of the bytes */
	void *bytes;
	size_t byte_count;
};

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Buffers that change hands.
 *
 * What a method returns in a string, byte string or array comes from these functions: it belongs to
 * the caller, outlives the provider, and is freed by the caller through its own context. Memory
 * that stays within a plugin comes from malloc(3).
 */
#ifndef CORBEL_BUFFER_H
#define CORBEL_BUFFER_H

#include <string.h>

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * `size` bytes, not cleared, or NULL. Transferred to the caller of the method that returns it. [any
 * thread]
 */
static inline void *corbel_alloc(struct corbel_context *context, size_t size)
{
	return context->api->alloc(context, size);
}

/* Frees what corbel_alloc() made, through whichever context; NULL is allowed. [any thread] */
static inline void corbel_free(struct corbel_context *context, const void *buffer)
{
	context->api->free(context, (void *)(uintptr_t)buffer);
}

/* A copy of `size` bytes, or NULL. [any thread] */
static inline void *corbel_memdup(struct corbel_context *context, const void *bytes, size_t size)
{
	void *copy = corbel_alloc(context, size ? size : 1);

	return copy && size ? memcpy(copy, bytes, size) : copy;
}

/* A copy of `text`, or NULL. [any thread] */
static inline char *corbel_strdup(struct corbel_context *context, const char *text)
{
	return (char *)corbel_memdup(context, text, strlen(text) + 1);
}

#ifdef __cplusplus
}
#endif

#endif

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
#include <corbel/buffer.h>

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

/* Appends to the bytes, in save(). False: no memory, and they are as they were. [strand] */
static inline bool corbel_state_put(struct corbel_context *context, struct corbel_state *state,
				    const void *bytes, size_t size)
{
	size_t room = 64, used = state->byte_count;
	unsigned char *grown;

	/* There is room up to the next power of two, so that it need not be noted. */
	while (room < used)
		room *= 2;
	if (!state->bytes || size > room - used) {
		while (size > room - used)
			room *= 2;
		grown = (unsigned char *)corbel_alloc(context, room);
		if (!grown)
			return false;
		if (used)
			memcpy(grown, state->bytes, used);
		corbel_free(context, state->bytes);
		state->bytes = grown;
	}
	if (size)
		memcpy((unsigned char *)state->bytes + used, bytes, size);
	state->byte_count = used + size;
	return true;
}

/* Appends a text: its size with the NUL, then itself. False as above. [strand] */
static inline bool corbel_state_put_text(struct corbel_context *context, struct corbel_state *state,
					 const char *text)
{
	uint32_t size = (uint32_t)strlen(text) + 1;

	return corbel_state_put(context, state, &size, sizeof(size)) &&
	       corbel_state_put(context, state, text, size);
}

/*
 * Commits a state: from the last one committed restore() begins when this plugin is started anew
 * after a fault, or the host itself began anew. The bytes are copied and the descriptors
 * duplicated; both stay the caller's, on the stack if it likes. Replaces the one before, whole or
 * not at all. [any thread]
 * Costs two system calls, and as much as copying the bytes twice. A plugin that is stopped in
 * order, or replaced, leaves none behind: a new version commits its own in start() or restore().
 * -EINVAL: state->version is none that the manifest writes; -EMSGSIZE: more than 64 MiB, or 64
 * descriptors; -EBADF: one that is not open; -ECANCELED: this instance has faulted and is about to
 * end; -ENOMEM, -EMFILE.
 */
static inline int corbel_commit(struct corbel_context *context, const struct corbel_state *state)
{
	return context->api->commit(context, state);
}

/* Commits what the plugin's save() writes in this format, without descriptors. [strand] */
static inline int corbel_commit_saved(struct corbel_context *context, uint32_t version,
				      int (*save)(void *self, struct corbel_state *state),
				      void *self)
{
	struct corbel_state state;
	int result;

	memset(&state, 0, sizeof(state));
	state.size = sizeof(state);
	state.version = version;
	result = save(self, &state);
	if (result == 0)
		result = corbel_commit(context, &state);
	corbel_free(context, state.bytes);
	return result;
}

/* What restore() has not read yet; begins as { state->bytes, state->byte_count }. */
struct corbel_state_reader {
	const void *at;
	size_t left;
};

/* Takes the next bytes. False: there are not so many, and `out` is untouched. [any thread] */
static inline bool corbel_state_take(struct corbel_state_reader *reader, void *out, size_t size)
{
	if (size > reader->left)
		return false;
	if (size)
		memcpy(out, reader->at, size);
	reader->at = (const unsigned char *)reader->at + size;
	reader->left -= size;
	return true;
}

/* The next text, borrowed from the bytes; NULL: there is none that is whole. [any thread] */
static inline const char *corbel_state_take_text(struct corbel_state_reader *reader)
{
	const char *text;
	uint32_t size;

	if (!corbel_state_take(reader, &size, sizeof(size)) || size == 0 || size > reader->left)
		return NULL;
	text = (const char *)reader->at;
	if (memchr(text, '\0', size) != text + size - 1)
		return NULL;
	reader->at = text + size;
	reader->left -= size;
	return text;
}

#ifdef __cplusplus
}
#endif

#endif

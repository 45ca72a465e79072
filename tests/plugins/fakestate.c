/* SPDX-License-Identifier: MIT */
/* State on its way from one instance of a plugin to another: whole, cut, and damaged. */
#include "fakestate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#define CHANGES 2000

struct corbel_state fake_state_save(const struct corbel_plugin *plugin, void *self)
{
	struct corbel_state state = { .size = sizeof(state), .version = 1 };

	ck_assert_int_eq(plugin->save(self, &state), 0);
	return state;
}

void fake_state_free(struct corbel_state *state)
{
	for (size_t i = 0; i < state->descriptor_count; i++)
		if (state->descriptors[i] >= 0)
			close(state->descriptors[i]);
	free(state->descriptors);
	free(state->bytes);
}

/* In memory of just that size, so that a look beyond it is seen. */
static int restore_bytes(const struct corbel_state *state, const void *bytes, size_t size,
			 int (*restore)(const struct corbel_state *state))
{
	struct corbel_state other = *state;
	int result;

	other.bytes = malloc(size);
	other.byte_count = size;
	if (size > 0)
		memcpy(other.bytes, bytes, size);
	result = restore(&other);
	free(other.bytes);
	return result;
}

void fake_state_damage(const struct corbel_state *state,
		       int (*restore)(const struct corbel_state *state))
{
	size_t size = state->byte_count;
	unsigned char *bytes = calloc(1, size + 1);

	memcpy(bytes, state->bytes, size);
	for (size_t cut = 0; cut < size; cut++)
		ck_assert_int_eq(restore_bytes(state, bytes, cut, restore), -EBADMSG);
	ck_assert_int_eq(restore_bytes(state, bytes, size + 1, restore), -EBADMSG);
	srandom(1);
	for (int i = 0; i < CHANGES; i++) {
		size_t at = (size_t)random() % size;
		int result;

		bytes[at] = (unsigned char)random();
		result = restore_bytes(state, bytes, size, restore);
		ck_assert(result == 0 || result == -EBADMSG);
		/* Now and then several at once. */
		if (i % 3 == 0)
			memcpy(bytes, state->bytes, size);
	}
	free(bytes);
}

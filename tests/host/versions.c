/* SPDX-License-Identifier: MIT */
/*
 * A plugin in three versions, for the tests of reloads: each tells its own, and keeps counting from
 * where the one before it was. The third does not start.
 */
#include <stdlib.h>
#include <string.h>

#include <corbel/plugin.h>

#include "test.versions.h"

struct versions {
	struct corbel_context *context;
	uint32_t count;
};

static int tell(void *self, uint32_t *version, uint32_t *count)
{
	struct versions *versions = self;

	*version = VERSIONS;
	*count = __atomic_add_fetch(&versions->count, 1, __ATOMIC_RELAXED);
	return 0;
}

static const struct test_versions_methods methods = { .size = sizeof(methods), .tell = tell };

static int start(struct corbel_context *context, void **self)
{
	struct versions *versions = calloc(1, sizeof(*versions));
	int code;

	if (!versions)
		return -ENOMEM;
	versions->context = context;
	code = test_versions_provide(context, &methods, versions, NULL, NULL);
	if (code == 0 && VERSIONS == 3) {
		corbel_explain(context, "the third version is not for use");
		code = -EIO;
	}
	if (code < 0) {
		free(versions);
		return code;
	}
	*self = versions;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	free(self);
}

/* Format 1 has four bytes, format 2 eight. */
static int save(void *self, struct corbel_state *state)
{
	struct versions *versions = self;
	uint64_t count = versions->count;

	state->byte_count = state->version == 1 ? sizeof(uint32_t) : sizeof(count);
	state->bytes = corbel_alloc(versions->context, state->byte_count);
	if (!state->bytes)
		return -ENOMEM;
	if (state->version == 1)
		memcpy(state->bytes, &versions->count, sizeof(versions->count));
	else
		memcpy(state->bytes, &count, sizeof(count));
	return 0;
}

static int restore(void *self, const struct corbel_state *state)
{
	struct versions *versions = self;

	/* The lower half comes first: this machine is little-endian. */
	memcpy(&versions->count, state->bytes, sizeof(versions->count));
	return 0;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore);

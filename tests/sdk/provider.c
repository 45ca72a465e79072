/* SPDX-License-Identifier: MIT */
/* A provider of test.rich that gives back copies of what it gets. */
#include "provider.h"

static int scalars(void *self, bool a, int32_t b, uint32_t c, int64_t d, uint64_t e, double f,
		   enum test_rich_colour g, bool *ra, int32_t *rb, uint32_t *rc, int64_t *rd,
		   uint64_t *re, double *rf, enum test_rich_colour *rg)
{
	struct fake *fake = self;

	fake->depth_seen = corbel_thread->depth;
	*ra = a;
	*rb = b;
	*rc = c;
	*rd = d;
	*re = e;
	*rf = f;
	*rg = g;
	return 0;
}

static struct corbel_bytes bytes_copy(struct corbel_context *context, struct corbel_bytes bytes)
{
	return (struct corbel_bytes){ corbel_memdup(context, bytes.data, bytes.size), bytes.size };
}

static int texts(void *self, const char *text, struct corbel_bytes raw, char **rtext,
		 struct corbel_bytes *rraw)
{
	struct fake *fake = self;

	if (*text == '\0')
		return -ENOENT;
	*rtext = corbel_strdup(&fake->context, text);
	*rraw = bytes_copy(&fake->context, raw);
	return 0;
}

static char **strings_copy(struct corbel_context *context, const char *const *items, size_t count)
{
	char **copies = corbel_alloc(context, (count + 1) * sizeof(*copies));

	for (size_t i = 0; i < count; i++)
		copies[i] = corbel_strdup(context, items[i]);
	return copies;
}

static struct corbel_bytes *blobs_copy(struct corbel_context *context,
				       const struct corbel_bytes *items, size_t count)
{
	struct corbel_bytes *copies = corbel_alloc(context, (count + 1) * sizeof(*copies));

	for (size_t i = 0; i < count; i++)
		copies[i] = bytes_copy(context, items[i]);
	return copies;
}

static struct test_rich_label *labels_copy(struct corbel_context *context,
					   const struct test_rich_label *items, size_t count)
{
	struct test_rich_label *copies = corbel_alloc(context, (count + 1) * sizeof(*copies));

	for (size_t i = 0; i < count; i++) {
		copies[i] = items[i];
		copies[i].text = corbel_strdup(context, items[i].text);
		copies[i].raw = bytes_copy(context, items[i].raw);
	}
	return copies;
}

struct test_rich_group provider_group_copy(struct corbel_context *context,
					   const struct test_rich_group *group)
{
	struct test_rich_group copy = *group;

	copy.labels.items = labels_copy(context, group->labels.items, group->labels.count);
	copy.names.items = strings_copy(context, group->names.items, group->names.count);
	copy.points.items = corbel_memdup(context, group->points.items,
					  group->points.count * sizeof(struct test_rich_point));
	copy.blobs.items = blobs_copy(context, group->blobs.items, group->blobs.count);
	copy.flags.items = corbel_memdup(context, group->flags.items, group->flags.count);
	return copy;
}

static int structs(void *self, const struct test_rich_point *in_point,
		   const struct test_rich_group *in_group, struct test_rich_point *out_point,
		   struct test_rich_group *out_group)
{
	struct fake *fake = self;

	*out_point = *in_point;
	*out_group = provider_group_copy(&fake->context, in_group);
	return 0;
}

static int arrays(void *self, const int64_t *numbers, size_t numbers_count,
		  const char *const *names, size_t names_count, const struct corbel_bytes *blobs,
		  size_t blobs_count, const struct test_rich_point *points, size_t points_count,
		  const struct test_rich_label *labels, size_t labels_count, int64_t **rnumbers,
		  size_t *rnumbers_count, char ***rtexts, size_t *rtexts_count,
		  struct corbel_bytes **rblobs, size_t *rblobs_count,
		  struct test_rich_point **rpoints, size_t *rpoints_count,
		  struct test_rich_label **rlabels, size_t *rlabels_count)
{
	struct corbel_context *context = &((struct fake *)self)->context;

	*rnumbers = corbel_memdup(context, numbers, numbers_count * sizeof(*numbers));
	*rnumbers_count = numbers_count;
	*rtexts = strings_copy(context, names, names_count);
	*rtexts_count = names_count;
	*rblobs = blobs_copy(context, blobs, blobs_count);
	*rblobs_count = blobs_count;
	*rpoints = corbel_memdup(context, points, points_count * sizeof(*points));
	*rpoints_count = points_count;
	*rlabels = labels_copy(context, labels, labels_count);
	*rlabels_count = labels_count;
	return 0;
}

static int lend(void *self, struct corbel_use *other, bool *bound)
{
	(void)self;
	*bound = other->service != NULL;
	return 0;
}

static int nothing(void *self)
{
	struct fake *fake = self;

	fake->depth_seen = corbel_thread->depth;
	return 0;
}

const struct test_rich_methods provider_methods = {
	.size = sizeof(struct test_rich_methods),
	.scalars = scalars,
	.texts = texts,
	.structs = structs,
	.arrays = arrays,
	.lend = lend,
	.nothing = nothing,
};

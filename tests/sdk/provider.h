/* SPDX-License-Identifier: MIT */
/* A provider of test.rich that gives back copies of what it gets. */
#ifndef TEST_SDK_PROVIDER_H
#define TEST_SDK_PROVIDER_H

#include "fake.h"
#include "rich.h"

/* Its self is the fake. */
extern const struct test_rich_methods provider_methods;

struct test_rich_group provider_group_copy(struct corbel_context *context,
					   const struct test_rich_group *group);

#endif

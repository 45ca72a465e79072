/* SPDX-License-Identifier: MIT */
/* corbelctl topics: the streams of events there are. */
#include "numbers.h"

static const struct numbers_column columns[] = {
	{ "TOPIC", "name" },
	{ "PUBLISHED", "published" },
	{ "PUBLISHERS", "publishers" },
	{ "SUBSCRIBERS", "subscribers" },
	{ "RETAINED", "retained" },
	{ NULL, NULL },
};

int command_topics(struct ctl *ctl, int count, char **arguments)
{
	(void)count;
	(void)arguments;
	return numbers_print(ctl, "ListTopics", "topics", columns);
}

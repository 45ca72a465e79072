/* SPDX-License-Identifier: MIT */
/* corbelctl metrics: the counters of each plugin. */
#include "numbers.h"

static const struct numbers_column columns[] = {
	{ "PLUGIN", "plugin" },
	{ "STARTS", "starts" },
	{ "PUBLISHED", "events_published" },
	{ "DELIVERED", "events_delivered" },
	{ "DROPPED", "events_dropped" },
	{ "QUEUED", "events_queued" },
	{ "HOLDINGS", "holdings" },
	{ NULL, NULL },
};

int command_metrics(struct ctl *ctl, int count, char **arguments)
{
	(void)count;
	(void)arguments;
	return numbers_print(ctl, "GetMetrics", "metrics", columns);
}

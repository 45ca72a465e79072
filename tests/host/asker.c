/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of reloads: calls without end, and tells what came of it. */
#include <stdlib.h>

#include <corbel/plugin.h>

#include "test.asker.h"
#include "test.versions.h"

struct asker {
	struct test_versions *use;
	struct test_asker_answer_topic *topic;
	struct test_asker_answer answer;
	uint32_t last;
};

static void ask(void *data)
{
	struct asker *asker = data;
	uint32_t count = 0;
	int code = test_versions_tell(asker->use, &asker->answer.version, &count);

	asker->answer.calls++;
	asker->answer.failed += code < 0;
	asker->answer.error = code < 0 ? code : asker->answer.error;
	asker->answer.wrong += code == 0 && count != asker->last + 1;
	asker->last = count;
	test_asker_answer_publish(asker->topic, &asker->answer);
}

static int start(struct corbel_context *context, void **self)
{
	struct asker *asker = calloc(1, sizeof(*asker));
	int code;

	if (!asker)
		return -ENOMEM;
	asker->answer.size = sizeof(asker->answer);
	code = test_asker_answer_open(context, NULL, &asker->topic);
	if (code == 0)
		code = test_versions_acquire(context, NULL, &asker->use);
	if (code == 0)
		code = corbel_timer_start(context, CORBEL_MILLISECOND, CORBEL_MILLISECOND, ask,
					  asker, NULL);
	if (code < 0) {
		free(asker);
		return code;
	}
	*self = asker;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	free(self);
}

CORBEL_PLUGIN(.start = start, .stop = stop);

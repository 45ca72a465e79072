/* SPDX-License-Identifier: MIT */
/* A source that tests of strands look through. */
#ifndef CORBEL_TESTS_CORE_PROBE_H
#define CORBEL_TESTS_CORE_PROBE_H

#include <check.h>

#include "latch.h"
#include "loop.h"

struct probe {
	struct source source;
	struct latch ran, go;
	struct strand *other;
	int result;
	bool wakes_itself, waits, finishes;
	unsigned runs;
};

static const struct latch latch_none = LATCH_INIT;

static inline void run_probe(struct source *source)
{
	struct probe *probe = (struct probe *)source;

	probe->runs++;
	if (probe->wakes_itself)
		source_wake(source);
	if (probe->finishes)
		source_fini(source);
	latch_hit(&probe->ran);
	if (probe->waits)
		latch_wait(&probe->go, 1);
}

static inline void probe_init(struct probe *probe, struct strand *strand)
{
	*probe = (struct probe){ .ran = latch_none, .go = latch_none };
	source_init(&probe->source, strand, run_probe);
}

static inline struct loop *new_loop(unsigned workers)
{
	struct loop *loop;

	ck_assert_int_eq(loop_new(workers, &loop), 0);
	return loop;
}

static inline struct strand *new_strand(struct loop *loop, bool dedicated)
{
	struct strand *strand;

	ck_assert_int_eq(strand_new(loop, NULL, "test", dedicated, &strand), 0);
	return strand;
}

#endif

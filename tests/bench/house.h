/* SPDX-License-Identifier: MIT */
/* The rooms of the core that benchmarks need, put together without a host. */
#ifndef BENCH_HOUSE_H
#define BENCH_HOUSE_H

#include "bus.h"
#include "registry.h"

struct bench_house {
	struct catalogue *catalogue;
	struct registry *registry;
	struct loop *loop;
	struct bus *bus;
	struct gate_owner owner; /* of what the party provides */
	struct party party;
};

/*
 * 0 or -ENOMEM; the party's strand is one of a pool with `workers` threads. The house is not taken
 * down: the process ends.
 */
int bench_house_build(struct bench_house *house, unsigned workers);

#endif

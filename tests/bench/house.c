/* SPDX-License-Identifier: MIT */
/* The rooms of the core that benchmarks need, put together without a host. */
#include "house.h"

#include <errno.h>

int bench_house_build(struct bench_house *house, unsigned workers)
{
	int error;

	*house = (struct bench_house){
		.catalogue = catalogue_new(),
		.owner = { .name = "target", .version = "1.0", .timeout = GATE_TIMEOUT },
	};
	if (!house->catalogue)
		return -ENOMEM;
	error = registry_new(house->catalogue, &house->registry);
	if (!error)
		error = loop_new(workers, &house->loop);
	if (!error)
		error = bus_new(house->loop, house->catalogue, &house->bus);
	house->party = (struct party){ .plugin = "target", .owner = &house->owner };
	if (!error)
		error = strand_new(house->loop, &house->owner, "target", false,
				   &house->party.strand);
	return error;
}

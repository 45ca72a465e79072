/* SPDX-License-Identifier: MIT */
/*
 * The frame protocol against a taker that takes away as fast as it can: litmus MODE SECONDS.
 *
 * Ends with 1 at the first violation, with 0 when there was none in that time, with 77 where it
 * cannot run (one processor, no membarrier). litmus.test runs it whole, and built with one part of
 * the protocol left out, where it must find a violation. Modes and the part each of them proves to
 * be needed:
 *
 *   barrier: closed, scanned, nobody inside: then nobody is, nor comes.
 *     -DFRAME_WITHOUT_BARRIER
 *   validation: a block is not used again while a caller may still enter it for what it was.
 *     -D'CORBEL_CALL_IS_VALID(use,service)=1'
 *   wake: whoever was found inside tells when it leaves.
 *     -DFRAME_WITHOUT_SECOND_BARRIER
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

enum { LINES = 32 };

/* Lines that both sides write: a caller's store to them keeps its later stores back for a while. */
static struct {
	uint32_t word;
} __attribute__((aligned(64))) contested[LINES];

struct litmus {
	struct corbel_use uses[2] __attribute__((aligned(64)));
	uint32_t stop __attribute__((aligned(64)));
	uint32_t gone;       /* barrier: nobody may be inside now */
	uint32_t turn, done; /* wake: the round that may begin, and the last one that ended */
	uint32_t violations __attribute__((aligned(64)));
	uint32_t leaves;
	int objects[2];
};

static struct gate_owner owner = { .name = "litmus", .version = "1.0", .timeout = 0 };
static struct litmus litmus;

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void violation(void)
{
	__atomic_fetch_add(&litmus.violations, 1, __ATOMIC_RELAXED);
}

static void contest(void)
{
	for (int i = 0; i < LINES; i++)
		__atomic_store_n(&contested[i].word, 1, __ATOMIC_RELAXED);
}

static uint32_t random_below(uint32_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

static void linger(uint32_t turns)
{
	for (uint32_t i = 0; i < turns; i++)
		__asm__ volatile("" ::: "memory");
}

/* Spins; gives the processor away now and then, because the other side may be waiting for it. */
static bool reach(const uint32_t *word, uint32_t value)
{
	for (uint32_t spins = 1; load(word) != value; spins++) {
		if (load(&litmus.stop))
			return false;
		if (spins % 4096 == 0)
			sched_yield();
	}
	return true;
}

static struct gate *gate_for(int which)
{
	struct gate *gate = gate_new(&owner, GATE_SERVICE, 0, 0);

	if (!gate)
		abort();
	gate->service.self = &litmus.objects[which];
	return gate;
}

static void *barrier_call(void *unused)
{
	struct corbel_call call;

	while (!load(&litmus.stop)) {
		contest();
		if (corbel_call_enter(&call, &litmus.uses[0], 0) != 0)
			continue;
		/* About as long as its stores are held back and a scan takes. */
		for (int i = 0; i < 300; i++)
			if (load(&litmus.gone))
				violation();
		corbel_call_leave(&call);
	}
	return unused;
}

static void barrier_take(struct gate *gates[2], uint32_t round)
{
	static uint32_t state = 3;

	(void)round;
	contest();
	linger(random_below(&state, 2000));
	gate_set(gates[0], GATE_CLOSED);
	if (frame_scan(&owner, gates[0], NULL, NULL) == 0) {
		store(&litmus.gone, 1);
		linger(500);
		store(&litmus.gone, 0);
	}
	gate_clear(gates[0], GATE_CLOSED);
}

static void *validation_call(void *unused)
{
	struct corbel_call call;

	while (!load(&litmus.stop)) {
		for (int which = 0; which < 2; which++) {
			if (corbel_call_enter(&call, &litmus.uses[which], 0) != 0)
				continue;
			if (__atomic_load_n(&call.service->self, __ATOMIC_RELAXED) !=
			    &litmus.objects[which])
				violation();
			corbel_call_leave(&call);
		}
	}
	return unused;
}

/* The block that the last round freed serves the other use in this one. */
static void validation_take(struct gate *gates[2], uint32_t round)
{
	int which = round % 2;
	struct gate *old = gates[which];

	gates[which] = gate_for(which);
	__atomic_store_n(&litmus.uses[which].service, &gates[which]->service, __ATOMIC_SEQ_CST);
	gate_retire(old);
}

static void *wake_call(void *unused)
{
	struct corbel_call call;
	uint32_t state = 1;

	for (uint32_t round = 0; reach(&litmus.turn, round + 1); round++) {
		if (corbel_call_enter(&call, &litmus.uses[0], 0) == 0) {
			/* About as long as a scan takes to come to where it looks. */
			linger(random_below(&state, 30000));
			contest();
			corbel_call_leave(&call);
		}
		store(&litmus.done, round + 1);
	}
	return unused;
}

static void wake_take(struct gate *gates[2], uint32_t round)
{
	static uint32_t state = 2;

	contest();
	store(&litmus.turn, round + 1);
	linger(random_below(&state, 2000));
	gate_set(gates[0], GATE_CLOSED);

	uint32_t leaves = load(&litmus.leaves);
	size_t found = frame_scan(&owner, gates[0], NULL, NULL);

	if (!reach(&litmus.done, round + 1))
		return;
	if (found > 0 && load(&litmus.leaves) == leaves)
		violation();
	gate_clear(gates[0], GATE_CLOSED);
}

static void left(struct frame_watcher *watcher)
{
	(void)watcher;
	__atomic_fetch_add(&litmus.leaves, 1, __ATOMIC_RELEASE);
}

struct mode {
	const char *name;
	void *(*call)(void *unused);
	void (*take)(struct gate *gates[2], uint32_t round);
};

static const struct mode modes[] = {
	{ "barrier", barrier_call, barrier_take },
	{ "validation", validation_call, validation_take },
	{ "wake", wake_call, wake_take },
};

/* Puts the two threads on two processors, so that they meet; false: there is only one. */
static bool spread(pthread_t caller)
{
	cpu_set_t may, one;
	int placed = 0;

	if (sched_getaffinity(0, sizeof(may), &may) != 0 || CPU_COUNT(&may) < 2)
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE && placed < 2; cpu++) {
		if (!CPU_ISSET(cpu, &may))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(placed++ == 0 ? caller : pthread_self(), sizeof(one), &one);
	}
	return true;
}

static int run(const struct mode *mode, int64_t until)
{
	struct gate *gates[2] = { gate_for(0), gate_for(1) };
	pthread_t caller;
	uint32_t round = 0;

	litmus.uses[0].service = &gates[0]->service;
	litmus.uses[1].service = &gates[1]->service;
	if (pthread_create(&caller, NULL, mode->call, NULL) != 0)
		abort();

	bool can = spread(caller);

	while (can && !load(&litmus.violations) && frame_now() < until)
		for (int i = 0; i < 64; i++)
			mode->take(gates, round++);
	store(&litmus.stop, 1);
	pthread_join(caller, NULL);
	gate_retire(gates[0]);
	gate_retire(gates[1]);
	printf("%s: %u takes, %u violations\n", mode->name, round, load(&litmus.violations));
	if (!can)
		return 77;
	return load(&litmus.violations) ? 1 : 0;
}

int main(int count, char **arguments)
{
	struct frame_watcher watcher = { .left = left };

	if (count != 3) {
		fprintf(stderr, "usage: litmus barrier|validation|wake SECONDS\n");
		return 2;
	}
	if (!frame_has_membarrier())
		return 77;
	frame_watcher_add(&watcher);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, arguments[1]) == 0)
			return run(&modes[i],
				   frame_now() + atoi(arguments[2]) * INT64_C(1000000000));
	fprintf(stderr, "litmus: no mode %s\n", arguments[1]);
	return 2;
}

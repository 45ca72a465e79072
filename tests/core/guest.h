/* SPDX-License-Identifier: MIT */
/*
 * What the tests of frames and of gates share: one gate, and guests that go through it on threads
 * of their own.
 */
#ifndef TEST_GUEST_H
#define TEST_GUEST_H

#include <check.h>
#include <pthread.h>
#include <sched.h>

#include "frame.h"

static struct gate_owner owner, other;
static struct gate *gate;
static struct corbel_use use;

static inline void set_up(void)
{
	owner = (struct gate_owner){ .name = "owner",
				     .version = "1.0",
				     .timeout = INT64_C(20000000000) };
	other = (struct gate_owner){ .name = "other",
				     .version = "1.0",
				     .timeout = INT64_C(20000000000) };
	gate = gate_new(&owner, GATE_SERVICE, 0, 0);
	gate->label = "test.label";
	use.service = &gate->service;
}

static inline void tear_down(void)
{
	gate_retire(gate);
	ck_assert_uint_eq(gate_collect(), 0);
}

static inline void reach(const uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) < value)
		sched_yield();
}

static inline void raise_to(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* A thread that goes in, says so, and stays until told otherwise. */
struct guest {
	pthread_t thread;
	struct corbel_use *use, *before; /* `before` is entered first, if there is one */
	uint32_t at;                     /* 1: about to enter; 2: inside; 3: out */
	uint32_t may;                    /* 1: may leave */
	int result;
};

static inline void *guest_run(void *data)
{
	struct guest *guest = data;
	struct corbel_call outer = { 0 }, call;

	if (guest->before)
		ck_assert_int_eq(corbel_call_enter(&outer, guest->before, 0), 0);
	raise_to(&guest->at, 1);
	guest->result = corbel_call_enter(&call, guest->use, 7);
	if (!guest->result) {
		raise_to(&guest->at, 2);
		reach(&guest->may, 1);
		corbel_call_leave(&call);
	}
	if (guest->before)
		corbel_call_leave(&outer);
	raise_to(&guest->at, 3);
	return NULL;
}

static inline void guest_start(struct guest *guest)
{
	ck_assert_int_eq(pthread_create(&guest->thread, NULL, guest_run, guest), 0);
}

static inline int guest_end(struct guest *guest)
{
	raise_to(&guest->may, 1);
	pthread_join(guest->thread, NULL);
	return guest->result;
}

static inline void wait_for_waiter(struct gate *at)
{
	while (__atomic_load_n(&at->references, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Gates: opening, closing, waking; and the set of all that live, by which addresses in frames are
 * judged.
 */
#include "frame_record.h"

#include <limits.h>
#include <linux/futex.h>
#include <malloc.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct gate frame_absent = { .service.gate = GATE_ABSENT, .label = "nothing" };
struct gate frame_refused = { .service.gate = GATE_REFUSED, .label = "nothing" };

static void *set; /* all gates, by address */

static LIST_HEAD(, gate) retired;

int word_wait(uint32_t *word, uint32_t value, int64_t deadline)
{
	struct timespec until = frame_timespec(deadline > 0 ? deadline : 0);
	long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, &until, NULL,
			      FUTEX_BITSET_MATCH_ANY);

	return result < 0 && errno == ETIMEDOUT ? -ETIMEDOUT : 0;
}

void word_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static int compare(const void *one, const void *other)
{
	return (uintptr_t)one < (uintptr_t)other ? -1 : one != other;
}

struct gate *gate_find(const void *address)
{
	struct gate *const *node = tfind(address, &set, compare);

	return node ? *node : NULL;
}

struct gate *gate_new(struct gate_owner *owner, enum gate_kind kind, uint32_t reasons, size_t extra)
{
	struct gate *gate = calloc(1, sizeof(struct gate) + extra);

	if (!gate)
		return NULL;
	frame_setup();
	gate->kind = kind;
	gate->owner = owner;
	gate->label = "";
	pthread_mutex_lock(&frame_lock);
	gate->service.gate = reasons | (owner ? owner->reasons : 0);
	bool added = tsearch(gate, &set, compare) != NULL;
	if (added && owner)
		LIST_INSERT_HEAD(&owner->gates, gate, entry);
	pthread_mutex_unlock(&frame_lock);
	if (!added) {
		free(gate);
		return NULL;
	}
	return gate;
}

/*
 * Each change gives the word a value that it did not have lately, so that who is about to sleep on
 * the old one does not miss a wake. Open is 0 whatever went before.
 */
static void word_change(struct gate *gate, uint32_t add, uint32_t drop)
{
	uint32_t turn = __atomic_add_fetch(&gate->turn, GATE_REASONS + 1, __ATOMIC_RELAXED);
	uint32_t old = __atomic_load_n(&gate->service.gate, __ATOMIC_RELAXED), changed;

	do {
		uint32_t reasons = (old | add) & ~drop & GATE_REASONS;
		changed = reasons ? reasons | turn : 0;
	} while (!__atomic_compare_exchange_n(&gate->service.gate, &old, changed, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
}

void gate_set(struct gate *gate, uint32_t reasons)
{
	word_change(gate, reasons, 0);
}

void gate_clear(struct gate *gate, uint32_t reasons)
{
	word_change(gate, 0, reasons);
	if (__atomic_load_n(&gate->references, __ATOMIC_SEQ_CST) > 0)
		word_wake(&gate->service.gate);
}

void gate_set_all(struct gate_owner *owner, uint32_t reasons)
{
	pthread_mutex_lock(&frame_lock);
	owner->reasons |= reasons;
	for (struct gate *gate = LIST_FIRST(&owner->gates); gate; gate = LIST_NEXT(gate, entry))
		gate_set(gate, reasons);
	pthread_mutex_unlock(&frame_lock);
}

void gate_clear_all(struct gate_owner *owner, uint32_t reasons)
{
	pthread_mutex_lock(&frame_lock);
	owner->reasons &= ~reasons;
	for (struct gate *gate = LIST_FIRST(&owner->gates); gate; gate = LIST_NEXT(gate, entry))
		gate_clear(gate, reasons);
	pthread_mutex_unlock(&frame_lock);
}

void gate_wake(struct gate *gate)
{
	gate_clear(gate, 0);
}

void gate_refuse(struct gate *gate)
{
	__atomic_fetch_add(&gate->refusals, 1, __ATOMIC_SEQ_CST);
	gate_wake(gate);
}

void gate_unreference(struct gate *gate)
{
	if (__atomic_sub_fetch(&gate->references, 1, __ATOMIC_SEQ_CST) == 0)
		gate_collect();
}

void gate_retire(struct gate *gate)
{
	if (!gate)
		return;
	pthread_mutex_lock(&frame_lock);
	gate_wake(gate);
	if (gate->owner)
		LIST_REMOVE(gate, entry);
	gate->is_retired = true;
	LIST_INSERT_HEAD(&retired, gate, entry);
	pthread_mutex_unlock(&frame_lock);
	gate_collect();
}

struct gate *gate_newest(struct gate_owner *owner, enum gate_kind kind)
{
	struct gate *gate;

	pthread_mutex_lock(&frame_lock);
	gate = LIST_FIRST(&owner->gates);
	while (gate && gate->kind != (uint32_t)kind)
		gate = LIST_NEXT(gate, entry);
	pthread_mutex_unlock(&frame_lock);
	return gate;
}

void gate_disown_all(struct gate_owner *owner)
{
	pthread_mutex_lock(&frame_lock);
	for (struct gate *gate; (gate = LIST_FIRST(&owner->gates));) {
		LIST_REMOVE(gate, entry);
		__atomic_store_n(&gate->owner, NULL, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&frame_lock);
}

/* Marks the retired gates that frames name, and asks their threads to tell when they leave. */
static bool retired_mark(void)
{
	size_t count;
	struct frame_thread *const *threads = frame_threads(&count);
	bool any = false;

	for (struct gate *gate = LIST_FIRST(&retired); gate; gate = LIST_NEXT(gate, entry))
		gate->is_named = false;
	for (size_t i = 0; i < count; i++) {
		for (uint32_t at = __atomic_load_n(&threads[i]->record.depth, __ATOMIC_ACQUIRE);
		     at-- > 0;) {
			struct gate *gate = gate_find(frame_service(threads[i], at));
			if (!gate || !gate->is_retired)
				continue;
			gate->is_named = any = true;
			__atomic_fetch_or(&threads[i]->record.flag, FLAG_WANTED, __ATOMIC_SEQ_CST);
		}
	}
	return any;
}

/* Frames are read before references: who waits counted itself before it took its frame away. */
static size_t retired_free(void)
{
	size_t left = 0;

	for (struct gate *gate = LIST_FIRST(&retired), *next; gate; gate = next) {
		next = LIST_NEXT(gate, entry);
		if (gate->is_named || __atomic_load_n(&gate->references, __ATOMIC_SEQ_CST) > 0) {
			left++;
			continue;
		}
		LIST_REMOVE(gate, entry);
		tdelete(gate, &set, compare);
		/* What lies behind it names functions of plugins. */
		explicit_bzero(gate, malloc_usable_size(gate));
		free(gate);
	}
	return left;
}

size_t gate_collect(void)
{
	size_t left = 0;

	pthread_mutex_lock(&frame_lock);
	if (!LIST_EMPTY(&retired)) {
		frame_barrier();
		if (retired_mark()) {
			frame_barrier();
			retired_mark();
		}
		left = retired_free();
	}
	pthread_mutex_unlock(&frame_lock);
	return left;
}

/* SPDX-License-Identifier: MIT */
/* Waiting: what each thread waits for, so that none waits for one that waits for it. */
#include "frame_record.h"

void frame_blocker_tell(struct frame_blocker *blocker)
{
	if (blocker && !__atomic_exchange_n(&blocker->is_blocked, true, __ATOMIC_SEQ_CST))
		blocker->block(blocker);
}

void frame_blocker_return(struct frame_blocker *blocker)
{
	if (blocker && __atomic_load_n(&blocker->is_blocked, __ATOMIC_SEQ_CST) &&
	    __atomic_exchange_n(&blocker->is_blocked, false, __ATOMIC_SEQ_CST))
		blocker->unblock(blocker);
}

/*
 * Whether those that are waited for wait for `self`, of which only the frames below `top` count.
 * Who waits at a door on such a way is woken: it will find that it is awaited inside. [lock held]
 */
static bool leads_back(const struct frame_wait *wait, struct frame_thread *self, uint32_t top,
		       uint32_t round)
{
	size_t count;
	struct frame_thread *const *threads = frame_threads(&count);

	if (frame_find(self, top, wait) >= 0)
		return true;
	for (size_t i = 0; i < count; i++) {
		struct frame_thread *thread = threads[i];

		if (!thread->waits || thread == self || thread->mark == round ||
		    frame_find(thread, FRAME_TOP, wait) < 0)
			continue;
		thread->mark = round;
		if (!leads_back(&thread->wait, self, top, round))
			continue;
		if (!thread->wait.is_door)
			return true;
		gate_wake(thread->wait.gate);
	}
	return false;
}

static uint32_t next_round(void)
{
	static uint32_t round; /* guarded by frame_lock */

	return ++round;
}

int frame_wait_begin(const struct frame_wait *wait)
{
	struct frame_thread *self = frame_self();

	if (!self)
		return 0;
	pthread_mutex_lock(&frame_lock);
	if (wait && leads_back(wait, self, FRAME_TOP, next_round())) {
		pthread_mutex_unlock(&frame_lock);
		return -EDEADLK;
	}
	self->wait = wait ? *wait : (struct frame_wait){ 0 };
	self->waits = true;
	self->turns++;
	pthread_mutex_unlock(&frame_lock);
	frame_blocker_tell(self->blocker);
	return 0;
}

void frame_wait_end(void)
{
	struct frame_thread *self = frame_self();

	if (!self)
		return;
	frame_blocker_return(self->blocker);
	pthread_mutex_lock(&frame_lock);
	self->waits = false;
	pthread_mutex_unlock(&frame_lock);
}

bool frame_is_awaited(const struct gate *gate, uint32_t depth)
{
	const struct frame_wait inside = { .owner = gate->owner };
	struct frame_thread *self = frame_self();

	pthread_mutex_lock(&frame_lock);
	bool is_awaited = leads_back(&inside, self, depth, next_round());
	pthread_mutex_unlock(&frame_lock);
	return is_awaited;
}

void frame_set_blocker(struct frame_blocker *blocker)
{
	if (frame_register() < 0)
		return;
	pthread_mutex_lock(&frame_lock);
	frame_self()->blocker = blocker;
	pthread_mutex_unlock(&frame_lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * Who is inside what: reading all threads' frames, waiting for them to leave, and saying who they
 * are.
 */
#include "frame_record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Counts flagged leaves; drains sleep on it. */
static uint32_t leaves;

static LIST_HEAD(, frame_watcher) watchers;

static bool gate_is_meant(const struct frame_wait *wait, const void *address)
{
	if (wait->gate && !wait->is_door)
		return address == wait->gate;

	const struct gate *gate = gate_find(address);

	return gate && gate->owner == wait->owner && gate->kind < GATE_WORKER;
}

int frame_find(struct frame_thread *thread, uint32_t top, const struct frame_wait *wait)
{
	uint32_t depth = __atomic_load_n(&thread->record.depth, __ATOMIC_ACQUIRE);
	int at = (int)(depth < top ? depth : top) - 1;

	if (__atomic_load_n(&thread->is_parked, __ATOMIC_RELAXED))
		return -1;
	while (at >= 0 && !gate_is_meant(wait, frame_service(thread, (uint32_t)at)))
		at--;
	return at;
}

void frame_thread_name(pid_t id, char name[16])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)id);

	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? 0 : read(file, name, 15);

	if (file >= 0)
		close(file);
	name[size > 0 ? size : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

bool frame_has_thread(pid_t id)
{
	size_t count;
	bool found = false;

	pthread_mutex_lock(&frame_lock);
	struct frame_thread *const *threads = frame_threads(&count);
	for (size_t i = 0; i < count && !found; i++)
		found = threads[i]->id == id;
	pthread_mutex_unlock(&frame_lock);
	return found;
}

static const char *method_name(const struct gate *gate, uint32_t method)
{
	const struct corbel_interface *interface = gate->interface;

	return interface && method < interface->method_count ? interface->methods[method].name
							     : NULL;
}

/* The plugin that made the call. The owner of a retired gate may be gone already. */
static const char *caller_name(struct frame_thread *thread, int at)
{
	while (at-- > 0) {
		const struct gate *gate = gate_find(frame_service(thread, (uint32_t)at));

		if (gate && !gate->is_retired && gate->owner)
			return gate->owner->name;
	}
	return NULL;
}

static void thread_report(struct frame_thread *thread, int at,
			  void (*visit)(void *data, const struct frame_report *report), void *data)
{
	const struct gate *gate = gate_find(frame_service(thread, (uint32_t)at));
	struct frame_report report = { .thread = thread->id };

	if (!gate)
		return;
	frame_thread_name(thread->id, report.thread_name);
	report.label = gate->label;
	report.method =
		method_name(gate, __atomic_load_n(&thread->frames[at].method, __ATOMIC_RELAXED));
	report.caller = caller_name(thread, at);
	visit(data, &report);
}

/* How many other threads are inside; those found are flagged, and shown to `visit`. */
static size_t threads_look(const struct frame_wait *wait,
			   void (*visit)(void *data, const struct frame_report *report), void *data)
{
	size_t count, found = 0;
	struct frame_thread *const *threads = frame_threads(&count);

	for (size_t i = 0; i < count; i++) {
		int at = &threads[i]->record == corbel_thread
				 ? -1
				 : frame_find(threads[i], FRAME_TOP, wait);
		if (at < 0)
			continue;
		found++;
		__atomic_fetch_or(&threads[i]->record.flag, FLAG_WANTED, __ATOMIC_SEQ_CST);
		if (visit)
			thread_report(threads[i], at, visit, data);
	}
	return found;
}

/*
 * The second barrier: a thread that did not see the flag when it left has, after it, made its
 * leaving visible to the second look; one that the second look still finds will see the flag.
 */
size_t frame_scan(struct gate_owner *owner, struct gate *gate,
		  void (*visit)(void *data, const struct frame_report *report), void *data)
{
	const struct frame_wait wait = { .owner = owner, .gate = gate };

	pthread_mutex_lock(&frame_lock);
	frame_barrier();
	size_t found = threads_look(&wait, NULL, NULL);
	if (found > 0) {
#ifndef FRAME_WITHOUT_SECOND_BARRIER /* tests/core/litmus.c proves that it is needed */
		frame_barrier();
#endif
		found = threads_look(&wait, visit, data);
	}
	pthread_mutex_unlock(&frame_lock);
	return found;
}

static bool gate_is_made(const struct gate_owner *owner, const void *address)
{
	const struct gate *gate = gate_find(address);

	return gate && gate->owner == owner && gate->kind == GATE_THREAD;
}

size_t frame_scan_made(struct gate_owner *owner,
		       void (*visit)(void *data, const struct frame_report *report), void *data)
{
	size_t made = 0, count;

	if (!owner)
		return 0;
	pthread_mutex_lock(&frame_lock);
	for (struct gate *gate = LIST_FIRST(&owner->gates); gate; gate = LIST_NEXT(gate, entry))
		made += gate->kind == GATE_THREAD;
	struct frame_thread *const *threads = frame_threads(&count);
	/* It is the first frame of such a thread. */
	for (size_t i = 0; made > 0 && i < count; i++)
		if (__atomic_load_n(&threads[i]->record.depth, __ATOMIC_ACQUIRE) > 0 &&
		    gate_is_made(owner, frame_service(threads[i], 0)))
			thread_report(threads[i], 0, visit, data);
	pthread_mutex_unlock(&frame_lock);
	return made;
}

int frame_drain(struct gate_owner *owner, struct gate *gate, int64_t deadline)
{
	const struct frame_wait wait = { .owner = owner, .gate = gate };
	struct frame_thread *self = frame_self();
	int error = 0;

	pthread_mutex_lock(&frame_lock);
	bool is_inside = self && frame_find(self, FRAME_TOP, &wait) >= 0;
	pthread_mutex_unlock(&frame_lock);
	if (is_inside)
		return -EDEADLK;
	for (;;) {
		/* Before the look: a leave that comes after it ends the wait. */
		uint32_t seen = __atomic_load_n(&leaves, __ATOMIC_SEQ_CST);

		if (frame_scan(owner, gate, NULL, NULL) == 0)
			return 0;
		if (error)
			return error;
		frame_wait_begin(NULL);
		error = word_wait(&leaves, seen, deadline);
		frame_wait_end();
	}
}

static struct frame_sight frame_see(struct frame_thread *thread, uint32_t at)
{
	const struct corbel_frame *frame = &thread->frames[at];
	struct frame_sight sight = { .gate = gate_find(frame_service(thread, at)) };

	sight.number = __atomic_load_n(&frame->method, __ATOMIC_RELAXED);
	sight.generation = __atomic_load_n(&frame->generation, __ATOMIC_RELAXED);
	if (sight.gate) {
		sight.method = method_name(sight.gate, sight.number);
		sight.owner = sight.gate->is_retired ? NULL : sight.gate->owner;
	}
	return sight;
}

void frame_look(void (*visit)(void *data, const struct frame_stack *stack), void *data)
{
	struct frame_sight frames[FRAME_LIMIT];
	size_t count;

	pthread_mutex_lock(&frame_lock);
	struct frame_thread *const *threads = frame_threads(&count);
	for (size_t i = 0; i < count; i++) {
		struct frame_thread *thread = threads[i];
		struct frame_stack stack = {
			.index = i,
			.thread = thread->id,
			.waits = thread->waits,
			.turns = thread->turns,
			.wait = thread->wait,
			.depth = __atomic_load_n(&thread->record.depth, __ATOMIC_ACQUIRE),
			.frames = frames,
		};

		for (uint32_t at = 0; at < stack.depth; at++)
			frames[at] = frame_see(thread, at);
		if (stack.depth > 0 && !__atomic_load_n(&thread->is_parked, __ATOMIC_RELAXED))
			visit(data, &stack);
	}
	pthread_mutex_unlock(&frame_lock);
}

bool frame_give_up(size_t index, uint32_t depth, uint32_t generation)
{
	size_t count;

	pthread_mutex_lock(&frame_lock);
	struct frame_thread *thread = frame_threads(&count)[index];
	bool is_inside = __atomic_load_n(&thread->record.depth, __ATOMIC_ACQUIRE) > depth &&
			 frame_see(thread, depth).generation == generation;
	if (is_inside)
		frame_blocker_tell(thread->blocker);
	pthread_mutex_unlock(&frame_lock);
	return is_inside;
}

void frame_announce(struct frame_thread *thread)
{
	if (!(__atomic_load_n(&thread->record.flag, __ATOMIC_RELAXED) & FLAG_WANTED))
		return;
	__atomic_fetch_and(&thread->record.flag, ~FLAG_WANTED, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&leaves, 1, __ATOMIC_SEQ_CST);
	word_wake(&leaves);
	for (struct frame_watcher *watcher = LIST_FIRST(&watchers); watcher;
	     watcher = LIST_NEXT(watcher, entry))
		watcher->left(watcher);
}

void frame_left(struct frame_thread *thread)
{
	pthread_mutex_lock(&frame_lock);
	frame_announce(thread);
	pthread_mutex_unlock(&frame_lock);
	gate_collect();
}

void frame_watcher_add(struct frame_watcher *watcher)
{
	pthread_mutex_lock(&frame_lock);
	LIST_INSERT_HEAD(&watchers, watcher, entry);
	pthread_mutex_unlock(&frame_lock);
}

void frame_watcher_remove(struct frame_watcher *watcher)
{
	pthread_mutex_lock(&frame_lock);
	LIST_REMOVE(watcher, entry);
	pthread_mutex_unlock(&frame_lock);
}

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

struct target {
	const struct gate_owner *owner;
	const struct gate *gate; /* NULL: any of the owner's */
};

static bool gate_is_meant(const struct target *target, const void *address)
{
	if (target->gate)
		return address == target->gate;

	const struct gate *gate = gate_find(address);

	return gate && gate->owner == target->owner && gate->kind != GATE_WORKER;
}

/* A thread's innermost frame on the target, or -1. One not yet validated counts, too. */
static int frame_find(struct frame_thread *thread, const struct target *target)
{
	for (uint32_t at = __atomic_load_n(&thread->record.depth, __ATOMIC_ACQUIRE); at-- > 0;)
		if (gate_is_meant(target,
				  __atomic_load_n(&thread->frames[at].service, __ATOMIC_ACQUIRE)))
			return (int)at;
	return -1;
}

static void thread_name(pid_t id, char name[16])
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
		const struct gate *gate =
			gate_find(__atomic_load_n(&thread->frames[at].service, __ATOMIC_ACQUIRE));
		if (gate && !gate->is_retired && gate->owner)
			return gate->owner->name;
	}
	return NULL;
}

static void thread_report(struct frame_thread *thread, int at,
			  void (*visit)(void *data, const struct frame_report *report), void *data)
{
	const struct gate *gate =
		gate_find(__atomic_load_n(&thread->frames[at].service, __ATOMIC_ACQUIRE));
	struct frame_report report = { .thread = thread->id };

	if (!gate)
		return;
	thread_name(thread->id, report.thread_name);
	report.label = gate->label;
	report.method =
		method_name(gate, __atomic_load_n(&thread->frames[at].method, __ATOMIC_RELAXED));
	report.caller = caller_name(thread, at);
	visit(data, &report);
}

static size_t threads_flag(const struct target *target)
{
	size_t count, found = 0;
	struct frame_thread *const *threads = frame_threads(&count);

	for (size_t i = 0; i < count; i++) {
		if (&threads[i]->record == corbel_thread || frame_find(threads[i], target) < 0)
			continue;
		__atomic_fetch_or(&threads[i]->record.flag, FLAG_WANTED, __ATOMIC_SEQ_CST);
		found++;
	}
	return found;
}

static size_t threads_count(const struct target *target,
			    void (*visit)(void *data, const struct frame_report *report),
			    void *data)
{
	size_t count, found = 0;
	struct frame_thread *const *threads = frame_threads(&count);

	for (size_t i = 0; i < count; i++) {
		int at = &threads[i]->record == corbel_thread ? -1 : frame_find(threads[i], target);
		if (at < 0)
			continue;
		found++;
		if (visit)
			thread_report(threads[i], at, visit, data);
	}
	return found;
}

/*
 * The second barrier: a thread that did not see the flag when it left has, after it, made its
 * leaving visible to the second look; one that the second look still finds will see the flag.
 */
static size_t scan(const struct target *target,
		   void (*visit)(void *data, const struct frame_report *report), void *data)
{
	frame_barrier();
	if (threads_flag(target) == 0)
		return 0;
#ifndef FRAME_WITHOUT_SECOND_BARRIER /* tests/core/litmus.c proves that it is needed */
	frame_barrier();
#endif
	return threads_count(target, visit, data);
}

size_t frame_scan(struct gate_owner *owner, struct gate *gate,
		  void (*visit)(void *data, const struct frame_report *report), void *data)
{
	struct target target = { .owner = owner, .gate = gate };

	pthread_mutex_lock(&frame_lock);
	size_t found = scan(&target, visit, data);
	pthread_mutex_unlock(&frame_lock);
	return found;
}

/* Threads still inside, and the count of leaves up to which that is known. */
static size_t scan_once(const struct target *target, uint32_t *seen)
{
	pthread_mutex_lock(&frame_lock);
	*seen = leaves;
	size_t found = scan(target, NULL, NULL);
	pthread_mutex_unlock(&frame_lock);
	return found;
}

static bool is_own(const struct target *target)
{
	pthread_mutex_lock(&frame_lock);
	bool is = frame_find((struct frame_thread *)corbel_thread, target) >= 0;
	pthread_mutex_unlock(&frame_lock);
	return is;
}

int frame_drain(struct gate_owner *owner, struct gate *gate, int64_t deadline)
{
	struct target target = { .owner = owner, .gate = gate };
	struct frame_blocker *blocker = frame_blocker();
	uint32_t seen;
	int error = 0;

	if (is_own(&target))
		return -EDEADLK;
	if (scan_once(&target, &seen) == 0)
		return 0;
	if (blocker)
		blocker->block(blocker);
	do {
		error = word_wait(&leaves, seen, deadline);
	} while (scan_once(&target, &seen) > 0 && !error);
	if (blocker)
		blocker->unblock(blocker);
	return error && frame_scan(owner, gate, NULL, NULL) > 0 ? error : 0;
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

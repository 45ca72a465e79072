/* SPDX-License-Identifier: MIT */
/* The records of all threads, and the way in and out of a service when the inline one is barred. */
#include "frame_record.h"

#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int enter_out_of_line(struct corbel_call *call, struct corbel_use *use, uint32_t method);
static void leave_out_of_line(struct corbel_record *record, uint32_t depth);

/* Every thread's record until its first call; never written. */
struct corbel_record frame_unregistered = { .enter = enter_out_of_line,
					    .leave = leave_out_of_line };

CORBEL_EXPORT __thread struct corbel_record *corbel_thread = &frame_unregistered;

pthread_mutex_t frame_lock = PTHREAD_MUTEX_INITIALIZER;
#ifdef __SANITIZE_THREAD__
uint32_t frame_fence_word;
#endif

static struct {
	struct frame_thread **all;
	size_t count, capacity;
	SLIST_HEAD(, frame_thread) free;
} threads;

static pthread_key_t thread_key;
static bool has_key;
static bool has_membarrier;
static bool is_forked;

int64_t frame_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The thread ends. Its record stays mapped, for scans under way, and serves the next thread. */
static void thread_ended(void *data)
{
	struct frame_thread *self = data;

	if (is_forked)
		return;
	pthread_mutex_lock(&frame_lock);
	__atomic_store_n(&self->record.depth, 0, __ATOMIC_RELEASE);
	full_fence();
	frame_announce(self);
	self->id = 0;
	self->blocker = NULL;
	self->has_guard = false;
	self->waits = false;
	SLIST_INSERT_HEAD(&threads.free, self, entry);
	corbel_thread = &frame_unregistered;
	pthread_mutex_unlock(&frame_lock);
}

/*
 * The child has no other threads, so their frames mean nothing; the calls it is in may still
 * return.
 */
static void forked(void)
{
	if (corbel_thread != &frame_unregistered)
		corbel_thread->flag = 0;
	corbel_thread = &frame_unregistered;
	is_forked = true;
	pthread_mutex_init(&frame_lock, NULL);
}

static void set_up(void)
{
	has_key = pthread_key_create(&thread_key, thread_ended) == 0;
	pthread_atfork(NULL, NULL, forked);
#ifndef __SANITIZE_THREAD__
	has_membarrier =
		syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
#endif
}

void frame_setup(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
}

void frame_barrier(void)
{
	frame_setup();
	full_fence();
#ifndef FRAME_WITHOUT_BARRIER /* tests/core/litmus.c proves that it is needed */
	if (has_membarrier)
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
#endif
}

bool frame_has_membarrier(void)
{
	frame_setup();
	return has_membarrier;
}

static void record_bar(struct frame_thread *thread)
{
	thread->record.capacity = has_membarrier ? FRAME_LIMIT : 0;
	thread->record.flag = has_membarrier ? 0 : FLAG_FENCED;
}

void frame_use_fences(void)
{
	frame_setup();
	pthread_mutex_lock(&frame_lock);
	has_membarrier = false;
	for (size_t i = 0; i < threads.count; i++)
		record_bar(threads.all[i]);
	pthread_mutex_unlock(&frame_lock);
}

struct frame_thread *const *frame_threads(size_t *count)
{
	*count = threads.count;
	return threads.all;
}

static struct frame_thread *thread_new(void)
{
	size_t capacity = threads.capacity ? threads.capacity * 2 : 32;
	size_t size = (sizeof(struct frame_thread) + 63) & ~(size_t)63;

	if (threads.count == threads.capacity) {
		struct frame_thread **all = reallocarray(threads.all, capacity, sizeof(*all));

		if (!all)
			return NULL;
		threads.all = all;
		threads.capacity = capacity;
	}
	struct frame_thread *thread = aligned_alloc(64, size);
	if (!thread)
		return NULL;
	memset(thread, 0, size);
	thread->record.enter = enter_out_of_line;
	thread->record.leave = leave_out_of_line;
	threads.all[threads.count++] = thread;
	return thread;
}

static struct frame_thread *thread_take(void)
{
	struct frame_thread *thread = SLIST_FIRST(&threads.free);

	if (thread)
		SLIST_REMOVE_HEAD(&threads.free, entry);
	else
		thread = thread_new();
	if (thread) {
		thread->id = gettid();
		record_bar(thread);
	}
	return thread;
}

/* The calling thread's record, made at need; -ENOMEM, or -ENOTSUP in a forked child. */
static int thread_own(struct frame_thread **out)
{
	if (corbel_thread == &frame_unregistered) {
		if (is_forked)
			return -ENOTSUP;
		frame_setup();
		if (!has_key)
			return -ENOMEM;
		pthread_mutex_lock(&frame_lock);
		struct frame_thread *thread = thread_take();
		pthread_mutex_unlock(&frame_lock);
		if (!thread)
			return -ENOMEM;
		if (pthread_setspecific(thread_key, thread) != 0) {
			thread_ended(thread);
			return -ENOMEM;
		}
		corbel_thread = &thread->record;
	}
	*out = (struct frame_thread *)corbel_thread;
	return 0;
}

int frame_register(void)
{
	struct frame_thread *self;

	return thread_own(&self);
}

static void frame_write(struct frame_thread *self, uint32_t depth, struct corbel_service *service,
			uint32_t method)
{
	__atomic_store_n(&self->frames[depth].service, service, __ATOMIC_RELEASE);
	__atomic_store_n(&self->frames[depth].method, method, __ATOMIC_RELAXED);
	corbel_frame_renew(&self->record, &self->frames[depth]);
	__atomic_store_n(&self->record.depth, depth + 1, __ATOMIC_RELEASE);
	full_fence();
}

/*
 * Leaves by the rule for all: whoever flagged this thread while its frame stood here waits for it
 * to go.
 */
static void back_out(struct corbel_call *call)
{
	__atomic_store_n(&call->record->depth, call->depth, __ATOMIC_RELEASE);
	leave_out_of_line(call->record, call->depth);
}

static struct gate *gate_of(struct frame_thread *self, uint32_t index)
{
	return (struct gate *)self->frames[index].service;
}

static const void *transaction_of(const struct gate_owner *owner)
{
	return owner ? __atomic_load_n(&owner->transaction, __ATOMIC_ACQUIRE) : NULL;
}

/*
 * A thread inside an instance may go on inside it, and inside those that are drained together with
 * it: who drains them waits for the whole of that anyway.
 */
static bool is_let_in(struct frame_thread *self, uint32_t depth, const struct gate *gate,
		      uint32_t word)
{
	/* In this order: the owner of an absent gate may be ending. */
	const struct gate_owner *owner =
		word & (GATE_ABSENT | GATE_DORMANT | GATE_REFUSED) ? NULL : gate_owner(gate);

	if (!owner)
		return false;
	const void *transaction = transaction_of(owner);
	while (depth-- > 0) {
		const struct gate_owner *inside = gate_owner(gate_of(self, depth));

		if (inside == owner || (transaction && transaction_of(inside) == transaction))
			return true;
	}
	return false;
}

/* It closes for a drain, which waits for who is inside and may need this thread there. */
static bool is_drained(const struct gate *gate, uint32_t word)
{
	return (word & GATE_REASONS) == GATE_CLOSED && gate_owner(gate);
}

/* At a door: 0 also without having waited, to look again. */
static int gate_wait(struct gate *gate, const struct frame_wait *door, uint32_t word,
		     int64_t deadline)
{
	int error = 0;

	if (frame_now() >= deadline)
		return -ETIMEDOUT;
	if (frame_wait_begin(door) < 0)
		return 0;
	while (!error && __atomic_load_n(&gate->service.gate, __ATOMIC_ACQUIRE) == word)
		error = word_wait(&gate->service.gate, word, deadline);
	frame_wait_end();
	return error;
}

static int gate_ask(struct gate *gate, uint32_t word)
{
	if (!(word & (GATE_ASK | GATE_DORMANT)))
		return 0;

	int error = gate->asked ? gate->asked(gate, gate->asked_data) : 0;

	if (!error && word & GATE_ASK)
		gate_clear(gate, GATE_ASK);
	return error;
}

/*
 * Stands in a frame at a gate that is not open; comes back out of the frame, with 0 to try again.
 * The owner is only alive while the frame stands, the gate as long as the reference.
 */
static int gate_pass(struct corbel_call *call, struct gate *gate, uint32_t word, int64_t *deadline)
{
	if (word & (GATE_ABSENT | GATE_REFUSED)) {
		back_out(call);
		return word & GATE_ABSENT ? -ENOTCONN : -EACCES;
	}
	struct gate_owner *owner = gate_owner(gate);

	if (!*deadline)
		*deadline =
			frame_now() +
			(owner ? __atomic_load_n(&owner->timeout, __ATOMIC_RELAXED) : GATE_TIMEOUT);

	const struct frame_wait door = { .owner = owner, .gate = gate, .is_door = true };
	bool drained = is_drained(gate, word);
	uint32_t refusals = __atomic_load_n(&gate->refusals, __ATOMIC_ACQUIRE);

	__atomic_fetch_add(&gate->references, 1, __ATOMIC_SEQ_CST);
	back_out(call);

	int error = gate_ask(gate, word);

	if (!error && word & (GATE_CLOSED | GATE_DORMANT))
		error = gate_wait(gate, drained ? &door : NULL, word, *deadline);
	if (!error && __atomic_load_n(&gate->refusals, __ATOMIC_ACQUIRE) != refusals)
		error = -ENOTCONN;
	gate_unreference(gate);
	return error;
}

/*
 * One try: 0 with call->service set, or with NULL in it: outside again, try once more. The use is
 * read again after the word, too: a wake for its redirection that came before that reading would be
 * missed.
 */
static int enter_once(struct corbel_call *call, struct corbel_use *use, uint32_t method,
		      int64_t *deadline)
{
	struct frame_thread *self = (struct frame_thread *)call->record;
	struct corbel_service *service = __atomic_load_n(&use->service, __ATOMIC_ACQUIRE);

	call->service = NULL;
	frame_write(self, call->depth, service, method);
	if (CORBEL_CALL_IS_VALID(use, service)) {
		struct gate *gate = (struct gate *)service;
		uint32_t word = __atomic_load_n(&service->gate, __ATOMIC_ACQUIRE);

		if (!word || is_let_in(self, call->depth, gate, word) ||
		    (is_drained(gate, word) && frame_is_awaited(gate, call->depth))) {
			call->service = service;
			return 0;
		}
		if (__atomic_load_n(&use->service, __ATOMIC_ACQUIRE) == service)
			return gate_pass(call, gate, word, deadline);
	}
	back_out(call);
	return 0;
}

static int enter_out_of_line(struct corbel_call *call, struct corbel_use *use, uint32_t method)
{
	struct frame_thread *self;
	int64_t deadline = 0;
	int error = thread_own(&self);

	if (error)
		return error;
	call->record = &self->record;
	if (call->depth >= FRAME_LIMIT)
		return -ELOOP;
	if (self->record.depth != call->depth)
		back_out(call);
	do {
		error = enter_once(call, use, method, &deadline);
	} while (!error && !call->service);
	return error;
}

/* The depth is stored already. The fence is for threads whose leaver had none inline. */
static void leave_out_of_line(struct corbel_record *record, uint32_t depth)
{
	(void)depth;
	full_fence();
	if (__atomic_load_n(&record->flag, __ATOMIC_RELAXED) & FLAG_WANTED)
		frame_left((struct frame_thread *)record);
}

int frame_push(struct corbel_call *call, struct gate *gate, uint32_t method)
{
	struct frame_thread *self;
	int error = thread_own(&self);

	if (error)
		return error;

	uint32_t depth = self->record.depth;

	if (depth >= FRAME_LIMIT)
		return -ELOOP;
	*call = (struct corbel_call){ .record = &self->record,
				      .service = &gate->service,
				      .depth = depth };
	frame_write(self, depth, &gate->service, method);
	return 0;
}

struct gate_owner *frame_current(void)
{
	struct frame_thread *self = (struct frame_thread *)corbel_thread;
	struct gate_owner *owner = NULL;

	for (uint32_t depth = self->record.depth; depth-- > 0 && !owner;)
		owner = gate_of(self, depth)->owner;
	return owner;
}

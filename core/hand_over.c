/* SPDX-License-Identifier: MIT */
/*
 * The hand-over: from closing the gates of the old instances to opening those of the new ones.
 *
 * All of it in one thread, the reloader's: a change of threads costs more than the rest together.
 * It never waits: when somebody is inside, it comes back once somebody has left, or too late.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "reload_parts.h"

/* Callers wait longer than the hand-over may take, so that none gives up before it is decided. */
#define MARGIN CORBEL_SECOND

/* Members of one transaction pass each other's gates. */
static void mark(struct member *member, const struct reload *reload)
{
	__atomic_store_n(&member->old->owner.transaction, reload, __ATOMIC_RELEASE);
	__atomic_store_n(&member->new->owner.transaction, reload, __ATOMIC_RELEASE);
}

static void set_timeout(struct instance *instance, int64_t timeout)
{
	__atomic_store_n(&instance->owner.timeout, timeout, __ATOMIC_RELAXED);
}

/* Its threads take longest to come to rest, and callers need not wait for them at the gate. */
static void calm(struct member *member)
{
	struct instance *old = member->old;
	struct source *told = &member->reload->hand_over;

	instance_watch(old, told);
	instance_watch(member->new, told);
	strand_pause(old->strand, true);
	worker_set_token(old->workers, CORBEL_PAUSE);
	member->timeout = old->owner.timeout;
	if (member->timeout < member->reload->options.timeout + MARGIN)
		set_timeout(old, member->reload->options.timeout + MARGIN);
}

static void calm_all(struct reload *reload)
{
	reload->is_calming = true;
	/* Before any is closed: who is inside another one must not come to wait at its gate. */
	for (size_t i = 0; i < reload->count; i++)
		mark(&reload->members[i], reload);
	for (size_t i = 0; i < reload->count; i++)
		calm(&reload->members[i]);
}

static void close_all(struct reload *reload)
{
	reload->closed = frame_now();
	for (size_t i = 0; i < reload->count; i++)
		gate_set_all(&reload->members[i].old->owner, GATE_CLOSED);
}

static bool do_threads_wait(const struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		if (worker_set_scan(reload->members[i].old->workers, NULL, NULL) > 0 ||
		    worker_set_scan(reload->members[i].new->workers, NULL, NULL) > 0)
			return false;
	return true;
}

/* The old one goes on as if nothing had happened, unless it has faulted. */
static void open_again(struct member *member)
{
	struct instance *old = member->old;

	instance_unwatch(old);
	instance_unwatch(member->new);
	mark(member, NULL);
	strand_resume(old->strand);
	if (!instance_fault(old))
		worker_set_token(old->workers, CORBEL_RUN);
	gate_clear_all(&old->owner, GATE_CLOSED);
	set_timeout(old, member->timeout);
}

void hand_over_undo(struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		open_again(&reload->members[i]);
}

/* Nobody is in an old one, and the threads of both wait. */
static bool is_empty(struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		if (frame_scan(&reload->members[i].old->owner, NULL, NULL, NULL) > 0)
			return false;
	return do_threads_wait(reload);
}

/* Jobs that were posted have their turn first. */
static bool is_quiet(struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		if (!strand_is_quiet(reload->members[i].old->strand) ||
		    !strand_is_quiet(reload->members[i].new->strand))
			return false;
	return true;
}

/* A line for each that is inside, after the words that are there. */
static void append_report(struct instance *instance, char *words, size_t size)
{
	size_t used = strlen(words);

	if (used + 2 > size)
		return;
	instance_report(instance, words + used + 1, size - used - 1);
	if (words[used + 1])
		words[used] = '\n';
}

static int refuse(struct reload *reload)
{
	char words[RELOAD_WORDS_MAX];

	snprintf(words, sizeof(words), "%s after %.3g s (reload-timeout)",
		 is_empty(reload) ? "jobs are still being posted" : "threads are still inside",
		 (double)reload->options.timeout / (double)CORBEL_SECOND);
	for (size_t i = 0; i < reload->count; i++) {
		append_report(reload->members[i].old, words, sizeof(words));
		append_report(reload->members[i].new, words, sizeof(words));
	}
	return reload_fail(reload, &reload->members[0], CORBEL_RELOAD_NEVER_DRAINED, -ETIMEDOUT,
			   words);
}

/* In the calling thread, which the control side is to miss should it not come back. */
static int visit(struct member *member,
		 int (*call)(struct instance *instance, struct corbel_state *state,
			     struct corbel_error *error),
		 struct instance *instance, enum corbel_reload_outcome outcome)
{
	struct reload *reload = member->reload;
	struct corbel_error error;

	__atomic_store_n(&reload->visitor, gettid(), __ATOMIC_RELEASE);
	int result = call(instance, &member->state, &error);
	__atomic_store_n(&reload->visitor, 0, __ATOMIC_RELEASE);
	return result < 0 ? reload_fail(reload, member, outcome, result, error.text) : 0;
}

static int save_all(struct reload *reload)
{
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++) {
		struct member *member = &reload->members[i];

		if (!member->format)
			continue;
		member->state = (struct corbel_state){ .size = sizeof(member->state),
						       .version = member->format };
		result = visit(member, instance_save, member->old, CORBEL_RELOAD_SAVE_FAILED);
	}
	return result;
}

static int restore_all(struct reload *reload)
{
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++) {
		struct member *member = &reload->members[i];

		if (!member->format && !play_is(reload, CORBEL_FAULT_RESTORE_FAIL))
			continue;
		result = visit(member, instance_restore, member->new, CORBEL_RELOAD_RESTORE_FAILED);
	}
	return result;
}

/*
 * After this the new one has all. Who waits at a gate of the old one without a use to follow, a
 * publisher, is sent away by GATE_ABSENT and knows where to.
 */
static void swap(struct member *member)
{
	struct corbel_host *host = member->plugin->host;
	struct instance *old = member->old, *new = member->new;

	bus_replace(host->bus, &new->party);
	timer_take_over(&new->ledger, &old->ledger);
	registry_replace(host->registry, &new->party);
	new->party.predecessor = NULL;
	member->plugin->commit = new->commit;
	gate_set_all(&old->owner, GATE_ABSENT);
	gate_clear_all(&old->owner, GATE_CLOSED);
	instance_unwatch(old);
}

/* From here on it serves. */
static void open_new(struct member *member)
{
	instance_unwatch(member->new);
	mark(member, NULL);
	strand_resume(member->new->strand);
	worker_set_token(member->new->workers, CORBEL_RUN);
	gate_clear_all(&member->new->owner, GATE_CLOSED);
}

/* Nothing more is done with one that has faulted. */
static int health_check(struct reload *reload)
{
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++) {
		struct member *member = &reload->members[i];

		if (instance_fault(member->old))
			result = reload_fault(member, member->old);
		else if (instance_fault(member->new))
			result = reload_fault(member, member->new);
	}
	return result;
}

static int hand_over(struct reload *reload)
{
	int result = save_all(reload);

	if (result == 0)
		result = restore_all(reload);
	if (result == 0)
		result = health_check(reload);
	/* None is opened before all are in place: who is in one may call the others. */
	for (size_t i = 0; i < reload->count && result == 0; i++)
		swap(&reload->members[i]);
	for (size_t i = 0; i < reload->count && result == 0; i++)
		open_new(&reload->members[i]);
	return result;
}

/* False: not yet; it will be woken. */
static bool decide(struct reload *reload, bool is_late)
{
	bool empty = is_empty(reload);
	int result = health_check(reload);

	if (result < 0) {
		/* Whoever is inside. */
	} else if (empty && is_quiet(reload)) {
		result = hand_over(reload);
	} else if (is_late) {
		result = refuse(reload);
	} else {
		/* Who is inside wakes this when leaving; a strand on its way does not. */
		if (empty)
			source_wake(&reload->hand_over);
		return false;
	}
	if (result < 0)
		hand_over_undo(reload);
	return true;
}

void hand_over_run(struct source *source)
{
	struct reload *reload = container_of(source, struct reload, hand_over);

	bool is_late = __atomic_load_n(&reload->is_late, __ATOMIC_ACQUIRE);

	if (reload->is_over)
		return;
	if (!reload->is_calming)
		calm_all(reload);
	if (!reload->closed && !is_late && !do_threads_wait(reload) && health_check(reload) == 0)
		return;
	if (!reload->closed)
		close_all(reload);
	if (!decide(reload, is_late))
		return;
	reload->report.pause = frame_now() - reload->closed;
	reload->is_over = true;
	source_wake(&reload->step);
}

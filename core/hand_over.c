/* SPDX-License-Identifier: MIT */
/*
 * The hand-over: from closing the gates of the old instances to opening those of the new ones.
 *
 * All of it in one thread, the reloader's: a change of threads costs more than the rest together.
 * It never waits: when somebody is inside, it comes back once somebody has left, or too late.
 */
#include <errno.h>
#include <stdlib.h>
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

static void close_one(struct member *member, int64_t timeout)
{
	struct instance *old = member->old;

	mark(member, member->reload);
	if (old->owner.timeout < timeout + MARGIN)
		__atomic_store_n(&old->owner.timeout, timeout + MARGIN, __ATOMIC_RELAXED);
	instance_watch(old);
	strand_pause(old->strand, true);
	worker_set_token(old->workers, CORBEL_PAUSE);
	gate_set_all(&old->owner, GATE_CLOSED);
}

static void close_all(struct reload *reload)
{
	reload->closed = frame_now();
	for (size_t i = 0; i < reload->count; i++)
		close_one(&reload->members[i], reload->options.timeout);
}

/* The old one goes on as if nothing had happened. */
static void open_again(struct member *member)
{
	struct instance *old = member->old;

	instance_unwatch(old);
	mark(member, NULL);
	strand_resume(old->strand);
	worker_set_token(old->workers, CORBEL_RUN);
	gate_clear_all(&old->owner, GATE_CLOSED);
}

static bool is_empty(struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		if (frame_scan(&reload->members[i].old->owner, NULL, NULL, NULL) > 0 ||
		    worker_set_scan(reload->members[i].old->workers, NULL, NULL) > 0)
			return false;
	return true;
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

static void refuse(struct reload *reload)
{
	char words[RELOAD_WORDS_MAX];
	int used = snprintf(words, sizeof(words),
			    "threads are still inside after %.3g s (reload-timeout):",
			    (double)reload->options.timeout / (double)CORBEL_SECOND);

	for (size_t i = 0; i < reload->count && (size_t)used + 1 < sizeof(words); i++) {
		char *at = words + used;

		instance_report(reload->members[i].old, at + 1, sizeof(words) - (size_t)used - 1);
		if (at[1])
			*at = '\n';
		used += at[1] ? 1 + (int)strlen(at + 1) : 0;
	}
	reload_fail(reload, &reload->members[0], CORBEL_RELOAD_NEVER_DRAINED, -ETIMEDOUT, words);
}

static int save_all(struct reload *reload)
{
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++) {
		struct member *member = &reload->members[i];
		struct corbel_error error;

		if (!member->format)
			continue;
		member->state = (struct corbel_state){ .size = sizeof(member->state),
						       .version = member->format };
		result = instance_save(member->old, &member->state, &error);
		if (result < 0)
			reload_fail(reload, member, CORBEL_RELOAD_SAVE_FAILED, result, error.text);
	}
	return result;
}

static int restore_all(struct reload *reload)
{
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++) {
		struct member *member = &reload->members[i];
		struct corbel_error error;

		if (!member->format && !play_is(reload, CORBEL_FAULT_RESTORE_FAIL))
			continue;
		result = instance_restore(member->new, &member->state, &error);
		if (result < 0)
			reload_fail(reload, member, CORBEL_RELOAD_RESTORE_FAILED, result,
				    error.text);
	}
	return result;
}

/*
 * After this the new one serves. Who waits at a gate of the old one without a use to follow, a
 * publisher, is sent away by GATE_ABSENT and knows where to.
 */
static void swap(struct member *member)
{
	struct corbel_host *host = member->plugin->host;
	struct instance *old = member->old, *new = member->new;

	bus_replace(host->bus, &new->party);
	timer_take_over(&new->ledger, &old->ledger);
	registry_replace(host->registry, &new->party);
	gate_set_all(&old->owner, GATE_ABSENT);
	gate_clear_all(&old->owner, GATE_CLOSED);
	new->party.predecessor = NULL;
	instance_unwatch(old);
}

static void open_new(struct member *member)
{
	mark(member, NULL);
	strand_resume(member->new->strand);
	worker_set_token(member->new->workers, CORBEL_RUN);
}

static void hand_over(struct reload *reload)
{
	int result = save_all(reload);

	if (result == 0)
		result = restore_all(reload);
	for (size_t i = 0; i < reload->count; i++) {
		if (result < 0)
			open_again(&reload->members[i]);
		else
			swap(&reload->members[i]);
	}
	for (size_t i = 0; i < reload->count && result == 0; i++)
		open_new(&reload->members[i]);
}

void hand_over_run(struct source *source)
{
	struct reload *reload = container_of(source, struct reload, hand_over);

	if (reload->is_over)
		return;
	if (!reload->closed)
		close_all(reload);
	if (!is_empty(reload) || !is_quiet(reload)) {
		if (!__atomic_load_n(&reload->is_late, __ATOMIC_ACQUIRE)) {
			/* Who is inside wakes this when leaving; a strand on its way does not. */
			if (is_empty(reload))
				source_wake(source);
			return;
		}
		refuse(reload);
		for (size_t i = 0; i < reload->count; i++)
			open_again(&reload->members[i]);
	} else {
		hand_over(reload);
	}
	reload->report.pause = frame_now() - reload->closed;
	reload->is_over = true;
	source_wake(&reload->step);
}

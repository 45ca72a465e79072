/* SPDX-License-Identifier: MIT */
/* The watchdog: who stays in one piece of work for too long. */
#include "watchdog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "instance.h"

/* Between two looks; and while somebody was asked to leave. */
#define PERIOD_MIN (10 * CORBEL_MILLISECOND)
#define PERIOD_MAX (5 * CORBEL_SECOND)
#define PERIOD_ASKED (250 * CORBEL_MILLISECOND)
/* What a thread has to leave once it was asked to. */
#define PATIENCE CORBEL_SECOND

/* One frame, for as long as it stays. */
struct stay {
	const struct gate *gate; /* compared, never followed, as it may be gone by now */
	uint32_t generation;
	struct instance *instance; /* of this host; there while the frame is; or NULL */
	bool is_work;              /* it can be blamed */
	bool is_told;
	int64_t since;
	int64_t again; /* when it is told again */
	int64_t asked; /* when its thread was first asked to leave; -1: not yet */
	char where[96];
};

/* A thread, for as long as it is inside anything. */
struct sighting {
	pid_t thread;
	uint64_t look; /* the last in which it was seen */
	bool waits;
	uint32_t turns;
	int64_t waiting;            /* since when it waits */
	const struct gate *awaited; /* who is inside that; as `gate` above */
	uint32_t depth, capacity;
	struct stay *stays;
	struct {
		bool is_so;
		uint64_t look; /* in which that was */
		uint32_t depth, generation;
		char words[192];
	} given_up;
};

struct watchdog {
	struct corbel_host *host;
	struct corbel_timer *timer;
	int64_t now; /* of this look */
	uint64_t look;
	bool has_asked;             /* somebody to leave */
	struct sighting *sightings; /* by the index of the thread's record */
	size_t count;
};

static struct plugin *plugin_of(const struct stay *stay)
{
	return stay->instance->plugin;
}

static double seconds(int64_t time)
{
	return (double)time / (double)CORBEL_SECOND;
}

static void note_stay(struct watchdog *watchdog, struct stay *stay, const struct frame_sight *sight)
{
	const struct gate *gate = sight->gate;
	struct gate_owner *owner = sight->owner;

	*stay = (struct stay){
		.gate = gate, .generation = sight->generation, .since = watchdog->now, .asked = -1
	};
	if (!owner || owner->host != watchdog->host)
		return;
	stay->instance = container_of(owner, struct instance, owner);
	stay->is_work = gate->kind < GATE_WORKER && sight->number != FRAME_LIFECYCLE;
	snprintf(stay->where, sizeof(stay->where), "%s%s%s", gate->label, sight->method ? "." : "",
		 sight->method ? sight->method : "");
}

static bool reserve(struct sighting *sighting, uint32_t depth)
{
	if (depth <= sighting->capacity)
		return true;

	struct stay *stays = reallocarray(sighting->stays, depth + 4, sizeof(*stays));

	if (!stays)
		return false;
	sighting->stays = stays;
	sighting->capacity = depth + 4;
	return true;
}

static struct sighting *sighting_at(struct watchdog *watchdog, size_t index)
{
	if (index >= watchdog->count) {
		size_t count = index + 16;
		struct sighting *all = reallocarray(watchdog->sightings, count, sizeof(*all));

		if (!all)
			return NULL;
		memset(all + watchdog->count, 0, (count - watchdog->count) * sizeof(*all));
		watchdog->sightings = all;
		watchdog->count = count;
	}
	return &watchdog->sightings[index];
}

/* Without memory a thread goes unseen. */
static void see(void *data, const struct frame_stack *stack)
{
	struct watchdog *watchdog = data;
	struct sighting *sighting = sighting_at(watchdog, stack->index);

	if (!sighting || !reserve(sighting, stack->depth))
		return;
	if (sighting->thread != stack->thread)
		sighting->depth = 0;
	for (uint32_t at = 0; at < stack->depth; at++) {
		const struct stay *stay = &sighting->stays[at];

		if (at >= sighting->depth || stay->gate != stack->frames[at].gate ||
		    stay->generation != stack->frames[at].generation)
			note_stay(watchdog, &sighting->stays[at], &stack->frames[at]);
	}
	if (!sighting->waits || sighting->turns != stack->turns)
		sighting->waiting = watchdog->now;
	sighting->thread = stack->thread;
	sighting->look = watchdog->look;
	sighting->waits = stack->waits;
	sighting->turns = stack->turns;
	sighting->awaited = stack->waits && !stack->wait.is_door ? stack->wait.gate : NULL;
	sighting->depth = stack->depth;
}

/* How long the thread has been in this frame, and not in one above it, nor waiting. */
static int64_t own_time(const struct watchdog *watchdog, const struct sighting *sighting,
			uint32_t at)
{
	int64_t end = sighting->waits ? sighting->waiting : watchdog->now;

	if (at + 1 < sighting->depth)
		end = sighting->stays[at + 1].since;
	return end - sighting->stays[at].since;
}

/* The innermost frame that lasts longer than its plugin's limit, divided by `part`; or -1. */
static int find_hanging(const struct watchdog *watchdog, const struct sighting *sighting,
			int64_t part)
{
	int at = (int)sighting->depth - 1;

	for (; at >= 0; at--) {
		const struct stay *stay = &sighting->stays[at];

		if (stay->is_work && own_time(watchdog, sighting, (uint32_t)at) >=
					     plugin_of(stay)->settings->hang_timeout / part)
			break;
	}
	return at;
}

/* Whether the frames below that one are of the instance, too. */
static bool is_called_by(const struct sighting *sighting, int at, const struct instance *instance)
{
	while (at-- > 0)
		if (sighting->stays[at].instance == instance)
			return true;
	return false;
}

/* "thread 12 (corbel-pool-1) is in corbel.sensors.read for 30 s, called by http" */
static void describe(const struct watchdog *watchdog, const struct sighting *sighting, int at,
		     char *text, size_t size)
{
	const struct stay *stay = &sighting->stays[at];
	const struct instance *callee = stay->instance;
	char name[16];

	frame_thread_name(sighting->thread, name);

	int used = snprintf(text, size, "thread %d (%s) has been in %s for %.3g s",
			    (int)sighting->thread, name, stay->where,
			    seconds(watchdog->now - stay->since));

	while (at-- > 0 && used > 0 && (size_t)used < size) {
		const struct instance *caller = sighting->stays[at].instance;

		if (!caller || caller == callee)
			continue;
		used += snprintf(text + used, size - (size_t)used, ", called by %s",
				 caller->plugin->name);
		callee = caller;
	}
}

/*
 * Another thread that stays inside one of those that called this one, called by it in turn: locks
 * of theirs that each of the two has and the other wants look like this.
 */
static struct sighting *find_partner(const struct watchdog *watchdog,
				     const struct sighting *sighting, int at, int *where)
{
	const struct instance *instance = sighting->stays[at].instance;

	for (size_t i = 0; i < watchdog->count; i++) {
		struct sighting *other = &watchdog->sightings[i];

		*where = other == sighting ? -1 : find_hanging(watchdog, other, 2);
		if (*where < 0)
			continue;

		const struct instance *stuck = other->stays[*where].instance;

		if (stuck != instance && is_called_by(sighting, at, stuck) &&
		    is_called_by(other, *where, instance))
			return other;
	}
	return NULL;
}

static void count(struct watchdog *watchdog, struct stay *stay, const char *words)
{
	struct plugin *plugin = plugin_of(stay);

	free(plugin->hang);
	plugin->hang = strdup(words);
	plugin->hangs += !stay->is_told;
	stay->is_told = true;
	stay->again = watchdog->now + (watchdog->now - stay->since);
}

static void tell(struct watchdog *watchdog, struct sighting *sighting, int at)
{
	struct stay *stay = &sighting->stays[at];
	char words[1024], own[320], others[320];
	int where;
	struct sighting *partner = find_partner(watchdog, sighting, at, &where);

	describe(watchdog, sighting, at, own, sizeof(own));
	if (partner) {
		describe(watchdog, partner, where, others, sizeof(others));
		snprintf(words, sizeof(words), "%s and %s wait for each other: %s; %s",
			 plugin_of(stay)->name, plugin_of(&partner->stays[where])->name, own,
			 others);
		count(watchdog, &partner->stays[where], words);
	} else {
		snprintf(words, sizeof(words), "%s %s hangs: %s", plugin_of(stay)->name,
			 stay->instance->owner.version, own);
	}
	count(watchdog, stay, words);
	log_host(&watchdog->host->log, CORBEL_ERROR, "%s", words);
}

/* Each plugin that the thread is in at that frame or below goes; only the first is blamed. */
static void let_go(struct sighting *sighting, int at, const struct corbel_fault *fault,
		   bool is_culprit)
{
	const struct instance *last = NULL;

	for (int below = at; below >= 0; below--) {
		struct stay *stay = &sighting->stays[below];

		if (!stay->instance || stay->instance == last || !stay->instance->owner.faulted)
			continue;
		plugin_of(stay)->given_up += !instance_fault(stay->instance);
		stay->instance->owner.faulted(&stay->instance->owner, fault,
					      is_culprit && below == at);
		last = stay->instance;
	}
}

static void give_up(struct watchdog *watchdog, struct sighting *sighting, int at, bool is_culprit)
{
	const struct stay *stay = &sighting->stays[at];
	const struct gate_owner *owner = &stay->instance->owner;
	char report[512], words[160];
	struct corbel_fault fault = { .size = sizeof(fault),
				      .end = CORBEL_FAULT_GIVEN_UP,
				      .thread = sighting->thread,
				      .plugin = owner->name,
				      .version = owner->version,
				      .label = stay->where,
				      .method = "",
				      .words = words,
				      .report = report };

	if (!frame_give_up((size_t)(sighting - watchdog->sightings), (uint32_t)at,
			   stay->generation))
		return;
	describe(watchdog, sighting, at, report, sizeof(report));
	fault.report_size = strlen(report);
	snprintf(words, sizeof(words), "%s in %s for %.3g s",
		 is_culprit ? "hangs" : "waits for who was given up", stay->where,
		 seconds(watchdog->now - stay->since));
	sighting->given_up.is_so = true;
	sighting->given_up.look = watchdog->look;
	sighting->given_up.depth = (uint32_t)at;
	sighting->given_up.generation = stay->generation;
	snprintf(sighting->given_up.words, sizeof(sighting->given_up.words), "%s %s, in %s",
		 owner->name, owner->version, stay->where);
	log_host(&watchdog->host->log, CORBEL_ERROR,
		 "%s %s: %s, cannot be stopped there, and is given up", owner->name, owner->version,
		 report);
	let_go(sighting, at, &fault, is_culprit);
}

static bool may_end(const struct stay *stay)
{
	return stay->instance->owner.faulted &&
	       plugin_of(stay)->settings->on_hang == SETTINGS_HANG_RESTART;
}

static void act_on(struct watchdog *watchdog, struct sighting *sighting, int at)
{
	struct stay *stay = &sighting->stays[at];
	bool ends = may_end(stay);
	char words[64];

	if (!stay->is_told || (!ends && watchdog->now >= stay->again))
		tell(watchdog, sighting, at);
	if (!ends)
		return;
	watchdog->has_asked = true;
	if (stay->asked >= 0 && watchdog->now - stay->asked >= PATIENCE) {
		give_up(watchdog, sighting, at, true);
		return;
	}
	if (stay->asked < 0)
		stay->asked = watchdog->now;
	snprintf(words, sizeof(words), "hangs for %.3g s", seconds(watchdog->now - stay->since));
	guard_interrupt(sighting->thread, (uint32_t)at, stay->generation, words);
}

/*
 * Who waits for a strand that was given up, and has not been sent away by now, waits for ever. Its
 * innermost plugin's frame, or -1.
 */
static int find_forlorn(const struct watchdog *watchdog, const struct sighting *sighting)
{
	int at = (int)sighting->depth - 1;
	bool is_forlorn = false;

	for (size_t i = 0; i < watchdog->count && sighting->awaited && !is_forlorn; i++) {
		const struct sighting *other = &watchdog->sightings[i];

		if (!other->given_up.is_so || other->given_up.look == watchdog->look)
			continue;
		for (uint32_t of = 0; of < other->depth; of++)
			is_forlorn |= other->stays[of].gate == sighting->awaited;
	}
	while (at >= 0 && is_forlorn && !sighting->stays[at].instance)
		at--;
	return is_forlorn ? at : -1;
}

static void judge(struct watchdog *watchdog, struct sighting *sighting)
{
	int at = sighting->given_up.is_so ? -1 : find_hanging(watchdog, sighting, 1);

	if (at >= 0) {
		act_on(watchdog, sighting, at);
		return;
	}
	at = sighting->given_up.is_so ? -1 : find_forlorn(watchdog, sighting);
	if (at >= 0 && may_end(&sighting->stays[at]))
		give_up(watchdog, sighting, at, false);
}

/* A thread that left everything was not seen; one that was given up may have come back. */
static void settle(struct watchdog *watchdog, struct sighting *sighting)
{
	uint32_t depth = sighting->given_up.depth;

	if (sighting->look != watchdog->look)
		sighting->depth = 0;
	if (!sighting->given_up.is_so ||
	    (depth < sighting->depth &&
	     sighting->stays[depth].generation == sighting->given_up.generation))
		return;
	sighting->given_up.is_so = false;
	log_host(&watchdog->host->log, CORBEL_NOTICE, "thread %d, given up in %s, has come back",
		 (int)sighting->thread, sighting->given_up.words);
}

static int64_t period_of(const struct watchdog *watchdog)
{
	const struct corbel_host *host = watchdog->host;
	int64_t period = watchdog->has_asked ? PERIOD_ASKED : PERIOD_MAX;

	for (size_t i = 0; i < host->plugin_count; i++) {
		int64_t quarter = host->plugins[i]->settings->hang_timeout / 4;

		if (quarter < period)
			period = quarter;
	}
	return period > PERIOD_MIN ? period : PERIOD_MIN;
}

static void look(void *data)
{
	struct watchdog *watchdog = data;
	struct loop *loop = watchdog->host->loop;

	watchdog->now = loop_now(loop);
	watchdog->look++;
	watchdog->has_asked = false;
	frame_look(see, watchdog);
	for (size_t i = 0; i < watchdog->count; i++)
		settle(watchdog, &watchdog->sightings[i]);
	for (size_t i = 0; i < watchdog->count; i++)
		judge(watchdog, &watchdog->sightings[i]);
	timer_stop(watchdog->timer);
	watchdog->timer = NULL;
	timer_start(loop_control(loop), NULL, period_of(watchdog), 0, look, watchdog,
		    &watchdog->timer);
}

int watchdog_new(struct corbel_host *host, struct watchdog **out)
{
	struct watchdog *watchdog = *out = calloc(1, sizeof(*watchdog));

	if (!watchdog)
		return -ENOMEM;
	watchdog->host = host;
	/* Soon: how often it is to look is known once there are plugins. */
	return timer_start(loop_control(host->loop), NULL, PERIOD_MIN, 0, look, watchdog,
			   &watchdog->timer);
}

void watchdog_free(struct watchdog *watchdog)
{
	if (!watchdog)
		return;
	timer_stop(watchdog->timer);
	for (size_t i = 0; i < watchdog->count; i++)
		free(watchdog->sightings[i].stays);
	free(watchdog->sightings);
	free(watchdog);
}

/* SPDX-License-Identifier: MIT */
/*
 * Strands and what they run: sources. The reactor, timers, and the pool of workers.
 *
 * A source is anything that may become due: a posted job, a timer, a ready descriptor, a queue with
 * events, a lifecycle callback. Waking it puts it on its strand; a strand runs its sources one at a
 * time, on any worker (or on its dedicated thread). The control thread, which is whoever calls
 * loop_dispatch(), has a strand too. Invariants: one thread at a time runs a strand; a source woken
 * while it runs, runs once more; after source_fini() its run function neither runs nor will run. No
 * lock is held while a source runs.
 */
#ifndef CORBEL_CORE_LOOP_H
#define CORBEL_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <corbel/loop.h>

#include "frame.h"
#include "ledger.h"

struct loop;
struct strand;

enum source_state {
	SOURCE_IDLE = 0,
	SOURCE_READY = 1, /* on its strand */
	SOURCE_RUNNING = 2,
	SOURCE_WOKEN = 3,   /* running, and to run again */
	SOURCE_FINISHED = 4 /* wakes do nothing */
};

struct source {
	void (*run)(struct source *source);
	/* NULL, or: its strand ended before it could run. With the strand's lock held. */
	void (*cancel)(struct source *source);
	struct strand *strand;     /* atomic */
	TAILQ_ENTRY(source) entry; /* strand.c's, as is `listed` */
	bool listed;
	/* Set before the first wake; these run on a paused strand too: */
	bool lifecycle; /* before all others */
	bool is_call;   /* of strand_call(), in its turn */
	bool is_post;   /* of strand_post(), in its turn; only if the pause lets them */
	/* NULL, or: it is finished and not touched any more; the last that happens to it. */
	void (*released)(struct source *source);
	bool orphaned;  /* strand.c's: finished while it ran, to be released after */
	uint32_t state; /* strand.c's; enum source_state */
};

/*
 * `workers`: how many strands run at once; 0: strands run in loop_dispatch(). No thread is made
 * before it is needed. One thread more waits for timers and descriptors of the pool's strands, and
 * up to 64 more take the place of those that block (struct frame_blocker). The control strand has
 * timers and descriptors of its own: they never wait for a worker.
 */
int loop_new(unsigned workers, struct loop **out);
/* All strands must be gone. Joins the workers. */
void loop_free(struct loop *loop);
/*
 * Readable when loop_dispatch() has something to do; an epoll set, so poll(2) it. Owned by the
 * loop.
 */
int loop_descriptor(const struct loop *loop);
/*
 * Runs what is due on the control side, waiting at most `timeout` ns for it (-1: no limit). A
 * signal ends the wait too. 0; -EDEADLK: called from within itself. [control]
 */
int loop_dispatch(struct loop *loop, int64_t timeout);
struct strand *loop_control(struct loop *loop);
/*
 * Monotonic ns; virtual once a test has set it: then timers fire only by loop_advance(), which
 * moves the clock at once and wakes what became due, in order of time; a timer that missed periods
 * fires once.
 */
int64_t loop_now(const struct loop *loop);
void loop_set_virtual(struct loop *loop, int64_t now);
void loop_advance(struct loop *loop, int64_t by);

/*
 * `owner` gets a GATE_STRAND frame around each source; NULL: none. `dedicated`: a thread of its own
 * (exec = thread).
 */
int strand_new(struct loop *loop, struct gate_owner *owner, const char *name, bool dedicated,
	       struct strand **out);
/*
 * Its sources must be finished; posted jobs are dropped and calls end with -ECANCELED. Not from one
 * of its own sources. [control]
 */
void strand_free(struct strand *strand);
/*
 * Between pause and resume only lifecycle sources run, and strand_call(): who calls is inside, and
 * a drain waits for the call's end; and with `with_posts` the jobs of strand_post(), which nobody
 * could do later. Takes effect after the source that runs now.
 */
void strand_pause(struct strand *strand, bool with_posts);
void strand_resume(struct strand *strand);
/*
 * It rests for ever, whatever is said later: nothing but lifecycle sources runs, calls that wait
 * for their turn end with -ECANCELED, as do those to come. `lost`: a thread that will not come back
 * from what it runs (0: none); who waits for a call there is let go. [any thread]
 */
void strand_halt(struct strand *strand, pid_t lost);
/*
 * A paused strand runs nothing now, and nothing that passes the pause is due on it. What runs is
 * seen by frame_scan(), and its end is told; what is only due is not: look again. [any thread]
 */
bool strand_is_quiet(struct strand *strand);
/* Whether the calling thread is running this strand. */
bool strand_is_current(const struct strand *strand);
struct loop *strand_loop(const struct strand *strand);
/* Processor time that was spent on it so far, ns. [any thread] */
int64_t strand_cpu_time(const struct strand *strand);
/* Whoever runs it is inside this gate: to wait for it (frame_wait_begin). */
struct gate *strand_gate(const struct strand *strand);

void source_init(struct source *source, struct strand *strand, void (*run)(struct source *source));
/* Makes it due; a fence, a load and a branch when it already is: no shared write. [any thread] */
void source_wake(struct source *source);
/*
 * Takes it off. On its own strand: at once. From elsewhere: waits while it runs, so never with a
 * lock that `run` takes; but for a source with `released` that waits, itself or through others, for
 * the calling thread: then this is as if it were called from within. The memory may be freed once
 * it is released, or after this if it has no `released`, also from within its own run function.
 */
void source_fini(struct source *source);
/*
 * Moves it to another strand of the loop, due or not; wakes meanwhile are not lost. Neither strand
 * may be running it: both are paused. Who is in source_wake() may look at the old strand until they
 * come back: it must outlive them.
 */
void source_move(struct source *source, struct strand *strand);

/* A one-time job; frees itself. Its strand is paused or idle when its ledger is swept. */
int strand_post(struct strand *strand, struct ledger *ledger, void (*run)(void *data), void *data);
/*
 * Runs call(arguments) on the strand and waits: exec = thread. On the strand itself: a plain call.
 * -EDEADLK: a cycle of such waits; -ECANCELED: the strand ends first.
 */
int strand_call(struct strand *strand, int (*call)(void *arguments), void *arguments);
/*
 * The same for a strand that is paused and quiet, without a change of threads: the caller's thread
 * runs it meanwhile, unless it has one of its own. -EBUSY: it is not quiet.
 */
int strand_visit(struct strand *strand, int (*call)(void *arguments), void *arguments);

/*
 * The handles of <corbel/loop.h>; each also for the host itself, with ledger NULL and any strand.
 * Stop and remove wait, from elsewhere than their strand, while the callback runs. A descriptor
 * that could not be watched stays the caller's.
 */
int timer_start(struct strand *strand, struct ledger *ledger, int64_t first, int64_t period,
		void (*fire)(void *data), void *data, struct corbel_timer **out);
void timer_stop(struct corbel_timer *timer);
/*
 * Each periodic timer in `to` takes over the next time of one in `from` with the same period, in
 * the order in which they were started: a reload does not move their phase, and what was due fires.
 * Both strands are paused. [any thread]
 */
void timer_take_over(struct ledger *to, struct ledger *from);
int watch_add(struct strand *strand, struct ledger *ledger, int descriptor, uint32_t events,
	      void (*ready)(void *data, int descriptor, uint32_t events), void *data,
	      struct corbel_watch **out);
int watch_change(struct corbel_watch *watch, uint32_t events);
void watch_remove(struct corbel_watch *watch);

#endif

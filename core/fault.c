/* SPDX-License-Identifier: MIT */
/* Faults: whose they are, and what becomes of them. What is here runs in signal handlers. */
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "guard_thread.h"
#include "image_map.h"
#include "settings.h"
#include "strand.h"

/* One for the process, as are its signals. */
static void (*listener)(void *data, const struct corbel_fault *fault);
static void *listener_data;

const char *corbel_fault_end_name(enum corbel_fault_end end)
{
	static const char *const names[] = { "foreign", "strict",  "contained", "parked",
					     "re-exec", "ignored", "given-up" };

	return end < sizeof(names) / sizeof(*names) ? names[end] : "unknown";
}

void corbel_fault_listen(void (*reported)(void *data, const struct corbel_fault *fault), void *data)
{
	place_setup();
	listener_data = data;
	__atomic_store_n(&listener, reported, __ATOMIC_RELEASE);
}

static const void *pc_of(const void *context)
{
	const ucontext_t *user = context;

#if defined(__x86_64__)
	return (const void *)user->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (const void *)user->uc_mcontext.pc;
#elif defined(__s390x__)
	return (const void *)user->uc_mcontext.psw.addr;
#else
	(void)user;
	return NULL;
#endif
}

/* The innermost owner of a plugin in this thread, or NULL. */
static struct gate_owner *owner_here(void)
{
	struct gate_owner *owner = frame_self() ? frame_current() : NULL;

	return owner && owner->faulted ? owner : NULL;
}

bool corbel_fault_is_plugin(const void *caller)
{
	enum place place;

	if (!owner_here())
		return false;
	place = place_of(caller);
	return place == PLACE_PLUGIN || place == PLACE_ELSEWHERE;
}

const char *corbel_fault_culprit(void)
{
	const struct gate_owner *owner = owner_here();

	return owner ? owner->name : "";
}

/*
 * The control side must go on, so its thread cannot be parked. A guard of another depth belongs to
 * frames that have been left.
 */
static enum corbel_fault_end judge(const struct guard_thread *thread,
				   const struct gate_owner *owner, const struct fault_facts *facts)
{
	enum place place = facts->context ? place_of(facts->pc) : PLACE_PLUGIN;

	if (!owner && place != PLACE_PLUGIN && !image_map_loads())
		return CORBEL_FAULT_FOREIGN;
	if (owner && owner->on_fault == SETTINGS_FAULT_STRICT)
		return CORBEL_FAULT_STRICT;
	if (!owner || !thread || !thread->innermost || owner->on_fault == SETTINGS_FAULT_RE_EXEC ||
	    place == PLACE_CORE)
		return CORBEL_FAULT_RE_EXEC;
	if (place != PLACE_LIBC)
		return CORBEL_FAULT_CONTAINED;
	return strand_is_on_control() ? CORBEL_FAULT_RE_EXEC : CORBEL_FAULT_PARKED;
}

/* For threads that have never been in a guard; the first of them has it. */
static struct guard_thread *spare_take(void)
{
	static struct guard_thread spare;
	static bool is_taken;

	if (__atomic_exchange_n(&is_taken, true, __ATOMIC_ACQ_REL))
		return NULL;
	spare.thread = frame_self();
	spare.id = gettid();
	return &spare;
}

static enum corbel_fault_end take(const struct fault_facts *facts)
{
	void (*tell)(void *, const struct corbel_fault *) =
		__atomic_load_n(&listener, __ATOMIC_ACQUIRE);
	struct guard_thread *own = guard_thread_here(), *thread = own ? own : spare_take();
	struct gate_owner *owner = owner_here();
	enum corbel_fault_end end = judge(own, owner, facts);

	/* A fault of the handler itself: what it was about to say is lost. */
	if (!thread || thread->is_handling)
		return end == CORBEL_FAULT_STRICT ? end : CORBEL_FAULT_RE_EXEC;
	thread->is_handling = true;
	thread->fault.end = end;
	fault_report(thread, facts);
	/* Of the guards on that stack there is nothing left to return to. */
	if (guard_is_overrun(thread, facts->address))
		thread->innermost = thread->outermost;
	/* Whoever is told may settle it at once. */
	__atomic_store_n(&thread->is_parked, end == CORBEL_FAULT_PARKED, __ATOMIC_RELEASE);
	if (tell)
		tell(listener_data, &thread->fault);
	thread->is_handling = false;
	if (end == CORBEL_FAULT_CONTAINED)
		guard_leave(thread);
	if (end == CORBEL_FAULT_PARKED)
		guard_park();
	return end;
}

/*
 * The watchdog took this frame for hanging. It may have gone on since, or be where it cannot be
 * interrupted.
 */
static enum corbel_fault_end take_interrupt(struct fault_facts *facts)
{
	struct guard_thread *thread = guard_thread_here();
	bool is_meant = false;

	if (!thread || !__atomic_load_n(&thread->is_asked, __ATOMIC_ACQUIRE))
		return CORBEL_FAULT_IGNORED;
	const struct corbel_record *record = &thread->thread->record;

	if (thread->innermost && record->depth == thread->asked_depth + 1 &&
	    thread->thread->frames[thread->asked_depth].generation == thread->asked_generation)
		is_meant = place_of(facts->pc) == PLACE_PLUGIN;
	facts->words = thread->asked_words;
	__atomic_store_n(&thread->is_asked, false, __ATOMIC_RELEASE);
	return is_meant ? take(facts) : CORBEL_FAULT_IGNORED;
}

enum corbel_fault_end corbel_fault_handle(int signal, const void *information, void *context)
{
	const siginfo_t *info = information;
	struct fault_facts facts = {
		.signal = signal,
		.code = info->si_code,
		.address = info->si_code > 0 ? info->si_addr : NULL,
		.pc = pc_of(context),
		.context = context,
	};

	if (signal == SIGXCPU)
		return take_interrupt(&facts);
	/* Somebody else's wish that the process should end. */
	if (info->si_code <= 0 && info->si_pid != getpid())
		return CORBEL_FAULT_FOREIGN;
	return take(&facts);
}

enum corbel_fault_end corbel_fault_raise(const char *words, const void *caller)
{
	struct fault_facts facts = { .words = words, .pc = caller };

	return take(&facts);
}

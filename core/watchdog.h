/* SPDX-License-Identifier: MIT */
/*
 * The watchdog: who stays in one piece of work for longer than `hang-timeout`.
 *
 * It looks at all threads' frames now and then, from the control side, and remembers since when it
 * has seen each with the same generation; those who work pay nothing for it. A frame is blamed for
 * the time that its thread was in it and neither in one above it that stays, nor waiting for
 * others. Steps of the lifecycle have deadlines of their own, and a plugin's threads may stay in
 * their function: both are left alone.
 *
 * By `on-hang` it is reported only, again each time the time has doubled; or the thread is asked to
 * leave (guard_interrupt), and if that has not helped within a second it is given up: the plugins
 * that it is in go as after a fault, and another thread takes its place.
 */
#ifndef CORBEL_CORE_WATCHDOG_H
#define CORBEL_CORE_WATCHDOG_H

struct corbel_host;
struct watchdog;

/* From now on it looks. [control], as all of it */
int watchdog_new(struct corbel_host *host, struct watchdog **out);
void watchdog_free(struct watchdog *watchdog);

#endif

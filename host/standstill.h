/* SPDX-License-Identifier: MIT */
/*
 * Standstill: all threads but one are stopped for ever, and that one goes on with what is left.
 *
 * From then on nothing here takes a lock or memory, and a fault of the one thread only ends the
 * step that it was at.
 */
#ifndef CORBEL_HOST_STANDSTILL_H
#define CORBEL_HOST_STANDSTILL_H

#include <stdbool.h>

/*
 * Stops all other threads by signal, and waits until they have, since one may be about to make
 * another. Who does not come to it in time waits for the kernel: it runs no plugin code, and stops
 * when it is back.
 */
void standstill_begin(void);
/* Runs step(data); false: it faulted, and was left where it was. */
bool standstill_try(void (*step)(void *data), void *data);

#endif

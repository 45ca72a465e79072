/* SPDX-License-Identifier: MIT */
/* What never comes back, or late. */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "classes.h"

void endless_loop(void)
{
	for (volatile unsigned turns = 0;; turns++)
		;
}

/* Nearly always within the library, as one who sorts or copies too much is. */
void loop_in_libc(void)
{
	static char room[1 << 20];
	volatile size_t size = sizeof(room);

	for (;;)
		memset(room, 1, size);
}

void sleep_for_ever(void)
{
	for (;;)
		poll(NULL, 0, -1);
}

void deadlock(void)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	pthread_mutex_lock(&lock);
}

void slow(void)
{
	poll(NULL, 0, 1000);
}

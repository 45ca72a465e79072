/* SPDX-License-Identifier: MIT */
/* A counter that tests wait for, in place of a time. */
#ifndef CORBEL_TESTS_CORE_LATCH_H
#define CORBEL_TESTS_CORE_LATCH_H

#include <pthread.h>
#include <stdlib.h>

struct latch {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned count;
};

#define LATCH_INIT \
	{ \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 \
	}

static inline void latch_hit(struct latch *latch)
{
	pthread_mutex_lock(&latch->lock);
	latch->count++;
	pthread_cond_broadcast(&latch->changed);
	pthread_mutex_unlock(&latch->lock);
}

static inline void latch_wait(struct latch *latch, unsigned count)
{
	pthread_mutex_lock(&latch->lock);
	while (latch->count < count)
		pthread_cond_wait(&latch->changed, &latch->lock);
	pthread_mutex_unlock(&latch->lock);
}

static inline unsigned latch_count(struct latch *latch)
{
	pthread_mutex_lock(&latch->lock);
	unsigned count = latch->count;
	pthread_mutex_unlock(&latch->lock);
	return count;
}

/* How long a stress test is to be; CORBEL_TEST_ROUNDS says otherwise. */
static inline unsigned long test_rounds(unsigned long usual)
{
	const char *rounds = getenv("CORBEL_TEST_ROUNDS");

	return rounds ? strtoul(rounds, NULL, 10) : usual;
}

#endif

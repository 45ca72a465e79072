/* SPDX-License-Identifier: MIT */
/*
 * Committed states: what a plugin wants to have again after a fault.
 *
 * Each is in a memory file that is written and read by system calls and never mapped, so that no
 * wild write reaches it, and that outlives the execution of another program. There are two places
 * in it: the new state goes into one while the other is whole, and the sum over all of it is
 * written last. Descriptors are duplicated and named in the file by number and inode: what somebody
 * closed, or put something else in the place of, is noticed.
 */
#ifndef CORBEL_CORE_COMMIT_H
#define CORBEL_CORE_COMMIT_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include <corbel/state.h>

#define COMMIT_BYTES_MAX ((size_t)64 << 20)
#define COMMIT_DESCRIPTORS_MAX 64u

struct commit {
	pthread_mutex_t lock;
	int file; /* -1: nothing was committed */
	dev_t device;
	ino_t inode;
	uint64_t sequence; /* of the last state */
};

int commit_new(struct commit **out);
/* NULL is allowed. */
void commit_free(struct commit *commit);
/* As corbel_commit() says, but for the version, which is for the caller to judge. [any thread] */
int commit_write(struct commit *commit, const struct corbel_state *state);
/*
 * The last state that is whole, for state_fini(); the descriptors are duplicates. -ENOENT: there is
 * none.
 */
int commit_read(struct commit *commit, struct corbel_state *out);
/* Forgets it. */
void commit_clear(struct commit *commit);

/*
 * Lets the file, and the descriptors of its last whole state, outlive an execution: the file's
 * number, or -ENOENT. Takes no lock and no memory: for when no other thread runs any more.
 */
int commit_keep(const struct commit *commit);
/* In the next program: takes a kept file over, in the place of its own. 0 or -errno. */
int commit_adopt(struct commit *commit, int file);

/* Closes the descriptors that are left in a state, and frees the rest. */
void state_fini(struct corbel_state *state);

#endif

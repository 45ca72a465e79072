/* SPDX-License-Identifier: MIT */
/*
 * A house with the plugins counter and caller, whose files the test replaces, and that must hold as
 * much at its end as it did at its beginning.
 */
#ifndef RELOAD_PLAY_H
#define RELOAD_PLAY_H

#include "house.h"

#include "census.h"
#include "stage.h"
#include "traffic.h"

#define COUNTER "counter"
#define CALLER "caller"

/* What a reload came to: a copy of its report. */
struct told {
	bool has_come;
	enum corbel_reload_outcome outcome;
	int result;
	char plugin[64];
	char words[16384];
	int64_t pause;
	size_t count;
	struct {
		char name[32], from[32], to[32];
		uint64_t generation;
		uint32_t format;
		size_t byte_count;
	} plugins[4];
};

struct play {
	struct house house;
	struct stage stage;
	struct traffic traffic;
	struct told told; /* of the last play_reload() */
	struct census before;
	long images; /* files in the folder of private copies */
};

/* An empty one; `lines` are for [corbel]. */
void play_init(struct play *play, int32_t workers, const char *lines);
/* Adds a plugin with a copy of a variant as its file and with more lines of its own. */
void play_add(struct play *play, const char *plugin, const char *variant, const char *lines);
/* Both plugins in their first version; starts all, and takes the census. */
void play_start(struct play *play);
/* play_init(), play_add() and play_start() with what is usual. */
void play_open(struct play *play);
/* Puts a variant in the place of the plugin's file, by rename. */
void play_install(struct play *play, const char *plugin, const char *variant);
/* What the plugins do in their callbacks from now on; see <stage.h>. */
void play_act(struct play *play, int (*act)(struct stage *stage, struct corbel_context *context,
					    const char *where, const char *version));
/* Where the plugin's file is. */
const char *play_path(struct play *play, const char *plugin, char path[256]);

/* Asks; `options` may be NULL. */
void play_ask(struct play *play, const char *const *plugins, size_t count,
	      const struct corbel_reload_options *options, struct told *told);
/* Dispatches until the report is there. */
void play_wait(struct play *play, struct told *told);
/* Both for one plugin; `flags` of enum corbel_reload_flag. The report is in play->told. */
enum corbel_reload_outcome play_reload(struct play *play, const char *plugin, uint32_t flags);

/* Of whoever serves now; fails the test when the call does. */
struct test_counter_tally play_tally(struct play *play);
struct test_caller_account play_account(struct play *play);
void play_assert_version(struct play *play, const char *version);
/* Images that have run in it. */
uint64_t play_generation(struct play *play, const char *plugin);
/* Stops the traffic: each call must have succeeded, and each event have come. */
void play_assert_traffic(struct play *play);
/* Waits until it holds no more of descriptors, threads and private copies than at its beginning. */
void play_assert_flat(struct play *play);
/* Both of these, and the end. */
void play_close(struct play *play);

#define play_assert_outcome(play, expected) \
	ck_assert_msg((play)->told.outcome == (expected), "%s, not %s: %s: %s", \
		      corbel_reload_outcome_name((play)->told.outcome), \
		      corbel_reload_outcome_name(expected), (play)->told.plugin, \
		      (play)->told.words)

/* Whether a gate of the counter is closed: a drain has begun. For house_wait_until(). */
bool play_is_closed(void *play);

#endif

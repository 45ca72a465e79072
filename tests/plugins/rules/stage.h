/* SPDX-License-Identifier: MIT */
/* A host for the plugin rules in one thread: its time is the test's, and so are sensors and store.
 */
#ifndef TESTS_RULES_STAGE_H
#define TESTS_RULES_STAGE_H

#include <corbel/plugin.h>

#include "corbel.rules.h"
#include "stagestore.h"

#define STAGE_SETTINGS 16
#define STAGE_TIMERS 8
#define STAGE_FRAMES 8
#define STAGE_EPOCH INT64_C(1700000000) /* of second 0 */

struct stage;

struct corbel_timer {
	int64_t due;
	int64_t period;
	void (*fire)(void *data);
	void *data;
	bool is_running;
};

struct stage_topic {
	struct corbel_topic topic;
	struct stage *stage;
	const struct corbel_interface *interface;
	uint32_t event;
	unsigned int openings; /* two while one version takes the place of another */
};

struct stage_thread {
	struct corbel_record record;
	struct corbel_frame frames[STAGE_FRAMES];
};

struct stage {
	struct corbel_context context; /* first: the plugin's context is the stage */
	struct corbel_config_entry settings[STAGE_SETTINGS];
	size_t setting_count;
	int64_t now;
	char words[1024]; /* of corbel_explain() */
	char log[65536];
	char events[65536]; /* "raised cpu cpu.busy 95, recording on 0" */
	struct corbel_timer timers[STAGE_TIMERS];
	struct stage_topic topics[4]; /* by the number of the event */
	const struct corbel_rules_methods *methods;
	void *self; /* of the methods */
	struct corbel_subscriber subscriber;
	struct corbel_service service;
	struct corbel_use use;
	struct corbel_use_options changed;
	bool is_store_there;
	struct stage_store store;
	struct stage_thread thread;
	void (*posted)(void *data); /* not yet done; NULL: nothing */
	void *posted_data;
	bool is_replacement;
	unsigned int commits;
	const char *refused; /* the api's member that fails with -EACCES */
};

/* With the settings' defaults and no store. One at a time. */
void stage_init(struct stage *stage);
void stage_fini(struct stage *stage);
/* Gives the calling thread what a call through a use takes. */
void stage_enter_thread(struct stage_thread *thread);

/* Sets, replaces, or with text NULL takes away a setting. The strings are borrowed. */
void stage_set(struct stage *stage, const char *key, const char *text, int64_t integer);
/* Lets that many milliseconds pass. */
void stage_pass(struct stage *stage, int64_t milliseconds);
/* Does what was posted. */
void stage_run_posted(struct stage *stage);
/* A sample of now. */
void stage_sample(struct stage *stage, const char *name, double value);
/* One of that value each second, for so many seconds. */
void stage_samples(struct stage *stage, const char *name, double value, int seconds);
void stage_set_store(struct stage *stage, bool is_there);

size_t stage_running_timers(const struct stage *stage);
/* How often the log holds the words. */
size_t stage_said(const struct stage *stage, const char *words);
void stage_forget(struct stage *stage);

#define stage_assert_said(stage, words) \
	ck_assert_msg(stage_said(stage, words) > 0, "\"%s\" is not in: %s", words, (stage)->log)

#endif

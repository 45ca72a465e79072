/* SPDX-License-Identifier: MIT */
/* A host for one plugin in one thread: it keeps what the plugin did, and does nothing by itself. */
#ifndef TESTS_PLUGINS_FAKEHOST_H
#define TESTS_PLUGINS_FAKEHOST_H

#include <corbel/plugin.h>

#define FAKE_SETTINGS 24
#define FAKE_EVENTS 1024
#define FAKE_SUBSCRIPTIONS 8
#define FAKE_WATCHES 8

struct fake_host;

struct corbel_subscription {
	struct fake_host *host;
	char pattern[128];
	struct corbel_subscriber subscriber;
	bool is_open;
};

struct corbel_timer {
	int64_t first;
	int64_t period;
	void (*fire)(void *data);
	void *data;
	bool is_running;
};

struct corbel_watch {
	int descriptor;
	uint32_t events;
	void (*ready)(void *data, int descriptor, uint32_t events);
	void *data;
	bool is_running;
};

struct corbel_provision {
	const void *table;
	void *self;
	bool is_open;
};

struct fake_topic {
	struct corbel_topic topic;
	struct fake_host *host;
	bool is_open;
};

struct fake_host {
	struct corbel_context context; /* first: the plugin's context is the host */
	struct corbel_config_entry settings[FAKE_SETTINGS];
	size_t setting_count;
	int64_t now;
	char words[1024]; /* of corbel_explain() */
	char log[1024];   /* the last line */
	int log_level;
	unsigned int log_count;
	struct corbel_timer timers[4];
	size_t timer_count;
	struct corbel_watch watches[FAKE_WATCHES];
	size_t watch_count;
	void (*posted)(void *data);
	void *posted_data;
	struct fake_topic topic;
	struct corbel_provision provision;
	struct corbel_service service; /* nobody's: behind all uses */
	struct corbel_use use;
	struct corbel_subscription subscriptions[FAKE_SUBSCRIPTIONS];
	size_t subscription_count;
	struct {
		void *bytes;
		size_t size;
	} events[FAKE_EVENTS];
	size_t event_count;
	const char *state_folder;
	bool is_replacement;
	unsigned int commits; /* of states of format 1 */
	const char *refused;  /* the api's member that fails with -EACCES */
};

void fake_host_init(struct fake_host *host);
void fake_host_fini(struct fake_host *host);

/*
 * Sets or replaces a setting; the strings are borrowed until the host is gone. `file` NULL: a
 * default.
 */
struct corbel_config_entry *fake_host_set(struct fake_host *host, const char *key, const char *text,
					  int64_t integer);

/* Runs what was posted, and the timers that run, once each. */
void fake_host_run_posted(struct fake_host *host);
void fake_host_fire(struct fake_host *host);
size_t fake_host_timers(const struct fake_host *host);
void fake_host_drop_events(struct fake_host *host);

/* Hands what is ready to the watches; whether there was any. */
bool fake_host_serve(struct fake_host *host);

/* Hands an event of that JSON text to the subscription. */
void fake_host_deliver(struct fake_host *host, size_t subscription, const char *topic,
		       const char *text, uint64_t dropped);

#endif

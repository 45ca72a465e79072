/* SPDX-License-Identifier: MIT */
/* The typed view of the whole configuration of a host, and where every value came from. */
#ifndef CORBEL_CONFIG_SETTINGS_H
#define CORBEL_CONFIG_SETTINGS_H

#include <stdio.h>

#include "schema.h"

enum settings_level {
	SETTINGS_LEVEL_ERROR = 3, /* the numbers of syslog */
	SETTINGS_LEVEL_WARNING = 4,
	SETTINGS_LEVEL_NOTICE = 5,
	SETTINGS_LEVEL_INFO = 6,
	SETTINGS_LEVEL_DEBUG = 7,
	SETTINGS_LEVEL_INHERIT = -1, /* a plugin that does not say takes that of [log] */
};

enum settings_activate { SETTINGS_ACTIVATE_AUTO = 0, SETTINGS_ACTIVATE_DEMAND = 1 };
enum settings_reload { SETTINGS_RELOAD_ON_REQUEST = 0, SETTINGS_RELOAD_ON_CHANGE = 1 };
/* What becomes of a stop while threads are inside at its deadline. */
enum settings_busy {
	SETTINGS_BUSY_ABANDON = 0,
	SETTINGS_BUSY_REFUSE = 1,
	SETTINGS_BUSY_RETRY = 2,
};
enum settings_restart {
	SETTINGS_RESTART_NEVER = 0,
	SETTINGS_RESTART_ON_FAULT = 1,
	SETTINGS_RESTART_ALWAYS = 2,
};
enum settings_fault {
	SETTINGS_FAULT_STRICT = 0,
	SETTINGS_FAULT_CONTAIN = 1,
	SETTINGS_FAULT_RE_EXEC = 2,
};
enum settings_guard { SETTINGS_GUARD_DISPATCH = 0, SETTINGS_GUARD_CALLS = 1 };
enum settings_heap { SETTINGS_HEAP_SHARED = 0, SETTINGS_HEAP_PRIVATE = 1 };
enum settings_hang { SETTINGS_HANG_REPORT = 0, SETTINGS_HANG_RESTART = 1 };
enum settings_policy {
	SETTINGS_ONE_FOR_ONE = 0,
	SETTINGS_REST_FOR_ONE = 1,
	SETTINGS_ALL_FOR_ONE = 2,
};
enum settings_target { SETTINGS_TARGET_STDERR = 0, SETTINGS_TARGET_FILE = 1 };

/* Words, and NULL behind the last; borrowed from the table of their section. */
struct settings_list {
	char *const *items;
	size_t count;
};

/* One [plugin NAME]. Strings are borrowed from the settings. Durations are nanoseconds. */
struct plugin_settings {
	const char *name;
	const char *path; /* NULL: NAME.so, looked up in plugin_path */
	bool enabled;
	enum settings_activate activate;
	int64_t idle; /* 0: never stopped for idleness */
	int64_t rank;
	enum settings_reload reload;
	enum settings_busy when_busy;
	enum settings_restart restart;
	int64_t restart_intensity;     /* at most so many restarts ... */
	int64_t restart_period;        /* ... in this time */
	int64_t restart_backoff;       /* first wait, doubled each time ... */
	int64_t restart_backoff_limit; /* ... up to this */
	bool essential;
	struct settings_list recovery; /* a command; none if empty */
	enum settings_fault on_fault;
	enum settings_guard guard;
	enum settings_heap heap;
	int64_t hang_timeout; /* that of [corbel] unless said */
	enum settings_hang on_hang;
	int64_t limit_memory; /* bytes; 0: no limit, as below */
	int64_t limit_fds;
	int64_t limit_threads;
	enum settings_level log_level;
	int64_t start_timeout; /* those of [corbel] unless said */
	int64_t stop_timeout;
	int64_t reload_timeout;
	struct settings_list may_use; /* patterns; "*" is all that the manifest declares */
	struct settings_list may_publish;
	struct settings_list may_subscribe;
	struct settings_list may_control; /* patterns of plugins' names */
	/* Of the thread of exec = thread; see plugin_settings_set() for what was not said. */
	struct settings_list fs_read;
	struct settings_list fs_write;
	bool net;
	struct settings_list syscalls;
	const char *sha256;     /* of its file; NULL: any */
	bool require_signature; /* that of [corbel] unless said */
	const char *public_key; /* of [corbel]; NULL: there is none, or no signature is required */
	struct ini_section own; /* the entries that belong to the plugin's schema */
	struct ini_origin origin;
	struct config_table *host; /* the host's keys */
};

/* One [group NAME]. */
struct group_settings {
	const char *name;
	struct settings_list members;
	enum settings_policy policy;
	int64_t restart_intensity;
	int64_t restart_period;
	struct ini_origin origin;
	struct config_table *host;
};

struct settings {
	const char *name; /* of this host, in logs and status */
	const char *state_dir;
	const char *runtime_dir;
	struct settings_list plugin_path;
	int64_t workers; /* 0: as many as there are processors */
	int64_t start_timeout;
	int64_t stop_timeout;
	int64_t call_timeout;
	int64_t reload_timeout;
	int64_t trial_timeout;
	const char *probe; /* the program that tries new versions */
	int64_t hang_timeout;
	enum settings_fault on_fault;
	int64_t re_exec_intensity;
	int64_t re_exec_period;
	const char *fault_dir; /* NULL: faults in runtime_dir */
	bool require_signature;
	const char *public_key; /* NULL: none */
	struct {
		enum settings_level level;
		enum settings_target target;
		const char *file; /* NULL unless the target is a file */
	} log;
	struct {
		bool enabled;
		const char *socket; /* runtime_dir/control unless said */
		unsigned int mode;  /* of the socket; 0: as group, read and control need */
		const char *group;  /* NULL: the group of the process */
	} control;
	struct plugin_settings *plugins; /* in the order of the files */
	size_t plugin_count;
	struct group_settings *groups;
	size_t group_count;
	struct ini_document *document;
	struct config_table *tables[3]; /* [corbel], [log], [control] */
	char *socket_default;
};

/*
 * Reads file (NULL: none), then the folder conf.d beside it, then the overrides in their order,
 * and judges all that is the host's; complaints has everything that is wrong, not only the first.
 * Returns 0 or -errno; *settings is written only on success. Plugins' own keys are judged by
 * settings_plugin_table(), when their manifests are known.
 */
int settings_load(const char *file, const char *const *overrides, size_t override_count,
		  struct settings **settings, struct complaints *complaints);
/* The same from a text, without conf.d; for embedders and tests. */
int settings_load_text(const char *name, const char *text, size_t size,
		       const char *const *overrides, size_t override_count,
		       struct settings **settings, struct complaints *complaints);
void settings_free(struct settings *settings);

const struct plugin_settings *settings_find_plugin(const struct settings *settings,
						   const char *name);

/* A key of [plugin NAME] that is the host's, so that no plugin's schema may declare it. */
bool settings_reserves_key(const char *key);

/* From its checked table, and where that is silent from what holds for all. */
void plugin_settings_read(struct plugin_settings *plugin, const struct settings *settings);
/* Whether the configuration sets this key of the host's, rather than its default. */
bool plugin_settings_set(const struct plugin_settings *plugin, const char *key);

/* Judges the plugin's own keys and fills in its defaults. schema NULL: it has no keys. */
int settings_plugin_table(const struct plugin_settings *plugin, const struct schema *schema,
			  struct config_table **table, struct complaints *complaints);

/*
 * Same host keys with equal values, but for those that are looked at when they are needed (its log
 * level, grants, when-busy and timeouts): nothing that only a restart could apply.
 */
bool plugin_settings_equal(const struct plugin_settings *a, const struct plugin_settings *b);

/*
 * Prints the result as INI, each value with a comment of where it came from. tables[i], if not
 * NULL, has the own keys of plugins[i]; without it they are printed as written. tables may be NULL.
 */
int settings_print(const struct settings *settings, struct config_table *const *tables, FILE *out);

#endif

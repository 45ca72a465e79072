/* SPDX-License-Identifier: MIT */
/*
 * Embedding Corbel: a host inside a program of your own. corbeld is the first user of this header.
 *
 *     struct corbel_host_options options = {.size = sizeof(options), .file = "my.ini"};
 *     struct corbel_host *host;
 *     struct corbel_error error;
 *
 *     if (corbel_host_new(&options, &host, &error) < 0)
 *             errx(1, "%s", error.text);
 *     corbel_host_start(host);
 *     while (running)
 *             corbel_host_dispatch(host, -1);
 *     corbel_host_free(host);
 *
 * The control side is one thread: all functions here are called by the thread that made the host,
 * or by one that has taken over from it, one at a time; those marked [any thread] are free.
 * Callbacks come from within corbel_host_dispatch() unless they say otherwise. A program with a
 * loop of its own waits for corbel_host_descriptor() and calls corbel_host_dispatch() with timeout
 * 0. Two hosts in one process know nothing of each other. No signal handler is installed, and no
 * thread made unless `workers` asks for it.
 */
#ifndef CORBEL_HOST_H
#define CORBEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <corbel/config.h>
#include <corbel/error.h>
#include <corbel/event.h>
#include <corbel/service.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library hides all but this. */
#pragma GCC visibility push(default)

struct corbel_host;
struct corbel_host_monitor;

struct corbel_log_line {
	const char *plugin; /* "" for the host itself */
	int level;          /* enum corbel_level */
	const char *text;   /* one line of UTF-8, control characters escaped */
	int64_t time;       /* ns since the epoch */
};

enum corbel_host_flag {
	/*
	 * For development: relaxes the judgement of who may write to files and folders, loads every
	 * plugin from a private copy, so that its file may be overwritten, makes `reload =
	 * on-change` the default, and looks for what a plugin leaves behind when it is unloaded.
	 */
	CORBEL_HOST_DEVELOP = 1,
	/* Never unmaps an image, for tools that name code by its address: valgrind, sanitizers. */
	CORBEL_HOST_KEEP_IMAGES = 2,
	/*
	 * Faults of plugins are contained where `on-fault` says so: the program installs handlers
	 * as <corbel/fault.h> shows.
	 */
	CORBEL_HOST_CONTAIN = 4
};

/*
 * A file that must be vouched for before it is loaded: `sha256` or `require-signature` says so in
 * the configuration. Borrowed for the call.
 */
struct corbel_file {
	uint32_t size;
	int32_t descriptor; /* of the very bytes that will be loaded; for pread(2) */
	const char *plugin;
	const char *path;       /* where they were found, for words */
	const char *sha256;     /* the hash that they must have, 64 hex digits; NULL: any */
	const char *public_key; /* text of a key of minisign; NULL: no signature is required */
	const char *signature;  /* text of a signature of minisign; with public_key alone */
	char words[128];        /* to be written: by what they are vouched for, for people */
};

struct corbel_host_options {
	uint32_t size;                /* sizeof(struct corbel_host_options) */
	uint32_t flags;               /* enum corbel_host_flag */
	const char *file;             /* configuration; NULL: none. conf.d beside it is read too. */
	const char *text;             /* configuration as text, when there is no file; NULL: none */
	const char *const *overrides; /* "section.key=value" */
	size_t override_count;
	int32_t workers; /* threads for plugins; 0: none, they run in dispatch; -1: as configured */
	int32_t reserved;
	/* Gets each log line, one at a time; must not log itself. NULL: stderr. [any thread] */
	void (*log)(void *data, const struct corbel_log_line *line);
	/*
	 * Gets each thing wrong with the configuration or a plugin file while it is judged. NULL:
	 * the log does. [control]
	 */
	void (*complain)(void *data, const char *text);
	void *data;
	/*
	 * Whether the file has the hash and the signature that it must have: 0, or -errno with
	 * words. NULL: plugins of which that is required are refused. [control]
	 */
	int (*vouch)(void *data, struct corbel_file *file, struct corbel_error *error);
};

/*
 * Reads and judges the configuration and every plugin's file; runs no code of any plugin.
 * -EINVAL and the like with words: the configuration is wrong, nothing was made. A plugin whose
 * file is wrong does not make this fail: it is there, in state failed, with the reason.
 */
int corbel_host_new(const struct corbel_host_options *options, struct corbel_host **out,
		    struct corbel_error *error);
/* Stops what runs, within the configured deadlines, and frees all. NULL is allowed. */
void corbel_host_free(struct corbel_host *host);
/* How many plugins were judged unfit, or require what no plugin of the configuration provides. */
size_t corbel_host_unfit(const struct corbel_host *host);
/* Writes the configuration in force, with where each value came from. 0 or -errno. */
int corbel_host_print_config(struct corbel_host *host, FILE *out);
/*
 * A setting of the host's own sections ("corbel", "log", "control"), typed; NULL: unset or unknown.
 */
const struct corbel_config_entry *corbel_host_setting(struct corbel_host *host, const char *section,
						      const char *key);

/* Asks all enabled plugins to start, in the order of their dependencies. Returns at once. */
void corbel_host_start(struct corbel_host *host);
/* Asks all plugins to stop, in the reverse of the order in which they started. Returns at once. */
void corbel_host_stop(struct corbel_host *host);
/* Nothing is starting, stopping or waiting its turn. */
bool corbel_host_is_settled(const struct corbel_host *host);
/* Dispatches until settled: 0, or -ETIMEDOUT after `timeout` ns (-1: no limit). */
int corbel_host_settle(struct corbel_host *host, int64_t timeout);
/* Readable when there is something to dispatch. Owned by the host. */
int corbel_host_descriptor(const struct corbel_host *host);
/* Does what is due, waiting at most `timeout` ns for it (-1: no limit). 0 or -errno. */
int corbel_host_dispatch(struct corbel_host *host, int64_t timeout);
/* Runs `run(data)` within corbel_host_dispatch(). [any thread] */
int corbel_host_post(struct corbel_host *host, void (*run)(void *data), void *data);

enum corbel_plugin_state {
	CORBEL_PLUGIN_FOUND = 0, /* named in the configuration */
	CORBEL_PLUGIN_JUDGED =
		1, /* fit to be loaded; not running; or dormant, when activated on demand */
	CORBEL_PLUGIN_LOADED = 2,
	CORBEL_PLUGIN_STARTING = 3,
	CORBEL_PLUGIN_RUNNING = 4,
	CORBEL_PLUGIN_DRAINING = 5,
	CORBEL_PLUGIN_STOPPED = 6,
	CORBEL_PLUGIN_UNLOADED = 7,
	CORBEL_PLUGIN_FAILED = 8,
	CORBEL_PLUGIN_QUARANTINED = 9, /* it had a fault */
	CORBEL_PLUGIN_ZOMBIE = 10      /* stopped, but its image must stay mapped */
};

/* "running" and so on. */
const char *corbel_plugin_state_name(enum corbel_plugin_state state);

/*
 * Why a plugin that should run does not (yet), and the counters of one that does. Borrowed for the
 * call.
 */
struct corbel_plugin_info {
	uint32_t size;
	enum corbel_plugin_state state;
	const char *name;
	const char *version; /* "" until judged */
	const char *summary;
	const char *path; /* of its file; as configured while that is missing or unfit */
	const char
		*reason; /* why it failed, waits or was stopped; "" when there is nothing to say */
	const char *const *provides; /* "corbel.sensors 1.2" */
	const char *const *needs;    /* interfaces in [requires] */
	const char *const *wishes;   /* interfaces in [wants] */
	const char *const *users;    /* running plugins that require what it provides */
	size_t provide_count, need_count, wish_count, user_count;
	int64_t since;   /* when it entered its state, ns since the epoch */
	uint64_t starts; /* how often it has been started */
	uint64_t events_published, events_delivered, events_dropped, events_queued;
	size_t holdings; /* items in its ledger */
	int log_level;
	bool wanted; /* it is meant to run */
	bool on_demand;
	bool on_change;       /* to be replaced whenever its file changes */
	uint64_t generation;  /* images that have run in it: 1 after its first start */
	const char *previous; /* the version that a reload can go back to; "": there is none */
	size_t lingering;     /* images of it that had to stay in memory */
	uint64_t faults;      /* of its instances; since the start, or corbel_host_reset() */
	uint64_t restarts;    /* after them; likewise */
	int64_t restart_at; /* when it will be started again, ns since the epoch; 0: it will not */
	int64_t fault_time; /* of its last fault; 0: there was none */
	const char *fault_words;  /* one line; "" */
	const char *fault_report; /* all lines; "" */
	const char *group;        /* "" */
	const char *const
		*recovery; /* the program of the key `recovery`, and NULL behind; or NULL */
	bool essential;
	bool gave_up;        /* it ended too often, or its group did: it is not started again */
	const char *vouched; /* "pinned, signed by KEY": what vouches for its file; "": nothing */
	uint32_t owner;      /* the uid that its file belongs to; once judged */
	uint64_t hangs;      /* how often it stayed in one piece of work for too long */
	uint64_t given_up;   /* threads that could not be made to leave it */
	const char *hang;    /* what was said of the last hang; "": there was none */
	/*
	 * What it has now, and each version of it may have at most (0: any): bytes from
	 * corbel_alloc(), threads, and descriptors with the host.
	 */
	int64_t memory, threads, descriptors;
	int64_t limit_memory, limit_threads, limit_descriptors;
	/* Of its strand and its threads, since the host began; a call is the caller's. ns */
	int64_t cpu_time;
};

/* Goes through the plugins in the order of the configuration. */
void corbel_host_plugins(struct corbel_host *host,
			 void (*visit)(void *data, const struct corbel_plugin_info *plugin),
			 void *data);
/* One plugin: 0 or -ENOENT. */
int corbel_host_plugin(struct corbel_host *host, const char *name,
		       void (*visit)(void *data, const struct corbel_plugin_info *plugin),
		       void *data);

struct corbel_service_info {
	uint32_t size;
	int32_t rank;
	const struct corbel_interface *interface; /* kept by the host, for as long as it lives */
	const char *plugin;
	const struct corbel_property *properties;
	size_t property_count;
	size_t use_count;
	bool dormant;
};

void corbel_host_services(struct corbel_host *host,
			  void (*visit)(void *data, const struct corbel_service_info *service),
			  void *data);

struct corbel_topic_info {
	uint32_t size;
	uint32_t retained; /* 1: it has a last value */
	const char *name;
	const struct corbel_interface *interface;
	const struct corbel_event *event;
	uint64_t published;
	size_t publishers, subscribers;
};

void corbel_host_topics(struct corbel_host *host,
			void (*visit)(void *data, const struct corbel_topic_info *topic),
			void *data);

/* One thing that a plugin may do, or not: what it holds of it, what it was refused. */
struct corbel_grant_info {
	uint32_t size;
	bool is_granted;
	const char *plugin;
	const char *action; /* "provide", "use", "publish", "subscribe" or "control" */
	const char *name;   /* an interface, a topic, a plugin; or a pattern of topics or plugins */
	const char *reason; /* by which lines it is granted, or would be */
	size_t held;        /* handles now; of a pattern: those that it covers */
	uint64_t refused;   /* since the configuration was read */
};

/*
 * Goes through all that a plugin (NULL: each one) declares, is granted, holds or was refused.
 * -ENOENT: no such plugin.
 */
int corbel_host_grants(struct corbel_host *host, const char *plugin,
		       void (*visit)(void *data, const struct corbel_grant_info *info), void *data);
/*
 * Whether a plugin may have a thing: an interface or a topic, in each way in which its manifest
 * names it (in any, if it does not); or, by a name without dots, control of a plugin.
 * -ENOENT: no such plugin; -ENODATA: its file is not fit, so that nothing is known of it.
 */
int corbel_host_why(struct corbel_host *host, const char *plugin, const char *thing,
		    void (*visit)(void *data, const struct corbel_grant_info *info), void *data);

/*
 * Asks for a start, stop or restart (enum corbel_request). `done` may be NULL; it gets 0 or -errno
 * with words once it is settled, and may be called before this returns. Stopping stops first what
 * requires it; starting starts first what it requires, and what was stopped on its account.
 * -ENOENT: no such plugin; -EOPNOTSUPP: not this request.
 */
int corbel_host_request(struct corbel_host *host, uint32_t request, const char *plugin,
			void (*done)(void *data, int result, const char *words), void *data);

/*
 * Forgets how often the plugin, and its group with it, has ended; what is quarantined or gave up,
 * and is meant to run, is started again. NULL: all plugins. 0 or -ENOENT.
 */
int corbel_host_reset(struct corbel_host *host, const char *plugin);
/*
 * Each plugin that is `essential` runs, or sleeps until it is called. Answers from what was seen
 * last: nothing is waited for.
 */
bool corbel_host_is_well(const struct corbel_host *host);

/* How a reload ended; each but the first leaves the old version serving. */
enum corbel_reload_outcome {
	CORBEL_RELOAD_DONE = 0,
	CORBEL_RELOAD_NOT_NOW = 1,      /* it does not run, is in another reload, or is to stop */
	CORBEL_RELOAD_UNCHANGED = 2,    /* the file is the one that runs */
	CORBEL_RELOAD_UNFIT = 3,        /* the file, its ABI, manifest or settings; who needs it */
	CORBEL_RELOAD_NO_CONVERTER = 4, /* no format of the state that both versions know */
	CORBEL_RELOAD_LOAD_CRASHED = 5, /* the loader died of the file, in the trial */
	CORBEL_RELOAD_LOAD_FAILED = 6,  /* the loader or the entry table */
	CORBEL_RELOAD_INIT_CRASHED = 7, /* its constructors died, in the trial, or start() */
	CORBEL_RELOAD_INIT_FAILED = 8,  /* start() returned an error, or they ended the process */
	CORBEL_RELOAD_INIT_HUNG = 9,    /* they, or start(), did not return in time */
	CORBEL_RELOAD_NEVER_DRAINED = 10,
	CORBEL_RELOAD_SAVE_FAILED = 11,
	CORBEL_RELOAD_RESTORE_FAILED = 12
};

/* "done", "not-now" and so on. */
const char *corbel_reload_outcome_name(enum corbel_reload_outcome outcome);

enum corbel_reload_flag {
	CORBEL_RELOAD_DRY_RUN = 1,  /* judge, copy and try; then stop, and change nothing */
	CORBEL_RELOAD_PREVIOUS = 2, /* back to the image that ran before */
	CORBEL_RELOAD_ANYWAY = 4    /* even when the file is the one that runs */
};

/*
 * A fault to play, to see that it is survived: the step that it belongs to really fails, in the way
 * that it would, and nothing after it is done. Named by the words of corbel_reload_fault_find().
 */
enum corbel_reload_fault {
	CORBEL_FAULT_NONE = 0,
	CORBEL_FAULT_ABI_TOO_NEW = 1,
	CORBEL_FAULT_LOAD_CRASH = 2,
	CORBEL_FAULT_INIT_CRASH = 3,
	CORBEL_FAULT_INIT_FAIL = 4,
	CORBEL_FAULT_INIT_HANG = 5,
	CORBEL_FAULT_NEVER_DRAINS = 6,
	CORBEL_FAULT_RESTORE_FAIL = 7,
	CORBEL_FAULT_START_CRASH = 8 /* only where faults are contained */
};

/* "abi-too-new", "load-crash" and so on; NULL: there is none of this number. */
const char *corbel_reload_fault_name(enum corbel_reload_fault fault);
/* The fault of that name, or -ENOENT. */
int corbel_reload_fault_find(const char *word, enum corbel_reload_fault *out);

struct corbel_reload_options {
	uint32_t size;  /* sizeof(struct corbel_reload_options) */
	uint32_t flags; /* enum corbel_reload_flag */
	uint32_t fault; /* enum corbel_reload_fault */
	uint32_t reserved;
	int64_t timeout; /* ns to drain; 0: reload-timeout of the plugin */
};

struct corbel_reload_plugin {
	const char *name;
	const char *from, *to; /* versions */
	uint64_t generation;   /* that serves now */
	uint32_t format;       /* of the state that was carried over; 0: none */
	uint32_t reserved;
	size_t byte_count; /* of that state */
};

/* Borrowed for the call. */
struct corbel_reload_report {
	uint32_t size;
	enum corbel_reload_outcome outcome;
	int32_t result; /* 0 or -errno */
	uint32_t reserved;
	const char *plugin; /* whose step failed; "" */
	const char *words;  /* what went wrong and what to do; several lines, or "" */
	/* ns that each part took; pause: from closing the gates to opening them. */
	int64_t judge, trial, start, pause, total;
	const struct corbel_reload_plugin *plugins;
	size_t plugin_count;
};

/*
 * Replaces the running plugins by what their files are now, all or none, as one transaction: see
 * docs/reload.md. `done` (may be NULL) gets the report once it is settled, and may be called before
 * this returns. Transactions are taken one after the other, in the order of the requests.
 * `options` may be NULL. -ENOENT: no such plugin (then `done` is told, too).
 */
int corbel_host_reload(struct corbel_host *host, const char *const *plugins, size_t count,
		       const struct corbel_reload_options *options,
		       void (*done)(void *data, const struct corbel_reload_report *report),
		       void *data);

/*
 * What an address belonged to, in words, if the place of an unloaded plugin is kept (development,
 * the last eight): "unloaded greeter 1.2 (greet+0x12)". The length as by snprintf(3), 0: of none.
 * [any thread], and safe in a signal handler.
 */
int corbel_host_explain_address(struct corbel_host *host, const void *address, char *text,
				size_t size);

/* Where something is done in the name of a plugin. */
enum corbel_inject_place {
	CORBEL_INJECT_STRAND = 0, /* on its strand */
	CORBEL_INJECT_TIMER = 1,  /* in a timer of its own */
	CORBEL_INJECT_WORKER = 2, /* in a thread made for it */
	CORBEL_INJECT_CALL = 3    /* inside a method of the service that it offered last */
};

/*
 * For development: has `run(context, data)` done as code of a plugin that runs, with the context
 * that is its own. Soon, or not at all if the plugin ends before. `run` is called there.
 * -ENOENT: no such plugin; -ENOTCONN: it does not run; -EOPNOTSUPP: it offers nothing to be called;
 * -EPERM: not without CORBEL_HOST_DEVELOP.
 */
int corbel_host_inject(struct corbel_host *host, const char *plugin, enum corbel_inject_place place,
		       void (*run)(struct corbel_context *context, void *data), void *data);

/* Calls `changed` at each change of a plugin's state, until removed. */
int corbel_host_monitor_add(struct corbel_host *host,
			    void (*changed)(void *data, const struct corbel_plugin_info *plugin),
			    void *data, struct corbel_host_monitor **out);
void corbel_host_monitor_remove(struct corbel_host_monitor *monitor);

/*
 * The program itself, as a plugin sees itself: what <corbel/service.h>, <corbel/event.h>,
 * <corbel/loop.h> and the scanner's typed functions ask for. It may provide, use, publish and
 * subscribe whatever it likes; its callbacks run within corbel_host_dispatch(), its methods in the
 * caller's thread. Owned by the host.
 */
struct corbel_context *corbel_host_context(struct corbel_host *host);
/* An event as a JSON object; see corbel_event_text(). [any thread] */
int corbel_host_event_text(const struct corbel_delivery *delivery, char *text, size_t size);

/*
 * Sets a level now, for one plugin or (NULL) for all and the host; not kept over a restart of the
 * host. -ENOENT
 */
int corbel_host_set_level(struct corbel_host *host, const char *plugin, int level);
/* Logs as the host, for the program around it. [any thread] */
void corbel_host_log(struct corbel_host *host, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Reads the configuration again, judges all of it, and then applies what changed: plugins that are
 * new, gone, or changed are started, stopped, reconfigured or restarted. On any complaint nothing
 * changes, and -EINVAL comes back with the first one.
 * Settings of the host's own sections that only a new start can apply are named in the log.
 */
int corbel_host_reconfigure(struct corbel_host *host, struct corbel_error *error);

/* "0.1.0": of the library that is linked. */
const char *corbel_host_version(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* corbeld while it runs: one loop that starts the host, serves it, and stops it again. */
#include "daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "descriptors.h"
#include "exit_code.h"
#include "faults.h"
#include "host_service.h"
#include "judgement.h"
#include "monitor.h"
#include "notify.h"
#include "poller.h"
#include "recovery.h"
#include "refusals.h"
#include "rescue.h"
#include "show.h"
#include "signals.h"
#include "succession.h"
#include "varlink_service.h"
#include "verify.h"
#include "watcher.h"

/* For the stop of all plugins together; systemd's unit gives 30 s before it kills. */
#define STOP_DEADLINE (25 * POLLER_SECOND)

enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_RELOADING, PHASE_STOPPING, PHASE_ENDED };

struct daemon {
	const struct options *options;
	enum phase phase;
	int exit_code;
	bool is_status_due;
	bool is_withholding; /* signs of life */
	struct judgement judgement;
	struct timespec judged; /* when that began, by the clock of files */
	struct logsink *sink;
	struct corbel_host *host;
	struct corbel_host_monitor *states;
	struct monitor *monitor;
	struct watcher *watcher;
	struct recovery *recovery;
	struct poller poller;
	struct poller_watch host_watch, signal_watch;
	struct poller_timer duration, watchdog, deadline;
	struct notify notify;
	struct show show;
	struct host_service service;
	const struct varlink_interface *interfaces[2];
	struct varlink_services services;
	struct control *control;
};

struct tally {
	size_t wanted, running, standing;
	char missed[80]; /* the first that is essential and does not run; "": none */
};

static void count_plugin(void *data, const struct corbel_plugin_info *plugin)
{
	struct tally *tally = data;

	/* One that failed is no longer meant to run, but was. */
	if (plugin->wanted || plugin->state == CORBEL_PLUGIN_FAILED ||
	    plugin->state == CORBEL_PLUGIN_QUARANTINED)
		tally->wanted++;
	if (plugin->state == CORBEL_PLUGIN_RUNNING)
		tally->running++;
	if (plugin->state == CORBEL_PLUGIN_RUNNING || plugin->on_demand || plugin->restart_at > 0)
		tally->standing++;
	if (plugin->essential && plugin->state != CORBEL_PLUGIN_RUNNING && !*tally->missed)
		snprintf(tally->missed, sizeof(tally->missed), "%s is %s", plugin->name,
			 plugin->gave_up ? "given up" : corbel_plugin_state_name(plugin->state));
}

static struct tally take_tally(const struct daemon *daemon)
{
	struct tally tally = { 0 };

	corbel_host_plugins(daemon->host, count_plugin, &tally);
	return tally;
}

static void stop(struct daemon *daemon)
{
	if (daemon->phase >= PHASE_STOPPING)
		return;
	/* Who looks at how it ended shall see that it was not what it was meant to be. */
	if (daemon->phase != PHASE_STARTING && !corbel_host_is_well(daemon->host))
		daemon->exit_code = EXIT_CODE_PLUGIN;
	daemon->phase = PHASE_STOPPING;
	rescue_end();
	daemon->service.is_stopping = true;
	corbel_host_log(daemon->host, CORBEL_NOTICE, "stopping");
	notify_send(&daemon->notify, "STOPPING=1\nSTATUS=Stopping plugins");
	watcher_stop(daemon->watcher);
	poller_timer_set(&daemon->poller, &daemon->deadline, STOP_DEADLINE);
	corbel_host_stop(daemon->host);
}

static void stop_by_time(void *data)
{
	stop(data);
}

static void name_unstopped(void *data, const struct corbel_plugin_info *plugin)
{
	struct daemon *daemon = data;

	if (plugin->state == CORBEL_PLUGIN_STARTING || plugin->state == CORBEL_PLUGIN_RUNNING ||
	    plugin->state == CORBEL_PLUGIN_DRAINING)
		corbel_host_log(daemon->host, CORBEL_ERROR, "%s is still %s; ending without it",
				plugin->name, corbel_plugin_state_name(plugin->state));
}

/* Freeing the host would wait for what does not come. */
static void end_at_once(struct daemon *daemon)
{
	control_close(daemon->control);
	_exit(EXIT_CODE_OTHER);
}

static void miss_deadline(void *data)
{
	struct daemon *daemon = data;

	corbel_host_plugins(daemon->host, name_unstopped, daemon);
	end_at_once(daemon);
}

static const char *setting(struct daemon *daemon, const char *section, const char *key)
{
	const struct corbel_config_entry *entry = corbel_host_setting(daemon->host, section, key);

	return entry && entry->text && *entry->text ? entry->text : NULL;
}

static int open_log(struct daemon *daemon, struct corbel_error *error)
{
	const char *target = setting(daemon, "log", "target");
	bool is_file = target && strcmp(target, "file") == 0;

	return logsink_open(daemon->sink, is_file ? setting(daemon, "log", "file") : NULL, error);
}

/* Now, as files are dated. */
static struct timespec file_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

static int reload(void *data, struct corbel_error *error)
{
	struct timespec since = file_clock();
	struct daemon *daemon = data;

	if (daemon->phase >= PHASE_STOPPING) {
		snprintf(error->text, sizeof(error->text), "corbeld is stopping");
		return -EBUSY;
	}
	notify_send(&daemon->notify,
		    "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=Reloading the configuration",
		    poller_now() / 1000);
	size_t told = daemon->judgement.complaint_count;
	int code = corbel_host_reconfigure(daemon->host, error);

	if (code == 0)
		code = open_log(daemon, error);
	if (code == 0)
		code = control_renew(daemon->control, error);
	if (code < 0 && daemon->judgement.complaint_count == told)
		judgement_log(daemon->sink, CORBEL_ERROR, error->text);
	else if (code == 0)
		corbel_host_log(daemon->host, CORBEL_NOTICE, "configuration reloaded");
	watcher_renew(daemon->watcher, &since);
	if (daemon->phase == PHASE_RUNNING)
		daemon->phase = PHASE_RELOADING;
	daemon->is_status_due = true;
	return code;
}

static void take_signal(void *data, uint32_t events)
{
	struct daemon *daemon = data;
	struct corbel_error error = { "" };
	int number = signals_next(daemon->signal_watch.descriptor);

	(void)events;
	if (number == SIGHUP)
		reload(daemon, &error);
	else if (number == SIGINT && daemon->phase == PHASE_STOPPING)
		end_at_once(daemon);
	else if (number != 0)
		stop(daemon);
}

static void dispatch(void *data, uint32_t events)
{
	struct daemon *daemon = data;

	(void)events;
	corbel_host_dispatch(daemon->host, 0);
}

/* Starting and stopping have deadlines of their own. */
static bool is_alive(const struct daemon *daemon)
{
	return daemon->phase != PHASE_RUNNING || corbel_host_is_well(daemon->host);
}

/* A sign that was withheld is made up for as soon as all is well. */
static void give_sign_of_life(void *data)
{
	struct daemon *daemon = data;
	bool alive = is_alive(daemon);

	if (alive)
		notify_send(&daemon->notify, "WATCHDOG=1");
	else if (!daemon->is_withholding)
		corbel_host_log(
			daemon->host, CORBEL_ERROR,
			"the service manager gets no sign of life: a plugin with essential = "
			"yes does not run");
	daemon->is_withholding = !alive;
	poller_timer_set(&daemon->poller, &daemon->watchdog,
			 alive ? daemon->notify.watchdog : daemon->notify.watchdog / 8 + 1);
}

static void name_running(void *data, const struct corbel_plugin_info *plugin)
{
	struct daemon *daemon = data;

	if (plugin->state == CORBEL_PLUGIN_RUNNING)
		corbel_host_log(daemon->host, CORBEL_INFO, "%s %s runs: %s", plugin->name,
				plugin->version, plugin->summary);
}

/* What runs after the start is told by become_ready(), failures are told by the core. */
static void note_change(void *data, const struct corbel_plugin_info *plugin)
{
	struct daemon *daemon = data;

	daemon->is_status_due = true;
	watcher_note(daemon->watcher, plugin);
	recovery_note(daemon->recovery, plugin);
	if (daemon->phase == PHASE_STARTING)
		return;
	name_running(data, plugin);
	if (plugin->state == CORBEL_PLUGIN_STOPPED)
		corbel_host_log(daemon->host, CORBEL_INFO, "%s has stopped", plugin->name);
}

/* A host of which nothing has come up has failed to start, and whoever started it must see that. */
static void become_ready(struct daemon *daemon)
{
	struct tally tally = take_tally(daemon);
	const char *path = daemon->control ? control_path(daemon->control) : "none";

	if (tally.wanted > 0 && tally.standing == 0 && !succession_is_safe()) {
		corbel_host_log(daemon->host, CORBEL_ERROR, "none of the %zu plugins runs; ending",
				tally.wanted);
		daemon->exit_code = EXIT_CODE_PLUGIN;
		stop(daemon);
		return;
	}
	corbel_host_plugins(daemon->host, name_running, daemon);
	corbel_host_log(daemon->host, CORBEL_NOTICE,
			"ready: %zu of %zu plugins run; "
			"control socket: %s",
			tally.running, tally.wanted, path);
	daemon->phase = PHASE_RUNNING;
	notify_send(&daemon->notify, "READY=1");
}

/* Takes the step that is due once nothing moves any more. */
static void advance(struct daemon *daemon)
{
	if (!corbel_host_is_settled(daemon->host))
		return;
	if (daemon->phase == PHASE_STOPPING) {
		daemon->phase = PHASE_ENDED;
		return;
	}
	if (daemon->phase == PHASE_STARTING)
		become_ready(daemon);
	if (daemon->phase == PHASE_RELOADING) {
		daemon->phase = PHASE_RUNNING;
		notify_send(&daemon->notify, "READY=1");
	}
	if (daemon->is_status_due && daemon->phase == PHASE_RUNNING) {
		struct tally tally = take_tally(daemon);

		daemon->is_status_due = false;
		if (corbel_host_is_well(daemon->host))
			tally.missed[0] = '\0';
		if (succession_is_safe() && tally.running == 0)
			succession_tell(&daemon->notify);
		else
			notify_send(&daemon->notify, "STATUS=%zu of %zu plugins run%s%s",
				    tally.running, tally.wanted,
				    *tally.missed ? "; not well: " : "", tally.missed);
	}
}

static int open_service(struct daemon *daemon)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	daemon->service = (struct host_service){
		.host = daemon->host,
		.sink = daemon->sink,
		.file = daemon->options->file,
		.started = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
		.is_developing = daemon->options->develop,
		.reload = reload,
		.data = daemon,
	};
	daemon->interfaces[0] = &varlink_service;
	daemon->interfaces[1] = &daemon->service.interface;
	daemon->services = (struct varlink_services){ daemon->interfaces, 2 };
	return host_service_init(&daemon->service, &daemon->poller);
}

static int watch_all(struct daemon *daemon)
{
	int signals = signals_open();

	daemon->host_watch = (struct poller_watch){ -1, dispatch, daemon };
	daemon->signal_watch = (struct poller_watch){ -1, take_signal, daemon };
	daemon->duration = (struct poller_timer){ .fire = stop_by_time, .data = daemon };
	daemon->watchdog = (struct poller_timer){ .fire = give_sign_of_life, .data = daemon };
	daemon->deadline = (struct poller_timer){ .fire = miss_deadline, .data = daemon };
	if (signals < 0)
		return signals;
	int code = poller_add(&daemon->poller, &daemon->signal_watch, signals, EPOLLIN);

	if (code < 0) {
		close(signals);
		return code;
	}
	return poller_add(&daemon->poller, &daemon->host_watch,
			  corbel_host_descriptor(daemon->host), EPOLLIN);
}

/* All that the loop needs; what has been opened is closed by close_all(). */
static int open_all(struct daemon *daemon, struct corbel_error *error)
{
	const struct options *options = daemon->options;
	int code = watch_all(daemon);

	if (code == 0)
		code = open_service(daemon);
	if (code == 0)
		code = recovery_new(&daemon->poller, daemon->host, &daemon->recovery);
	if (code == 0)
		code = corbel_host_monitor_add(daemon->host, note_change, daemon, &daemon->states);
	if (code == 0)
		code = watcher_new(&daemon->poller, daemon->host, &daemon->watcher);
	if (code == 0)
		code = monitor_open(daemon->host, &daemon->monitor);
	if (code == 0)
		code = open_log(daemon, error);
	if (code == 0)
		code = control_open(&daemon->poller, daemon->host, &daemon->services,
				    &daemon->control, error);
	if (code == 0)
		code = show_start(&daemon->show, daemon->host, options->patterns,
				  options->pattern_count,
				  daemon->control ? control_path(daemon->control) : NULL, error);
	if (code < 0)
		return code;
	watcher_renew(daemon->watcher, &daemon->judged);
	struct corbel_error words;

	if (notify_init(&daemon->notify, &words) < 0)
		corbel_host_log(daemon->host, CORBEL_WARNING, "%s", words.text);
	if (daemon->notify.watchdog)
		give_sign_of_life(daemon);
	if (options->duration)
		poller_timer_set(&daemon->poller, &daemon->duration, options->duration);
	return 0;
}

static void close_all(struct daemon *daemon)
{
	int signals = daemon->signal_watch.descriptor;

	/* Nothing is left to be carried on, and no loop to answer. */
	verify_end();
	rescue_watch(NULL);
	show_stop(&daemon->show);
	corbel_host_monitor_remove(daemon->states);
	monitor_close(daemon->monitor);
	control_close(daemon->control);
	poller_remove(&daemon->poller, &daemon->host_watch);
	poller_remove(&daemon->poller, &daemon->signal_watch);
	if (signals >= 0)
		close(signals);
	faults_open(NULL, NULL, NULL);
	refusals_log(NULL);
	corbel_host_free(daemon->host);
	watcher_free(daemon->watcher);
	recovery_free(daemon->recovery);
	if (daemon->service.poller)
		host_service_fini(&daemon->service);
	notify_fini(&daemon->notify);
}

static void run_loop(struct daemon *daemon)
{
	if (!succession_is_safe())
		corbel_host_start(daemon->host);
	for (advance(daemon); daemon->phase != PHASE_ENDED; advance(daemon)) {
		int code = poller_turn(&daemon->poller);

		if (code == -EBADF)
			rescue_now("somebody has closed what the loop waits for");
		if (code < 0) {
			corbel_host_log(daemon->host, CORBEL_ERROR, "waiting for events: %s",
					strerror(-code));
			daemon->exit_code = EXIT_CODE_OTHER;
			break;
		}
	}
}

static void open_faults(struct daemon *daemon)
{
	const char *folder = setting(daemon, "corbel", "fault-dir");
	const char *runtime = setting(daemon, "corbel", "runtime-dir");
	char path[4096];

	if (!folder) {
		snprintf(path, sizeof(path), "%s/faults", runtime ? runtime : CORBEL_RUN_DIR);
		folder = path;
	}
	faults_open(daemon->host, daemon->sink, folder);
}

static void run_host(struct daemon *daemon)
{
	struct corbel_error error = { "" };
	int code = open_all(daemon, &error);

	open_faults(daemon);
	refusals_log(daemon->host);
	if (code == 0)
		code = verify_begin(daemon->host, &error);
	descriptors_keep_all();
	if (code == 0) {
		daemon->judgement.is_up = true;
		succession_begin(daemon->host, &daemon->notify);
		run_loop(daemon);
	} else {
		fprintf(stderr, "corbeld: %s\n", *error.text ? error.text : strerror(-code));
		daemon->exit_code = code == -EADDRINUSE ? EXIT_CODE_SOCKET
				    : code == -EINVAL || code == -ENAMETOOLONG
					    ? EXIT_CODE_CONFIGURATION
					    : EXIT_CODE_OTHER;
	}
	close_all(daemon);
}

int daemon_run(const struct options *options)
{
	struct daemon daemon = { .options = options, .notify = { .descriptor = -1 } };
	int code = logsink_new(&daemon.sink);

	daemon.signal_watch.descriptor = daemon.host_watch.descriptor = -1;
	if (code == 0)
		code = poller_init(&daemon.poller);
	if (code < 0) {
		fprintf(stderr, "corbeld: %s\n", strerror(-code));
		logsink_free(daemon.sink);
		return EXIT_CODE_OTHER;
	}
	daemon.judgement.sink = daemon.sink;
	daemon.judged = file_clock();
	daemon.host = judgement_make(&daemon.judgement, options, &daemon.exit_code);
	if (daemon.host)
		run_host(&daemon);
	poller_fini(&daemon.poller);
	logsink_free(daemon.sink);
	return daemon.exit_code;
}

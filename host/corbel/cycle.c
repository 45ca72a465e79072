/* SPDX-License-Identifier: MIT */
/*
 * One turn of `corbel dev`: compare interfaces, build, have corbeld reload the plugin (or start it,
 * if it does not run), and tell how it went.
 */
#include "cycle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <corbel/host.h>

#include "command.h"
#include "content.h"
#include "report.h"

#define PATIENCE (15 * POLLER_SECOND) /* for an answer that needs no work */

static void end(struct cycle *cycle, int result)
{
	if (result == TOOL_OK)
		interfaces_keep(&cycle->interfaces);
	cycle->served = cycle->plugin.generation;
	cycle->ended(cycle->data, result);
}

/* Ends it with a line that tells the build's time alone. */
static void end_plainly(struct cycle *cycle, enum report_tone tone, const char *words, int result)
{
	report_line(tone, words, &(struct report_time){ "build", cycle->took }, 1);
	end(cycle, result);
}

/* "greeter 0.2.1 goes on", or why there is none that could. */
static void tell_who_serves(const struct cycle *cycle, char *text, size_t size)
{
	const struct cycle_plugin *plugin = &cycle->plugin;
	const char *name = cycle->project->name;

	if (strcmp(plugin->state, "running") == 0)
		snprintf(text, size, "%s %s goes on", name, plugin->version);
	else if (*plugin->state)
		snprintf(text, size, "%s is %s", name, plugin->state);
	else
		snprintf(text, size, "no %s runs in a corbeld at %s", name, cycle->socket);
}

static void end_unserved(struct cycle *cycle, const char *what, int result)
{
	char who[PATH_MAX + 512], words[sizeof(who) + 256];

	tell_who_serves(cycle, who, sizeof(who));
	snprintf(words, sizeof(words), "%s: %s", what, who);
	if (!cycle->failure) {
		end_plainly(cycle, REPORT_BAD, words, result);
		return;
	}
	report_line(REPORT_BAD, words, NULL, 0);
	end(cycle, result);
}

static void end_failure(struct cycle *cycle)
{
	char took[32], words[80] = "interface refused";

	report_duration(cycle->took, took, sizeof(took));
	if (cycle->failure == TOOL_BUILD_FAILED)
		snprintf(words, sizeof(words), "build failed after %s", took);
	end_unserved(cycle, words, cycle->failure);
}

/* No host runs a plugin of this name; the cure is told once. */
static void end_alone(struct cycle *cycle, const struct remote_reply *reply)
{
	const char *name = cycle->project->name, *file = "/its/file.so";
	char path[PATH_MAX], words[NAME_MAX + 64];

	if (project_find_file(cycle->project, path, sizeof(path)))
		file = path;
	if (!cycle->told_host && reply->was_connected)
		fprintf(stderr,
			"corbel dev: corbeld at %s has no plugin %s: give its configuration "
			"[plugin %s] with path = %s, and say corbelctl reload-config.\n",
			cycle->socket, name, name, file);
	else if (!cycle->told_host)
		fprintf(stderr,
			"corbel dev: no corbeld answers at %s: %s. Start one with `corbeld "
			"--develop -c FILE`, where FILE has [plugin %s] with path = %s; or name "
			"its socket by --socket PATH or CORBEL_CONTROL.\n",
			cycle->socket, strerror(-reply->code), name, file);
	cycle->told_host = true;
	snprintf(words, sizeof(words), "%s built; no corbeld runs it", name);
	end_plainly(cycle, REPORT_PLAIN, words,
		    reply->was_connected ? TOOL_FAILED : TOOL_UNREACHABLE);
}

/* The host answered nothing that was asked for. */
static void end_unanswered(struct cycle *cycle, const struct remote_reply *reply)
{
	const char *words = json_text(reply->parameters, "words");
	bool is_unknown = reply->error && strcmp(reply->error, "PluginNotFound") == 0;

	if (!reply->was_connected || is_unknown) {
		end_alone(cycle, reply);
		return;
	}
	if (!reply->error)
		words = strerror(reply->code ? -reply->code : EBADMSG);
	else if (!*words)
		words = reply->error;
	fprintf(stderr, "corbel dev: corbeld at %s: %s\n", cycle->socket, words);
	end_unserved(cycle, reply->error ? "refused" : "connection lost",
		     reply->error ? TOOL_FAILED : TOOL_LOST);
}

static void learn(struct cycle *cycle, const struct remote_reply *reply)
{
	const json_t *plugin = json_object_get(reply->parameters, "plugin");

	cycle->plugin = (struct cycle_plugin){ "", "", 0 };
	if (reply->code < 0 || reply->error)
		return;
	snprintf(cycle->plugin.version, sizeof(cycle->plugin.version), "%s",
		 json_text(plugin, "version"));
	snprintf(cycle->plugin.state, sizeof(cycle->plugin.state), "%s",
		 json_text(plugin, "state"));
	cycle->plugin.generation = json_number(plugin, "generation");
}

static void ask(struct cycle *cycle, void (*answered)(void *data, const struct remote_reply *reply))
{
	remote_call(&cycle->remote, "DescribePlugin",
		    json_pack("{s:s}", "name", cycle->project->name), PATIENCE, answered);
}

/* Once: a build that goes elsewhere than where the host looks would be changed in vain. */
static void compare_files(struct cycle *cycle, const char *loaded)
{
	const char *name = cycle->project->name;
	char built[PATH_MAX];
	struct stat here, there;

	if (cycle->told_file || !project_find_file(cycle->project, built, sizeof(built)) ||
	    stat(built, &here) < 0)
		return;
	if (stat(loaded, &there) == 0 &&
	    ((here.st_dev == there.st_dev && here.st_ino == there.st_ino) ||
	     content_hash(built) == content_hash(loaded)))
		return;
	cycle->told_file = true;
	fprintf(stderr,
		"corbel dev: corbeld loads %s from %s, and what is built is %s: say path = %s in "
		"[plugin %s] and corbelctl reload-config, or let the build install it there.\n",
		name, *loaded ? loaded : "plugin-path", built, built, name);
}

static void end_reloaded(struct cycle *cycle, const json_t *report)
{
	const json_t *plugin = json_array_get(json_object_get(report, "plugins"), 0);
	const struct report_time times[] = {
		{ "build", cycle->took },
		{ "judge", json_number(report, "judge") },
		{ "trial", json_number(report, "trial") },
		{ "pause", json_number(report, "pause") },
	};
	char words[NAME_MAX + 256];

	cycle->plugin.generation = json_number(plugin, "generation");
	snprintf(words, sizeof(words), "%s %s -> %s", cycle->project->name,
		 json_text(plugin, "from"), json_text(plugin, "to"));
	report_line(REPORT_GOOD, words, times, sizeof(times) / sizeof(times[0]));
	end(cycle, TOOL_OK);
}

/* A host that watches the file itself may have been first. */
static void end_unchanged(void *data, const struct remote_reply *reply)
{
	struct cycle *cycle = data;
	char words[NAME_MAX + 128];

	learn(cycle, reply);
	bool was_reloaded = cycle->plugin.generation > cycle->served;

	snprintf(words, sizeof(words), "%s %s %s", cycle->project->name, cycle->plugin.version,
		 was_reloaded ? "serves, corbeld saw it first" : "unchanged");
	end_plainly(cycle, was_reloaded ? REPORT_GOOD : REPORT_PLAIN, words, TOOL_OK);
}

static void reloaded(void *data, const struct remote_reply *reply)
{
	struct cycle *cycle = data;
	const json_t *report = json_object_get(reply->parameters, "report");
	int outcome = (int)json_number(report, "code");
	char words[80];

	if (!report) {
		end_unanswered(cycle, reply);
		return;
	}
	if (outcome == CORBEL_RELOAD_DONE) {
		end_reloaded(cycle, report);
		return;
	}
	if (outcome == CORBEL_RELOAD_UNCHANGED) {
		ask(cycle, end_unchanged);
		return;
	}
	if (*json_text(report, "words"))
		fprintf(stderr, "%s\n", json_text(report, "words"));
	snprintf(words, sizeof(words), "reload refused, %s", json_text(report, "outcome"));
	for (char *at = words; (at = strchr(at, '_'));)
		*at = ' ';
	end_unserved(cycle, words, TOOL_RELOAD + outcome);
}

static void runs(void *data, const struct remote_reply *reply)
{
	struct cycle *cycle = data;
	char words[NAME_MAX + 256], before[sizeof(cycle->plugin.state)];

	memcpy(before, cycle->plugin.state, sizeof(before));
	learn(cycle, reply);
	snprintf(words, sizeof(words), "%s %s started, it was %s", cycle->project->name,
		 cycle->plugin.version, before);
	end_plainly(cycle, REPORT_GOOD, words, TOOL_OK);
}

static void described(void *data, const struct remote_reply *reply);

static void started(void *data, const struct remote_reply *reply)
{
	struct cycle *cycle = data;

	/* One that was about to start may have what was there before the build. */
	if (reply->code < 0 || reply->error)
		end_unanswered(cycle, reply);
	else
		ask(cycle, strcmp(cycle->plugin.state, "starting") == 0 ? described : runs);
}

static void described(void *data, const struct remote_reply *reply)
{
	struct cycle *cycle = data;
	const char *name = cycle->project->name;

	learn(cycle, reply);
	if (cycle->failure) {
		end_failure(cycle);
		return;
	}
	if (!*cycle->plugin.state) {
		end_unanswered(cycle, reply);
		return;
	}
	cycle->told_host = false;
	if (!cycle->served)
		cycle->served = cycle->plugin.generation;
	compare_files(cycle, json_text(json_object_get(reply->parameters, "plugin"), "path"));
	if (strcmp(cycle->plugin.state, "running") == 0)
		remote_call(&cycle->remote, "Reload", json_pack("{s:[s]}", "plugins", name), 0,
			    reloaded);
	else
		remote_call(&cycle->remote, "Start", json_pack("{s:s}", "name", name), 0, started);
}

static void go_on(struct cycle *cycle, int failure, int64_t took)
{
	sources_build_ended(cycle->sources);
	cycle->failure = failure;
	cycle->took = took;
	ask(cycle, described);
}

static void built(void *data, int status, int64_t took)
{
	struct cycle *cycle = data;
	int failure = status ? TOOL_BUILD_FAILED : TOOL_OK;

	if (cycle->build.is_stopping)
		return;
	/* Once more: one may have been saved while it was built. */
	if (status == 0 && !interfaces_compare(&cycle->interfaces, cycle->project->folder))
		failure = TOOL_INTERFACE_BROKEN;
	go_on(cycle, failure, took);
}

void cycle_init(struct cycle *cycle)
{
	cycle->build = (struct build){ .poller = cycle->poller, .ended = built, .data = cycle };
	build_init(&cycle->build);
	cycle->remote =
		(struct remote){ .poller = cycle->poller, .socket = cycle->socket, .data = cycle };
	remote_init(&cycle->remote);
	interfaces_compare(&cycle->interfaces, cycle->project->folder);
	interfaces_keep(&cycle->interfaces);
}

void cycle_fini(struct cycle *cycle)
{
	remote_fini(&cycle->remote);
	interfaces_fini(&cycle->interfaces);
}

void cycle_begin(struct cycle *cycle)
{
	const struct project *project = cycle->project;
	const char *late = sources_build_begins(cycle->sources);

	if (late)
		printf("%s was saved meanwhile: once more\n", late + strlen(project->folder) + 1);
	fflush(stdout);
	if (!interfaces_compare(&cycle->interfaces, project->folder)) {
		go_on(cycle, TOOL_INTERFACE_BROKEN, 0);
		return;
	}
	int code = build_start(&cycle->build, project->folder, project->build);

	if (code == 0)
		return;
	fprintf(stderr, "corbel dev: cannot run `%s` in %s: %s\n", project->build, project->folder,
		strerror(-code));
	go_on(cycle, TOOL_BUILD_FAILED, 0);
}

/* SPDX-License-Identifier: MIT */
/* Reloads under load, one version after the other, and what they cost. */
#include "endurance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetcher.h"
#include "stage.h"
#include "variant.h"

#define HTTP TEST_BUILDDIR "/lib/corbel/plugins/http.so"
#define HTTP_TURNS 10
#define WARM_UP 100 /* reloads at least, or half of them */

struct endurance {
	const struct endurance_options *options;
	struct endurance_result *result;
	struct corbel_host *host;
	struct stage stage;
	struct traffic traffic;
	struct fetcher fetcher;
	unsigned port; /* of http, as it says; atomic */
	char folder[64];
	struct census before;
	bool is_told;
	int told;
};

static int fail(struct endurance *endurance, const char *what, int code, const char *words)
{
	snprintf(endurance->result->words, sizeof(endurance->result->words), "%s: %s%s%s", what,
		 strerror(-code), *words ? ": " : "", words);
	return code;
}

static void log_line(void *data, const struct corbel_log_line *line)
{
	struct endurance *endurance = data;
	unsigned port;

	if (sscanf(line->text, "serving http://127.0.0.1:%u/", &port) == 1)
		__atomic_store_n(&endurance->port, port, __ATOMIC_RELEASE);
	if (line->level <= CORBEL_WARNING)
		fprintf(stderr, "%s: %s\n", line->plugin, line->text);
}

static const char *path_of(struct endurance *endurance, const char *plugin, char path[128])
{
	snprintf(path, 128, "%s/%s.so", endurance->folder, plugin);
	return path;
}

static int install(struct endurance *endurance, const char *plugin, const char *variant)
{
	char path[128];
	int result = variant_install(variant, path_of(endurance, plugin, path));

	return result < 0 ? fail(endurance, path, result, "") : 0;
}

static int host_make(struct endurance *endurance)
{
	char text[2048];
	struct corbel_error error = { 0 };
	struct corbel_host_options options = { .size = sizeof(options),
					       .flags = CORBEL_HOST_DEVELOP,
					       .text = text,
					       .workers = 2,
					       .log = log_line,
					       .data = endurance };

	snprintf(text, sizeof(text),
		 "[corbel]\nruntime-dir = %s/run\nstate-dir = %s/state\nprobe = %s\n"
		 "[log]\nlevel = notice\n"
		 "[plugin counter]\npath = %s/counter.so\nstage = %lld\n"
		 "[plugin caller]\npath = %s/caller.so\nstage = %lld\n%s",
		 endurance->folder, endurance->folder, VARIANT_PROBE, endurance->folder,
		 (long long)(intptr_t)&endurance->stage, endurance->folder,
		 (long long)(intptr_t)&endurance->stage,
		 endurance->options->with_http ? "[plugin http]\npath = " HTTP
						 "\nlisten = 127.0.0.1:0\n"
					       : "");

	int result = corbel_host_new(&options, &endurance->host, &error);

	if (result < 0)
		return fail(endurance, "a host", result, error.text);
	corbel_host_start(endurance->host);
	result = corbel_host_settle(endurance->host, -1);
	if (result == 0 && endurance->options->with_http && endurance->port == 0)
		return fail(endurance, HTTP " does not serve", -EADDRNOTAVAIL, "");
	if (result == 0)
		result = traffic_open(&endurance->traffic, endurance->host);
	return result < 0 ? fail(endurance, "counter and caller", result, "") : 0;
}

static int load_start(struct endurance *endurance)
{
	int result = traffic_start(&endurance->traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS);

	if (result == 0 && endurance->options->with_http)
		result = fetcher_start(&endurance->fetcher, endurance->port);
	return result < 0 ? fail(endurance, "threads", result, "") : 0;
}

static void load_stop(struct endurance *endurance)
{
	traffic_stop(&endurance->traffic);
	if (endurance->options->with_http)
		fetcher_stop(&endurance->fetcher);
	corbel_host_settle(endurance->host, -1);
}

static void tell(void *data, const struct corbel_reload_report *report)
{
	struct endurance *endurance = data;

	endurance->is_told = true;
	endurance->told = report->result;
	if (report->outcome != CORBEL_RELOAD_DONE)
		fail(endurance, corbel_reload_outcome_name(report->outcome), report->result,
		     report->words);
}

static int reload(struct endurance *endurance, const char *plugin, uint32_t flags)
{
	const struct corbel_reload_options options = { .size = sizeof(options), .flags = flags };

	endurance->is_told = false;
	corbel_host_reload(endurance->host, &plugin, 1, &options, tell, endurance);
	while (!endurance->is_told)
		corbel_host_dispatch(endurance->host, -1);
	return endurance->told;
}

static int turn(struct endurance *endurance)
{
	unsigned long done = endurance->result->reloads;
	int result = install(endurance, "counter", done % 2 ? "counter_1" : "counter_2");

	if (result == 0)
		result = reload(endurance, "counter", 0);
	if (result == 0 && endurance->options->with_http && done % HTTP_TURNS == 0)
		result = reload(endurance, "http", CORBEL_RELOAD_ANYWAY);
	if (result == 0)
		endurance->result->reloads++;
	if (endurance->options->progress)
		endurance->options->progress(endurance->result->reloads,
					     endurance->options->reloads);
	return result;
}

static int turns(struct endurance *endurance, unsigned long until)
{
	int result = load_start(endurance);

	while (result == 0 && endurance->result->reloads < until)
		result = turn(endurance);
	load_stop(endurance);
	return result;
}

static void compare(struct endurance *endurance)
{
	struct census *grown = &endurance->result->grown, after;
	char path[128];

	census_take(&after);
	grown->rss = after.rss - endurance->before.rss;
	grown->descriptors = after.descriptors - endurance->before.descriptors;
	grown->threads = after.threads - endurance->before.threads;
	grown->maps = after.maps - endurance->before.maps;
	snprintf(path, sizeof(path), "%s/run/images", endurance->folder);
	endurance->result->images = census_entries(path) - (endurance->options->with_http ? 6 : 4);
}

static unsigned long warm_up(unsigned long reloads)
{
	if (reloads / 10 >= WARM_UP)
		return reloads / 10;
	return reloads / 2 < WARM_UP ? reloads / 2 : WARM_UP;
}

static int run(struct endurance *endurance)
{
	unsigned long reloads = endurance->options->reloads;
	struct traffic_sum *sum = &endurance->result->sum;
	int result = host_make(endurance);

	if (result == 0)
		result = turns(endurance, warm_up(reloads));
	census_take(&endurance->before);
	if (result == 0)
		result = turns(endurance, reloads);
	if (result == 0)
		result = traffic_sum(&endurance->traffic, sum);
	compare(endurance);
	sum->calls += endurance->fetcher.count;
	sum->failed += endurance->fetcher.failed;
	if (sum->error == 0)
		sum->error = endurance->fetcher.error;
	return result;
}

static void remove_folder(const char *folder)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s is left\n", folder);
}

int endurance_run(const struct endurance_options *options, struct endurance_result *result)
{
	struct endurance endurance = { .options = options,
				       .result = result,
				       .stage.descriptor = -1,
				       .folder = "/tmp/corbel-reload.XXXXXX" };

	memset(result, 0, sizeof(*result));
	if (!mkdtemp(endurance.folder))
		return fail(&endurance, endurance.folder, -errno, "");

	int code = install(&endurance, "counter", "counter_1");

	if (code == 0)
		code = install(&endurance, "caller", "caller_1");
	if (code == 0)
		code = run(&endurance);
	if (endurance.traffic.host)
		traffic_close(&endurance.traffic);
	corbel_host_free(endurance.host);
	remove_folder(endurance.folder);
	return code;
}

bool endurance_is_flat(const struct endurance_result *result)
{
	return result->sum.failed == 0 && result->sum.lost == 0 && result->sum.drift == 0 &&
	       result->grown.rss <= ENDURANCE_RSS && result->grown.descriptors <= 0 &&
	       result->grown.threads <= 0 && result->grown.maps <= 0 && result->images <= 0;
}

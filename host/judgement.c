/* SPDX-License-Identifier: MIT */
/* Making a host from the command line, and telling all that is wrong with it. */
#include "judgement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exit_code.h"
#include "faults.h"
#include "signature.h"

void judgement_log(struct logsink *sink, int level, const char *text)
{
	struct timespec now;
	char line[LOGSINK_TEXT_SIZE];

	clock_gettime(CLOCK_REALTIME, &now);
	for (const char *end; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		logsink_write(sink,
			      &(struct corbel_log_line){ .plugin = "",
							 .level = level,
							 .text = line,
							 .time = (int64_t)now.tv_sec * 1000000000 +
								 now.tv_nsec });
	}
}

static void complain(void *data, const char *text)
{
	struct judgement *judgement = data;

	judgement->complaint_count++;
	if (judgement->sink)
		judgement_log(judgement->sink, CORBEL_ERROR, text);
	else
		fprintf(stderr, "corbeld: %s\n", text);
}

static void log_line(void *data, const struct corbel_log_line *line)
{
	struct judgement *judgement = data;

	if (judgement->sink)
		logsink_write(judgement->sink, line);
}

struct corbel_host *judgement_make(struct judgement *judgement, const struct options *options,
				   int *exit_code)
{
	struct corbel_host_options made = {
		.size = sizeof(made),
		.flags = (options->develop ? CORBEL_HOST_DEVELOP : 0) |
			 (faults_are_contained() ? CORBEL_HOST_CONTAIN : 0) |
			 (options->no_unload ? CORBEL_HOST_KEEP_IMAGES : 0),
		.file = options->file,
		.overrides = options->overrides,
		.override_count = options->override_count,
		.workers = options->mode == OPTIONS_RUN ? -1 : 0,
		.log = log_line,
		.complain = complain,
		.vouch = signature_vouch,
		.data = judgement,
	};
	struct corbel_host *host = NULL;
	struct corbel_error error = { "" };
	int code = corbel_host_new(&made, &host, &error);

	if (code == 0)
		return host;
	if (judgement->complaint_count == 0)
		fprintf(stderr, "corbeld: %s\n", *error.text ? error.text : strerror(-code));
	*exit_code = code == -ENOMEM || code == -EMFILE || code == -ENFILE || code == -EAGAIN
			     ? EXIT_CODE_OTHER
			     : EXIT_CODE_CONFIGURATION;
	return NULL;
}

static void count(void *data, const struct corbel_plugin_info *plugin)
{
	if (*plugin->vouched)
		printf("%s: %s\n", plugin->name, plugin->vouched);
	++*(size_t *)data;
}

int judgement_check(const struct options *options)
{
	struct judgement judgement = { 0 };
	int exit_code = EXIT_CODE_OK;
	struct corbel_host *host = judgement_make(&judgement, options, &exit_code);

	if (!host)
		return exit_code;
	size_t unfit = corbel_host_unfit(host), all = 0;

	corbel_host_plugins(host, count, &all);
	if (unfit > 0)
		fprintf(stderr, "corbeld: %s: %zu of %zu plugins unfit\n", options->file, unfit,
			all);
	else
		printf("%s: in order; %zu plugin%s fit to run\n", options->file, all,
		       all == 1 ? "" : "s");
	corbel_host_free(host);
	return unfit > 0 ? EXIT_CODE_PLUGIN : EXIT_CODE_OK;
}

int judgement_print_config(const struct options *options)
{
	struct judgement judgement = { 0 };
	int exit_code = EXIT_CODE_OK;
	struct corbel_host *host = judgement_make(&judgement, options, &exit_code);

	if (!host)
		return exit_code;
	int code = corbel_host_print_config(host, stdout);

	if (code == 0 && fflush(stdout) != 0)
		code = -errno;
	if (code < 0)
		fprintf(stderr, "corbeld: printing the configuration: %s\n", strerror(-code));
	corbel_host_free(host);
	return code < 0 ? EXIT_CODE_OTHER : EXIT_CODE_OK;
}

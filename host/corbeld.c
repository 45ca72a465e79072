/* SPDX-License-Identifier: MIT */
/* The main of corbeld. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <corbel/host.h>

#include "daemon.h"
#include "environment.h"
#include "exit_code.h"
#include "faults.h"
#include "judgement.h"
#include "options.h"
#include "rescue.h"
#include "signals.h"

static int run_daemon(const struct options *options)
{
	struct corbel_error error;

	signals_block();
	if (rescue_begin(&error) < 0) {
		fprintf(stderr, "corbeld: %s\n", error.text);
		return EXIT_CODE_OTHER;
	}
	faults_watch();
	faults_rescue(rescue_note, rescue_now);
	return daemon_run(options);
}

static int run(const struct options *options)
{
	switch (options->mode) {
	case OPTIONS_HELP:
		options_print_help(stdout);
		return EXIT_CODE_OK;
	case OPTIONS_VERSION:
		printf("corbeld %s\n", corbel_host_version());
		return EXIT_CODE_OK;
	case OPTIONS_CHECK:
		return judgement_check(options);
	case OPTIONS_PRINT_CONFIG:
		return judgement_print_config(options);
	default:
		return run_daemon(options);
	}
}

int main(int count, char **arguments)
{
	struct corbel_error error;
	struct options options;

	environment_scrub(arguments);
	rescue_prepare(arguments);
	environment_refuse_writable_code();
	int code = options_parse(count, arguments, &options, &error), exit_code;

	if (code < 0) {
		fprintf(stderr, "corbeld: %s\n", error.text);
		exit_code = code == -ENOMEM ? EXIT_CODE_OTHER : EXIT_CODE_USAGE;
	} else {
		if (options.develop && options.mode == OPTIONS_RUN)
			environment_wipe_freed_memory(arguments);
		exit_code = run(&options);
	}
	options_fini(&options);
	return exit_code;
}

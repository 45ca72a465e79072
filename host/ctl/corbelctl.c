/* SPDX-License-Identifier: MIT */
/* The main of corbelctl: options, then a command from the table. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "nearest.h"
#include "value.h"

enum {
	LONG_VERSION = 256,
	LONG_NO_FOLLOW,
	LONG_DRY_RUN,
	LONG_PREVIOUS,
	LONG_ANYWAY,
	LONG_TIMEOUT,
	LONG_INJECT,
	LONG_AT,
	LONG_LIST
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "lines", required_argument, NULL, 'n' },
	{ "level", required_argument, NULL, 'l' },
	{ "no-follow", no_argument, NULL, LONG_NO_FOLLOW },
	{ "count", required_argument, NULL, 'c' },
	{ "dry-run", no_argument, NULL, LONG_DRY_RUN },
	{ "previous", no_argument, NULL, LONG_PREVIOUS },
	{ "anyway", no_argument, NULL, LONG_ANYWAY },
	{ "timeout", required_argument, NULL, LONG_TIMEOUT },
	{ "inject", required_argument, NULL, LONG_INJECT },
	{ "at", required_argument, NULL, LONG_AT },
	{ "list", no_argument, NULL, LONG_LIST },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(const char *format, const char *word)
{
	fputs("corbelctl: ", stderr);
	fprintf(stderr, format, word);
	fputs("; see corbelctl help\n", stderr);
	return CTL_USAGE;
}

static int read_number(const char *text, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	if (errno || end == text || *end || *number < 0)
		return usage("'%s' is not a number", text);
	return CTL_OK;
}

static int read_time(const char *text, long *milliseconds)
{
	struct corbel_error error;
	struct config_value value;

	if (value_parse(VALUE_DURATION, text, &value, &error) < 0)
		return usage("--timeout: %s", error.text);
	*milliseconds = (long)(value.duration / 1000000);
	if (*milliseconds == 0)
		return usage("--timeout %s is less than a millisecond", text);
	return CTL_OK;
}

/* -1: go on; otherwise how to end. */
static int take_option(struct ctl *ctl, int option)
{
	int result = CTL_OK;

	switch (option) {
	case 's':
		ctl->socket = optarg;
		break;
	case 'j':
		ctl->json = true;
		break;
	case 'n':
		ctl->given |= CTL_OPTION_LINES;
		result = read_number(optarg, &ctl->lines);
		break;
	case 'l':
		ctl->given |= CTL_OPTION_LEVEL;
		ctl->level = optarg;
		break;
	case LONG_NO_FOLLOW:
		ctl->given |= CTL_OPTION_NO_FOLLOW;
		break;
	case 'c':
		ctl->given |= CTL_OPTION_COUNT;
		result = read_number(optarg, &ctl->count);
		break;
	case LONG_DRY_RUN:
		ctl->given |= CTL_OPTION_DRY_RUN;
		break;
	case LONG_PREVIOUS:
		ctl->given |= CTL_OPTION_PREVIOUS;
		break;
	case LONG_ANYWAY:
		ctl->given |= CTL_OPTION_ANYWAY;
		break;
	case LONG_TIMEOUT:
		ctl->given |= CTL_OPTION_TIMEOUT;
		result = read_time(optarg, &ctl->timeout);
		break;
	case LONG_INJECT:
		ctl->given |= CTL_OPTION_INJECT;
		ctl->fault = optarg;
		break;
	case LONG_AT:
		ctl->given |= CTL_OPTION_AT;
		ctl->place = optarg;
		break;
	case LONG_LIST:
		ctl->given |= CTL_OPTION_LIST;
		break;
	case 'h':
		return command_help(ctl, 0, NULL);
	case LONG_VERSION:
		puts("corbelctl " CORBEL_VERSION);
		return CTL_OK;
	default:
		return CTL_USAGE; /* getopt has said why */
	}
	return result == CTL_OK ? -1 : result;
}

static const struct command *find_command(const char *name)
{
	struct nearest nearest;
	char hint[80];

	nearest_init(&nearest, name);
	for (const struct command *command = commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
		nearest_offer(&nearest, command->name);
	}
	fprintf(stderr, "corbelctl: there is no command '%s'%s; see corbelctl help\n", name,
		nearest_hint(&nearest, hint, sizeof(hint)));
	return NULL;
}

static int run(struct ctl *ctl, const char *name, int count, char **arguments)
{
	const struct command *command = find_command(name);

	if (!command)
		return CTL_USAGE;
	if (count < command->least || count > command->most)
		return usage(command->most == 0       ? "%s takes no arguments"
			     : count < command->least ? "%s needs an argument"
						      : "%s got too many arguments",
			     name);
	if (ctl->given & ~command->options)
		return usage("%s does not take one of these options", name);
	if (command->is_local)
		return command->run(ctl, count, arguments);
	int result = client_open(&ctl->client, ctl->socket);

	if (result == CTL_OK)
		result = command->run(ctl, count, arguments);
	client_close(&ctl->client);
	return result;
}

int main(int count, char **arguments)
{
	struct ctl ctl = { .socket = caller_default_socket(),
			   .client = { .caller = { .descriptor = -1 } } };
	int option;

	while ((option = getopt_long(count, arguments, "s:jn:l:c:h", long_options, NULL)) >= 0) {
		int result = take_option(&ctl, option);

		if (result >= 0)
			return result;
	}
	if (optind == count)
		return usage("a command is needed%s", "");
	int result = run(&ctl, arguments[optind], count - optind - 1, arguments + optind + 1);

	if (fflush(stdout) != 0 && result == CTL_OK)
		result = CTL_FAILED;
	return result;
}

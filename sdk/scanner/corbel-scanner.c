/* SPDX-License-Identifier: MIT */
/* corbel-scanner: makes headers, manuals and manifests of interface and plugin files. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

#ifndef CORBEL_VERSION
#define CORBEL_VERSION "0.1.0"
#endif

static const struct command commands[] = {
	{ "header", "FILE.interface", "the C header for providers and consumers", 1,
	  command_header },
	{ "doc", "FILE.interface", "the manual page, for section 7", 1, command_doc },
	{ "check", "OLD.interface NEW.interface", "whether users of OLD can go on with NEW", 2,
	  command_check },
	{ "varlink", "FILE.interface", "the interface in the language of Varlink", 1,
	  command_varlink },
	{ "plugin", "FILE.plugin", "the C source that carries the manifest", 1, command_plugin },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* What the command line says. */
struct request {
	const struct command *command;
	const char *inputs[COMMAND_INPUTS_MAX];
	size_t count;
	const char *output;
};

static void usage_print(FILE *to)
{
	fputs("usage: corbel-scanner COMMAND FILE... [-o OUTPUT]\n"
	      "       corbel-scanner --help | --version\n\ncommands:\n",
	      to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-8s%-30s%s\n", commands[i].name, commands[i].usage,
			commands[i].summary);
	fputs("\nWithout -o the result goes to standard output. Exit status: 0 done, 1 the input "
	      "is\n"
	      "wrong or the check failed, 2 usage, 3 the result could not be written.\n",
	      to);
}

static int usage_refuse(const char *words, const char *argument)
{
	fprintf(stderr, "corbel-scanner: %s%s%s (try corbel-scanner --help)\n", words,
		*argument ? " " : "", argument);
	return COMMAND_USAGE;
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int request_read(int count, char **arguments, struct request *request)
{
	request->command = command_find(arguments[0]);
	if (!request->command)
		return usage_refuse("there is no command", arguments[0]);
	for (int i = 1; i < count; i++) {
		bool option = arguments[i][0] == '-' && arguments[i][1] != '\0';

		if (strcmp(arguments[i], "-o") == 0) {
			if (i + 1 == count || request->output)
				return usage_refuse("-o takes one file, once", "");
			request->output = arguments[++i];
		} else if (option) {
			return usage_refuse("there is no option", arguments[i]);
		} else if (request->count == request->command->inputs) {
			return usage_refuse("one file too many:", arguments[i]);
		} else {
			request->inputs[request->count++] = arguments[i];
		}
	}
	if (request->count < request->command->inputs)
		return usage_refuse("expected", request->command->usage);
	return COMMAND_OK;
}

static void complaints_print(const struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->count; i++)
		fprintf(stderr, "%s\n", complaints->texts[i]);
	if (complaints->lost)
		fprintf(stderr, "corbel-scanner: and %zu more\n", complaints->lost);
}

static int request_run(const struct request *request)
{
	struct complaints complaints = { 0 };
	struct corbel_error error;
	struct output output;

	if (output_init(&output) < 0) {
		fputs("corbel-scanner: no memory\n", stderr);
		return COMMAND_FAILED;
	}
	int result = request->command->run(request->inputs, output.stream, &complaints);
	complaints_print(&complaints);
	complaints_fini(&complaints);
	if (result < 0) {
		output_drop(&output);
		return COMMAND_REFUSED;
	}
	if (output_finish(&output, request->output, &error) == 0)
		return COMMAND_OK;
	fprintf(stderr, "corbel-scanner: %s\n", error.text);
	return COMMAND_FAILED;
}

int main(int count, char **arguments)
{
	struct request request = { 0 };

	if (count < 2) {
		usage_print(stderr);
		return COMMAND_USAGE;
	}
	if (strcmp(arguments[1], "--help") == 0) {
		usage_print(stdout);
		return COMMAND_OK;
	}
	if (strcmp(arguments[1], "--version") == 0) {
		puts("corbel-scanner " CORBEL_VERSION);
		return COMMAND_OK;
	}
	int result = request_read(count - 1, arguments + 1, &request);
	return result == COMMAND_OK ? request_run(&request) : result;
}

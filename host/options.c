/* SPDX-License-Identifier: MIT */
/* The command line of corbeld. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "nearest.h"
#include "value.h"

enum {
	LONG_CHECK = 256,
	LONG_PRINT_CONFIG,
	LONG_VERSION,
	LONG_FOR,
	LONG_SHOW,
	LONG_DEVELOP,
	LONG_NO_UNLOAD
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "option", required_argument, NULL, 'o' },
	{ "check", no_argument, NULL, LONG_CHECK },
	{ "print-config", no_argument, NULL, LONG_PRINT_CONFIG },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ "for", required_argument, NULL, LONG_FOR },
	{ "show", required_argument, NULL, LONG_SHOW },
	{ "develop", no_argument, NULL, LONG_DEVELOP },
	{ "no-unload", no_argument, NULL, LONG_NO_UNLOAD },
	{ NULL, 0, NULL, 0 },
};

void options_print_help(FILE *out)
{
	fprintf(out,
		"Usage: corbeld [OPTION...]\n"
		"Hosts plugins, as told by its configuration. See corbeld(8).\n\n"
		"  -c, --config FILE         configuration (default: " CORBEL_CONFIG_DIR
		"/corbeld.ini)\n"
		"  -o, --option SECTION.KEY=VALUE\n"
		"                            sets a value over that of the file; may be repeated\n"
		"      --check               judges the configuration and all plugins, runs "
		"nothing\n"
		"      --print-config        prints the configuration in force, and where it came "
		"from\n"
		"      --for TIME            ends by itself after TIME, as in 5s or 2m\n"
		"      --show PATTERN        prints what runs, and events as they come; may be "
		"repeated\n"
		"      --develop             for development: trusts files and folders that others "
		"may write to,\n"
		"                            loads plugins from copies, reloads those whose files "
		"change,\n"
		"                            and looks for what they leave behind\n"
		"      --no-unload           keeps all code of plugins in memory, for valgrind and "
		"the like\n"
		"      --version\n"
		"  -h, --help\n\n"
		"Ends with 0; 1 on other failures; 2: wrong usage; 3: wrong configuration;\n"
		"4: a plugin is unfit (--check), or none of those wanted runs; 5: control socket "
		"in use.\n");
}

static int set_mode(struct options *options, enum options_mode mode, struct corbel_error *error)
{
	if (options->mode != OPTIONS_RUN && options->mode != mode)
		return error_set(error, -EINVAL,
				 "only one of --check, --print-config, --version "
				 "and --help can be asked for at a time");
	options->mode = mode;
	return 0;
}

static int set_duration(struct options *options, const char *text, struct corbel_error *error)
{
	struct config_value value;
	int code = value_parse(VALUE_DURATION, text, &value, error);

	if (code < 0)
		return error_prefix(error, code, "--for %s: ", text);
	if (value.duration == 0)
		return error_set(error, -EINVAL,
				 "--for %s: expected a time longer than none, as "
				 "in 5s",
				 text);
	options->duration = value.duration;
	return 0;
}

static int set_option(struct options *options, int option, struct corbel_error *error)
{
	switch (option) {
	case 'c':
		options->file = optarg;
		return 0;
	case 'o':
		options->overrides[options->override_count++] = optarg;
		return 0;
	case LONG_SHOW:
		options->patterns[options->pattern_count++] = optarg;
		return 0;
	case LONG_FOR:
		return set_duration(options, optarg, error);
	case LONG_DEVELOP:
		options->develop = true;
		return 0;
	case LONG_NO_UNLOAD:
		options->no_unload = true;
		return 0;
	case LONG_CHECK:
		return set_mode(options, OPTIONS_CHECK, error);
	case LONG_PRINT_CONFIG:
		return set_mode(options, OPTIONS_PRINT_CONFIG, error);
	case LONG_VERSION:
		return set_mode(options, OPTIONS_VERSION, error);
	default:
		return set_mode(options, OPTIONS_HELP, error);
	}
}

/* `argument` is the one that getopt stumbled over; a short one is in optopt. */
static int refuse(const char *argument, int found, struct corbel_error *error)
{
	struct nearest nearest;
	char hint[80];

	if (found == ':')
		return error_set(error, -EINVAL, "%s: needs a value after it; see corbeld --help",
				 argument);
	if (strncmp(argument, "--", 2) != 0)
		return error_set(error, -EINVAL, "unknown option -%c; see corbeld --help", optopt);
	char *name = strndup(argument + 2, strcspn(argument + 2, "="));
	nearest_init(&nearest, name ? name : "");
	for (const struct option *option = long_options; option->name; option++)
		nearest_offer(&nearest, option->name);
	int code = error_set(error, -EINVAL, "unknown or ambiguous option %s%s; see corbeld --help",
			     argument, nearest_hint(&nearest, hint, sizeof(hint)));
	free(name);
	return code;
}

int options_parse(int count, char **arguments, struct options *options, struct corbel_error *error)
{
	int option, code;

	*options = (struct options){ .file = CORBEL_CONFIG_DIR "/corbeld.ini" };
	options->overrides = calloc((size_t)count + 1, sizeof(*options->overrides));
	options->patterns = calloc((size_t)count + 1, sizeof(*options->patterns));
	if (!options->overrides || !options->patterns)
		return error_set(error, -ENOMEM, "out of memory");
	optind = 0;
	opterr = 0;
	for (;;) {
		int before = optind ? optind : 1;

		option = getopt_long(count, arguments, "+:c:o:h", long_options, NULL);
		if (option < 0)
			break;
		if (option == ':' || option == '?')
			return refuse(arguments[before], option, error);
		code = set_option(options, option, error);
		if (code < 0)
			return code;
	}
	if (optind < count)
		return error_set(error, -EINVAL,
				 "unexpected argument '%s': corbeld takes options "
				 "only; the configuration is given by -c FILE",
				 arguments[optind]);
	return 0;
}

void options_fini(struct options *options)
{
	free(options->overrides);
	free(options->patterns);
	*options = (struct options){ 0 };
}

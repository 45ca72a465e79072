/* SPDX-License-Identifier: MIT */
/* corbel dev: the inner loop of a plugin's author. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "command.h"
#include "cycle.h"
#include "signals.h"

struct dev {
	const char *socket, *name, *build, *file, *folder;
	const char **patterns;
	size_t pattern_count;
	bool once;
	struct poller poller;
	struct poller_watch signals;
	struct project project;
	struct sources sources;
	struct cycle cycle;
	bool is_busy, is_due, has_ended;
	int signal;
	int result; /* of the last cycle */
};

static int help(void)
{
	puts("Usage: corbel dev [OPTION...] [FOLDER]\n"
	     "Builds the plugin in FOLDER (here, if not given) whenever a source is saved,\n"
	     "and has corbeld reload it. See corbel(1).\n\n"
	     "  -s, --socket PATH      control socket (default: $CORBEL_CONTROL, "
	     "or " CORBEL_RUN_DIR "/control)\n"
	     "  -b, --build COMMAND    how it is built (default: ninja or make, whichever fits)\n"
	     "  -p, --plugin NAME      its name in corbeld (default: that of NAME.plugin)\n"
	     "  -f, --file PATH        what the build makes (default: the newest NAME.so)\n"
	     "  -w, --watch GLOB       names of further files that are sources; may be repeated\n"
	     "      --once             ends after one build, its exit status says how it went\n"
	     "  -h, --help");
	return TOOL_OK;
}

/* -1: go on; otherwise how to end. */
static int read_options(struct dev *dev, int count, char **arguments)
{
	enum { LONG_ONCE = 256 };
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "build", required_argument, NULL, 'b' },
		{ "plugin", required_argument, NULL, 'p' },
		{ "file", required_argument, NULL, 'f' },
		{ "watch", required_argument, NULL, 'w' },
		{ "once", no_argument, NULL, LONG_ONCE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	arguments[0] = (char *)"corbel dev";
	while ((option = getopt_long(count, arguments, "s:b:p:f:w:h", options, NULL)) >= 0) {
		if (option == 's')
			dev->socket = optarg;
		else if (option == 'b')
			dev->build = optarg;
		else if (option == 'p')
			dev->name = optarg;
		else if (option == 'f')
			dev->file = optarg;
		else if (option == 'w')
			dev->patterns[dev->pattern_count++] = optarg;
		else if (option == LONG_ONCE)
			dev->once = true;
		else
			return option == 'h' ? help() : TOOL_USAGE;
	}
	if (count - optind > 1) {
		fputs("corbel dev: there is one FOLDER; see corbel dev --help\n", stderr);
		return TOOL_USAGE;
	}
	dev->folder = optind < count ? arguments[optind] : ".";
	return -1;
}

static void begin(struct dev *dev)
{
	dev->is_busy = true;
	dev->is_due = false;
	cycle_begin(&dev->cycle);
}

static void changed(void *data)
{
	struct dev *dev = data;

	if (sources_are_gone(&dev->sources)) {
		fprintf(stderr, "corbel dev: %s is gone\n", dev->project.folder);
		dev->result = TOOL_FAILED;
		dev->has_ended = true;
	}
	dev->is_due = true;
}

static void ended(void *data, int result)
{
	struct dev *dev = data;

	dev->is_busy = false;
	dev->result = result;
	dev->has_ended |= dev->once;
}

static void signalled(void *data, uint32_t events)
{
	struct dev *dev = data;

	(void)events;
	dev->signal = signals_next(dev->signals.descriptor);
	if (dev->signal && build_is_running(&dev->cycle.build))
		build_stop(&dev->cycle.build, dev->signal);
}

static void init(struct dev *dev)
{
	dev->signals = (struct poller_watch){ -1, signalled, dev };
	dev->sources = (struct sources){
		.poller = &dev->poller,
		.folder = dev->project.folder,
		.patterns = dev->patterns,
		.pattern_count = dev->pattern_count,
		.changed = changed,
		.data = dev,
	};
	sources_init(&dev->sources);
	dev->cycle = (struct cycle){
		.poller = &dev->poller,
		.project = &dev->project,
		.sources = &dev->sources,
		.socket = dev->socket,
		.ended = ended,
		.data = dev,
	};
	cycle_init(&dev->cycle);
}

static void fini(struct dev *dev)
{
	int descriptor = dev->signals.descriptor;

	cycle_fini(&dev->cycle);
	sources_fini(&dev->sources);
	poller_remove(&dev->poller, &dev->signals);
	if (descriptor >= 0)
		close(descriptor);
	poller_fini(&dev->poller);
}

/* 0 or -errno. */
static int set_up(struct dev *dev)
{
	int code = poller_init(&dev->poller), descriptor;

	if (code < 0)
		return code;
	signals_block();
	descriptor = signals_open();
	if (descriptor < 0)
		return descriptor;
	code = poller_add(&dev->poller, &dev->signals, descriptor, EPOLLIN);
	if (code < 0) {
		close(descriptor);
		return code;
	}
	return sources_open(&dev->sources);
}

/* Until a signal ends it, or the one build is done. A build is waited for in any case. */
static int run(struct dev *dev)
{
	int code = 0;

	begin(dev);
	while (code == 0 &&
	       ((!dev->has_ended && !dev->signal) || build_is_running(&dev->cycle.build))) {
		code = poller_turn(&dev->poller);
		if (code == 0 && dev->is_due && !dev->is_busy && !dev->has_ended && !dev->signal)
			begin(dev);
	}
	return code;
}

static int watch(struct dev *dev)
{
	struct corbel_error error;

	if (project_open(&dev->project, dev->folder, dev->name, dev->build, dev->file, &error) <
	    0) {
		fprintf(stderr, "corbel dev: %s\n", error.text);
		return TOOL_USAGE;
	}
	init(dev);
	int code = set_up(dev);

	if (code == 0 && !dev->once)
		printf("%s: `%s` whenever a source in %s is saved, then a reload; Ctrl-C ends\n",
		       dev->project.name, dev->project.build, dev->project.folder);
	if (code == 0)
		code = run(dev);
	fini(dev);
	if (code < 0) {
		fprintf(stderr, "corbel dev: %s: %s\n", dev->project.folder, strerror(-code));
		return TOOL_FAILED;
	}
	if (dev->signal)
		return dev->once ? 128 + dev->signal : TOOL_OK;
	return dev->result;
}

int command_dev(int count, char **arguments)
{
	struct dev dev = { .socket = caller_default_socket(),
			   .patterns = calloc((size_t)count, sizeof(*dev.patterns)) };
	int result = dev.patterns ? read_options(&dev, count, arguments) : TOOL_FAILED;

	if (result < 0)
		result = watch(&dev);
	free(dev.patterns);
	return result;
}

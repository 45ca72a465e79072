/* SPDX-License-Identifier: MIT */
/* The table of corbelctl's commands. */
#include <stddef.h>

#include "command.h"

#define STREAM CTL_OPTION_COUNT

const struct command commands[] = {
	{ "list", "", "all plugins", command_list, 0, 0, 0, false },
	{ "show", "PLUGIN", "all about one", command_show, 1, 1, 0, false },
	{ "status", "[PLUGIN]", "whether all is well", command_status, 0, 1, 0, false },
	{ "tree", "", "plugins above those that require them", command_tree, 0, 0, 0, false },
	{ "start", "PLUGIN...", "starts them, after what they require", command_start, 1, 1000, 0,
	  false },
	{ "stop", "PLUGIN...", "stops them, after what requires them", command_stop, 1, 1000, 0,
	  false },
	{ "restart", "PLUGIN...", "stops and starts them", command_restart, 1, 1000, 0, false },
	{ "reset", "[PLUGIN...]", "forgets their faults, and starts them again", command_reset, 0,
	  1000, 0, false },
	{ "reload", "PLUGIN...", "replaces them by what their files are now", command_reload, 1,
	  1000,
	  CTL_OPTION_DRY_RUN | CTL_OPTION_PREVIOUS | CTL_OPTION_ANYWAY | CTL_OPTION_TIMEOUT |
		  CTL_OPTION_INJECT,
	  false },
	{ "services", "", "what is offered, and by whom", command_services, 0, 0, 0, false },
	{ "topics", "", "streams of events", command_topics, 0, 0, 0, false },
	{ "events", "[PATTERN]", "events as they come, as in 'corbel.sensors.*'", command_events, 0,
	  1, STREAM, false },
	{ "states", "", "states of plugins as they change", command_states, 0, 0,
	  STREAM | CTL_OPTION_NO_FOLLOW, false },
	{ "log", "[PLUGIN]", "the log as it grows", command_log, 0, 1,
	  STREAM | CTL_OPTION_LINES | CTL_OPTION_LEVEL | CTL_OPTION_NO_FOLLOW, false },
	{ "level", "[PLUGIN] LEVEL", "sets what is logged", command_level, 1, 2, 0, false },
	{ "metrics", "", "counters of each plugin", command_metrics, 0, 0, 0, false },
	{ "usage", "", "processor time, memory, threads and descriptors of each plugin",
	  command_usage, 0, 0, 0, false },
	{ "grants", "[PLUGIN]", "what plugins may do, hold, and were refused", command_grants, 0, 1,
	  0, false },
	{ "why", "PLUGIN THING", "whether it may have it, and by which line", command_why, 2, 2, 0,
	  false },
	{ "reload-config", "", "reads the configuration again, no plugin's file",
	  command_reload_config, 0, 0, 0, false },
	{ "inject", "PLUGIN FAULT", "plays a fault of a plugin (corbeld --develop)", command_inject,
	  0, 2, CTL_OPTION_AT | CTL_OPTION_LIST, false },
	{ "re-exec", "", "begins the daemon anew in place; ends its safe mode", command_re_exec, 0,
	  0, 0, false },
	{ "help", "", "this", command_help, 0, 0, 0, true },
	{ NULL, NULL, NULL, NULL, 0, 0, 0, false },
};

/* SPDX-License-Identifier: MIT */
/* The settings of this plugin, as its own copy. */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include <corbel/plugin.h>

struct settings {
	char *path;
	bool survives_power_cut;
	int busy_timeout; /* ms */
	uint64_t max_value;
};

/* Reads them; on failure the words are with the host. */
int settings_read(struct settings *settings, struct corbel_context *context);
void settings_fini(struct settings *settings);

#endif

/* SPDX-License-Identifier: MIT */
/* The settings of this plugin. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void settings_fini(struct settings *settings)
{
	free(settings->path);
	*settings = (struct settings){ 0 };
}

/* A relative path is one in the state folder. */
static int path_read(struct settings *settings, struct corbel_context *context)
{
	const char *path = corbel_config_text(context, "file"), *folder;

	if (*path == '/') {
		settings->path = strdup(path);
		return settings->path ? 0 : -ENOMEM;
	}

	int result = corbel_state_folder(context, &folder);

	if (result < 0) {
		corbel_explain(context,
			       "there is no state folder for %s: %s (set file to an absolute "
			       "path, or state-dir in [corbel])",
			       path, strerrordesc_np(-result));
		return result;
	}
	if (asprintf(&settings->path, "%s/%s", folder, path) < 0)
		settings->path = NULL;
	return settings->path ? 0 : -ENOMEM;
}

int settings_read(struct settings *settings, struct corbel_context *context)
{
	*settings = (struct settings){
		.survives_power_cut =
			strcmp(corbel_config_text(context, "durability"), "power") == 0,
		.busy_timeout =
			(int)(corbel_config_integer(context, "busy-timeout") / CORBEL_MILLISECOND),
		.max_value = (uint64_t)corbel_config_integer(context, "max-value"),
	};

	int result = path_read(settings, context);

	if (result == -ENOMEM)
		corbel_explain(context, "no memory for the settings");
	return result;
}

/* SPDX-License-Identifier: MIT */
/* What a test and the plugins that it reloads share. */
#ifndef RELOAD_STAGE_H
#define RELOAD_STAGE_H

#include <corbel/plugin.h>

/* Its address reaches the plugins in the setting `stage`. */
struct stage {
	/*
	 * Acts in the callback `where` of `version`: "start", "stop", "save", "restore",
	 * "configure", "timer", "queued", "post" [strand], "direct", "hold" [caller's thread]. Its
	 * result is the callback's. NULL: nothing.
	 */
	int (*act)(struct stage *stage, struct corbel_context *context, const char *where,
		   const char *version);
	/* That the counter reads from, handed over from version to version; -1: none. Borrowed. */
	int descriptor;
};

static inline int stage_act(struct stage *stage, struct corbel_context *context, const char *where,
			    const char *version)
{
	int (*act)(struct stage *, struct corbel_context *, const char *, const char *) =
		__atomic_load_n(&stage->act, __ATOMIC_ACQUIRE);

	return act ? act(stage, context, where, version) : 0;
}

static inline struct stage *stage_of(struct corbel_context *context)
{
	return (struct stage *)(intptr_t)corbel_config_integer(context, "stage");
}

#endif

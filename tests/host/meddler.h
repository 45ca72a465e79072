/* SPDX-License-Identifier: MIT */
/* What the plugin for the tests of the host can be told to do. */
#ifndef TESTS_HOST_MEDDLER_H
#define TESTS_HOST_MEDDLER_H

/* `call` returns what its function returned, and leaves errno as that did. */
struct feat {
	const char *name; /* NULL: the end of the list */
	int (*call)(void);
};

extern const struct feat meddler_heap_feats[];

#endif

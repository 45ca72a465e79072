/* SPDX-License-Identifier: MIT */
/* A fault class: one thing that a plugin can do wrong, always in the same way. */
#ifndef CORBEL_FAULTY_FAULT_H
#define CORBEL_FAULTY_FAULT_H

#include <corbel/api.h>

struct fault {
	const char *name;
	const char *summary;
	const char *where;  /* it strikes: in the caller's thread unless it says otherwise */
	const char *effect; /* as the kernel or the host sees it */
	void (*run)(void);
	/* Instead of `run`, when the host is needed for it. */
	void (*run_with)(struct corbel_context *context);
	int result; /* of whatever called it, if it comes back */
};

extern const struct fault faults[]; /* ends with a name that is NULL */

/* The class of that name, or NULL. */
const struct fault *fault_find(const char *name);
/* Does it. What is returned, if anything is, should be returned on. */
int fault_commit(const struct fault *fault, struct corbel_context *context);

#endif

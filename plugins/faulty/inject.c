/* SPDX-License-Identifier: MIT */
/*
 * The classes as a library of their own: what corbeld loads to play them in the name of any plugin.
 * It looks these two up by name.
 */
#include "fault.h"

/* The class of that number and what it does, or NULL: there are no more. */
CORBEL_EXPORT const char *corbel_fault_class(size_t number, const char **summary);
/* Commits that of a number in the calling thread, in the name of whose context it is. */
CORBEL_EXPORT void corbel_fault_commit(struct corbel_context *context, void *number);

const char *corbel_fault_class(size_t number, const char **summary)
{
	*summary = faults[number].summary;
	return faults[number].name;
}

void corbel_fault_commit(struct corbel_context *context, void *number)
{
	fault_commit(&faults[(uintptr_t)number], context);
}

/* SPDX-License-Identifier: MIT */
/* What all functions in the place of libc's have in common: libc's own, refusals, and ends. */
#include "interpose.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <corbel/fault.h>

#include "faults.h"
#include "refusals.h"

static struct {
	const char *name, *why;
	void *next; /* atomic */
} functions[] = {
#define INTERPOSE_ENTRY(function, why) { #function, why, NULL },
	INTERPOSE_FUNCTIONS(INTERPOSE_ENTRY)
#undef INTERPOSE_ENTRY
};

/* Constructors of libraries come before that of the program, and may call any of them. */
void *interpose_next(enum interpose_function function)
{
	void *next = __atomic_load_n(&functions[function].next, __ATOMIC_RELAXED);

	if (!next) {
		next = dlsym(RTLD_NEXT, functions[function].name);
		__atomic_store_n(&functions[function].next, next, __ATOMIC_RELAXED);
	}
	return next;
}

/* Later the loader's lock may be held by a plugin that is in no state to give it back. */
__attribute__((constructor)) static void find_all(void)
{
	for (int i = 0; i < INTERPOSE_COUNT; i++)
		interpose_next((enum interpose_function)i);
}

bool interpose_refuses(enum interpose_function function, const void *caller)
{
	if (!corbel_fault_is_plugin(caller))
		return false;
	refusals_tell(functions[function].name, functions[function].why);
	return true;
}

void interpose_end(const void *caller, const char *format, ...)
{
	char words[256];
	va_list arguments;

	if (!corbel_fault_is_plugin(caller))
		return;
	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	faults_end(corbel_fault_raise(words, caller), words);
}

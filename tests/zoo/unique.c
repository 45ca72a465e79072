/* SPDX-License-Identifier: MIT */
/* Defines a unique symbol, as C++ makes of inline statics: it pins the image. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("unique");

__asm__(".pushsection .data\n"
	"	.globl zoo_unique\n"
	"	.type zoo_unique, %gnu_unique_object\n"
	"	.size zoo_unique, 4\n"
	"zoo_unique:\n"
	"	.long 1\n"
	"	.popsection\n");

/* Only a lookup through a relocation makes the loader pin it. */
extern int zoo_unique __attribute__((visibility("default")));
__attribute__((used)) static int *const zoo_reference = &zoo_unique;

static int start(struct corbel_context *context, void **self)
{
	(void)context;
	(void)self;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);

/* SPDX-License-Identifier: MIT */
/* Reads from the dynamic section and symbols what loading a shared object would bring. */
#ifndef ELF_FACTS_H
#define ELF_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "elf_file.h"

/* Strings are borrowed until elf_file_close(). */
struct elf_facts {
	const char *unique; /* a defined GNU_UNIQUE symbol, or NULL: pins the image */
	const char *weak;   /* an exported weak symbol of a file that needs libstdc++, or NULL */
	const char *stray;  /* an export that is not the entry, or NULL */
	size_t stray_count;
	const char *rpath, *runpath; /* where ld.so looks for its libraries, or NULL */
	const char *library_path;    /* a library that it needs by a path, or NULL */
	bool has_entry;              /* exports the entry that was asked for */
	bool nodelete;               /* dlclose never unmaps it */
	bool on_exit;                /* calls on_exit(3), which nothing undoes */
	bool thread_exit; /* has thread_locals with destructors: until they run, it is pinned */
	bool opens;       /* calls dlopen(3), of itself perhaps */
	bool static_tls;  /* thread-locals of its own in the small initial-exec pool */
	bool text_relocations;  /* wants its code writable */
	bool executable_stack;  /* wants, or does not refuse, an executable stack */
	bool address_sanitizer; /* needs the ASan run-time in the process */
	bool thread_sanitizer;  /* needs the TSan run-time in the process */
};

/* `entry` names the entry symbol. */
int elf_facts_read(struct elf_facts *facts, struct elf_file *file, const char *entry);

#endif

/* SPDX-License-Identifier: MIT */
/* Folders and files for a test, made under a fresh temporary folder and removed with it. */
#ifndef TESTS_PLUGINS_TREE_H
#define TESTS_PLUGINS_TREE_H

#include <stddef.h>

struct tree {
	char root[200];
};

void tree_make(struct tree *tree);
void tree_remove(struct tree *tree);

/* The path of a name in it; one of a few buffers in turn. */
const char *tree_path(const struct tree *tree, const char *name);

/*
 * Overwrites the file in place, as the kernel's files change under an open descriptor; makes its
 * folders.
 */
void tree_write(const struct tree *tree, const char *name, const char *text);

/* The whole file, to be freed; NULL: there is none. */
char *tree_read(const struct tree *tree, const char *name);

/* Removes a file, or a folder with all that is in it. */
void tree_delete(const struct tree *tree, const char *name);

#endif

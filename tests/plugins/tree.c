/* SPDX-License-Identifier: MIT */
/* Folders and files for a test. */
#include "tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

void tree_make(struct tree *tree)
{
	const char *base = getenv("TMPDIR");

	snprintf(tree->root, sizeof(tree->root), "%.150s/corbel-test.XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(tree->root));
}

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

void tree_remove(struct tree *tree)
{
	nftw(tree->root, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

const char *tree_path(const struct tree *tree, const char *name)
{
	static char paths[8][512];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", tree->root, name);
	return path;
}

static void folders_make(const char *path)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
}

void tree_write(const struct tree *tree, const char *name, const char *text)
{
	const char *path = tree_path(tree, name);

	folders_make(path);

	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
	close(descriptor);
}

char *tree_read(const struct tree *tree, const char *name)
{
	FILE *file = fopen(tree_path(tree, name), "re");
	size_t size = 0;
	char *text = NULL;

	if (!file)
		return NULL;
	/* No file of a test holds a NUL: one delimited by it is all of it. */
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

void tree_delete(const struct tree *tree, const char *name)
{
	nftw(tree_path(tree, name), entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

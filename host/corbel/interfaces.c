/* SPDX-License-Identifier: MIT */
/*
 * The interface files of a plugin as its users know them, and whether those of now would break
 * them.
 */
#include "interfaces.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content.h"
#include "program.h"
#include "tree.h"

struct interfaces_copy {
	char *path;
	uint64_t content;
	int memory;    /* a descriptor of what it was */
	char name[32]; /* that the scanner can read it by */
};

static int copy_file(const char *path, struct interfaces_copy *copy)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count = 1;

	*copy = (struct interfaces_copy){ .path = strdup(path), .memory = -1 };
	if (file >= 0 && copy->path)
		copy->memory = memfd_create("interface", MFD_CLOEXEC);
	while (copy->memory >= 0 && count > 0)
		count = sendfile(copy->memory, file, NULL, 1 << 20);
	if (file >= 0)
		close(file);
	snprintf(copy->name, sizeof(copy->name), "/proc/self/fd/%d", copy->memory);
	copy->content = content_hash(copy->name);
	return copy->memory < 0 || count < 0 ? -EIO : 0;
}

static void free_copy(struct interfaces_copy *copy)
{
	free(copy->path);
	if (copy->memory >= 0)
		close(copy->memory);
}

static void list_clear(struct interfaces_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free_copy(&list->copies[i]);
	free(list->copies);
	*list = (struct interfaces_list){ NULL, 0 };
}

static void visit(void *data, const char *path, const struct stat *status)
{
	struct interfaces_list *list = data;
	struct interfaces_copy copy, *grown = NULL;

	if (!S_ISREG(status->st_mode) || fnmatch("*.interface", path, 0) != 0)
		return;
	if (copy_file(path, &copy) == 0)
		grown = reallocarray(list->copies, list->count + 1, sizeof(*grown));
	if (!grown) {
		free_copy(&copy);
		return;
	}
	list->copies = grown;
	grown[list->count++] = copy;
}

static bool has_changed(const struct interfaces_list *seen, const struct interfaces_copy *known)
{
	for (size_t i = 0; i < seen->count; i++)
		if (strcmp(seen->copies[i].path, known->path) == 0)
			return seen->copies[i].content != known->content;
	return false;
}

/* Shows the scanner the file itself, which its words then name. Its exit status, or -errno. */
static int run_scanner(const char *scanner, const struct interfaces_copy *known, const char *folder)
{
	const char *const arguments[] = { scanner, "check", known->name, known->path, NULL };
	pid_t id;
	int code = program_start(arguments, folder, known->memory, &id);

	return code < 0 ? code : program_wait(id, false);
}

bool interfaces_compare(struct interfaces *interfaces, const char *folder)
{
	const char *named = getenv("CORBEL_SCANNER");
	const char *scanner = named && *named ? named : CORBEL_SCANNER;
	bool result = true;

	list_clear(&interfaces->seen);
	tree_walk(folder, false, visit, &interfaces->seen);
	for (size_t i = 0; i < interfaces->known.count; i++) {
		const struct interfaces_copy *known = &interfaces->known.copies[i];

		if (!has_changed(&interfaces->seen, known))
			continue;
		int code = run_scanner(scanner, known, folder);

		if (code < 0 && !interfaces->is_blind)
			fprintf(stderr,
				"corbel dev: %s: %s; interfaces are not compared (name the "
				"scanner by CORBEL_SCANNER)\n",
				scanner, strerror(-code));
		interfaces->is_blind |= code < 0;
		result &= code <= 0;
	}
	return result;
}

void interfaces_keep(struct interfaces *interfaces)
{
	list_clear(&interfaces->known);
	interfaces->known = interfaces->seen;
	interfaces->seen = (struct interfaces_list){ NULL, 0 };
}

void interfaces_fini(struct interfaces *interfaces)
{
	list_clear(&interfaces->known);
	list_clear(&interfaces->seen);
}

/* SPDX-License-Identifier: MIT */
/* Run paths, element by element, as ld.so reads them. */
#include "run_path.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <corbel/host.h>

#include "error.h"
#include "trust.h"

#define ORIGIN "$ORIGIN"
#define ORIGIN_IN_BRACES "${ORIGIN}"

/* One element of a list. */
struct element {
	const char *text;
	size_t length;
};

static bool starts_with(struct element element, const char *start, size_t length)
{
	return element.length >= length && strncmp(element.text, start, length) == 0;
}

/* It is the folder, or below it. */
static bool is_below(struct element element, const char *folder, size_t length)
{
	return starts_with(element, folder, length) &&
	       (element.length == length || element.text[length] == '/');
}

static bool is_below_origin(struct element element)
{
	return is_below(element, ORIGIN, strlen(ORIGIN)) ||
	       is_below(element, ORIGIN_IN_BRACES, strlen(ORIGIN_IN_BRACES));
}

static bool is_below_folder_of(struct element element, const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash && slash > file && is_below(element, file, (size_t)(slash - file));
}

static bool is_below_system(struct element element)
{
	static const char *const folders[] = {
		"/lib",       "/lib32",     "/lib64",      "/libx32",        "/usr/lib",
		"/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib", "/usr/local/lib64"
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (is_below(element, folders[i], strlen(folders[i])))
			return true;
	return false;
}

/* Every plugin needs libcorbel, and is linked to find it where it was installed or built. */
static bool is_below_libcorbel(struct element element)
{
	Dl_info info;

	return dladdr((const void *)corbel_host_version, &info) &&
	       is_below_folder_of(element, info.dli_fname);
}

static int element_judge(struct element element, const char *path, bool is_relaxed,
			 struct corbel_error *error)
{
	if (element.text[0] != '/' && !is_below_origin(element))
		return error_set(
			error, -EPERM,
			"refused: it looks for its libraries in \"%.*s\", which is another "
			"folder in each process (in -Wl,-rpath give $ORIGIN, or no folder but "
			"the system's)",
			(int)element.length, element.text);
	if (is_relaxed || (!trust_leads_up(element.text, element.length) &&
			   (is_below_origin(element) || is_below_folder_of(element, path) ||
			    is_below_system(element) || is_below_libcorbel(element))))
		return 0;
	return error_set(
		error, -EPERM,
		"refused: it looks for its libraries in \"%.*s\", outside of its own folder "
		"and the system's (link it without that -Wl,-rpath, or with $ORIGIN and the "
		"library beside it; `chrpath -d` takes it out of the file)",
		(int)element.length, element.text);
}

static int list_judge(const char *list, const char *path, bool is_relaxed,
		      struct corbel_error *error)
{
	int result = 0;

	/* An empty list is none; an empty element is the current folder. */
	if (!list || !*list)
		return 0;
	for (const char *end; result == 0 && list; list = *end ? end + 1 : NULL) {
		end = strchrnul(list, ':');
		result = element_judge((struct element){ list, (size_t)(end - list) }, path,
				       is_relaxed, error);
	}
	return result;
}

int run_path_judge(const struct elf_facts *facts, const char *path, bool is_relaxed,
		   struct corbel_error *error)
{
	if (facts->library_path)
		return error_set(
			error, -EPERM,
			"refused: it needs the library %s by its path (link it with -lNAME, "
			"or give the library a soname)",
			facts->library_path);
	int result = list_judge(facts->rpath, path, is_relaxed, error);
	return result < 0 ? result : list_judge(facts->runpath, path, is_relaxed, error);
}

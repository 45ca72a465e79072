/* SPDX-License-Identifier: MIT */
/* Decides whether a file may be loaded as a plugin, without mapping it or running any of it. */
#include "judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_facts.h"
#include "trust.h"

#define ENTRY_SYMBOL "corbel_plugin"

/* Defined when a sanitizer's run-time is in the process, whoever brought it. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

/* One file on its way to a verdict. */
struct hearing {
	const char *path;
	const struct judge_options *options;
	struct verdict *verdict;
	struct corbel_error *error;
	struct elf_file *file;
	struct elf_facts facts;
};

void judge_stamp_take(struct judge_stamp *stamp, const struct stat *status)
{
	*stamp = (struct judge_stamp){
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.modified = status->st_mtim,
		.changed = status->st_ctim,
	};
}

static bool times_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool judge_stamp_equals(const struct judge_stamp *a, const struct judge_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       times_equal(&a->modified, &b->modified) && times_equal(&a->changed, &b->changed);
}

static int stamp_read(const struct hearing *hearing, int fd, struct judge_stamp *stamp)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(hearing->error, -errno, "%s: cannot look at it: %s", hearing->path,
				 strerror(errno));
	judge_stamp_take(stamp, &status);
	return 0;
}

static int manifest_judge(struct hearing *hearing)
{
	struct complaints complaints = { 0 };
	const void *text;
	size_t size;

	int result =
		elf_file_note(hearing->file, MANIFEST_NOTE_OWNER, MANIFEST_NOTE_TYPE, &text, &size);
	if (result == -ENOENT)
		return error_set(
			hearing->error, -ENOEXEC,
			"%s: is a shared library but not a Corbel plugin: it has no manifest "
			"(corbel-scanner makes one of the plugin's .plugin file)",
			hearing->path);
	if (result < 0)
		return error_set(hearing->error, -EINVAL,
				 "%s: has several manifests (link one plugin into one file)",
				 hearing->path);
	result = manifest_parse(hearing->path, text, size, &hearing->options->abi,
				&hearing->verdict->manifest, &complaints);
	if (result < 0)
		complaints_report(&complaints, hearing->error, result);
	complaints_fini(&complaints);
	return result;
}

static int refuse(const struct hearing *hearing, const char *what, const char *remedy)
{
	return error_set(hearing->error, -ENOTSUP, "%s: refused: %s (%s)", hearing->path, what,
			 remedy);
}

static int hazards_judge(const struct hearing *hearing)
{
	const struct elf_facts *facts = &hearing->facts;

	if (!facts->has_entry)
		return error_set(hearing->error, -ENOEXEC,
				 "%s: has a manifest but does not export the symbol " ENTRY_SYMBOL
				 " (define it with CORBEL_PLUGIN)",
				 hearing->path);
	if (facts->text_relocations)
		return refuse(hearing, "its code must be writable while it is loaded",
			      "compile all of it with -fPIC");
	if (facts->executable_stack)
		return refuse(hearing, "it asks for executable stacks",
			      "link with -Wl,-z,noexecstack; assembler files need a "
			      ".note.GNU-stack section");
	if (facts->address_sanitizer && !__asan_init)
		return refuse(hearing, "it is built with AddressSanitizer and this host is not",
			      "build it without -fsanitize=address, or the host with it");
	if (facts->thread_sanitizer && !__tsan_init)
		return refuse(hearing, "it is built with ThreadSanitizer and this host is not",
			      "build it without -fsanitize=thread, or the host with it");
	return 0;
}

static void warnings_take(const struct hearing *hearing)
{
	const struct elf_facts *facts = &hearing->facts;
	struct complaints *warnings = &hearing->verdict->warnings;
	const char *path = hearing->path;

	if (facts->nodelete)
		complaints_add(warnings, 0,
			       "%s: is linked NODELETE: it stays in memory once it is loaded (link "
			       "without -z nodelete)",
			       path);
	if (facts->unique)
		complaints_add(
			warnings, 0,
			"%s: its unique symbol %s keeps it in memory once it is loaded (compile "
			"with -fno-gnu-unique)",
			path, facts->unique);
	if (facts->static_tls)
		complaints_add(
			warnings, 0,
			"%s: has initial-exec thread-local variables of its own: after a few "
			"reloads there is no room for them (compile without -ftls-model)",
			path);
	if (facts->stray)
		complaints_add(warnings, 0,
			       "%s: exports %s%s besides " ENTRY_SYMBOL " (compile with "
			       "-fvisibility=hidden)",
			       path, facts->stray, facts->stray_count > 1 ? " and others" : "");
}

static int facts_judge(struct hearing *hearing)
{
	int result = elf_facts_init(&hearing->facts, hearing->file, ENTRY_SYMBOL, hearing->error);
	if (result == 0)
		result = hazards_judge(hearing);
	if (result < 0)
		return result;
	struct verdict *verdict = hearing->verdict;
	warnings_take(hearing);
	verdict->nodelete = hearing->facts.nodelete;
	verdict->unique = hearing->facts.unique ? strdup(hearing->facts.unique) : NULL;
	verdict->path = strdup(hearing->path);
	verdict->build_id_size = elf_file_build_id(hearing->file, verdict->build_id);
	if (!verdict->path || (hearing->facts.unique && !verdict->unique))
		return error_set(hearing->error, -ENOMEM, "%s: no memory to judge it",
				 hearing->path);
	return 0;
}

static int contents_judge(struct hearing *hearing, int fd)
{
	struct judge_stamp after;

	int result = stamp_read(hearing, fd, &hearing->verdict->stamp);
	if (result == 0)
		result = elf_file_open(fd, hearing->path, &hearing->file, hearing->error);
	if (result == 0)
		result = manifest_judge(hearing);
	if (result == 0)
		result = facts_judge(hearing);
	if (result == 0)
		result = stamp_read(hearing, fd, &after);
	if (result == 0 && !judge_stamp_equals(&hearing->verdict->stamp, &after))
		result = error_set(
			hearing->error, -ESTALE,
			"%s: was changed while it was judged (try again; install plugins by "
			"renaming a finished file into place)",
			hearing->path);
	elf_facts_fini(&hearing->facts);
	elf_file_close(hearing->file);
	return result;
}

int judge_file(const char *path, const struct judge_options *options, struct verdict *verdict,
	       struct corbel_error *error)
{
	struct verdict fresh = { 0 };
	struct hearing hearing = {
		.path = path,
		.options = options,
		.verdict = &fresh,
		.error = error,
	};

	int fd = trust_open(path, options->relaxed, error);
	if (fd < 0)
		return fd;
	int result = contents_judge(&hearing, fd);
	close(fd);
	if (result < 0) {
		verdict_fini(&fresh);
		return result;
	}
	*verdict = fresh;
	return 0;
}

void verdict_fini(struct verdict *verdict)
{
	manifest_free(verdict->manifest);
	complaints_fini(&verdict->warnings);
	free(verdict->unique);
	free(verdict->path);
	*verdict = (struct verdict){ 0 };
}

/* SPDX-License-Identifier: MIT */
/* The judgement: trust, form, manifest, hazards. */
#include "judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corbel/abi.h>

#include "elf_facts.h"
#include "run_path.h"
#include "trust.h"

#define ENTRY_SYMBOL "corbel_plugin"

/* Defined when a sanitizer's run-time is in the process, whoever brought it. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

static bool times_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool judge_stamp_equals(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       times_equal(&a->st_mtim, &b->st_mtim) && times_equal(&a->st_ctim, &b->st_ctim);
}

static int manifest_judge(struct elf_file *file, struct manifest **manifest)
{
	static const struct version host_abi = { CORBEL_ABI_MAJOR, CORBEL_ABI_MINOR };
	struct complaints complaints = { 0 };
	const void *text;
	size_t size;

	int result = elf_file_note(file, MANIFEST_NOTE_OWNER, MANIFEST_NOTE_TYPE, &text, &size);
	if (result == -ENOENT)
		return elf_file_refuse(
			file, -ENOEXEC,
			"is a shared library but not a Corbel plugin: it has no manifest "
			"(corbel-scanner makes one of the plugin's .plugin file)");
	if (result == -ENOTUNIQ)
		return elf_file_refuse(file, -EINVAL,
				       "has several manifests (link one plugin into one file)");
	if (result < 0)
		return result;
	result = manifest_parse(file->name, text, size, &host_abi, manifest, &complaints);
	if (result < 0)
		complaints_report(&complaints, file->error, result);
	complaints_fini(&complaints);
	return result;
}

static int refuse(const struct elf_file *file, const char *what, const char *remedy)
{
	return elf_file_refuse(file, -ENOTSUP, "refused: %s (%s)", what, remedy);
}

static int hazards_judge(const struct elf_file *file, const struct elf_facts *facts)
{
	if (!facts->has_entry)
		return elf_file_refuse(file, -ENOEXEC,
				       "has a manifest but does not export the symbol " ENTRY_SYMBOL
				       " (define it with CORBEL_PLUGIN)");
	if (facts->text_relocations)
		return refuse(file, "its code must be writable while it is loaded",
			      "compile all of it with -fPIC");
	if (facts->executable_stack)
		return refuse(file, "it asks for executable stacks",
			      "link with -Wl,-z,noexecstack; assembler files need a "
			      ".note.GNU-stack section");
	if (facts->address_sanitizer && !__asan_init)
		return refuse(file, "it is built with AddressSanitizer and this host is not",
			      "build it without -fsanitize=address, or the host with it");
	if (facts->thread_sanitizer && !__tsan_init)
		return refuse(file, "it is built with ThreadSanitizer and this host is not",
			      "build it without -fsanitize=thread, or the host with it");
	return 0;
}

static void warnings_take(const char *path, const struct elf_facts *facts,
			  struct complaints *warnings)
{
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
	if (facts->on_exit)
		complaints_add(warnings, 0,
			       "%s: calls on_exit(), which cannot be undone: it stays in memory "
			       "once it is loaded (use atexit(), or do it in stop())",
			       path);
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

static int libraries_judge(const struct elf_file *file, const struct elf_facts *facts,
			   const struct judge_terms *terms)
{
	int result = run_path_judge(facts, terms->origin ? terms->origin : file->name,
				    terms->is_relaxed, file->error);

	return result < 0 ? error_prefix(file->error, result, "%s: ", file->name) : 0;
}

static int facts_judge(struct elf_file *file, const struct judge_terms *terms,
		       struct verdict *verdict)
{
	struct elf_facts facts;

	int result = elf_facts_read(&facts, file, ENTRY_SYMBOL);
	if (result == 0)
		result = hazards_judge(file, &facts);
	if (result == 0)
		result = libraries_judge(file, &facts, terms);
	if (result < 0)
		return result;
	warnings_take(file->name, &facts, &verdict->warnings);
	verdict->nodelete = facts.nodelete;
	verdict->on_exit = facts.on_exit;
	verdict->thread_exit = facts.thread_exit;
	verdict->opens = facts.opens;
	verdict->unique = facts.unique ? strdup(facts.unique) : NULL;
	verdict->weak = facts.weak ? strdup(facts.weak) : NULL;
	verdict->path = strdup(file->name);
	if (!verdict->path || (facts.unique && !verdict->unique) || (facts.weak && !verdict->weak))
		return elf_file_refuse(file, -ENOMEM, "no memory to judge it");
	return 0;
}

static int stamp_check(const struct elf_file *file)
{
	struct stat now;

	if (fstat(file->fd, &now) < 0)
		return elf_file_refuse(file, -errno, "cannot look at it: %s", strerror(errno));
	if (judge_stamp_equals(&file->status, &now))
		return 0;
	return elf_file_refuse(file, -ESTALE,
			       "was changed while it was judged (try again; install plugins by "
			       "renaming a finished file into place)");
}

static int contents_judge(int fd, const char *path, const struct judge_terms *terms,
			  struct verdict *verdict, struct corbel_error *error)
{
	struct elf_file file;

	int result = elf_file_open(&file, fd, path, error);
	if (result == 0)
		result = manifest_judge(&file, &verdict->manifest);
	if (result == 0)
		result = facts_judge(&file, terms, verdict);
	if (result == 0)
		result = stamp_check(&file);
	verdict->stamp = file.status;
	elf_file_close(&file);
	return result;
}

int judge_file(const char *path, const struct judge_terms *terms, struct verdict *verdict,
	       struct corbel_error *error)
{
	struct verdict fresh = { 0 };

	int fd = trust_open(path, terms->is_relaxed, error);
	if (fd < 0)
		return fd;
	/* What nobody vouches for is not even looked at. */
	int result = vouch_for(&terms->demand, fd, terms->origin ? terms->origin : path,
			       &fresh.vouched, error);
	if (result == 0)
		result = contents_judge(fd, path, terms, &fresh, error);
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
	vouch_fini(&verdict->vouched);
	free(verdict->unique);
	free(verdict->weak);
	free(verdict->path);
	*verdict = (struct verdict){ 0 };
}

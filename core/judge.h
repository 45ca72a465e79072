/* SPDX-License-Identifier: MIT */
/* Decides whether a file may be loaded as a plugin, without mapping it or running any of it. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "error.h"
#include "manifest.h"
#include "vouch.h"

/* On what terms a file is judged. Borrowed. */
struct judge_terms {
	bool is_relaxed;            /* for development */
	const char *origin;         /* of a copy: the file that it is a copy of; else NULL */
	struct vouch_demand demand; /* on its contents */
};

/* All about an accepted file. Owned; verdict_fini(). */
struct verdict {
	char *path; /* absolute */
	struct manifest *manifest;
	struct stat stamp; /* see judge_stamp_equals() */
	/* What will, or may, keep it mapped; see elf_facts.h. */
	bool nodelete, on_exit, thread_exit, opens;
	char *unique, *weak; /* symbols, or NULL */
	struct complaints warnings;
	struct vouched vouched;
};

/*
 * Judges the file at an absolute path, from any thread. Refused, each in words with the remedy:
 * what is not a regular file; a file or folder above it that others may change; a symbolic link on
 * the way; contents that nobody vouches for, if that is demanded; what is no whole shared object
 * for this machine; no manifest or a wrong one; another ABI; no entry symbol; text relocations, an
 * executable stack, a sanitizer that the process does not run; libraries from elsewhere than the
 * file's own folder and the system's; a file that changes meanwhile. The verdict is written only on
 * success.
 * Relaxed, for development: files and folders are taken whoever owns them and may write to them,
 * and paths through symbolic links; the file itself must not be one even then.
 *
 * -ENOENT, -EACCES and so on from opening; -EPERM not trusted; -ELOOP a symbolic link; -EISDIR,
 * -ENOEXEC not a plugin; -EBADMSG damaged; -EINVAL wrong manifest; -EPROTONOSUPPORT ABI;
 * -ENOTSUP a hazard; -ESTALE it changed while it was judged; what vouch_for() says.
 */
int judge_file(const char *path, const struct judge_terms *terms, struct verdict *verdict,
	       struct corbel_error *error);
void verdict_fini(struct verdict *verdict);

/* Whether a path had the same contents: differs after every write, replacement or change of mode.
 */
bool judge_stamp_equals(const struct stat *a, const struct stat *b);

#endif

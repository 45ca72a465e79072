/* SPDX-License-Identifier: MIT */
/* Decides whether a file may be loaded as a plugin, without mapping it or running any of it. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "elf_file.h"
#include "error.h"
#include "manifest.h"
#include "version.h"

struct stat;

/* Which contents a path had: differs after every write, replacement or change of mode. */
struct judge_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
	struct timespec changed;
};

struct judge_options {
	struct version abi; /* what this host offers */
	/*
	 * For development: take files and folders whoever owns them and may write to them, and
	 * paths through symbolic links. The file itself must not be one even then.
	 */
	bool relaxed;
};

/* All about an accepted file. Owned; verdict_fini(). */
struct verdict {
	char *path; /* absolute */
	struct manifest *manifest;
	struct judge_stamp stamp;
	unsigned char build_id[ELF_FILE_BUILD_ID_MAX];
	size_t build_id_size;
	bool nodelete; /* dlclose will not unmap it */
	char *unique;  /* the GNU_UNIQUE symbol that will pin it, or NULL */
	struct complaints warnings;
};

/*
 * Judges the file at an absolute path, from any thread. Refused, each in words with the remedy:
 * what is not a regular file; a file or folder above it that others may change; a symbolic link on
 * the way; what is no whole shared object for this machine; no manifest or a wrong one; another
 * ABI; no entry symbol; text relocations, an executable stack, a sanitizer that the process does
 * not run; a file that changes meanwhile. The verdict is written only on success.
 *
 * -ENOENT, -EACCES and so on from opening; -EPERM not trusted; -ELOOP a symbolic link; -EISDIR,
 * -ENOEXEC not a plugin; -EBADMSG damaged; -EINVAL wrong manifest; -EPROTONOSUPPORT ABI;
 * -ENOTSUP a hazard; -ESTALE it changed while it was judged.
 */
int judge_file(const char *path, const struct judge_options *options, struct verdict *verdict,
	       struct corbel_error *error);
void verdict_fini(struct verdict *verdict);

void judge_stamp_take(struct judge_stamp *stamp, const struct stat *status);
bool judge_stamp_equals(const struct judge_stamp *a, const struct judge_stamp *b);

#endif

/* SPDX-License-Identifier: MIT */
/* Reads the headers, segments and notes of an ELF64 shared object without mapping it. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/error.h>

/*
 * All tables read from one file together stay below this, whatever its headers say.
 * (The file itself may be larger: debug information is never read.)
 */
#define ELF_FILE_TABLES_MAX ((uint64_t)64 << 20)
#define ELF_FILE_BUILD_ID_MAX 64

struct elf_file_notes {
	unsigned char *bytes;
	size_t size;
	size_t align;
};

struct elf_file {
	const char *name; /* for words; borrowed */
	int fd;           /* borrowed */
	uint64_t size;
	uint64_t budget; /* what may still be read of ELF_FILE_TABLES_MAX */
	Elf64_Ehdr header;
	Elf64_Phdr *segments;
	size_t segment_count;
	struct elf_file_notes *notes; /* one for each PT_NOTE segment */
	size_t note_count;
};

/*
 * Opens the object behind a descriptor; `name` is for words only. Contents are read with pread and
 * never mapped: a file that shrinks meanwhile is an error, not a SIGBUS.
 * -ENOEXEC: not an ELF64 shared object for this machine. -EBADMSG: cut short or damaged; every
 * header, segment and section has to lie within the file. Descriptor and name are borrowed until
 * elf_file_close(), which takes NULL.
 */
int elf_file_open(int fd, const char *name, struct elf_file **file, struct corbel_error *error);
void elf_file_close(struct elf_file *file);

/*
 * Finds the only note of this owner and type; the payload is borrowed until elf_file_close().
 * -ENOENT: there is none. -ENOTUNIQ: there are several.
 */
int elf_file_note(const struct elf_file *file, const char *owner, uint32_t type,
		  const void **payload, size_t *size);

/* Copies at most ELF_FILE_BUILD_ID_MAX bytes; returns their count, 0 without a build-id. */
size_t elf_file_build_id(const struct elf_file *file, unsigned char *id);

/* Copies a range of the file into fresh aligned memory, owned by the caller (free). */
int elf_file_copy(struct elf_file *file, uint64_t offset, uint64_t size, void **copy,
		  struct corbel_error *error);

/*
 * Where the file holds what will be at `address` once loaded, and how many bytes of that segment
 * follow. -ENOENT: no loaded segment has file contents there.
 */
int elf_file_locate(const struct elf_file *file, uint64_t address, uint64_t *offset,
		    uint64_t *room);

#endif

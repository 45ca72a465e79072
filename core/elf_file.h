/* SPDX-License-Identifier: MIT */
/* Reads the headers, segments and notes of an ELF64 shared object without mapping it. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <corbel/error.h>

/*
 * All tables read from one file together stay below this, whatever its headers say.
 * (The file itself may be larger: debug information is never read.)
 */
#define ELF_FILE_TABLES_MAX ((uint64_t)64 << 20)

struct elf_file_block;

struct elf_file {
	const char *name;           /* for words; borrowed */
	struct corbel_error *error; /* for all words; borrowed, may be NULL */
	int fd;                     /* borrowed */
	struct stat status;         /* when it was opened */
	uint64_t size;
	uint64_t budget; /* what may still be read of ELF_FILE_TABLES_MAX */
	Elf64_Ehdr header;
	const Elf64_Phdr *segments; /* header.e_phnum */
	SLIST_HEAD(, elf_file_block) blocks;
};

/*
 * Opens the object behind a descriptor; `name` is for words only. Contents are read with pread and
 * never mapped: a file that shrinks meanwhile is an error, not a SIGBUS.
 * -ENOEXEC: not an ELF64 shared object for this machine. -EBADMSG: cut short or damaged; every
 * header, segment and section has to lie within the file. Descriptor, name and error are borrowed
 * until elf_file_close(), which is due after a failure too.
 */
int elf_file_open(struct elf_file *file, int fd, const char *name, struct corbel_error *error);
void elf_file_close(struct elf_file *file);

/* Both write words that begin with the file's name, and return the code. */
int elf_file_refuse(const struct elf_file *file, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int elf_file_damaged(const struct elf_file *file, const char *what);

/*
 * Finds the only note of this owner and type; the payload is borrowed until elf_file_close().
 * Without words: -ENOENT: there is none. -ENOTUNIQ: there are several.
 */
int elf_file_note(struct elf_file *file, const char *owner, uint32_t type, const void **payload,
		  size_t *size);

/* Reads a range of the file into aligned memory, borrowed until elf_file_close(). */
int elf_file_read(struct elf_file *file, uint64_t offset, uint64_t size, const void **bytes);

/*
 * Where the file holds what will be at `address` once loaded, and how many bytes of that segment
 * follow. -ENOENT: no loaded segment has file contents there.
 */
int elf_file_locate(const struct elf_file *file, uint64_t address, uint64_t *offset,
		    uint64_t *room);

#endif

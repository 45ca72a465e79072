/* SPDX-License-Identifier: MIT */
/* Reads the headers, segments and notes of an ELF64 shared object without mapping it. */
#include "elf_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#if defined(__x86_64__)
#define THIS_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE EM_AARCH64
#elif defined(__riscv)
#define THIS_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define THIS_MACHINE EM_PPC64
#elif defined(__s390x__)
#define THIS_MACHINE EM_S390
#elif defined(__loongarch__)
#define THIS_MACHINE EM_LOONGARCH
#else
#error "name the ELF machine number of this architecture here"
#endif

#define THIS_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

static const char *machine_name(unsigned int machine)
{
	static const struct {
		unsigned int number;
		const char *name;
	} names[] = {
		{ EM_386, "32-bit x86" },  { EM_X86_64, "x86-64" }, { EM_ARM, "32-bit ARM" },
		{ EM_AARCH64, "AArch64" }, { EM_RISCV, "RISC-V" },  { EM_PPC64, "POWER" },
		{ EM_S390, "S/390" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == machine)
			return names[i].name;
	return "another machine";
}

static bool range_fits(uint64_t offset, uint64_t size, uint64_t whole)
{
	return offset <= whole && size <= whole - offset;
}

static int damaged(const struct elf_file *file, const char *what, struct corbel_error *error)
{
	return error_set(error, -EBADMSG,
			 "%s: damaged or cut short: %s (copy or build the file again)", file->name,
			 what);
}

static int read_range(const struct elf_file *file, uint64_t offset, uint64_t size, void *to,
		      struct corbel_error *error)
{
	if (!range_fits(offset, size, file->size))
		return damaged(file, "a table reaches beyond the end of the file", error);
	for (uint64_t done = 0; done < size;) {
		ssize_t got =
			pread(file->fd, (char *)to + done, size - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(error, -errno, "%s: cannot read: %s", file->name,
					 strerror(errno));
		if (got == 0)
			return damaged(file, "it became shorter while it was read", error);
		done += (uint64_t)got;
	}
	return 0;
}

int elf_file_copy(struct elf_file *file, uint64_t offset, uint64_t size, void **copy,
		  struct corbel_error *error)
{
	if (!range_fits(offset, size, file->size))
		return damaged(file, "a table reaches beyond the end of the file", error);
	if (size > file->budget)
		return error_set(error, -EFBIG,
				 "%s: its ELF tables are larger than %u MiB together", file->name,
				 (unsigned int)(ELF_FILE_TABLES_MAX >> 20));
	void *fresh = malloc(size > 0 ? size : 1);
	if (!fresh)
		return error_set(error, -ENOMEM, "%s: no memory to read it", file->name);
	int result = read_range(file, offset, size, fresh, error);
	if (result < 0) {
		free(fresh);
		return result;
	}
	file->budget -= size;
	*copy = fresh;
	return 0;
}

static int ident_check(const struct elf_file *file, struct corbel_error *error)
{
	const unsigned char *ident = file->header.e_ident;

	if (ident[EI_CLASS] != ELFCLASS64)
		return error_set(error, -ENOEXEC,
				 "%s: is not a 64-bit ELF file, this host is 64-bit", file->name);
	if (ident[EI_DATA] != THIS_DATA)
		return error_set(error, -ENOEXEC, "%s: has the other byte order than this host",
				 file->name);
	if (ident[EI_VERSION] != EV_CURRENT || file->header.e_version != EV_CURRENT)
		return damaged(file, "unknown ELF version", error);
	if (ident[EI_OSABI] != ELFOSABI_SYSV && ident[EI_OSABI] != ELFOSABI_GNU)
		return error_set(error, -ENOEXEC,
				 "%s: is built for another operating system (OS ABI %u)",
				 file->name, ident[EI_OSABI]);
	return 0;
}

static int header_check(struct elf_file *file, struct corbel_error *error)
{
	Elf64_Ehdr *header = &file->header;
	uint64_t head = file->size < sizeof(*header) ? file->size : sizeof(*header);

	int result = read_range(file, 0, head, header, error);
	if (result < 0)
		return result;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return error_set(error, -ENOEXEC,
				 "%s: is not an ELF file (a plugin is a shared object, NAME.so)",
				 file->name);
	if (head < sizeof(*header))
		return damaged(file, "the ELF header is incomplete", error);
	result = ident_check(file, error);
	if (result < 0)
		return result;
	if (header->e_machine != THIS_MACHINE)
		return error_set(error, -ENOEXEC,
				 "%s: is built for %s (ELF machine %u), this host is %s (%u)",
				 file->name, machine_name(header->e_machine), header->e_machine,
				 machine_name(THIS_MACHINE), (unsigned int)THIS_MACHINE);
	if (header->e_type != ET_DYN)
		return error_set(error, -ENOEXEC,
				 "%s: is not a shared object (ELF type %u; link it -shared)",
				 file->name, header->e_type);
	if (header->e_ehsize < sizeof(*header))
		return damaged(file, "the ELF header has an impossible size", error);
	return 0;
}

/* What ld.so takes for granted of a PT_LOAD, or answers with a crash. */
static const char *load_fault(const Elf64_Phdr *segment, uint64_t *end)
{
	uint64_t align = segment->p_align > 1 ? segment->p_align : 1;

	if (segment->p_filesz > segment->p_memsz)
		return "a segment is larger in the file than in memory";
	if ((align & (align - 1)) != 0)
		return "a segment's alignment is not a power of two";
	if (((segment->p_vaddr - segment->p_offset) & (align - 1)) != 0)
		return "a segment's address and offset do not agree";
	if (segment->p_memsz > INT64_MAX || segment->p_vaddr > INT64_MAX - segment->p_memsz)
		return "a segment's address is impossible";
	if (segment->p_vaddr < *end)
		return "the segments overlap or are out of order";
	*end = segment->p_vaddr + segment->p_memsz;
	return NULL;
}

static int segments_check(const struct elf_file *file, struct corbel_error *error)
{
	uint64_t end = 0;
	unsigned int loads = 0, dynamics = 0;

	for (size_t i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *segment = &file->segments[i];

		if (!range_fits(segment->p_offset, segment->p_filesz, file->size))
			return damaged(file, "a segment reaches beyond the end of the file", error);
		if (segment->p_type == PT_LOAD) {
			const char *fault = load_fault(segment, &end);
			if (fault)
				return damaged(file, fault, error);
			loads++;
		}
		if (segment->p_type == PT_INTERP)
			return error_set(error, -ENOEXEC,
					 "%s: is a program, not a shared object (link it -shared)",
					 file->name);
		dynamics += segment->p_type == PT_DYNAMIC;
	}
	if (loads == 0)
		return damaged(file, "it has no segment to load", error);
	if (dynamics != 1)
		return damaged(file, "it does not have exactly one dynamic section", error);
	return 0;
}

static int segments_read(struct elf_file *file, struct corbel_error *error)
{
	const Elf64_Ehdr *header = &file->header;
	void *segments;

	if (header->e_phnum == 0 || header->e_phnum == PN_XNUM)
		return damaged(file, "an impossible number of program headers", error);
	if (header->e_phentsize != sizeof(Elf64_Phdr))
		return damaged(file, "the program headers have an unknown size", error);
	int result =
		elf_file_copy(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr),
			      &segments, error);
	if (result < 0)
		return result;
	file->segments = segments;
	file->segment_count = header->e_phnum;
	return segments_check(file, error);
}

/* Sections are not needed to load a file, but the last bytes of it: they show a cut. */
static int sections_check(struct elf_file *file, struct corbel_error *error)
{
	const Elf64_Ehdr *header = &file->header;
	uint64_t count = header->e_shnum;
	Elf64_Shdr first;
	void *copy;
	int result = 0;

	if (header->e_shoff == 0)
		return 0;
	if (header->e_shentsize != sizeof(Elf64_Shdr))
		return damaged(file, "the section headers have an unknown size", error);
	if (count == 0) {
		/* Too many for the header: the first section's size is their number. */
		result = read_range(file, header->e_shoff, sizeof(first), &first, error);
		if (result < 0)
			return result;
		count = first.sh_size;
	}
	if (count > file->size / sizeof(Elf64_Shdr))
		return damaged(file, "the section headers are not all there", error);
	result = elf_file_copy(file, header->e_shoff, count * sizeof(Elf64_Shdr), &copy, error);
	if (result < 0)
		return result;
	const Elf64_Shdr *sections = copy;
	for (uint64_t i = 1; i < count && result == 0; i++)
		if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_type != SHT_NULL &&
		    !range_fits(sections[i].sh_offset, sections[i].sh_size, file->size))
			result = damaged(file, "a section reaches beyond the end of the file",
					 error);
	free(copy);
	return result;
}

static int notes_read(struct elf_file *file, struct corbel_error *error)
{
	file->notes = calloc(file->segment_count, sizeof(*file->notes));
	if (!file->notes)
		return error_set(error, -ENOMEM, "%s: no memory to read it", file->name);
	for (size_t i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *segment = &file->segments[i];
		void *bytes;

		if (segment->p_type != PT_NOTE || segment->p_filesz == 0)
			continue;
		int result =
			elf_file_copy(file, segment->p_offset, segment->p_filesz, &bytes, error);
		if (result < 0)
			return result;
		file->notes[file->note_count++] = (struct elf_file_notes){
			.bytes = bytes,
			.size = segment->p_filesz,
			.align = segment->p_align == 8 ? 8 : 4,
		};
	}
	return 0;
}

static int open_parts(struct elf_file *file, struct corbel_error *error)
{
	int result = header_check(file, error);
	if (result == 0)
		result = segments_read(file, error);
	if (result == 0)
		result = sections_check(file, error);
	if (result == 0)
		result = notes_read(file, error);
	return result;
}

int elf_file_open(int fd, const char *name, struct elf_file **file, struct corbel_error *error)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(error, -errno, "%s: cannot look at it: %s", name, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(error, -ENOEXEC, "%s: is not a regular file", name);
	struct elf_file *fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return error_set(error, -ENOMEM, "%s: no memory to read it", name);
	fresh->name = name;
	fresh->fd = fd;
	fresh->size = (uint64_t)status.st_size;
	fresh->budget = ELF_FILE_TABLES_MAX;
	int result = open_parts(fresh, error);
	if (result < 0) {
		elf_file_close(fresh);
		return result;
	}
	*file = fresh;
	return 0;
}

void elf_file_close(struct elf_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->note_count; i++)
		free(file->notes[i].bytes);
	free(file->notes);
	free(file->segments);
	free(file);
}

struct note {
	Elf64_Nhdr header;
	const char *owner;
	const unsigned char *payload;
};

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* Sizes are 32 bits wide and sums 64, so nothing here can overflow. False at the end. */
static bool note_next(const struct elf_file_notes *notes, uint64_t *at, struct note *note)
{
	if (!range_fits(*at, sizeof(note->header), notes->size))
		return false;
	memcpy(&note->header, notes->bytes + *at, sizeof(note->header));
	uint64_t owner = *at + sizeof(note->header);
	uint64_t payload = round_up(owner + note->header.n_namesz, notes->align);
	if (!range_fits(owner, note->header.n_namesz, notes->size) ||
	    !range_fits(payload, note->header.n_descsz, notes->size))
		return false;
	note->owner = (const char *)notes->bytes + owner;
	note->payload = notes->bytes + payload;
	*at = round_up(payload + note->header.n_descsz, notes->align);
	return true;
}

int elf_file_note(const struct elf_file *file, const char *owner, uint32_t type,
		  const void **payload, size_t *size)
{
	size_t length = strlen(owner) + 1;
	unsigned int found = 0;
	struct note note, match = { .owner = NULL };

	for (size_t i = 0; i < file->note_count; i++) {
		for (uint64_t at = 0; note_next(&file->notes[i], &at, &note);) {
			if (note.header.n_type != type || note.header.n_namesz != length ||
			    memcmp(note.owner, owner, length) != 0)
				continue;
			match = note;
			found++;
		}
	}
	if (found != 1)
		return found == 0 ? -ENOENT : -ENOTUNIQ;
	*payload = match.payload;
	*size = match.header.n_descsz;
	return 0;
}

size_t elf_file_build_id(const struct elf_file *file, unsigned char *id)
{
	const void *payload;
	size_t size;

	if (elf_file_note(file, ELF_NOTE_GNU, NT_GNU_BUILD_ID, &payload, &size) < 0)
		return 0;
	if (size > ELF_FILE_BUILD_ID_MAX)
		size = ELF_FILE_BUILD_ID_MAX;
	memcpy(id, payload, size);
	return size;
}

int elf_file_locate(const struct elf_file *file, uint64_t address, uint64_t *offset, uint64_t *room)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *segment = &file->segments[i];

		if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
		    address - segment->p_vaddr >= segment->p_filesz)
			continue;
		*offset = segment->p_offset + (address - segment->p_vaddr);
		*room = segment->p_filesz - (address - segment->p_vaddr);
		return 0;
	}
	return -ENOENT;
}

/* SPDX-License-Identifier: MIT */
/* Shared objects, read with pread(2). */
#include "elf_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

/* Our own header, by the linker: what is loaded into this process must be alike. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

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

struct elf_file_block {
	SLIST_ENTRY(elf_file_block) next;
	max_align_t bytes[];
};

static bool range_fits(uint64_t offset, uint64_t size, uint64_t whole)
{
	return offset <= whole && size <= whole - offset;
}

int elf_file_refuse(const struct elf_file *file, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_set_va(file->error, code, format, arguments);
	va_end(arguments);
	return error_prefix(file->error, code, "%s: ", file->name);
}

int elf_file_damaged(const struct elf_file *file, const char *what)
{
	return elf_file_refuse(file, -EBADMSG,
			       "damaged or cut short: %s (copy or build the file again)", what);
}

static int read_range(const struct elf_file *file, uint64_t offset, uint64_t size, void *to)
{
	if (!range_fits(offset, size, file->size))
		return elf_file_damaged(file, "a table reaches beyond the end of the file");
	for (uint64_t done = 0; done < size;) {
		ssize_t got =
			pread(file->fd, (char *)to + done, size - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return elf_file_refuse(file, -errno, "cannot read: %s", strerror(errno));
		if (got == 0)
			return elf_file_damaged(file, "it became shorter while it was read");
		done += (uint64_t)got;
	}
	return 0;
}

int elf_file_read(struct elf_file *file, uint64_t offset, uint64_t size, const void **bytes)
{
	if (!range_fits(offset, size, file->size))
		return elf_file_damaged(file, "a table reaches beyond the end of the file");
	if (size > file->budget)
		return elf_file_refuse(file, -EFBIG,
				       "its ELF tables are larger than %u MiB together",
				       (unsigned int)(ELF_FILE_TABLES_MAX >> 20));
	struct elf_file_block *block = malloc(sizeof(*block) + size);
	if (!block)
		return elf_file_refuse(file, -ENOMEM, "no memory to read it");
	SLIST_INSERT_HEAD(&file->blocks, block, next);
	file->budget -= size;
	int result = read_range(file, offset, size, block->bytes);
	if (result == 0)
		*bytes = block->bytes;
	return result;
}

static int ident_check(const struct elf_file *file)
{
	const unsigned char *ident = file->header.e_ident;

	if (ident[EI_CLASS] != ELFCLASS64)
		return elf_file_refuse(file, -ENOEXEC,
				       "is not a 64-bit ELF file, this host is 64-bit");
	if (ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA])
		return elf_file_refuse(file, -ENOEXEC, "has the other byte order than this host");
	if (ident[EI_VERSION] != EV_CURRENT || file->header.e_version != EV_CURRENT)
		return elf_file_damaged(file, "unknown ELF version");
	if (ident[EI_OSABI] != ELFOSABI_SYSV && ident[EI_OSABI] != ELFOSABI_GNU)
		return elf_file_refuse(file, -ENOEXEC,
				       "is built for another operating system (OS ABI %u)",
				       ident[EI_OSABI]);
	return 0;
}

static int header_check(struct elf_file *file)
{
	Elf64_Ehdr *header = &file->header;
	uint64_t head = file->size < sizeof(*header) ? file->size : sizeof(*header);

	int result = read_range(file, 0, head, header);
	if (result < 0)
		return result;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return elf_file_refuse(file, -ENOEXEC,
				       "is not an ELF file (a plugin is a shared object, NAME.so)");
	if (head < sizeof(*header))
		return elf_file_damaged(file, "the ELF header is incomplete");
	result = ident_check(file);
	if (result < 0)
		return result;
	if (header->e_machine != __ehdr_start.e_machine)
		return elf_file_refuse(
			file, -ENOEXEC, "is built for %s (ELF machine %u), this host is %s (%u)",
			machine_name(header->e_machine), header->e_machine,
			machine_name(__ehdr_start.e_machine), __ehdr_start.e_machine);
	if (header->e_type != ET_DYN)
		return elf_file_refuse(file, -ENOEXEC,
				       "is not a shared object (ELF type %u; link it -shared)",
				       header->e_type);
	if (header->e_ehsize < sizeof(*header))
		return elf_file_damaged(file, "the ELF header has an impossible size");
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

static int segments_check(const struct elf_file *file)
{
	uint64_t end = 0;
	unsigned int loads = 0, dynamics = 0;

	for (size_t i = 0; i < file->header.e_phnum; i++) {
		const Elf64_Phdr *segment = &file->segments[i];

		if (!range_fits(segment->p_offset, segment->p_filesz, file->size))
			return elf_file_damaged(file,
						"a segment reaches beyond the end of the file");
		if (segment->p_type == PT_LOAD) {
			const char *fault = load_fault(segment, &end);
			if (fault)
				return elf_file_damaged(file, fault);
			loads++;
		}
		if (segment->p_type == PT_INTERP)
			return elf_file_refuse(
				file, -ENOEXEC,
				"is a program, not a shared object (link it -shared)");
		dynamics += segment->p_type == PT_DYNAMIC;
	}
	if (loads == 0)
		return elf_file_damaged(file, "it has no segment to load");
	if (dynamics != 1)
		return elf_file_damaged(file, "it does not have exactly one dynamic section");
	return 0;
}

static int segments_read(struct elf_file *file)
{
	const Elf64_Ehdr *header = &file->header;
	const void *segments;

	if (header->e_phnum == 0 || header->e_phnum == PN_XNUM)
		return elf_file_damaged(file, "an impossible number of program headers");
	if (header->e_phentsize != sizeof(Elf64_Phdr))
		return elf_file_damaged(file, "the program headers have an unknown size");
	int result = elf_file_read(file, header->e_phoff,
				   (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), &segments);
	if (result < 0)
		return result;
	file->segments = segments;
	return segments_check(file);
}

/* Sections are not needed to load a file, but the last bytes of it: they show a cut. */
static int sections_check(struct elf_file *file)
{
	const Elf64_Ehdr *header = &file->header;
	uint64_t count = header->e_shnum;
	Elf64_Shdr first;
	const void *table;
	int result = 0;

	if (header->e_shoff == 0)
		return 0;
	if (header->e_shentsize != sizeof(Elf64_Shdr))
		return elf_file_damaged(file, "the section headers have an unknown size");
	if (count == 0) {
		/* Too many for the header: the first section's size is their number. */
		result = read_range(file, header->e_shoff, sizeof(first), &first);
		count = first.sh_size;
	}
	if (result == 0 && count > file->size / sizeof(Elf64_Shdr))
		return elf_file_damaged(file, "the section headers are not all there");
	if (result == 0)
		result = elf_file_read(file, header->e_shoff, count * sizeof(Elf64_Shdr), &table);
	if (result < 0)
		return result;
	const Elf64_Shdr *sections = table;
	for (uint64_t i = 1; i < count; i++)
		if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_type != SHT_NULL &&
		    !range_fits(sections[i].sh_offset, sections[i].sh_size, file->size))
			return elf_file_damaged(file,
						"a section reaches beyond the end of the file");
	return 0;
}

int elf_file_open(struct elf_file *file, int fd, const char *name, struct corbel_error *error)
{
	*file = (struct elf_file){
		.name = name, .error = error, .fd = fd, .budget = ELF_FILE_TABLES_MAX
	};
	if (fstat(fd, &file->status) < 0)
		return elf_file_refuse(file, -errno, "cannot look at it: %s", strerror(errno));
	if (!S_ISREG(file->status.st_mode))
		return elf_file_refuse(file, -ENOEXEC, "is not a regular file");
	file->size = (uint64_t)file->status.st_size;
	int result = header_check(file);
	if (result == 0)
		result = segments_read(file);
	return result < 0 ? result : sections_check(file);
}

void elf_file_close(struct elf_file *file)
{
	while (!SLIST_EMPTY(&file->blocks)) {
		struct elf_file_block *block = SLIST_FIRST(&file->blocks);

		SLIST_REMOVE_HEAD(&file->blocks, next);
		free(block);
	}
}

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* The notes of one segment, one after the other. */
struct notes {
	const unsigned char *bytes;
	uint64_t size, align, at;
	Elf64_Nhdr header; /* of the note found last, and its parts */
	const unsigned char *owner, *payload;
};

/* Sizes are 32 bits wide and sums 64, so nothing here can overflow. False at the end. */
static bool note_next(struct notes *notes)
{
	const Elf64_Nhdr *header = &notes->header;

	if (!range_fits(notes->at, sizeof(*header), notes->size))
		return false;
	memcpy(&notes->header, notes->bytes + notes->at, sizeof(*header));
	uint64_t owner = notes->at + sizeof(*header);
	uint64_t payload = round_up(owner + header->n_namesz, notes->align);
	if (!range_fits(owner, header->n_namesz, notes->size) ||
	    !range_fits(payload, header->n_descsz, notes->size))
		return false;
	notes->owner = notes->bytes + owner;
	notes->payload = notes->bytes + payload;
	notes->at = round_up(payload + header->n_descsz, notes->align);
	return true;
}

int elf_file_note(struct elf_file *file, const char *owner, uint32_t type, const void **payload,
		  size_t *size)
{
	size_t length = strlen(owner) + 1;
	struct notes match = { 0 };

	for (size_t i = 0; i < file->header.e_phnum; i++) {
		const Elf64_Phdr *segment = &file->segments[i];
		struct notes notes = { .size = segment->p_filesz,
				       .align = segment->p_align == 8 ? 8 : 4 };
		const void *bytes;

		if (segment->p_type != PT_NOTE)
			continue;
		int result = elf_file_read(file, segment->p_offset, segment->p_filesz, &bytes);
		if (result < 0)
			return result;
		for (notes.bytes = bytes; note_next(&notes);) {
			if (notes.header.n_type != type || notes.header.n_namesz != length ||
			    memcmp(notes.owner, owner, length) != 0)
				continue;
			if (match.payload)
				return -ENOTUNIQ;
			match = notes;
		}
	}
	if (!match.payload)
		return -ENOENT;
	*payload = match.payload;
	*size = match.header.n_descsz;
	return 0;
}

int elf_file_locate(const struct elf_file *file, uint64_t address, uint64_t *offset, uint64_t *room)
{
	for (size_t i = 0; i < file->header.e_phnum; i++) {
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

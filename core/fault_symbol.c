/* SPDX-License-Identifier: MIT */
/* Symbols by pread(2), a few at a time. */
#include "fault_symbol.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_map.h"

#define BATCH 64

struct search {
	int file;
	uint64_t address; /* as in the file */
	Elf64_Shdr symbols, strings;
	Elf64_Sym best;
	bool is_found;
};

static bool read_at(int file, void *to, size_t size, uint64_t offset)
{
	return pread(file, to, size, (off_t)offset) == (ssize_t)size;
}

/* .symtab, or else .dynsym, with its strings. */
static bool find_table(struct search *search)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;
	bool found = false;

	if (!read_at(search->file, &header, sizeof(header), 0) ||
	    header.e_shentsize != sizeof(section))
		return false;
	for (unsigned i = 0; i < header.e_shnum; i++) {
		if (!read_at(search->file, &section, sizeof(section),
			     header.e_shoff + i * sizeof(section)))
			return false;
		if (section.sh_type == SHT_SYMTAB || (section.sh_type == SHT_DYNSYM && !found)) {
			search->symbols = section;
			found = true;
		}
	}
	return found && search->symbols.sh_link < header.e_shnum &&
	       read_at(search->file, &search->strings, sizeof(search->strings),
		       header.e_shoff + search->symbols.sh_link * sizeof(section));
}

static void consider(struct search *search, const Elf64_Sym *symbol)
{
	if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
	    symbol->st_value > search->address ||
	    (search->is_found && symbol->st_value < search->best.st_value))
		return;
	search->best = *symbol;
	search->is_found = true;
}

static void find_symbol(struct search *search)
{
	uint64_t count = search->symbols.sh_size / sizeof(Elf64_Sym);
	Elf64_Sym batch[BATCH];

	for (uint64_t at = 0; at < count; at += BATCH) {
		uint64_t here = count - at < BATCH ? count - at : BATCH;

		if (!read_at(search->file, batch, here * sizeof(*batch),
			     search->symbols.sh_offset + at * sizeof(*batch)))
			return;
		for (uint64_t i = 0; i < here; i++)
			consider(search, &batch[i]);
	}
}

static int file_open(const struct image_place *place)
{
	int file = *place->path ? open(place->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct stat status;

	if (file < 0 || (fstat(file, &status) == 0 && status.st_dev == place->device &&
			 status.st_ino == place->inode))
		return file;
	close(file);
	return -1;
}

void fault_symbol(const struct image_place *place, uintptr_t address, char *name, size_t size,
		  uint64_t *beyond)
{
	struct search search = { .file = file_open(place), .address = address - place->bias };
	ssize_t length = 0;

	name[0] = '\0';
	if (search.file < 0)
		return;
	if (find_table(&search))
		find_symbol(&search);
	if (search.is_found)
		length = pread(search.file, name, size - 1,
			       (off_t)(search.strings.sh_offset + search.best.st_name));
	name[length > 0 ? length : 0] = '\0';
	*beyond = search.address - search.best.st_value;
	close(search.file);
}

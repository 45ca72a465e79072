/* SPDX-License-Identifier: MIT */
/* Symbols, copied into one block and sorted. */
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_file.h"

struct symbol {
	uint64_t address;
	size_t name; /* where in `names` */
};

struct symbols {
	size_t count;
	bool are_all;
	const char *names; /* behind the list, in the same block */
	struct symbol list[];
};

/* A symbol table of the file, with its strings. */
struct table {
	const Elf64_Sym *symbols;
	size_t count;
	const char *strings;
	size_t size;
	bool is_whole; /* not only of what is exported */
};

static const char *name_of(const struct table *table, const Elf64_Sym *symbol)
{
	if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
	    symbol->st_name >= table->size)
		return NULL;
	return table->strings + symbol->st_name;
}

static int table_read(struct elf_file *file, struct table *table)
{
	size_t count = file->header.e_shoff ? file->header.e_shnum : 0;
	const Elf64_Shdr *sections, *found = NULL;
	const void *bytes;
	int result = elf_file_read(file, file->header.e_shoff, count * sizeof(*sections), &bytes);

	if (result < 0)
		return result;
	sections = bytes;
	for (size_t i = 0; i < count; i++)
		if (sections[i].sh_type == SHT_SYMTAB ||
		    (sections[i].sh_type == SHT_DYNSYM && !found))
			found = &sections[i];
	if (!found || found->sh_link >= count)
		return -ENOENT;
	table->is_whole = found->sh_type == SHT_SYMTAB;
	table->count = found->sh_size / sizeof(Elf64_Sym);
	table->size = sections[found->sh_link].sh_size;
	result = elf_file_read(file, found->sh_offset, found->sh_size, &bytes);
	table->symbols = bytes;
	if (result == 0)
		result = elf_file_read(file, sections[found->sh_link].sh_offset, table->size,
				       &bytes);
	table->strings = bytes;
	if (result == 0 && (table->size == 0 || table->strings[table->size - 1] != '\0'))
		return -EBADMSG;
	return result;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = ((const struct symbol *)a)->address;
	uint64_t right = ((const struct symbol *)b)->address;

	return (left > right) - (left < right);
}

static struct symbols *copy(const struct table *table)
{
	size_t count = 0, size = 0;
	const char *name;

	for (size_t i = 0; i < table->count; i++)
		if ((name = name_of(table, &table->symbols[i])) != NULL)
			count++, size += strlen(name) + 1;
	struct symbols *symbols = malloc(sizeof(*symbols) + count * sizeof(struct symbol) + size);
	if (!symbols)
		return NULL;
	char *names = (char *)&symbols->list[count], *end = names;
	symbols->count = 0;
	symbols->are_all = table->is_whole;
	symbols->names = names;
	for (size_t i = 0; i < table->count; i++) {
		if ((name = name_of(table, &table->symbols[i])) == NULL)
			continue;
		symbols->list[symbols->count++] =
			(struct symbol){ table->symbols[i].st_value, (size_t)(end - names) };
		end = stpcpy(end, name) + 1;
	}
	qsort(symbols->list, symbols->count, sizeof(struct symbol), compare);
	return symbols;
}

struct symbols *symbols_read(const struct verdict *verdict)
{
	struct symbols *symbols = NULL;
	struct table table = { 0 };
	struct elf_file file;
	int fd = open(verdict->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (elf_file_open(&file, fd, verdict->path, NULL) == 0 &&
	    judge_stamp_equals(&file.status, &verdict->stamp) && table_read(&file, &table) == 0)
		symbols = copy(&table);
	elf_file_close(&file);
	close(fd);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	free(symbols);
}

const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *beyond)
{
	size_t low = 0, high = symbols ? symbols->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	*beyond = low > 0 ? address - symbols->list[low - 1].address : address;
	return low > 0 ? symbols->names + symbols->list[low - 1].name : "";
}

bool symbols_has_start(const struct symbols *symbols, uint64_t address)
{
	uint64_t beyond;

	symbols_find(symbols, address, &beyond);
	return beyond == 0 || !symbols || !symbols->are_all;
}

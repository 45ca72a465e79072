/* SPDX-License-Identifier: MIT */
/* Reads from the dynamic section and symbols what loading a shared object would bring. */
#include "elf_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* The relocation that takes a thread-local's offset for good when the object is loaded. */
#if defined(__x86_64__)
#define RELOCATION_STATIC_TLS R_X86_64_TPOFF64
#elif defined(__aarch64__)
#define RELOCATION_STATIC_TLS R_AARCH64_TLS_TPREL
#elif defined(__riscv)
#define RELOCATION_STATIC_TLS R_RISCV_TLS_TPREL64
#elif defined(__powerpc64__)
#define RELOCATION_STATIC_TLS R_PPC64_TPREL64
#elif defined(__s390x__)
#define RELOCATION_STATIC_TLS R_390_TLS_TPOFF
#else
#define RELOCATION_STATIC_TLS 0
#endif

/* The tables that the dynamic section points to; owned copies. */
struct tables {
	struct elf_file *file;
	struct corbel_error *error;
	Elf64_Dyn *dynamic;
	size_t dynamic_count;
	Elf64_Sym *symbols;
	size_t symbol_count;
};

static int damaged(const struct tables *tables, const char *what)
{
	return error_set(tables->error, -EBADMSG,
			 "%s: damaged or cut short: %s (copy or build the file again)",
			 tables->file->name, what);
}

static const Elf64_Phdr *segment_find(const struct elf_file *file, uint32_t type)
{
	for (size_t i = 0; i < file->segment_count; i++)
		if (file->segments[i].p_type == type)
			return &file->segments[i];
	return NULL;
}

static int copy_at(const struct tables *tables, uint64_t address, uint64_t size, void **copy)
{
	uint64_t offset, room;

	if (elf_file_locate(tables->file, address, &offset, &room) < 0 || size > room)
		return damaged(tables, "a table of the dynamic section is not in the file");
	return elf_file_copy(tables->file, offset, size, copy, tables->error);
}

/* The value of the last entry with this tag, as ld.so takes it. */
static bool dynamic_find(const struct tables *tables, int64_t tag, uint64_t *value)
{
	bool found = false;

	for (size_t i = 0; i < tables->dynamic_count; i++) {
		if (tables->dynamic[i].d_tag != tag)
			continue;
		*value = tables->dynamic[i].d_un.d_val;
		found = true;
	}
	return found;
}

static uint64_t dynamic_value(const struct tables *tables, int64_t tag)
{
	uint64_t value = 0;

	dynamic_find(tables, tag, &value);
	return value;
}

static int dynamic_read(struct tables *tables)
{
	const Elf64_Phdr *segment = segment_find(tables->file, PT_DYNAMIC);
	void *copy;

	if (!segment || segment->p_filesz < sizeof(Elf64_Dyn))
		return damaged(tables, "it has no dynamic section");
	int result = copy_at(tables, segment->p_vaddr, segment->p_filesz, &copy);
	if (result < 0)
		return result;
	tables->dynamic = copy;
	size_t count = segment->p_filesz / sizeof(Elf64_Dyn);
	while (tables->dynamic_count < count &&
	       tables->dynamic[tables->dynamic_count].d_tag != DT_NULL)
		tables->dynamic_count++;
	if (tables->dynamic_count == count)
		return damaged(tables, "the dynamic section has no end");
	return 0;
}

static int strings_read(struct tables *tables, struct elf_facts *facts)
{
	uint64_t address = 0, size = 0;
	void *copy;

	if (!dynamic_find(tables, DT_STRTAB, &address) || !dynamic_find(tables, DT_STRSZ, &size) ||
	    size == 0)
		return damaged(tables, "it has no dynamic string table");
	int result = copy_at(tables, address, size, &copy);
	if (result < 0)
		return result;
	facts->strings = copy;
	facts->strings_size = size;
	if (facts->strings[size - 1] != '\0')
		return damaged(tables, "the dynamic string table has no end");
	return 0;
}

/* Safe for any index: the table is known to end with a NUL. */
static const char *string_at(const struct elf_facts *facts, uint64_t index)
{
	return index < facts->strings_size ? facts->strings + index : NULL;
}

/*
 * The number of symbols that a DT_GNU_HASH table reaches: the highest start of a chain, followed to
 * the chain's end, which its lowest bit marks. 0 if the table is not all there.
 */
static uint64_t chains_end(const uint32_t *words, uint64_t total)
{
	if (total < 4)
		return 0;
	uint64_t buckets = words[0], first = words[1];
	uint64_t chains = 4 + 2 * (uint64_t)words[2] + buckets;
	uint64_t last = 0;

	if (chains > total)
		return 0;
	for (uint64_t i = chains - buckets; i < chains; i++)
		last = words[i] > last ? words[i] : last;
	if (last < first || last == 0)
		return first;
	for (; last - first < total - chains; last++)
		if (words[chains + last - first] & 1)
			return last + 1;
	return 0;
}

static int gnu_hash_count(const struct tables *tables, uint64_t address, uint64_t *count)
{
	uint64_t offset, room;
	void *copy;

	if (elf_file_locate(tables->file, address, &offset, &room) < 0)
		return damaged(tables, "the symbol hash table is not in the file");
	int result = elf_file_copy(tables->file, offset, room, &copy, tables->error);
	if (result < 0)
		return result;
	*count = chains_end(copy, room / sizeof(uint32_t));
	free(copy);
	return *count > 0 ? 0 : damaged(tables, "the symbol hash table is not all there");
}

static int sysv_hash_count(const struct tables *tables, uint64_t address, uint64_t *count)
{
	void *copy;

	int result = copy_at(tables, address, 2 * sizeof(uint32_t), &copy);
	if (result < 0)
		return result;
	*count = ((const uint32_t *)copy)[1];
	free(copy);
	return 0;
}

/* Counted by the tables that ld.so itself will search, not by sections, which may lie. */
static int symbols_read(struct tables *tables)
{
	uint64_t hash, symbols;
	uint64_t count = 0;
	void *copy;
	int result = 0;

	if (!dynamic_find(tables, DT_SYMTAB, &symbols))
		return damaged(tables, "it has no dynamic symbol table");
	if (dynamic_find(tables, DT_HASH, &hash))
		result = sysv_hash_count(tables, hash, &count);
	else if (dynamic_find(tables, DT_GNU_HASH, &hash))
		result = gnu_hash_count(tables, hash, &count);
	if (result < 0 || count == 0)
		return result;
	result = copy_at(tables, symbols, count * sizeof(Elf64_Sym), &copy);
	if (result < 0)
		return result;
	tables->symbols = copy;
	tables->symbol_count = count;
	return 0;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool symbol_is_export(const Elf64_Sym *symbol)
{
	unsigned int visibility = ELF64_ST_VISIBILITY(symbol->st_other);

	return symbol->st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL &&
	       (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

/* Made by linkers and sanitizers whatever the author does. */
static bool symbol_is_bycatch(const char *name)
{
	return starts_with(name, "__odr_asan") || strcmp(name, "_init") == 0 ||
	       strcmp(name, "_fini") == 0 || strcmp(name, "_edata") == 0 ||
	       strcmp(name, "_end") == 0 || strcmp(name, "__bss_start") == 0;
}

static void symbol_note(struct elf_facts *facts, const Elf64_Sym *symbol, const char *entry)
{
	const char *name = string_at(facts, symbol->st_name);

	if (!name || !*name)
		return;
	if (symbol->st_shndx == SHN_UNDEF) {
		facts->address_sanitizer |= starts_with(name, "__asan_");
		facts->thread_sanitizer |= starts_with(name, "__tsan_");
		return;
	}
	if (!symbol_is_export(symbol))
		return;
	if (ELF64_ST_BIND(symbol->st_info) == STB_GNU_UNIQUE && !facts->unique)
		facts->unique = name;
	if (strcmp(name, entry) == 0) {
		facts->has_entry = true;
	} else if (!symbol_is_bycatch(name)) {
		facts->stray = facts->stray ? facts->stray : name;
		facts->stray_count++;
	}
}

static int needed_note(const struct tables *tables, struct elf_facts *facts)
{
	for (size_t i = 0; i < tables->dynamic_count; i++) {
		if (tables->dynamic[i].d_tag != DT_NEEDED)
			continue;
		const char *name = string_at(facts, tables->dynamic[i].d_un.d_val);
		if (!name)
			return damaged(tables, "the name of a needed library is not in the file");
		facts->address_sanitizer |=
			starts_with(name, "libasan.") || starts_with(name, "libclang_rt.asan");
		facts->thread_sanitizer |=
			starts_with(name, "libtsan.") || starts_with(name, "libclang_rt.tsan");
	}
	return 0;
}

/*
 * DF_STATIC_TLS alone is no danger: a plugin that uses a thread-local of the host (corbel_thread)
 * by initial-exec has it too. Only variables of its own take room from the pool at every load.
 */
static int static_tls_note(const struct tables *tables, struct elf_facts *facts)
{
	const Elf64_Phdr *own = segment_find(tables->file, PT_TLS);
	uint64_t address, size;
	void *copy;

	if (!(dynamic_value(tables, DT_FLAGS) & DF_STATIC_TLS) || !own || own->p_memsz == 0)
		return 0;
	if (RELOCATION_STATIC_TLS == 0) {
		facts->static_tls = true;
		return 0;
	}
	if (!dynamic_find(tables, DT_RELA, &address) || !dynamic_find(tables, DT_RELASZ, &size))
		return 0;
	int result = copy_at(tables, address, size, &copy);
	if (result < 0)
		return result;
	const Elf64_Rela *relocations = copy;
	for (size_t i = 0; i < size / sizeof(*relocations); i++) {
		uint64_t symbol = ELF64_R_SYM(relocations[i].r_info);

		if (ELF64_R_TYPE(relocations[i].r_info) == RELOCATION_STATIC_TLS &&
		    (symbol == 0 || (symbol < tables->symbol_count &&
				     tables->symbols[symbol].st_shndx != SHN_UNDEF)))
			facts->static_tls = true;
	}
	free(copy);
	return 0;
}

static int facts_read(struct tables *tables, struct elf_facts *facts, const char *entry)
{
	const Elf64_Phdr *stack = segment_find(tables->file, PT_GNU_STACK);
	uint64_t ignored;

	int result = dynamic_read(tables);
	if (result == 0)
		result = strings_read(tables, facts);
	if (result == 0)
		result = symbols_read(tables);
	if (result == 0)
		result = needed_note(tables, facts);
	if (result == 0)
		result = static_tls_note(tables, facts);
	if (result < 0)
		return result;
	for (size_t i = 1; i < tables->symbol_count; i++)
		symbol_note(facts, &tables->symbols[i], entry);
	facts->nodelete = dynamic_value(tables, DT_FLAGS_1) & DF_1_NODELETE;
	facts->text_relocations = dynamic_find(tables, DT_TEXTREL, &ignored) ||
				  (dynamic_value(tables, DT_FLAGS) & DF_TEXTREL);
	/* Without the header ld.so assumes the worst and opens the stacks. */
	facts->executable_stack = !stack || (stack->p_flags & PF_X);
	return 0;
}

int elf_facts_init(struct elf_facts *facts, struct elf_file *file, const char *entry,
		   struct corbel_error *error)
{
	struct tables tables = { .file = file, .error = error };

	*facts = (struct elf_facts){ 0 };
	int result = facts_read(&tables, facts, entry);
	if (result < 0)
		elf_facts_fini(facts);
	free(tables.dynamic);
	free(tables.symbols);
	return result;
}

void elf_facts_fini(struct elf_facts *facts)
{
	free(facts->strings);
	*facts = (struct elf_facts){ 0 };
}

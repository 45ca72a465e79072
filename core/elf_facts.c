/* SPDX-License-Identifier: MIT */
/* Shared objects, as ld.so will read them. */
#include "elf_facts.h"

#include <string.h>

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

/* The tables that the dynamic section points to. */
struct tables {
	struct elf_file *file;
	const Elf64_Dyn *dynamic;
	size_t dynamic_count;
	const Elf64_Sym *symbols;
	size_t symbol_count;
	const char *strings;
	size_t strings_size;
};

static const Elf64_Phdr *segment_find(const struct elf_file *file, uint32_t type)
{
	for (size_t i = 0; i < file->header.e_phnum; i++)
		if (file->segments[i].p_type == type)
			return &file->segments[i];
	return NULL;
}

static int read_at(const struct tables *tables, uint64_t address, uint64_t size, const void **bytes)
{
	uint64_t offset, room;

	if (elf_file_locate(tables->file, address, &offset, &room) < 0 || size > room)
		return elf_file_damaged(tables->file,
					"a table of the dynamic section is not in the file");
	return elf_file_read(tables->file, offset, size, bytes);
}

/* The last entry with this tag, as ld.so takes it, or NULL. */
static const Elf64_Dyn *dynamic_find(const struct tables *tables, int64_t tag)
{
	for (size_t i = tables->dynamic_count; i-- > 0;)
		if (tables->dynamic[i].d_tag == tag)
			return &tables->dynamic[i];
	return NULL;
}

static uint64_t dynamic_value(const struct tables *tables, int64_t tag)
{
	const Elf64_Dyn *entry = dynamic_find(tables, tag);

	return entry ? entry->d_un.d_val : 0;
}

static int dynamic_read(struct tables *tables)
{
	const Elf64_Phdr *segment = segment_find(tables->file, PT_DYNAMIC);
	size_t count = segment->p_filesz / sizeof(Elf64_Dyn);
	const void *bytes;

	if (count == 0)
		return elf_file_damaged(tables->file, "it has no dynamic section");
	int result = read_at(tables, segment->p_vaddr, segment->p_filesz, &bytes);
	if (result < 0)
		return result;
	tables->dynamic = bytes;
	while (tables->dynamic_count < count &&
	       tables->dynamic[tables->dynamic_count].d_tag != DT_NULL)
		tables->dynamic_count++;
	if (tables->dynamic_count == count)
		return elf_file_damaged(tables->file, "the dynamic section has no end");
	return 0;
}

static int strings_read(struct tables *tables)
{
	uint64_t size = dynamic_value(tables, DT_STRSZ);
	const void *bytes;

	if (!dynamic_find(tables, DT_STRTAB) || size == 0)
		return elf_file_damaged(tables->file, "it has no dynamic string table");
	int result = read_at(tables, dynamic_value(tables, DT_STRTAB), size, &bytes);
	if (result < 0)
		return result;
	tables->strings = bytes;
	tables->strings_size = size;
	if (tables->strings[size - 1] != '\0')
		return elf_file_damaged(tables->file, "the dynamic string table has no end");
	return 0;
}

/* Safe for any index: the table is known to end with a NUL. */
static const char *string_at(const struct tables *tables, uint64_t index)
{
	return index < tables->strings_size ? tables->strings + index : NULL;
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

/* Counted by the tables that ld.so itself will search, not by sections, which may lie. */
static int symbols_count(struct tables *tables)
{
	const Elf64_Dyn *sysv = dynamic_find(tables, DT_HASH);
	const Elf64_Dyn *gnu = dynamic_find(tables, DT_GNU_HASH);
	uint64_t offset, room;
	const void *words;
	int result;

	if (sysv) {
		result = read_at(tables, sysv->d_un.d_ptr, 2 * sizeof(uint32_t), &words);
		tables->symbol_count = result < 0 ? 0 : ((const uint32_t *)words)[1];
		return result;
	}
	if (!gnu)
		return 0;
	if (elf_file_locate(tables->file, gnu->d_un.d_ptr, &offset, &room) < 0)
		return elf_file_damaged(tables->file, "the symbol hash table is not in the file");
	result = elf_file_read(tables->file, offset, room, &words);
	if (result < 0)
		return result;
	tables->symbol_count = chains_end(words, room / sizeof(uint32_t));
	if (tables->symbol_count == 0)
		return elf_file_damaged(tables->file, "the symbol hash table is not all there");
	return 0;
}

static int symbols_read(struct tables *tables)
{
	const Elf64_Dyn *table = dynamic_find(tables, DT_SYMTAB);
	const void *bytes;

	if (!table)
		return elf_file_damaged(tables->file, "it has no dynamic symbol table");
	int result = symbols_count(tables);
	if (result < 0 || tables->symbol_count == 0)
		return result;
	result = read_at(tables, table->d_un.d_ptr, tables->symbol_count * sizeof(Elf64_Sym),
			 &bytes);
	if (result == 0)
		tables->symbols = bytes;
	return result;
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

static void symbol_note(const struct tables *tables, const Elf64_Sym *symbol, const char *entry,
			struct elf_facts *facts)
{
	const char *name = string_at(tables, symbol->st_name);

	if (!name || !*name)
		return;
	if (symbol->st_shndx == SHN_UNDEF) {
		facts->address_sanitizer |= starts_with(name, "__asan_");
		facts->thread_sanitizer |= starts_with(name, "__tsan_");
		facts->on_exit |= strcmp(name, "on_exit") == 0;
		facts->thread_exit |= starts_with(name, "__cxa_thread_atexit");
		facts->opens |= strcmp(name, "dlopen") == 0;
		return;
	}
	if (!symbol_is_export(symbol))
		return;
	if (ELF64_ST_BIND(symbol->st_info) == STB_GNU_UNIQUE && !facts->unique)
		facts->unique = name;
	if (ELF64_ST_BIND(symbol->st_info) == STB_WEAK && !facts->weak)
		facts->weak = name;
	if (strcmp(name, entry) == 0) {
		facts->has_entry = true;
	} else if (!symbol_is_bycatch(name)) {
		facts->stray = facts->stray ? facts->stray : name;
		facts->stray_count++;
	}
}

/* What brings in another library. */
static bool names_library(const Elf64_Dyn *entry)
{
	return entry->d_tag == DT_NEEDED || entry->d_tag == DT_FILTER ||
	       entry->d_tag == DT_AUXILIARY;
}

static int needed_note(const struct tables *tables, struct elf_facts *facts)
{
	bool needs_cxx = false;

	for (size_t i = 0; i < tables->dynamic_count; i++) {
		if (!names_library(&tables->dynamic[i]))
			continue;
		const char *name = string_at(tables, tables->dynamic[i].d_un.d_val);
		if (!name)
			return elf_file_damaged(tables->file,
						"the name of a needed library is not in the file");
		if (strchr(name, '/') && !facts->library_path)
			facts->library_path = name;
		facts->address_sanitizer |=
			starts_with(name, "libasan.") || starts_with(name, "libclang_rt.asan");
		facts->thread_sanitizer |=
			starts_with(name, "libtsan.") || starts_with(name, "libclang_rt.tsan");
		needs_cxx |= starts_with(name, "libstdc++.");
	}
	if (!needs_cxx)
		facts->weak = NULL;
	return 0;
}

static int run_path_note(const struct tables *tables, int64_t tag, const char **list)
{
	const Elf64_Dyn *entry = dynamic_find(tables, tag);

	*list = entry ? string_at(tables, entry->d_un.d_val) : NULL;
	if (entry && !*list)
		return elf_file_damaged(tables->file, "its run path is not in the file");
	return 0;
}

/*
 * DF_STATIC_TLS alone is no danger: a plugin that uses a thread-local of the host (corbel_thread)
 * by initial-exec has it too. Only variables of its own take room from the pool at every load.
 */
static int static_tls_note(const struct tables *tables, struct elf_facts *facts)
{
	const Elf64_Phdr *own = segment_find(tables->file, PT_TLS);
	const Elf64_Dyn *table = dynamic_find(tables, DT_RELA);
	uint64_t size = dynamic_value(tables, DT_RELASZ);
	const void *bytes;

	if (!(dynamic_value(tables, DT_FLAGS) & DF_STATIC_TLS) || !own || own->p_memsz == 0)
		return 0;
	if (RELOCATION_STATIC_TLS == 0) {
		facts->static_tls = true;
		return 0;
	}
	if (!table || size == 0)
		return 0;
	int result = read_at(tables, table->d_un.d_ptr, size, &bytes);
	if (result < 0)
		return result;
	const Elf64_Rela *relocations = bytes;
	for (size_t i = 0; i < size / sizeof(*relocations); i++) {
		uint64_t symbol = ELF64_R_SYM(relocations[i].r_info);

		if (ELF64_R_TYPE(relocations[i].r_info) == RELOCATION_STATIC_TLS &&
		    (symbol == 0 || (symbol < tables->symbol_count &&
				     tables->symbols[symbol].st_shndx != SHN_UNDEF)))
			facts->static_tls = true;
	}
	return 0;
}

int elf_facts_read(struct elf_facts *facts, struct elf_file *file, const char *entry)
{
	struct tables tables = { .file = file };
	const Elf64_Phdr *stack = segment_find(file, PT_GNU_STACK);

	*facts = (struct elf_facts){ 0 };
	int result = dynamic_read(&tables);
	if (result == 0)
		result = strings_read(&tables);
	if (result == 0)
		result = symbols_read(&tables);
	for (size_t i = 1; result == 0 && i < tables.symbol_count; i++)
		symbol_note(&tables, &tables.symbols[i], entry, facts);
	if (result == 0)
		result = needed_note(&tables, facts);
	if (result == 0)
		result = run_path_note(&tables, DT_RPATH, &facts->rpath);
	if (result == 0)
		result = run_path_note(&tables, DT_RUNPATH, &facts->runpath);
	if (result == 0)
		result = static_tls_note(&tables, facts);
	if (result < 0)
		return result;
	facts->nodelete = dynamic_value(&tables, DT_FLAGS_1) & DF_1_NODELETE;
	facts->text_relocations = dynamic_find(&tables, DT_TEXTREL) ||
				  (dynamic_value(&tables, DT_FLAGS) & DF_TEXTREL);
	/* Without the header ld.so assumes the worst and opens the stacks. */
	facts->executable_stack = !stack || (stack->p_flags & PF_X);
	return 0;
}

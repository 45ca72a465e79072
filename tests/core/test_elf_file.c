/* SPDX-License-Identifier: MIT */
/* Tests of reading ELF files: sound ones, foreign ones, cut ones, and noise. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf_facts.h"
#include "elf_file.h"
#include "zoo/zoo.h"

Suite *test_suite(void);

static int held = -1;
static volatile unsigned char last_byte; /* of a note: reading it is the test */

/* A file in memory with these contents; the same one every time. */
static int hold(const unsigned char *bytes, size_t size)
{
	if (held < 0)
		held = memfd_create("zoo", MFD_CLOEXEC);
	ck_assert_int_ge(held, 0);
	ck_assert_int_eq(ftruncate(held, (off_t)size), 0);
	ck_assert_int_eq(pwrite(held, bytes, size, 0), (ssize_t)size);
	return held;
}

/* Everything that the judge asks of a file; whatever the bytes are, it must come back. */
static int read_all(const unsigned char *bytes, size_t size, struct corbel_error *error)
{
	struct elf_file file;
	struct elf_facts facts;
	const void *payload;
	size_t length;

	int result = elf_file_open(&file, hold(bytes, size), "zoo.so", error);
	if (result == 0 && elf_file_note(&file, "Corbel", 1, &payload, &length) == 0 && length > 0)
		last_byte = ((const unsigned char *)payload)[length - 1];
	if (result == 0)
		result = elf_facts_read(&facts, &file, "corbel_plugin");
	elf_file_close(&file);
	return result;
}

START_TEST(finds_the_note)
{
	struct elf_file file;
	const void *text;
	size_t size, length;
	unsigned char *bytes = zoo_read("well", &size);

	ck_assert_int_eq(elf_file_open(&file, hold(bytes, size), "well.so", NULL), 0);
	ck_assert_int_eq(elf_file_note(&file, "Corbel", 1, &text, &length), 0);
	ck_assert_int_eq(strncmp(text, "[plugin]\nname = well\n", 21), 0);
	ck_assert_int_eq(((const char *)text)[length - 1], '\n');
	ck_assert_int_eq(elf_file_note(&file, "Corbel", 2, &text, &length), -ENOENT);
	ck_assert_int_eq(elf_file_note(&file, "Corbe", 1, &text, &length), -ENOENT);
	elf_file_close(&file);
	free(bytes);
}
END_TEST

START_TEST(sees_two_notes_of_one_owner)
{
	struct elf_file file;
	const void *text;
	size_t size, length;
	unsigned char *bytes = zoo_read("two_manifests", &size);

	ck_assert_int_eq(elf_file_open(&file, hold(bytes, size), "two.so", NULL), 0);
	ck_assert_int_eq(elf_file_note(&file, "Corbel", 1, &text, &length), -ENOTUNIQ);
	elf_file_close(&file);
	free(bytes);
}
END_TEST

/* Overwrites one field of the header and expects a refusal with these words. */
static void refuses(size_t offset, const void *value, size_t length, int code, const char *words)
{
	struct corbel_error error = { "" };
	size_t size;
	unsigned char *bytes = zoo_read("well", &size);

	memcpy(bytes + offset, value, length);
	ck_assert_int_eq(read_all(bytes, size, &error), code);
	ck_assert_msg(strstr(error.text, words) != NULL, "no \"%s\" in: %s", words, error.text);
	free(bytes);
}

START_TEST(refuses_files_for_other_machines_and_of_other_kinds)
{
	const unsigned char class32 = ELFCLASS32, swapped = 3 - ELFDATA2LSB, bsd = ELFOSABI_FREEBSD;
	const Elf64_Half machine = EM_SPARCV9, object = ET_REL, core = ET_CORE;

	refuses(EI_CLASS, &class32, 1, -ENOEXEC, "64-bit");
	refuses(EI_DATA, &swapped, 1, -ENOEXEC, "byte order");
	refuses(EI_OSABI, &bsd, 1, -ENOEXEC, "another operating system");
	refuses(offsetof(Elf64_Ehdr, e_machine), &machine, 2, -ENOEXEC, "this host is");
	refuses(offsetof(Elf64_Ehdr, e_type), &object, 2, -ENOEXEC, "is not a shared object");
	refuses(offsetof(Elf64_Ehdr, e_type), &core, 2, -ENOEXEC, "is not a shared object");
	refuses(0, "#!/bin/sh\n", 10, -ENOEXEC, "is not an ELF file");
}
END_TEST

START_TEST(refuses_tables_beyond_the_file_without_overflowing)
{
	const Elf64_Off far[] = { UINT64_MAX, UINT64_MAX - 63, INT64_MAX, 1ull << 40 };
	const Elf64_Half none = 0, many = 0xfffe, extended = PN_XNUM;

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		refuses(offsetof(Elf64_Ehdr, e_phoff), &far[i], 8, -EBADMSG, "end of the file");
		refuses(offsetof(Elf64_Ehdr, e_shoff), &far[i], 8, -EBADMSG, "end of the file");
	}
	refuses(offsetof(Elf64_Ehdr, e_phnum), &none, 2, -EBADMSG, "program headers");
	refuses(offsetof(Elf64_Ehdr, e_phnum), &many, 2, -EBADMSG, "end of the file");
	refuses(offsetof(Elf64_Ehdr, e_phnum), &extended, 2, -EBADMSG, "program headers");
	refuses(offsetof(Elf64_Ehdr, e_shnum), &many, 2, -EBADMSG, "section headers");
}
END_TEST

/* The first section of this type; the file is one of ours and sound. */
static Elf64_Shdr *section_of(unsigned char *bytes, uint32_t type)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes + header->e_shoff);

	for (unsigned int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == type)
			return &sections[i];
	ck_abort_msg("no section of type %u", type);
}

START_TEST(refuses_tables_that_lie_about_their_ends)
{
	struct corbel_error error = { "" };
	size_t size;
	unsigned char *bytes = zoo_read("well", &size);
	const Elf64_Shdr *strings = section_of(bytes, SHT_STRTAB);
	const Elf64_Shdr *hash = section_of(bytes, SHT_GNU_HASH);
	Elf64_Sym *symbols = (Elf64_Sym *)(bytes + section_of(bytes, SHT_DYNSYM)->sh_offset);
	uint32_t *buckets = (uint32_t *)(bytes + hash->sh_offset);
	uint32_t count = *buckets;

	bytes[strings->sh_offset + strings->sh_size - 1] = 'x';
	ck_assert_int_eq(read_all(bytes, size, &error), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(error.text, "string table has no end"));
	bytes[strings->sh_offset + strings->sh_size - 1] = '\0';
	*buckets = UINT32_MAX;
	ck_assert_int_eq(read_all(bytes, size, &error), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(error.text, "hash table is not all there"));
	*buckets = count;
	symbols[1].st_name = UINT32_MAX;
	ck_assert_int_eq(read_all(bytes, size, &error), 0);
	free(bytes);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	size_t size;
	unsigned char *bytes = zoo_read("well", &size);

	for (size_t cut = 0; cut < size; cut++) {
		struct corbel_error error = { "" };

		ck_assert_msg(read_all(bytes, cut, &error) < 0, "took the first %zu of %zu bytes",
			      cut, size);
		ck_assert_msg(strncmp(error.text, "zoo.so: ", 8) == 0, "%s", error.text);
	}
	ck_assert_int_eq(read_all(bytes, size, NULL), 0);
	free(bytes);
}
END_TEST

/* Own numbers, so that a failure can be had again. */
static uint32_t noise(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Every second mutation goes where it hurts: the headers at the start, the tables near the end. */
static size_t place(uint64_t *state, size_t size)
{
	uint32_t number = noise(state);

	switch (number & 3) {
	case 0:
		return noise(state) % 1024;
	case 1:
		return size - 1 - noise(state) % 2048;
	default:
		return noise(state) % size;
	}
}

START_TEST(survives_any_damage)
{
	uint64_t state = 20000;
	size_t size, refused = 0;
	unsigned char *bytes = zoo_read("unique", &size);
	unsigned char *copy = malloc(size);

	ck_assert_ptr_nonnull(copy);
	for (int round = 0; round < 20000; round++) {
		memcpy(copy, bytes, size);
		for (uint32_t count = 1 + noise(&state) % 8; count > 0; count--)
			copy[place(&state, size)] = (unsigned char)noise(&state);
		refused += read_all(copy, size, NULL) < 0;
	}
	ck_assert_uint_gt(refused, 1000);
	free(copy);
	free(bytes);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("elf_file");
	TCase *tests = tcase_create("elf_file");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, finds_the_note);
	tcase_add_test(tests, sees_two_notes_of_one_owner);
	tcase_add_test(tests, refuses_files_for_other_machines_and_of_other_kinds);
	tcase_add_test(tests, refuses_tables_beyond_the_file_without_overflowing);
	tcase_add_test(tests, refuses_tables_that_lie_about_their_ends);
	tcase_add_test(tests, refuses_every_truncation);
	tcase_add_test(tests, survives_any_damage);
	suite_add_tcase(suite, tests);
	return suite;
}

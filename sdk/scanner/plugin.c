/* SPDX-License-Identifier: MIT */
/*
 * The command `plugin`: the C source that carries a plugin's manifest in an ELF note.
 *
 * The note has the owner "Corbel", the type 1, and as its content INI text, which the host reads
 * without running any code of the file. The text is that of the .plugin file without comments, with
 * `abi`, the version of the SDK against which the plugin is compiled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <corbel/abi.h>

#include "command.h"
#include "manifest.h"

static int text_print(FILE *to, const struct ini_document *document)
{
	for (size_t i = 0; i < document->count; i++) {
		const struct ini_section *section = document->sections[i];

		fprintf(to, "[%s%s%s]\n", section->kind, section->name ? " " : "",
			section->name ? section->name : "");
		if (strcmp(section->kind, "plugin") == 0)
			fprintf(to, "abi = %u.%u\n", CORBEL_ABI >> 16, CORBEL_ABI & 0xffffu);
		for (size_t j = 0; j < section->count; j++) {
			char *value = value_quote(section->entries[j].value);

			if (!value)
				return -ENOMEM;
			fprintf(to, "%s = %s\n", section->entries[j].key, value);
			free(value);
		}
	}
	return 0;
}

/* One literal for each line; octal escapes end after three digits, whatever follows. */
static void literals_print(FILE *to, const char *text, size_t size)
{
	fputs("\t\"", to);
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte == '\n')
			fputs(i + 1 < size ? "\\n\"\n\t\"" : "\\n", to);
		else if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\' || byte == '?')
			fprintf(to, "\\%03o", byte);
		else
			putc(byte, to);
	}
	putc('"', to);
}

static void source_print(FILE *to, const char *text, size_t size)
{
	fprintf(to,
		"/* Made by corbel-scanner from the .plugin file: edit that. */\n"
		"#include <corbel/abi.h>\n"
		"\n"
		"CORBEL_STATIC_ASSERT(CORBEL_ABI == 0x%xu, \"made by the scanner of another "
		"SDK\");\n"
		"\n"
		"/* Compilers give a section of such a name the type of a note. */\n"
		"__attribute__((section(\".note.corbel.manifest\"), used, aligned(4)))\n"
		"static const struct {\n"
		"\tuint32_t name_size;\n"
		"\tuint32_t text_size;\n"
		"\tuint32_t type;\n"
		"\tchar name[8];\n"
		"\tchar text[%zu];\n"
		"} corbel_manifest_note = {\n"
		"\t7, %zu, 1, \"Corbel\",\n",
		CORBEL_ABI, (size + 3) & ~(size_t)3, size);
	literals_print(to, text, size);
	fputs("};\n", to);
}

static int note_print(FILE *to, const struct ini_document *document)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return -errno;
	int result = text_print(stream, document);
	/* So that the NUL of the literal always has room in the padding to four bytes. */
	if (fflush(stream) == 0 && size % 4 == 0)
		putc('\n', stream);
	if (fclose(stream) != 0 && result == 0)
		result = -errno;
	if (result == 0)
		source_print(to, text, size);
	free(text);
	return result;
}

int command_plugin(const char *const *inputs, FILE *to, struct complaints *complaints)
{
	struct ini_document *document = ini_document_new();

	if (!document)
		return complaints_add(complaints, -ENOMEM, "%s: no memory to read it", inputs[0]);
	int result = ini_add_file(document, inputs[0], complaints);
	if (result == 0)
		result = manifest_check_source(document, inputs[0], complaints);
	if (result == 0) {
		result = note_print(to, document);
		if (result == -ENOMEM)
			complaints_add(complaints, result, "%s: no memory for its text", inputs[0]);
	}
	ini_document_free(document);
	return result;
}

/* SPDX-License-Identifier: MIT */
/* Random and malicious input: whatever comes, an answer comes back, bounded in time and memory. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

/* Always the same sequence, so that a failure can be had again (xorshift, Marsaglia 2003). */
static uint64_t state;

static uint32_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* Reads text in every way there is; only crashes, leaks and hangs are failures here. */
static void read_in_all_ways(const char *text, size_t size)
{
	struct complaints complaints = { 0 };
	struct ini_document *document;
	struct corbel_error error;
	struct schema *schema;
	struct settings *settings;

	if (ini_read_text("fuzz", text, size, &document, &error) == 0) {
		if (schema_parse(document, &schema, &complaints) == 0) {
			for (size_t i = 0; i < document->count; i++)
				schema_check(schema, document->sections[i], &complaints);
			schema_free(schema);
		}
		ini_document_free(document);
	}
	if (settings_load_text("fuzz", text, size, NULL, 0, &settings, &complaints) == 0)
		settings_free(settings);
	complaints_fini(&complaints);
}

START_TEST(survives_random_bytes)
{
	char text[300];

	state = 88172645463325252u + (uint64_t)_i;
	for (int round = 0; round < 400; round++) {
		size_t size = random_number() % sizeof(text);
		for (size_t i = 0; i < size; i++)
			text[i] = (char)random_number();
		read_in_all_ways(text, size);
	}
}
END_TEST

START_TEST(survives_pieces_of_ini_in_random_order)
{
	static const char *const pieces[] = {
		"[",
		"]",
		"plugin",
		" ",
		"=",
		"\n",
		"\"",
		"\\",
		"#",
		";",
		"\r",
		"\t",
		"config",
		"type",
		"duration",
		"range",
		"..",
		"1s",
		"values",
		"choice",
		",",
		"default",
		"*",
		"a.*",
		"log",
		"group",
		"members",
		"\xC3\xA9",
		"\xF0\x9F\x98\x80",
		"\xFF",
		"required",
		"yes",
		"[plugin a]\n",
		"[config k]\n",
		"type = int\n",
		"[log]\nlevel = info\n",
		":",
		"int",
	};
	char text[1000];

	state = 362436069362436069u + (uint64_t)_i;
	for (int round = 0; round < 400; round++) {
		size_t size = 0, count = random_number() % 60;
		for (size_t i = 0; i < count; i++) {
			const char *piece =
				pieces[random_number() % (sizeof(pieces) / sizeof(pieces[0]))];
			memcpy(text + size, piece, strlen(piece));
			size += strlen(piece);
		}
		read_in_all_ways(text, size);
	}
}
END_TEST

START_TEST(survives_random_overrides_and_values)
{
	static const char letters[] = "ab.= \"\\[]#;0159smhdKMGT-+ex,";
	struct ini_document *document = ini_document_new();
	struct complaints complaints = { 0 };
	char text[24];

	state = 521288629521288629u + (uint64_t)_i;
	for (int round = 0; round < 2000; round++) {
		size_t size = random_number() % (sizeof(text) - 1);
		struct config_value value;
		for (size_t i = 0; i < size; i++)
			text[i] = letters[random_number() % (sizeof(letters) - 1)];
		text[size] = '\0';
		ini_add_override(document, text, &complaints);
		for (int type = VALUE_BOOL; type <= VALUE_LIST; type++)
			if (value_parse((enum value_type)type, text, &value, NULL) == 0)
				value_fini(&value);
		complaints_fini(&complaints);
	}
	ini_document_free(document);
}
END_TEST

static char *repeat(const char *head, const char *format, int count, size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);

	fputs(head, out);
	for (int i = 0; i < count; i++) {
		fprintf(out, format, i);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

START_TEST(reads_a_hundred_thousand_keys_and_sections)
{
	struct ini_document *document;
	size_t size;
	char *text = repeat("[a]\n", "key%d = 1", 100000, &size);

	ck_assert_int_eq(ini_read_text("t", text, size, &document, NULL), 0);
	ck_assert_uint_eq(document->sections[0]->count, 100000);
	ini_document_free(document);
	free(text);
	text = repeat("", "[a n%d]", 100000, &size);
	ck_assert_int_eq(ini_read_text("t", text, size, &document, NULL), 0);
	ck_assert_uint_eq(document->count, 100000);
	ini_document_free(document);
	free(text);
}
END_TEST

START_TEST(gives_up_on_a_text_that_is_all_wrong)
{
	struct complaints complaints = { 0 };
	struct settings *settings;
	size_t size;
	char *text = repeat("", "wrong %d", 200000, &size);

	ck_assert_int_eq(settings_load_text("t", text, size, NULL, 0, &settings, &complaints),
			 -EINVAL);
	ck_assert_uint_lt(complaints_count(&complaints), 200);
	complaints_fini(&complaints);
	free(text);
}
END_TEST

START_TEST(reads_a_line_of_a_mebibyte_of_each_byte)
{
	size_t size = 1 << 20;
	char *text = malloc(size);

	memset(text, _i, size);
	read_in_all_ways(text, size);
	memcpy(text, "[a]\nk=", 6);
	read_in_all_ways(text, size);
	text[6] = '"';
	read_in_all_ways(text, size);
	free(text);
}
END_TEST

START_TEST(refuses_a_text_above_the_limit)
{
	struct ini_document *document;
	struct corbel_error error;
	size_t size = INI_SIZE_MAX + 1;
	char *text = malloc(size);

	memset(text, '\n', size);
	ck_assert_int_eq(ini_read_text("t", text, size, &document, &error), -EFBIG);
	ck_assert_ptr_nonnull(strstr(error.text, "larger than 16 MiB"));
	free(text);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tests = tcase_create("hostile");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, survives_random_bytes, 0, 4);
	tcase_add_loop_test(tests, survives_pieces_of_ini_in_random_order, 0, 4);
	tcase_add_loop_test(tests, survives_random_overrides_and_values, 0, 4);
	tcase_add_test(tests, reads_a_hundred_thousand_keys_and_sections);
	tcase_add_test(tests, gives_up_on_a_text_that_is_all_wrong);
	tcase_add_loop_test(tests, reads_a_line_of_a_mebibyte_of_each_byte, 0, 256);
	tcase_add_test(tests, refuses_a_text_above_the_limit);
	suite_add_tcase(suite, tests);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* The INI reader: what it takes, what it refuses, and how it shows the place. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ini.h"

static struct ini_document *read_text(const char *text)
{
	struct ini_document *document;
	struct corbel_error error;
	int code = ini_read_text("t.ini", text, strlen(text), &document, &error);

	ck_assert_msg(code == 0, "%s", error.text);
	return document;
}

static const char *value_of(const struct ini_document *document, const char *key)
{
	return ini_find_value(document->sections[0], key, "(none)");
}

/* The first complaint about text is exactly this. */
static void refuses(const char *text, const char *words)
{
	struct ini_document *document = NULL;
	struct corbel_error error;

	ck_assert_int_eq(ini_read_text("t.ini", text, strlen(text), &document, &error), -EINVAL);
	ck_assert_str_eq(error.text, words);
	ck_assert_ptr_null(document);
}

START_TEST(reads_sections_and_entries_in_order)
{
	struct ini_document *document = read_text("[corbel]\nname = x\n\n[plugin two words]\n"
						  "b=2\r\na = 1\n[empty]\n");

	ck_assert_uint_eq(document->count, 3);
	ck_assert_ptr_null(document->sections[0]->name);
	ck_assert_str_eq(document->sections[1]->kind, "plugin");
	ck_assert_str_eq(document->sections[1]->name, "two words");
	ck_assert_str_eq(document->sections[1]->entries[0].key, "b");
	ck_assert_str_eq(document->sections[1]->entries[0].value, "2");
	ck_assert_str_eq(document->sections[1]->entries[1].key, "a");
	ck_assert_uint_eq(document->sections[2]->count, 0);
	ck_assert_ptr_eq(ini_find_section(document, "empty", NULL), document->sections[2]);
	ck_assert_ptr_null(ini_find_section(document, "plugin", NULL));
	ini_document_free(document);
}
END_TEST

START_TEST(knows_line_and_columns)
{
	struct ini_document *document = read_text("\xEF\xBB\xBF[a]\n\n  key =  value\n");
	const struct ini_entry *entry = ini_find_entry(document->sections[0], "key");
	char place[64];

	ck_assert_uint_eq(document->sections[0]->origin.column, 1);
	ck_assert_uint_eq(entry->origin.line, 3);
	ck_assert_uint_eq(entry->origin.column, 3);
	ck_assert_uint_eq(entry->origin.value_column, 10);
	ck_assert_str_eq(ini_origin_format(&entry->origin, place, sizeof(place)), "t.ini:3");
	ini_document_free(document);
}
END_TEST

START_TEST(takes_an_indented_line_as_an_entry)
{
	struct ini_document *document = read_text("[a]\na = 1\n  b = 2\n\tc = 3\n");

	ck_assert_str_eq(value_of(document, "a"), "1");
	ck_assert_str_eq(value_of(document, "b"), "2");
	ck_assert_str_eq(value_of(document, "c"), "3");
	ini_document_free(document);
}
END_TEST

START_TEST(ends_values_at_comments_after_a_space)
{
	struct ini_document *document = read_text("# one\n ; two\n[a] # three\na = 1 # four\n"
						  "b = x;y#z\t; five\nc = # six\nd =#7\n");

	ck_assert_str_eq(value_of(document, "a"), "1");
	ck_assert_str_eq(value_of(document, "b"), "x;y#z");
	ck_assert_str_eq(value_of(document, "c"), "");
	ck_assert_str_eq(value_of(document, "d"), "#7");
	ini_document_free(document);
}
END_TEST

START_TEST(keeps_what_is_quoted)
{
	struct ini_document *document = read_text("[a]\na = \"  x # y ; z  \" # comment\n"
						  "b = \"\\\"q\\\" \\\\ \\n\\t\"\nc = \"\"\n"
						  "d = the \"best\" one\n");

	ck_assert_str_eq(value_of(document, "a"), "  x # y ; z  ");
	ck_assert_str_eq(value_of(document, "b"), "\"q\" \\ \n\t");
	ck_assert_str_eq(value_of(document, "c"), "");
	ck_assert_str_eq(value_of(document, "d"), "the \"best\" one");
	ini_document_free(document);
}
END_TEST

START_TEST(reads_keys_with_dots_stars_and_other_letters)
{
	struct ini_document *document = read_text("[a]\ncorbel.sensors.* =\nrule.web-1 = x:y\n"
						  "gr\xC3\xB6\xC3\x9F"
						  "e = 1\n");

	ck_assert_str_eq(value_of(document, "corbel.sensors.*"), "");
	ck_assert_str_eq(value_of(document, "rule.web-1"), "x:y");
	ck_assert_str_eq(value_of(document, "gr\xC3\xB6\xC3\x9F"
					    "e"),
			 "1");
	ini_document_free(document);
}
END_TEST

START_TEST(reads_lines_of_any_length)
{
	static const size_t sizes[] = { 190, 198, 199, 200, 201, 4096, 1 << 20 };
	size_t size = sizes[_i];
	char *text = malloc(size * 3 + 64), *at = text;

	at += sprintf(at, "[a]\n# ");
	memset(at, 'c', size);
	at += size;
	at += sprintf(at, " x = 1\nk = ");
	memset(at, 'v', size);
	at += size;
	at += sprintf(at, "\nlast = \"");
	memset(at, '=', size);
	at += size;
	strcpy(at, "\"\n");
	struct ini_document *document = read_text(text);
	ck_assert_uint_eq(document->sections[0]->count, 2);
	ck_assert_uint_eq(strlen(value_of(document, "k")), size);
	ck_assert_uint_eq(strlen(value_of(document, "last")), size);
	ini_document_free(document);
	free(text);
}
END_TEST

START_TEST(takes_an_empty_text_and_one_without_a_last_newline)
{
	struct ini_document *document = read_text("");

	ck_assert_uint_eq(document->count, 0);
	ini_document_free(document);
	document = read_text("[a]\nb = c");
	ck_assert_str_eq(value_of(document, "b"), "c");
	ini_document_free(document);
	document = read_text("\xEF\xBB\xBF");
	ini_document_free(document);
}
END_TEST

START_TEST(shows_the_place_of_a_syntax_error)
{
	refuses("[a]\nfoo bar\n", "t.ini:2:5: expected `key = value` or [section]\n"
				  "    foo bar\n        ^");
	refuses("[a]\n\tkey: v\n", "t.ini:2:5: expected `key = value`, found ':' in place of '='\n"
				   "    \tkey: v\n    \t   ^");
	refuses("[a]\n= 1\n", "t.ini:2:1: expected a key before '='\n    = 1\n    ^");
	refuses("[a\n", "t.ini:1:1: this section's ']' is missing\n    [a\n    ^");
	refuses("[]\n", "t.ini:1:2: a section without a kind, expected [kind] or [kind NAME]\n"
			"    []\n     ^");
	refuses("[a] b\n", "t.ini:1:5: text after a section's ']', expected the end of the line or "
			   "a comment after a space\n    [a] b\n        ^");
	refuses("a = 1\n", "t.ini:1:1: an entry before the first section, expected [section] "
			   "above it\n    a = 1\n    ^");
}
END_TEST

START_TEST(refuses_quotes_that_do_not_close_or_escape_the_unknown)
{
	refuses("[a]\nb = \"x\n", "t.ini:2:5: this quote is not closed on its line\n"
				  "    b = \"x\n        ^");
	refuses("[a]\nb = \"x\\", "t.ini:2:5: this quote is not closed on its line\n"
				  "    b = \"x\\\n        ^");
	refuses("[a]\nb = \"\\q\"\n", "t.ini:2:6: unknown escape, expected \\\" \\\\ \\n or \\t\n"
				      "    b = \"\\q\"\n         ^");
	refuses("[a]\nb = \"x\" y\n",
		"t.ini:2:9: text after a closing quote, expected the end of "
		"the line: a value is quoted as a whole (write \\\" for a quote inside)\n"
		"    b = \"x\" y\n            ^");
	refuses("[a]\nb = cmd \"x # y\"\n",
		"t.ini:2:9: a single quote mark inside a value: put "
		"\"...\" around the whole value, and write \\\" for a quote inside\n"
		"    b = cmd \"x # y\"\n            ^");
}
END_TEST

START_TEST(refuses_a_backslash_at_the_end_of_a_line)
{
	refuses("[a]\nb = x \\\ny = 2\n", "t.ini:2:7: a backslash does not join lines: write the "
					  "value on one line, or \"...\\\\\" if it ends in a "
					  "backslash\n    b = x \\\n          ^");
}
END_TEST

START_TEST(refuses_bytes_that_are_no_text)
{
	struct ini_document *document;
	struct corbel_error error;

	refuses("[a]\nb = \xC3\n", "t.ini:2:5: byte 0xC3 is not UTF-8, expected UTF-8 text\n"
				   "    b = ?\n        ^");
	refuses("[a]\nb = \xC0\xAF\n", "t.ini:2:5: byte 0xC0 is not UTF-8, expected UTF-8 text\n"
				       "    b = ??\n        ^");
	refuses("# \x1B[31m\n", "t.ini:1:3: a control character (0x1B), expected text\n"
				"    # ?[31m\n      ^");
	ck_assert_int_eq(ini_read_text("t.ini", "[a]\nb\0c\n[x", 10, &document, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t.ini:2:2: a NUL byte, expected text (is this a binary "
				     "file?)\n    b?c\n     ^");
}
END_TEST

START_TEST(names_both_places_of_what_is_there_twice)
{
	refuses("[a]\nb = 1\nc = 2\nb = 3\n",
		"t.ini:4:1: key \"b\" is already set at t.ini:2, "
		"expected once in a section (remove one of the two)\n    b = 3\n    ^");
	refuses("[a x]\n[b]\n[a x]\n", "t.ini:3:1: section [a x] is already at t.ini:1, expected "
				       "once in a file (move the keys there)\n    [a x]\n    ^");
}
END_TEST

START_TEST(does_not_blame_entries_of_a_refused_section)
{
	struct ini_document *document = ini_document_new();
	struct complaints complaints = { 0 };
	static const char text[] = "[good]\na = 1\n[bad\na = 2\nb\n[next]\nc = 3\n";

	ck_assert_int_eq(ini_add_text(document, "t", text, strlen(text), &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 2);
	ck_assert_uint_eq(document->count, 2);
	ck_assert_str_eq(value_of(document, "a"), "1");
	ck_assert_str_eq(ini_find_value(document->sections[1], "c", ""), "3");
	complaints_fini(&complaints);
	ini_document_free(document);
}
END_TEST

START_TEST(collects_all_complaints_up_to_a_limit)
{
	struct ini_document *document = ini_document_new();
	struct complaints complaints = { 0 };
	char text[4000];

	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "x\n", 2);
	ck_assert_int_eq(ini_add_text(document, "t", text, 20, &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 10);
	ck_assert_int_eq(ini_add_text(document, "t", text, sizeof(text), &complaints), -EINVAL);
	ck_assert_uint_eq(complaints.count, 111);
	ck_assert_str_eq(complaints.texts[110], "t: too much is wrong, the rest was not read");
	complaints_fini(&complaints);
	ini_document_free(document);
}
END_TEST

START_TEST(shows_a_long_line_around_the_place)
{
	struct corbel_error error;
	struct ini_document *document;
	char *text = malloc((1 << 20) + 64), *at = text;

	at += sprintf(at, "[a]\nk = \"");
	for (int i = 0; i < 1 << 18; i++)
		at += sprintf(at, "\xC3\xA9");
	at += sprintf(at, "\\q rest of the line\"\n");
	ck_assert_int_eq(ini_read_text("t", text, (size_t)(at - text), &document, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "t:2:524294: unknown escape"));
	ck_assert_ptr_nonnull(strstr(error.text, "\n    ...\xC3\xA9"));
	ck_assert_uint_lt(strlen(error.text), 400);
	free(text);
}
END_TEST

START_TEST(refuses_words_that_are_too_long)
{
	char text[400];
	struct ini_document *document;
	struct corbel_error error;

	memset(text, 'k', sizeof(text));
	memcpy(text, "[a]\n", 4);
	text[4 + 256] = '=';
	ck_assert_int_eq(ini_read_text("t", text, 300, &document, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "more than 255 bytes"));
	text[4 + 255] = '=';
	ck_assert_int_eq(ini_read_text("t", text, 300, &document, &error), 0);
	ini_document_free(document);
}
END_TEST

static char folder[64];

static void make_folder(void)
{
	strcpy(folder, "test-ini-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(reads_a_file_and_refuses_a_folder_and_what_is_not_there)
{
	struct ini_document *document;
	struct corbel_error error;

	write_file("a.ini", "[a]\nb = 1\n");
	ck_assert_int_eq(ini_read_file(in_folder("a.ini"), &document, &error), 0);
	ck_assert_str_eq(value_of(document, "b"), "1");
	ini_document_free(document);
	ck_assert_int_eq(ini_read_file(folder, &document, &error), -EISDIR);
	ck_assert_ptr_nonnull(strstr(error.text, "is a folder, expected a file"));
	ck_assert_int_eq(ini_read_file(in_folder("none"), &document, &error), -ENOENT);
	ck_assert_int_eq(ini_read_file("/dev/zero", &document, &error), -EFBIG);
}
END_TEST

START_TEST(ends_at_once_on_a_pipe_without_a_writer)
{
	struct ini_document *document;
	struct corbel_error error;

	ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
	ck_assert_int_eq(ini_read_file(in_folder("pipe"), &document, &error), 0);
	ck_assert_uint_eq(document->count, 0);
	ini_document_free(document);
}
END_TEST

START_TEST(lets_later_files_of_a_folder_override_earlier_ones)
{
	struct ini_document *document = ini_document_new();
	struct complaints complaints = { 0 };

	write_file("20-b.conf", "[a]\nb = 2\nd = 4\n[n]\n");
	write_file("10-a.ini", "[a]\nb = 1\nc = 3\n");
	write_file(".hidden.ini", "[a]\nb = 9\n");
	write_file("30-c.ini~", "[a]\nb = 9\n");
	ck_assert_int_eq(ini_add_folder(document, folder, &complaints), 0);
	ck_assert_uint_eq(document->count, 2);
	ck_assert_str_eq(value_of(document, "b"), "2");
	ck_assert_str_eq(value_of(document, "c"), "3");
	const struct ini_entry *entry = ini_find_entry(document->sections[0], "b");
	ck_assert_str_eq(entry->origin.file, in_folder("20-b.conf"));
	ck_assert_uint_eq(entry->origin.line, 2);
	ck_assert_uint_eq(document->sections[0]->origin.line, 1);
	ck_assert_int_eq(ini_add_folder(document, in_folder("none"), &complaints), -ENOENT);
	ck_assert_uint_eq(complaints.count, 0);
	ini_document_free(document);
}
END_TEST

START_TEST(sets_entries_from_the_command_line)
{
	struct ini_document *document = read_text("[plugin s]\ni = 1\n");
	struct complaints complaints = { 0 };
	char place[64];

	ck_assert_int_eq(ini_add_override(document, "plugin s.i=200ms # x", &complaints), 0);
	ck_assert_int_eq(ini_add_override(document, "plugin s.rule.web = a=b", &complaints), 0);
	ck_assert_int_eq(ini_add_override(document, "plugin s.q=\" x \"", &complaints), 0);
	ck_assert_int_eq(ini_add_override(document, "log.level=", &complaints), 0);
	ck_assert_str_eq(value_of(document, "i"), "200ms # x");
	ck_assert_str_eq(value_of(document, "rule.web"), "a=b");
	ck_assert_str_eq(value_of(document, "q"), " x ");
	const struct ini_entry *entry = ini_find_entry(document->sections[0], "rule.web");
	ck_assert_str_eq(ini_origin_format(&entry->origin, place, sizeof(place)), "command line");
	ck_assert_uint_eq(entry->origin.column, 10);
	ini_document_free(document);
}
END_TEST

START_TEST(refuses_an_override_that_is_none)
{
	static const char *const wrong[] = { "",        "a",        "a.b",       "a=b",    ".b=c",
					     "a.=c",    "a]x.b=c",  "a.b c=d",   "a.[b=c", "a.#=c",
					     "a.b=\"c", "a.b=\x01", "a.b=c\n[d]" };
	struct ini_document *document = ini_document_new();

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct complaints complaints = { 0 };
		ck_assert_msg(ini_add_override(document, wrong[i], &complaints) == -EINVAL,
			      "took %s", wrong[i]);
		ck_assert_uint_eq(complaints.count, 1);
		ck_assert_int_eq(strncmp(complaints.texts[0], "command line: ", 14), 0);
		complaints_fini(&complaints);
	}
	ini_document_free(document);
}
END_TEST

Suite *test_suite(void);

static TCase *file_tests(void)
{
	TCase *tests = tcase_create("files");

	tcase_add_checked_fixture(tests, make_folder, remove_folder);
	tcase_add_test(tests, reads_a_file_and_refuses_a_folder_and_what_is_not_there);
	tcase_add_test(tests, ends_at_once_on_a_pipe_without_a_writer);
	tcase_add_test(tests, lets_later_files_of_a_folder_override_earlier_ones);
	return tests;
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("ini");
	TCase *tests = tcase_create("texts");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, reads_sections_and_entries_in_order);
	tcase_add_test(tests, knows_line_and_columns);
	tcase_add_test(tests, takes_an_indented_line_as_an_entry);
	tcase_add_test(tests, ends_values_at_comments_after_a_space);
	tcase_add_test(tests, keeps_what_is_quoted);
	tcase_add_test(tests, reads_keys_with_dots_stars_and_other_letters);
	tcase_add_loop_test(tests, reads_lines_of_any_length, 0, 7);
	tcase_add_test(tests, takes_an_empty_text_and_one_without_a_last_newline);
	tcase_add_test(tests, shows_the_place_of_a_syntax_error);
	tcase_add_test(tests, refuses_quotes_that_do_not_close_or_escape_the_unknown);
	tcase_add_test(tests, refuses_a_backslash_at_the_end_of_a_line);
	tcase_add_test(tests, refuses_bytes_that_are_no_text);
	tcase_add_test(tests, names_both_places_of_what_is_there_twice);
	tcase_add_test(tests, does_not_blame_entries_of_a_refused_section);
	tcase_add_test(tests, collects_all_complaints_up_to_a_limit);
	tcase_add_test(tests, shows_a_long_line_around_the_place);
	tcase_add_test(tests, refuses_words_that_are_too_long);
	tcase_add_test(tests, sets_entries_from_the_command_line);
	tcase_add_test(tests, refuses_an_override_that_is_none);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, file_tests());
	return suite;
}

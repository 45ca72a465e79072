/* SPDX-License-Identifier: MIT */
/* Hashes and signatures: what is right is taken, and no changed byte of it goes unseen. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signature.h"
#include "signer.h"

Suite *test_suite(void);

/* printf 'what is signed\n' | sha256sum */
#define CONTENTS "what is signed\n"
#define HASH "9d9116edf6bc903031f363e444e1c34b1494e778772dd23b85c7206ff1e19a69"

static char folder[] = "/tmp/corbel-signature.XXXXXX";
static char path[64], key_path[64], beside[80];
static char key[4096], text[4096], id[17];
static struct signer signer;
static struct corbel_file file;
static struct corbel_error error;

static void write_text(const char *to, const char *bytes)
{
	FILE *out = fopen(to, "w");

	ck_assert_ptr_nonnull(out);
	fputs(bytes, out);
	ck_assert_int_eq(fclose(out), 0);
}

static void read_text(const char *from, char *bytes, size_t size)
{
	FILE *in = fopen(from, "r");

	ck_assert_ptr_nonnull(in);
	bytes[fread(bytes, 1, size - 1, in)] = '\0';
	fclose(in);
}

/* The file, its key and its signature, as texts. */
static void sign(const char *algorithm)
{
	ck_assert_int_eq(signer_sign(&signer, path, algorithm), 0);
	ck_assert_int_eq(signer_write_key(&signer, key_path), 0);
	read_text(beside, text, sizeof(text));
	read_text(key_path, key, sizeof(key));
	file.signature = text;
	file.public_key = key;
}

static void given_a_file(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(beside, sizeof(beside), "%s.minisig", path);
	snprintf(key_path, sizeof(key_path), "%s/key.pub", folder);
	write_text(path, CONTENTS);
	ck_assert_int_eq(signer_init(&signer), 0);
	signer_id(&signer, id);
	file = (struct corbel_file){ .size = sizeof(file), .plugin = "guest", .path = path };
	file.descriptor = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(file.descriptor, 0);
}

static void then_it_goes(void)
{
	close(file.descriptor);
	unlink(path);
	unlink(beside);
	unlink(key_path);
	rmdir(folder);
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

static void takes(const char *words)
{
	ck_assert_msg(signature_vouch(NULL, &file, &error) == 0, "%s", error.text);
	ck_assert_str_eq(file.words, words);
}

static void refuses(int code, const char *words)
{
	memset(file.words, 0, sizeof(file.words));
	ck_assert_int_eq(signature_vouch(NULL, &file, &error), code);
	ck_assert_msg(strstr(error.text, words) != NULL, "no \"%s\" in: %s", words, error.text);
	ck_assert_str_eq(file.words, "");
}

START_TEST(takes_the_file_that_it_is_pinned_to)
{
	char upper[] = HASH;

	file.sha256 = HASH;
	takes("pinned");
	for (char *at = upper; *at; at++)
		*at = *at >= 'a' ? (char)(*at - 32) : *at;
	file.sha256 = upper;
	takes("pinned");
}
END_TEST

START_TEST(refuses_another_file_than_it_is_pinned_to)
{
	file.sha256 = HASH;
	write_text(path, CONTENTS "!");
	refuses(-EKEYREJECTED, "its SHA-256 is ");
	refuses(-EKEYREJECTED, "expected " HASH);
	file.sha256 = "1234";
	refuses(-EBADMSG, "is no hash");
}
END_TEST

static const char *const algorithms[] = { "ED", "Ed" };

START_TEST(takes_a_signed_file_of_any_size)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "signed by %s", id);
	sign(algorithms[_i]);
	takes(expected);
	write_text(path, "");
	sign(algorithms[_i]);
	takes(expected);
	ck_assert_int_eq(truncate(path, 3 * 65536 + 1), 0);
	sign(algorithms[_i]);
	takes(expected);
}
END_TEST

START_TEST(names_a_key_as_a_number)
{
	memcpy(signer.id, "\x21\x43\x65\0\0\0\x01\0", 8);
	sign("ED");
	takes("signed by 1000000654321");
}
END_TEST

START_TEST(takes_lines_that_end_as_on_other_systems)
{
	char other[sizeof(text)], *to = other;

	sign("ED");
	for (const char *at = text; *at; at++) {
		if (*at == '\n')
			*to++ = '\r';
		*to++ = *at;
	}
	*to = '\0';
	file.signature = other;
	ck_assert_msg(signature_vouch(NULL, &file, &error) == 0, "%s", error.text);
}
END_TEST

START_TEST(both_may_be_demanded)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "pinned, signed by %s", id);
	sign("ED");
	file.sha256 = HASH;
	takes(expected);
	file.sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
	refuses(-EKEYREJECTED, "is not the file that plugin guest is pinned to");
}
END_TEST

START_TEST(refuses_a_file_that_was_changed_since)
{
	sign(algorithms[_i]);
	write_text(path, "what is singed\n");
	refuses(-EKEYREJECTED, "is not what was signed");
	write_text(path, CONTENTS "!");
	refuses(-EKEYREJECTED, "is not what was signed");
	write_text(path, "");
	refuses(-EKEYREJECTED, "is not what was signed");
}
END_TEST

START_TEST(refuses_the_key_of_another)
{
	struct signer other;
	char words[64];

	ck_assert_int_eq(signer_init(&other), 0);
	sign("ED");
	ck_assert_int_eq(signer_write_key(&other, key_path), 0);
	read_text(key_path, key, sizeof(key));
	snprintf(words, sizeof(words), "is signed by key %s, expected key ", id);
	refuses(-EKEYREJECTED, words);
	/* An id is only a claim. */
	memcpy(other.id, signer.id, sizeof(other.id));
	ck_assert_int_eq(signer_write_key(&other, key_path), 0);
	read_text(key_path, key, sizeof(key));
	refuses(-EKEYREJECTED, "is not what was signed");
}
END_TEST

START_TEST(refuses_what_is_no_key)
{
	static const char *const keys[] = { "", "\n", "untrusted comment: none\n",
					    HASH "\n" HASH "\n" };

	sign("ED");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		file.public_key = keys[i];
		refuses(-EBADMSG, "public-key in [corbel]");
	}
}
END_TEST

START_TEST(refuses_a_signature_that_is_cut_short_anywhere)
{
	sign(algorithms[_i]);
	for (size_t cut = 0; cut + 1 < strlen(text); cut++) {
		char *left = strndup(text, cut);

		file.signature = left;
		ck_assert_int_lt(signature_vouch(NULL, &file, &error), 0);
		free(left);
	}
	file.signature = "";
	refuses(-EBADMSG, "is cut short");
}
END_TEST

START_TEST(no_byte_of_a_signature_but_the_untrusted_comment_can_be_changed)
{
	sign(algorithms[_i]);
	for (char *at = strchr(text, '\n'); at[1]; at++) {
		char kept = *at;

		/* The highest is not looked at everywhere, and changes nothing that is decoded. */
		for (int bit = 0; bit < 7; bit++) {
			*at = (char)(kept ^ (1 << bit));
			ck_assert_msg(signature_vouch(NULL, &file, &error) < 0,
				      "bit %d of byte %zd", bit, at - text);
		}
		*at = kept;
	}
	ck_assert_int_eq(signature_vouch(NULL, &file, &error), 0);
	*text = 'U';
	ck_assert_int_eq(signature_vouch(NULL, &file, &error), 0);
}
END_TEST

START_TEST(refuses_another_trusted_comment)
{
	sign("ED");
	strstr(text, "17000")[0] = '2';
	refuses(-EKEYREJECTED, "the trusted comment in its signature was changed");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("signature");
	TCase *tests = tcase_create("signature");

	tcase_add_checked_fixture(tests, given_a_file, then_it_goes);
	tcase_add_test(tests, takes_the_file_that_it_is_pinned_to);
	tcase_add_test(tests, refuses_another_file_than_it_is_pinned_to);
	tcase_add_loop_test(tests, takes_a_signed_file_of_any_size, 0, 2);
	tcase_add_test(tests, names_a_key_as_a_number);
	tcase_add_test(tests, takes_lines_that_end_as_on_other_systems);
	tcase_add_test(tests, both_may_be_demanded);
	tcase_add_loop_test(tests, refuses_a_file_that_was_changed_since, 0, 2);
	tcase_add_test(tests, refuses_the_key_of_another);
	tcase_add_test(tests, refuses_what_is_no_key);
	tcase_add_loop_test(tests, refuses_a_signature_that_is_cut_short_anywhere, 0, 2);
	tcase_add_loop_test(tests, no_byte_of_a_signature_but_the_untrusted_comment_can_be_changed,
			    0, 2);
	tcase_add_test(tests, refuses_another_trusted_comment);
	suite_add_tcase(suite, tests);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Messages cut from a stream, however it comes in. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "framing.h"

Suite *test_suite(void);

static void must_have(struct framing *framing, const char *expected)
{
	size_t size = 0;
	const char *message = framing_next(framing, &size);

	ck_assert_ptr_nonnull(message);
	ck_assert_uint_eq(size, strlen(expected));
	ck_assert_mem_eq(message, expected, size);
}

static void must_be_at_its_end(struct framing *framing)
{
	size_t size;

	ck_assert_ptr_null(framing_next(framing, &size));
}

START_TEST(gives_messages_that_come_together_one_by_one)
{
	struct framing framing = { 0 };

	ck_assert_int_eq(framing_add(&framing, "one\0two\0thr", 11), 0);
	must_have(&framing, "one");
	must_have(&framing, "two");
	must_be_at_its_end(&framing);
	ck_assert(!framing_is_empty(&framing));
	ck_assert_int_eq(framing_add(&framing, "ee\0", 3), 0);
	must_have(&framing, "three");
	ck_assert(framing_is_empty(&framing));
	framing_fini(&framing);
}
END_TEST

START_TEST(joins_a_message_that_comes_byte_by_byte)
{
	struct framing framing = { 0 };
	const char text[] = "{\"method\":\"a.B\"}";

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		ck_assert_int_eq(framing_add(&framing, text + i, 1), 0);
		must_be_at_its_end(&framing);
	}
	ck_assert_int_eq(framing_add(&framing, "", 1), 0);
	must_have(&framing, text);
	framing_fini(&framing);
}
END_TEST

START_TEST(gives_an_empty_message_for_each_nul)
{
	struct framing framing = { 0 };

	ck_assert_int_eq(framing_add(&framing, "\0\0\0", 3), 0);
	for (int i = 0; i < 3; i++)
		must_have(&framing, "");
	must_be_at_its_end(&framing);
	framing_fini(&framing);
}
END_TEST

START_TEST(takes_a_message_of_the_greatest_length_and_no_longer_one)
{
	struct framing framing = { 0 };
	char *text = calloc(1, FRAMING_MESSAGE_MAX + 1);
	size_t size;

	memset(text, 'x', FRAMING_MESSAGE_MAX + 1);
	ck_assert_int_eq(framing_add(&framing, text, FRAMING_MESSAGE_MAX), 0);
	ck_assert_int_eq(framing_add(&framing, "", 1), 0);
	ck_assert_ptr_nonnull(framing_next(&framing, &size));
	ck_assert_uint_eq(size, FRAMING_MESSAGE_MAX);
	ck_assert_int_eq(framing_add(&framing, text, FRAMING_MESSAGE_MAX + 1), -EMSGSIZE);
	free(text);
	framing_fini(&framing);
}
END_TEST

START_TEST(does_not_add_up_the_lengths_of_short_messages)
{
	struct framing framing = { 0 };
	char block[4096];
	size_t size;

	memset(block, 'x', sizeof(block));
	block[sizeof(block) - 1] = '\0';
	for (unsigned int i = 0; i < 2 * FRAMING_MESSAGE_MAX / sizeof(block); i++)
		ck_assert_int_eq(framing_add(&framing, block, sizeof(block)), 0);
	for (unsigned int i = 0; i < 2 * FRAMING_MESSAGE_MAX / sizeof(block); i++)
		ck_assert_ptr_nonnull(framing_next(&framing, &size));
	framing_fini(&framing);
}
END_TEST

static unsigned int random_below(uint64_t *state, unsigned int limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*state >> 33) % limit;
}

/* A stream in which one byte in `rarity` is a NUL. */
static char *make_stream(uint64_t *state, size_t size, unsigned int rarity)
{
	char *stream = malloc(size);

	for (size_t i = 0; i < size; i++)
		stream[i] = random_below(state, rarity) ? (char)random_below(state, 256) : '\0';
	return stream;
}

/* Takes what has come whole, which must be what the stream has from *at on. */
static void take_all(struct framing *framing, const char *stream, size_t *at)
{
	const char *message;
	size_t size;

	while ((message = framing_next(framing, &size))) {
		ck_assert_uint_eq(size, strlen(stream + *at));
		ck_assert_mem_eq(message, stream + *at, size + 1);
		*at += size + 1;
	}
}

/* In pieces of their own, so that a sanitizer sees a byte too far; some messages are left to wait.
 */
START_TEST(cuts_any_stream_into_the_same_messages_however_it_comes)
{
	uint64_t state = (uint64_t)_i + 1;
	size_t size = 20000, at = 0, sent = 0;
	char *stream = make_stream(&state, size, 1 + random_below(&state, 5000));
	struct framing framing = { 0 };
	unsigned int most = 1 + random_below(&state, 3000);

	stream[size - 1] = '\0';
	while (sent < size) {
		size_t count = 1 + random_below(&state, most);
		count = count < size - sent ? count : size - sent;
		char *piece = malloc(count);

		memcpy(piece, stream + sent, count);
		ck_assert_int_eq(framing_add(&framing, piece, count), 0);
		free(piece);
		sent += count;
		if (random_below(&state, 3))
			take_all(&framing, stream, &at);
	}
	take_all(&framing, stream, &at);
	ck_assert_uint_eq(at, size);
	ck_assert(framing_is_empty(&framing));
	framing_fini(&framing);
	free(stream);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("framing");
	TCase *cases = tcase_create("framing");

	tcase_add_test(cases, gives_messages_that_come_together_one_by_one);
	tcase_add_test(cases, joins_a_message_that_comes_byte_by_byte);
	tcase_add_test(cases, gives_an_empty_message_for_each_nul);
	tcase_add_test(cases, takes_a_message_of_the_greatest_length_and_no_longer_one);
	tcase_add_test(cases, does_not_add_up_the_lengths_of_short_messages);
	tcase_add_loop_test(cases, cuts_any_stream_into_the_same_messages_however_it_comes, 0, 200);
	suite_add_tcase(suite, cases);
	return suite;
}

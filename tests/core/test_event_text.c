/* SPDX-License-Identifier: MIT */
/* Payloads: checked, and written as JSON. */
#include <check.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

struct payload {
	uint32_t size;
	uint32_t on; /* a bool lies in its first byte */
	int32_t level;
	int32_t unit;
	uint64_t total;
	double value;
	struct corbel_flat name, data, names, points;
	struct {
		int64_t x;
		struct corbel_flat label;
	} point[2];
	struct corbel_flat list[2];
	char text[32];
};

static const struct corbel_enum_value unit_values[] = { { "percent", 0, 0 }, { "byte", 1, 0 } };
static const struct corbel_enum enums[] = { { "unit", unit_values, 2 } };
static const struct corbel_field members[] = {
	{ .name = "x", .kind = CORBEL_KIND_I64 },
	{ .name = "label", .kind = CORBEL_KIND_STRING, .offset = 8, .flat_offset = 8 },
};
static const struct corbel_struct structs[] = { { "point", members, 2, 16, 16 } };

#define AT(member) \
	.offset = offsetof(struct payload, member), .flat_offset = offsetof(struct payload, member)

static const struct corbel_field fields[] = {
	{ .name = "on", .kind = CORBEL_KIND_BOOL, AT(on) },
	{ .name = "level", .kind = CORBEL_KIND_I32, AT(level) },
	{ .name = "unit", .kind = CORBEL_KIND_ENUM, AT(unit) },
	{ .name = "total", .kind = CORBEL_KIND_U64, AT(total) },
	{ .name = "value", .kind = CORBEL_KIND_F64, AT(value) },
	{ .name = "name", .kind = CORBEL_KIND_STRING, AT(name) },
	{ .name = "data", .kind = CORBEL_KIND_BYTES, AT(data) },
	{ .name = "names", .kind = CORBEL_KIND_STRING, .array = 1, AT(names) },
	{ .name = "points", .kind = CORBEL_KIND_STRUCT, .array = 1, AT(points) },
};

#define FIXED offsetof(struct payload, point)

static const uint64_t fingerprints[] = { 1 };
static const struct corbel_event events[] = { { "sample", NULL, fields, 9, 0, FIXED, FIXED, 0 } };
static const struct corbel_interface interface = {
	.size = sizeof(interface),
	.major = 1,
	.name = "corbel.test",
	.fingerprints = fingerprints,
	.events = events,
	.structs = structs,
	.enums = enums,
	.event_count = 1,
	.struct_count = 1,
	.enum_count = 1,
};

static struct corbel_flat text_at(struct payload *payload, size_t at, const char *text)
{
	strcpy(payload->text + at, text);
	return (struct corbel_flat){ (uint32_t)(offsetof(struct payload, text) + at),
				     (uint32_t)strlen(text) };
}

static void payload_init(struct payload *payload)
{
	*payload = (struct payload){
		.size = FIXED, .on = 1, .level = -3, .unit = 1, .total = UINT64_MAX, .value = 0.1
	};
	payload->name = text_at(payload, 0, "cpu");
	payload->data = text_at(payload, 4, "abcd");
	payload->list[0] = text_at(payload, 9, "a");
	payload->list[1] = text_at(payload, 11, "b");
	payload->names = (struct corbel_flat){ offsetof(struct payload, list), 2 };
	payload->point[0].x = 1;
	payload->point[1].x = 2;
	payload->point[1].label = text_at(payload, 13, "p");
	payload->points = (struct corbel_flat){ offsetof(struct payload, point), 2 };
}

static char text[1024];

static int write_cut(const void *payload, size_t payload_size, size_t size)
{
	struct corbel_delivery delivery = {
		.interface = &interface, .event = events, .payload = payload, .size = payload_size
	};

	memset(text, 'z', sizeof(text));
	return event_text(&delivery, text, size);
}

static int write_text(const struct payload *payload, size_t size)
{
	return write_cut(payload, sizeof(*payload), size);
}

START_TEST(writes_every_kind)
{
	struct payload payload;
	const char *expected =
		"{\"on\":true,\"level\":-3,\"unit\":\"byte\",\"total\":"
		"18446744073709551615,"
		"\"value\":0.1,\"name\":\"cpu\",\"data\":\"YWJjZA==\",\"names\":[\"a\","
		"\"b\"],"
		"\"points\":[{\"x\":1,\"label\":null},{\"x\":2,\"label\":\"p\"}]}";

	ck_assert_int_eq(interface_check(&interface, NULL), 0);
	payload_init(&payload);
	ck_assert_int_eq(write_text(&payload, sizeof(text)), (int)strlen(expected));
	ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(cuts_like_snprintf)
{
	struct payload payload;

	payload_init(&payload);

	int whole = write_text(&payload, sizeof(text));

	ck_assert_int_eq(write_text(&payload, 5), whole);
	ck_assert_str_eq(text, "{\"on");
	ck_assert_int_eq(text[5], 'z');
	ck_assert_int_eq(write_text(&payload, 0), whole);
	ck_assert_int_eq(text[0], 'z');
	ck_assert_int_eq(write_text(&payload, (size_t)whole), whole);
	ck_assert_uint_eq(strlen(text), (size_t)whole - 1);
}
END_TEST

START_TEST(escapes_and_replaces_what_is_no_utf_8)
{
	struct payload payload;

	payload_init(&payload);
	payload.name = text_at(
		&payload, 0, "\"\\\n\x01\xc3\xa9\xff\xc0\x80\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x82");
	payload.data = (struct corbel_flat){ 0, 0 };
	payload.names = payload.points = payload.data;
	ck_assert_int_gt(write_text(&payload, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(
		text, "\"name\":\"\\\"\\\\\\n\\u0001\xc3\xa9"
		      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		      "\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\",\"data\":\"\",\"names\":[],"
		      "\"points\":[]"));
}
END_TEST

START_TEST(writes_odd_numbers_so_that_json_can_read_them)
{
	struct payload payload;

	payload_init(&payload);
	payload.value = NAN;
	payload.unit = 42;
	write_text(&payload, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"value\":null"));
	ck_assert_ptr_nonnull(strstr(text, "\"unit\":42"));
	payload.value = 1.0 / 3;
	write_text(&payload, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"value\":0.3333333333333333"));
}
END_TEST

START_TEST(a_shorter_fixed_part_leaves_later_fields_out)
{
	struct payload payload;

	payload_init(&payload);
	payload.size = offsetof(struct payload, total);
	ck_assert_int_gt(write_text(&payload, sizeof(text)), 0);
	ck_assert_str_eq(text, "{\"on\":true,\"level\":-3,\"unit\":\"byte\"}");
}
END_TEST

static void spoil_small(struct payload *payload)
{
	payload->size = 3;
}
static void spoil_large(struct payload *payload)
{
	payload->size = sizeof(*payload) + 1;
}
static void spoil_bool(struct payload *payload)
{
	payload->on = 2;
}
static void spoil_offset(struct payload *payload)
{
	payload->name.offset = sizeof(*payload);
}
static void spoil_count(struct payload *payload)
{
	payload->name.count = UINT32_MAX;
}
static void spoil_end(struct payload *payload)
{
	payload->name.count = 2;
}
static void spoil_middle(struct payload *payload)
{
	payload->text[1] = '\0';
}
static void spoil_bytes(struct payload *payload)
{
	payload->data.count = 100;
}
static void spoil_none(struct payload *payload)
{
	payload->data.offset = 0;
}
static void spoil_array(struct payload *payload)
{
	payload->names.count = 0x20000001;
}
static void spoil_item(struct payload *payload)
{
	payload->list[1].offset = 100000;
}
static void spoil_aligned(struct payload *payload)
{
	payload->points.offset += 4;
}
static void spoil_member(struct payload *payload)
{
	payload->point[1].label.count = 2;
}

static void (*const spoils[])(struct payload *) = {
	spoil_small, spoil_large,   spoil_bool,   spoil_offset, spoil_count,
	spoil_end,   spoil_middle,  spoil_bytes,  spoil_none,   spoil_array,
	spoil_item,  spoil_aligned, spoil_member,
};

START_TEST(refuses_a_damaged_payload)
{
	struct payload payload;

	payload_init(&payload);
	ck_assert_int_gt(write_text(&payload, sizeof(text)), 0);
	spoils[_i](&payload);
	ck_assert_int_eq(write_text(&payload, 0), -EBADMSG);
	ck_assert_int_eq(write_text(&payload, sizeof(text)), -EBADMSG);
}
END_TEST

START_TEST(refuses_every_cut_and_survives_every_flipped_bit)
{
	struct payload payload;
	unsigned char *copy;

	payload_init(&payload);
	for (size_t size = 0; size < offsetof(struct payload, text); size++) {
		copy = malloc(size + 1);
		memcpy(copy, &payload, size);
		ck_assert_int_eq(write_cut(copy, size, sizeof(text)), -EBADMSG);
		free(copy);
	}
	copy = malloc(sizeof(payload));
	for (size_t bit = 0; bit < 8 * sizeof(payload); bit++) {
		memcpy(copy, &payload, sizeof(payload));
		copy[bit / 8] ^= (unsigned char)(1 << bit % 8);

		int rc = write_text((struct payload *)(void *)copy, sizeof(text));

		ck_assert(rc > 0 || rc == -EBADMSG);
	}
	free(copy);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("event_text");
	TCase *tests = tcase_create("event_text");

	tcase_add_test(tests, writes_every_kind);
	tcase_add_test(tests, cuts_like_snprintf);
	tcase_add_test(tests, escapes_and_replaces_what_is_no_utf_8);
	tcase_add_test(tests, writes_odd_numbers_so_that_json_can_read_them);
	tcase_add_test(tests, a_shorter_fixed_part_leaves_later_fields_out);
	tcase_add_loop_test(tests, refuses_a_damaged_payload, 0,
			    (int)(sizeof(spoils) / sizeof(*spoils)));
	tcase_add_test(tests, refuses_every_cut_and_survives_every_flipped_bit);
	suite_add_tcase(suite, tests);
	return suite;
}

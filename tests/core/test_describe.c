/* SPDX-License-Identifier: MIT */
/* Descriptions: kept whole, checked first, compared in words. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

/* A description that tests may spoil. */
struct model {
	struct corbel_field in[2], out[1], members[2], fields[2];
	struct corbel_enum_value values[2];
	struct corbel_enum enums[1];
	struct corbel_struct structs[1];
	struct corbel_method methods[1];
	struct corbel_event events[1];
	uint64_t fingerprints[3];
	int errors[1];
	struct corbel_interface interface;
};

static void model_init(struct model *model)
{
	*model = (struct model){
		.in = { { .name = "name", .kind = CORBEL_KIND_STRING },
			{ .name = "unit", .kind = CORBEL_KIND_ENUM, .since = 1 } },
		.out = { { .name = "value", .kind = CORBEL_KIND_F64 } },
		.members = { { .name = "x", .kind = CORBEL_KIND_I32 },
			     { .name = "y",
			       .kind = CORBEL_KIND_I32,
			       .offset = 4,
			       .flat_offset = 4 } },
		.fields = { { .name = "where",
			      .kind = CORBEL_KIND_STRUCT,
			      .offset = 4,
			      .flat_offset = 4 },
			    { .name = "tags",
			      .kind = CORBEL_KIND_STRING,
			      .array = 1,
			      .offset = 16,
			      .flat_offset = 12 } },
		.values = { { .name = "percent" }, { .name = "byte", .value = 1 } },
		.fingerprints = { 10, 11, 12 },
		.errors = { ENOENT },
	};
	model->enums[0] = (struct corbel_enum){ "unit", model->values, 2 };
	model->structs[0] = (struct corbel_struct){ "point", model->members, 2, 8, 8 };
	model->methods[0] =
		(struct corbel_method){ "read", "Reads one", model->in, model->out, model->errors,
					2,      1,           1,         0 };
	model->events[0] = (struct corbel_event){ "sample", NULL, model->fields, 2, 0, 32, 24, 0 };
	model->interface = (struct corbel_interface){
		.size = sizeof(struct corbel_interface),
		.major = 1,
		.minor = 2,
		.name = "corbel.sensors",
		.summary = "Values",
		.fingerprints = model->fingerprints,
		.methods = model->methods,
		.events = model->events,
		.structs = model->structs,
		.enums = model->enums,
		.method_count = 1,
		.event_count = 1,
		.struct_count = 1,
		.enum_count = 1,
		.marshalled = model,
	};
}

static struct corbel_error error;

START_TEST(a_kept_copy_points_into_nothing_of_the_original)
{
	struct catalogue *catalogue = catalogue_new();
	struct model *model = malloc(sizeof(*model));
	const struct corbel_interface *kept;
	char name[] = "corbel.sensors";

	model_init(model);
	model->interface.name = name;
	ck_assert_int_eq(catalogue_keep(catalogue, &model->interface, &kept, &error), 0);
	memset(name, 'x', sizeof(name) - 1);
	memset(model, 0xff, sizeof(*model));
	free(model);
	ck_assert_str_eq(kept->name, "corbel.sensors");
	ck_assert_str_eq(kept->summary, "Values");
	ck_assert_uint_eq(kept->fingerprints[2], 12);
	ck_assert_str_eq(kept->methods[0].in[1].name, "unit");
	ck_assert_str_eq(kept->methods[0].out[0].name, "value");
	ck_assert_int_eq(kept->methods[0].errors[0], ENOENT);
	ck_assert_str_eq(kept->events[0].fields[1].name, "tags");
	ck_assert_str_eq(kept->structs[0].fields[1].name, "y");
	ck_assert_str_eq(kept->enums[0].values[1].name, "byte");
	ck_assert_ptr_null(kept->marshalled);
	catalogue_free(catalogue);
}
END_TEST

START_TEST(copies_of_one_version_are_shared_and_others_are_not)
{
	struct catalogue *catalogue = catalogue_new();
	struct model a, b;
	const struct corbel_interface *first, *second, *third;

	model_init(&a);
	model_init(&b);
	ck_assert_int_eq(catalogue_keep(catalogue, &a.interface, &first, &error), 0);
	ck_assert_int_eq(catalogue_keep(catalogue, &b.interface, &second, &error), 0);
	ck_assert_ptr_eq(first, second);
	ck_assert_int_eq(catalogue_keep(catalogue, first, &second, &error), 0);
	ck_assert_ptr_eq(first, second);
	b.fingerprints[2] = 99;
	ck_assert_int_eq(catalogue_keep(catalogue, &b.interface, &third, &error), 0);
	ck_assert_ptr_ne(first, third);
	catalogue_free(catalogue);
}
END_TEST

static void spoil_name(struct model *model)
{
	model->interface.name = "corbel..sensors";
}
static void spoil_size(struct model *model)
{
	model->interface.size = 8;
}
static void spoil_prints(struct model *model)
{
	model->interface.fingerprints = NULL;
}
static void spoil_count(struct model *model)
{
	model->interface.methods = NULL;
}
static void spoil_method(struct model *model)
{
	model->methods[0].name = "";
}
static void spoil_since(struct model *model)
{
	model->in[0].since = 3;
}
static void spoil_kind(struct model *model)
{
	model->in[0].kind = 12;
}
static void spoil_zero(struct model *model)
{
	model->out[0].kind = 0;
}
static void spoil_enum(struct model *model)
{
	model->in[1].index = 1;
}
static void spoil_struct(struct model *model)
{
	model->fields[0].index = 7;
}
static void spoil_ref(struct model *model)
{
	model->in[0].kind = CORBEL_KIND_REF;
}
static void spoil_flat(struct model *model)
{
	model->fields[1].flat_offset = 20;
}
static void spoil_huge(struct model *model)
{
	model->fields[1].flat_offset = UINT32_MAX;
}
static void spoil_over(struct model *model)
{
	model->fields[0].flat_offset = 0;
}
static void spoil_event(struct model *model)
{
	model->events[0].flat_size = 3;
}
static void spoil_value(struct model *model)
{
	model->values[0].name = NULL;
}

static void spoil_self(struct model *model)
{
	model->members[0] =
		(struct corbel_field){ .name = "x", .kind = CORBEL_KIND_STRUCT, .array = 1 };
	model->members[1].kind = CORBEL_KIND_BOOL;
	model->structs[0].flat_size = 16;
	model->events[0].flat_size = 32;
}

static void (*const spoils[])(struct model *) = {
	spoil_name, spoil_size, spoil_prints, spoil_count,  spoil_method, spoil_since,
	spoil_kind, spoil_zero, spoil_enum,   spoil_struct, spoil_ref,    spoil_flat,
	spoil_huge, spoil_over, spoil_event,  spoil_value,  spoil_self,
};

START_TEST(refuses_what_does_not_hold_together_in_words)
{
	struct model model;

	model_init(&model);
	ck_assert_int_eq(interface_check(&model.interface, &error), 0);
	spoils[_i](&model);
	error.text[0] = '\0';
	ck_assert_int_eq(interface_check(&model.interface, &error), -EINVAL);
	ck_assert_str_ne(error.text, "");
}
END_TEST

START_TEST(refuses_no_description)
{
	ck_assert_int_eq(interface_check(NULL, &error), -EINVAL);
	ck_assert_int_eq(interface_check(NULL, NULL), -EINVAL);
}
END_TEST

static int compare(struct model *wanted, struct model *offered)
{
	error.text[0] = '\0';
	return interface_compatible(&wanted->interface, &offered->interface, &error);
}

START_TEST(an_older_minor_with_the_same_layout_is_served)
{
	struct model wanted, offered;

	model_init(&wanted);
	model_init(&offered);
	wanted.interface.minor = 1;
	offered.fingerprints[2] = 77;
	ck_assert_int_eq(compare(&wanted, &offered), 0);
}
END_TEST

START_TEST(another_name_or_version_is_told_apart)
{
	struct model wanted, offered;

	model_init(&wanted);
	model_init(&offered);
	offered.interface.minor = 1;
	ck_assert_int_eq(compare(&wanted, &offered), -EPROTONOSUPPORT);
	ck_assert_ptr_nonnull(strstr(error.text, "1.2"));
	offered.interface.minor = 2;
	offered.interface.major = 2;
	ck_assert_int_eq(compare(&wanted, &offered), -EPROTONOSUPPORT);
	offered.interface.name = "corbel.store";
	ck_assert_int_eq(compare(&wanted, &offered), -ENOENT);
}
END_TEST

static void change_parameter(struct model *model)
{
	model->in[0].kind = CORBEL_KIND_BYTES;
}
static void change_array(struct model *model)
{
	model->out[0].array = 1;
}
static void change_method(struct model *model)
{
	model->methods[0].name = "fetch";
}
static void change_less(struct model *model)
{
	model->methods[0].in_count = 1;
}
static void change_field(struct model *model)
{
	model->fields[1].name = "labels";
}
static void change_member(struct model *model)
{
	model->members[1].kind = CORBEL_KIND_U32;
}
static void change_value(struct model *model)
{
	model->values[1].value = 5;
}
static void change_gone(struct model *model)
{
	model->interface.event_count = 0;
}
static void change_none(struct model *model)
{
	(void)model;
}

static const struct {
	void (*change)(struct model *);
	const char *words[3];
} changes[] = {
	{ change_parameter, { "in-parameter of read", "name: string", "name: bytes" } },
	{ change_array, { "out-parameter of read", "value: f64", "value: array of f64" } },
	{ change_method, { "method", "read", "fetch" } },
	{ change_less, { "in-parameter of read", "unit: unit", "nothing" } },
	{ change_field, { "field of sample", "tags: array of string", "labels" } },
	{ change_member, { "member of point", "y: i32", "y: u32" } },
	{ change_value, { "value of unit", "byte 1", "byte 5" } },
	{ change_gone, { "event", "sample", "nothing" } },
	{ change_none, { "fingerprint", "000c", "004d" } },
};

START_TEST(names_the_first_difference)
{
	struct model wanted, offered;

	model_init(&wanted);
	model_init(&offered);
	offered.fingerprints[2] = 77;
	changes[_i].change(&offered);
	ck_assert_int_eq(compare(&wanted, &offered), -EPROTO);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(strstr(error.text, changes[_i].words[i]) != NULL, "%s not in: %s",
			      changes[_i].words[i], error.text);
}
END_TEST

START_TEST(what_is_later_than_the_consumer_makes_no_difference)
{
	struct model wanted, offered;

	model_init(&wanted);
	model_init(&offered);
	wanted.interface.minor = 0;
	wanted.methods[0].in_count = 1;
	offered.fingerprints[0] = 77;
	offered.in[1].since = 1;
	ck_assert_int_eq(compare(&wanted, &offered), -EPROTO);
	ck_assert_ptr_nonnull(strstr(error.text, "fingerprint"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("describe");
	TCase *tests = tcase_create("describe");

	tcase_add_test(tests, a_kept_copy_points_into_nothing_of_the_original);
	tcase_add_test(tests, copies_of_one_version_are_shared_and_others_are_not);
	tcase_add_loop_test(tests, refuses_what_does_not_hold_together_in_words, 0,
			    (int)(sizeof(spoils) / sizeof(*spoils)));
	tcase_add_test(tests, refuses_no_description);
	tcase_add_test(tests, an_older_minor_with_the_same_layout_is_served);
	tcase_add_test(tests, another_name_or_version_is_told_apart);
	tcase_add_loop_test(tests, names_the_first_difference, 0,
			    (int)(sizeof(changes) / sizeof(*changes)));
	tcase_add_test(tests, what_is_later_than_the_consumer_makes_no_difference);
	suite_add_tcase(suite, tests);
	return suite;
}

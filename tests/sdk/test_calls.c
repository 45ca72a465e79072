/* SPDX-License-Identifier: MIT */
/* Calls through a generated header: straight and marshalled, every type there and back. */
#include <check.h>
#include <string.h>

#include "provider.h"

static struct fake fake;
static struct test_rich *use;
static unsigned int marshalled;

/*
 * Every test runs twice: by the provider's table, and by the thunks that hand it to another thread.
 * /
 */
static int run_here(struct corbel_marshal *marshal, int (*call)(void *arguments), void *arguments)
{
	(void)marshal;
	marshalled++;
	return call(arguments);
}

static struct corbel_marshal marshal = { run_here, &provider_methods, &fake };

static void bind(int way)
{
	fake_init(&fake);
	marshalled = 0;
	ck_assert_int_eq(test_rich_provide(&fake.context, &provider_methods, &fake, NULL, NULL), 0);
	ck_assert_int_eq(test_rich_acquire(&fake.context, NULL, &use), 0);
	if (way == 1) {
		fake.service.table = fake.interface->marshalled;
		fake.service.self = &marshal;
	}
}

static void unbind(int way)
{
	ck_assert_uint_eq(fake.alive, 0);
	ck_assert_uint_eq(corbel_thread->depth, 0);
	ck_assert(way == 0 ? marshalled == 0 : marshalled > 0);
	test_rich_release(&fake.context, use);
	fake_fini(&fake);
}

START_TEST(returns_every_scalar)
{
	bool a = false;
	int32_t b;
	uint32_t c;
	int64_t d;
	uint64_t e;
	double f;
	enum test_rich_colour g;

	bind(_i);
	ck_assert_int_eq(test_rich_scalars(use, true, INT32_MIN, UINT32_MAX, INT64_MIN, UINT64_MAX,
					   0.1, TEST_RICH_COLOUR_BLUE, &a, &b, &c, &d, &e, &f, &g),
			 0);
	ck_assert(a && b == INT32_MIN && c == UINT32_MAX && d == INT64_MIN && e == UINT64_MAX);
	ck_assert(f == 0.1 && g == TEST_RICH_COLOUR_BLUE && (int)g == -5);
	ck_assert_uint_eq(fake.depth_seen, 1);
	unbind(_i);
}
END_TEST

START_TEST(returns_strings_and_bytes_that_belong_to_the_caller)
{
	char *text = NULL;
	struct corbel_bytes raw = { NULL, 0 };

	bind(_i);
	ck_assert_int_eq(
		test_rich_texts(use, "words", (struct corbel_bytes){ "a\0b", 3 }, &text, &raw), 0);
	ck_assert_str_eq(text, "words");
	ck_assert_mem_eq(raw.data, "a\0b", 3);
	ck_assert_uint_eq(fake.alive, 2);
	corbel_free(&fake.context, text);
	corbel_free(&fake.context, raw.data);
	unbind(_i);
}
END_TEST

START_TEST(passes_an_error_on_and_leaves_the_results_alone)
{
	char *text = NULL;
	struct corbel_bytes raw = { NULL, 0 };

	bind(_i);
	ck_assert_int_eq(test_rich_texts(use, "", raw, &text, &raw), -ENOENT);
	ck_assert(text == NULL && raw.data == NULL);
	unbind(_i);
}
END_TEST

static const struct test_rich_point points[] = { { 1, true, 0.5 }, { -2, false, -1.0 } };
static const char *const names[] = { "one", "", "three" };
static const struct corbel_bytes blobs[] = { { "\0", 1 }, { NULL, 0 }, { "xyz", 3 } };
static const bool flags[] = { true, false, true };
static const struct test_rich_label labels[] = {
	{ "first", { "12", 2 }, { 4, true, 1.0 }, TEST_RICH_COLOUR_GREEN },
	{ "second", { NULL, 0 }, { 5, false, 2.0 }, TEST_RICH_COLOUR_GREY },
};
static const struct test_rich_group group = {
	7, { labels, 2 }, { names, 3 }, { points, 2 }, { blobs, 3 }, { flags, 3 }
};

static void labels_verify(const struct test_rich_label *found)
{
	ck_assert_str_eq(found[0].text, "first");
	ck_assert_mem_eq(found[0].raw.data, "12", 2);
	ck_assert_str_eq(found[1].text, "second");
	ck_assert_int_eq(found[1].at.x, 5);
	ck_assert_int_eq(found[1].tint, TEST_RICH_COLOUR_GREY);
}

START_TEST(returns_structs_and_clears_them)
{
	struct test_rich_point point;
	struct test_rich_group found;

	bind(_i);
	ck_assert_int_eq(test_rich_structs(use, &points[1], &group, &point, &found), 0);
	ck_assert_int_eq(point.x, -2);
	ck_assert_uint_eq(found.id, 7);
	ck_assert_str_eq(((const char *const *)found.names.items)[2], "three");
	ck_assert_mem_eq(found.flags.items, flags, sizeof(flags));
	labels_verify(found.labels.items);
	test_rich_point_clear(&fake.context, &point);
	test_rich_group_clear(&fake.context, &found);
	ck_assert(found.names.items == NULL && found.id == 0);
	unbind(_i);
}
END_TEST

START_TEST(returns_arrays_and_frees_them)
{
	static const int64_t numbers[] = { 1, -1 };
	int64_t *rnumbers;
	char **rtexts;
	struct corbel_bytes *rblobs;
	struct test_rich_point *rpoints;
	struct test_rich_label *rlabels;
	size_t counts[5];

	bind(_i);
	ck_assert_int_eq(test_rich_arrays(use, numbers, 2, names, 3, blobs, 3, points, 2, labels, 2,
					  &rnumbers, &counts[0], &rtexts, &counts[1], &rblobs,
					  &counts[2], &rpoints, &counts[3], &rlabels, &counts[4]),
			 0);
	ck_assert(counts[0] == 2 && counts[1] == 3 && counts[2] == 3 && counts[3] == 2 &&
		  counts[4] == 2);
	ck_assert_mem_eq(rnumbers, numbers, sizeof(numbers));
	ck_assert_str_eq(rtexts[2], "three");
	ck_assert_mem_eq(rblobs[2].data, "xyz", 3);
	ck_assert_int_eq(rpoints[1].x, -2);
	labels_verify(rlabels);
	corbel_free(&fake.context, rnumbers);
	test_rich_strings_free(&fake.context, rtexts, counts[1]);
	test_rich_bytes_free(&fake.context, rblobs, counts[2]);
	test_rich_points_free(&fake.context, rpoints, counts[3]);
	test_rich_labels_free(&fake.context, rlabels, counts[4]);
	unbind(_i);
}
END_TEST

START_TEST(lends_a_use_and_calls_without_parameters)
{
	struct corbel_use other = { &fake.service };
	bool bound = false;

	bind(_i);
	ck_assert_int_eq(test_rich_lend(use, &other, &bound), 0);
	ck_assert(bound);
	ck_assert_int_eq(test_rich_nothing(use), 0);
	ck_assert_uint_eq(fake.depth_seen, 1);
	unbind(_i);
}
END_TEST

START_TEST(covers_several_calls_with_one_frame)
{
	struct corbel_call call;

	bind(_i);
	ck_assert_int_eq(test_rich_enter(use, &call), 0);
	ck_assert_uint_eq(fake.thread.frames[0].method, CORBEL_METHOD_SEVERAL);
	ck_assert_int_eq(test_rich_nothing_entered(&call), 0);
	ck_assert_int_eq(test_rich_nothing_entered(&call), 0);
	ck_assert_uint_eq(corbel_thread->depth, 1);
	corbel_call_leave(&call);
	unbind(_i);
}
END_TEST

START_TEST(notes_service_and_method_in_the_frame)
{
	bind(0);
	ck_assert_int_eq(test_rich_nothing(use), 0);
	ck_assert_ptr_eq(fake.thread.frames[0].service, &fake.service);
	ck_assert_uint_eq(fake.thread.frames[0].method, 5);
	unbind(0);
}
END_TEST

START_TEST(does_not_call_through_a_closed_gate)
{
	bind(0);
	fake.service.gate = 1;
	ck_assert_int_eq(test_rich_nothing(use), -ENOTCONN);
	ck_assert_uint_eq(fake.depth_seen, 0);
	corbel_thread->depth = 0; /* the real way in puts it back itself */
	unbind(0);
}
END_TEST

static const struct corbel_method *method_find(const char *name)
{
	for (size_t i = 0; i < test_rich_interface.method_count; i++)
		if (strcmp(test_rich_interface.methods[i].name, name) == 0)
			return &test_rich_interface.methods[i];
	return NULL;
}

START_TEST(describes_methods_and_structs)
{
	const struct corbel_interface *interface = &test_rich_interface;
	const struct corbel_method *texts = method_find("texts");
	const struct corbel_method *lend = method_find("lend");
	const struct corbel_struct *label = &interface->structs[1];

	ck_assert_str_eq(interface->name, "test.rich");
	ck_assert(interface->major == 1 && interface->minor == 2 && interface->method_count == 6);
	ck_assert(texts->error_count == 2 && texts->errors[0] == ENOENT && texts->errors[1] == EIO);
	ck_assert_int_eq(lend->in[0].kind, CORBEL_KIND_REF);
	ck_assert_str_eq(lend->in[0].reference, "test.other");
	ck_assert_int_eq(method_find("nothing")->since, 1);
	ck_assert_str_eq(label->name, "label");
	ck_assert_uint_eq(label->size, sizeof(struct test_rich_label));
	ck_assert_uint_eq(label->fields[2].offset, offsetof(struct test_rich_label, at));
	ck_assert_uint_eq(label->fields[1].flat_offset, sizeof(struct corbel_flat));
	ck_assert_int_eq(interface->enums[0].values[2].value, -5);
	ck_assert_uint_eq(interface->enums[0].values[3].since, 1);
}
END_TEST

START_TEST(has_the_fingerprint_of_every_minor_it_grew_from)
{
	const uint64_t *own = test_rich_interface.fingerprints;

	ck_assert_uint_eq(own[0], old_interface->fingerprints[0]);
	ck_assert(own[0] != own[1] && own[1] != own[2]);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("calls");
	TCase *both = tcase_create("straight and marshalled");
	TCase *once = tcase_create("once");

	tcase_add_loop_test(both, returns_every_scalar, 0, 2);
	tcase_add_loop_test(both, returns_strings_and_bytes_that_belong_to_the_caller, 0, 2);
	tcase_add_loop_test(both, passes_an_error_on_and_leaves_the_results_alone, 0, 2);
	tcase_add_loop_test(both, returns_structs_and_clears_them, 0, 2);
	tcase_add_loop_test(both, returns_arrays_and_frees_them, 0, 2);
	tcase_add_loop_test(both, lends_a_use_and_calls_without_parameters, 0, 2);
	tcase_add_loop_test(both, covers_several_calls_with_one_frame, 0, 2);
	suite_add_tcase(suite, both);
	tcase_add_test(once, notes_service_and_method_in_the_frame);
	tcase_add_test(once, does_not_call_through_a_closed_gate);
	tcase_add_test(once, describes_methods_and_structs);
	tcase_add_test(once, has_the_fingerprint_of_every_minor_it_grew_from);
	suite_add_tcase(suite, once);
	return suite;
}

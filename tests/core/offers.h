/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the registry share: two providers and a consumer of one interface with one
 * method.
 */
#ifndef TEST_OFFERS_H
#define TEST_OFFERS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "registry.h"

struct methods {
	uint32_t size, reserved;
	int (*get)(void *self, int *out);
};

static const struct corbel_method method_list[] = { { .name = "get", .since = 0 } };
static const uint64_t layout_one[] = { 0x11, 0x12, 0x13 };
static const uint64_t layout_two[] = { 0x21, 0x22, 0x23 };
static struct loop *loop;
static struct catalogue *catalogue;
static struct registry *registry;
static struct gate_owner owner_a, owner_b;
static struct ledger ledger_a, ledger_b, ledger_user;
static struct party party_a, party_b, user;

static inline int get(void *self, int *out)
{
	*out = *(int *)self;
	return 0;
}

static const struct methods table = { .size = sizeof(table), .get = get };

static inline struct corbel_interface interface_of(const char *name, unsigned minor,
						   const uint64_t *layout)
{
	return (struct corbel_interface){
		.size = sizeof(struct corbel_interface),
		.major = 1,
		.minor = (uint16_t)minor,
		.name = name,
		.fingerprints = layout,
		.methods = method_list,
		.method_count = 1,
	};
}

static inline struct party party_of(const char *name, struct gate_owner *owner,
				    struct ledger *ledger)
{
	*owner = (struct gate_owner){ .name = name,
				      .version = "1.0",
				      .timeout = 20 * CORBEL_SECOND };
	ledger_init(ledger);
	return (struct party){
		.plugin = name, .owner = owner, .ledger = ledger, .strand = loop_control(loop)
	};
}

static inline void set_up(void)
{
	static struct gate_owner owner_user;

	ck_assert_int_eq(loop_new(0, &loop), 0);
	catalogue = catalogue_new();
	ck_assert_int_eq(registry_new(catalogue, &registry), 0);
	party_a = party_of("a", &owner_a, &ledger_a);
	party_b = party_of("b", &owner_b, &ledger_b);
	user = party_of("user", &owner_user, &ledger_user);
}

static inline void tear_down(void)
{
	ledger_sweep(&ledger_user);
	ledger_sweep(&ledger_a);
	ledger_sweep(&ledger_b);
	registry_free(registry);
	catalogue_free(catalogue);
	loop_free(loop);
	ck_assert_uint_eq(gate_collect(), 0);
}

static inline struct corbel_provision *provide(struct party *party, unsigned minor, int rank,
					       int *self)
{
	struct corbel_interface offered = interface_of("test.value", minor, layout_one);
	struct corbel_service_options options = { .size = sizeof(options), .rank = rank };
	struct corbel_provision *provision;
	struct corbel_error error = { "" };
	int result = registry_provide(registry, party, &offered, &table, self, &options, &provision,
				      &error);

	ck_assert_msg(result == 0, "%s", error.text);
	return provision;
}

static inline struct corbel_use *acquire(unsigned minor, const struct corbel_use_options *options)
{
	struct corbel_interface wanted = interface_of("test.value", minor, layout_one);
	struct corbel_use *use;
	struct corbel_error error = { "" };
	int result = registry_acquire(registry, &user, &wanted, options, &use, &error);

	ck_assert_msg(result == 0, "%s", error.text);
	return use;
}

/* What the service behind the use says, or -errno of the call. */
static inline int value(struct corbel_use *use)
{
	struct corbel_call call;
	int out = 0, result = corbel_call_enter(&call, use, 0);

	if (result)
		return result;
	result = ((const struct methods *)call.service->table)->get(call.service->self, &out);
	corbel_call_leave(&call);
	return result ? result : out;
}

static inline void provide_with(struct party *party, const char *name, const char *text, int *self)
{
	struct corbel_interface offered = interface_of("test.value", 0, layout_one);
	struct corbel_property properties[] = { { "kind", "value" }, { name, text } };
	struct corbel_service_options options = { .size = sizeof(options),
						  .properties = properties,
						  .property_count = 2 };
	struct corbel_provision *provision;

	ck_assert_int_eq(registry_provide(registry, party, &offered, &table, self, &options,
					  &provision, NULL),
			 0);
}

#endif

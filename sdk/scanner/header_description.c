/* SPDX-License-Identifier: MIT */
/* Of a generated header: the constant description of everything in it. */
#include "header.h"

#include <inttypes.h>

static const char *kind_name(enum corbel_kind kind)
{
	static const char *const names[] = {
		[CORBEL_KIND_BOOL] = "BOOL",     [CORBEL_KIND_I32] = "I32",
		[CORBEL_KIND_U32] = "U32",       [CORBEL_KIND_I64] = "I64",
		[CORBEL_KIND_U64] = "U64",       [CORBEL_KIND_F64] = "F64",
		[CORBEL_KIND_STRING] = "STRING", [CORBEL_KIND_BYTES] = "BYTES",
		[CORBEL_KIND_ENUM] = "ENUM",     [CORBEL_KIND_STRUCT] = "STRUCT",
		[CORBEL_KIND_REF] = "REF",
	};

	return names[kind];
}

/* `flat` is the struct whose members the flat offsets are, NULL for parameters, which have none. */
static void field_print(const struct writing *writing, const struct field *field, const char *owner,
			const char *flat)
{
	struct interface *interface = writing->interface;

	emit_format(writing, "\t{\"%s\", ", field->name);
	emit_string(writing->to, field->type.kind == CORBEL_KIND_REF ? field->type.word : "");
	emit_format(writing, ", CORBEL_KIND_%s, %d, %u, %zu, 0, ", kind_name(field->type.kind),
		    field->type.array, field->since, field->type.index);
	if (flat)
		emit_format(writing,
			    "(uint32_t)offsetof(struct %s_%s, %s),\n"
			    "\t\t(uint32_t)offsetof(struct %s_%s, %s)},\n",
			    interface->prefix, owner, field->name, interface->prefix, flat,
			    field->name);
	else
		emit_format(writing, "0, 0},\n");
}

/*
 * An array PREFIX_interface_KIND_NAME; nothing when there are no fields, since C has no empty
 * arrays.
 */
static void fields_print(const struct writing *writing, const struct fields *fields,
			 const char *owner, const char *flat, const char *what)
{
	if (fields->count == 0)
		return;
	emit(writing, owner, "\nstatic const struct corbel_field @p_interface_@n_");
	emit_format(writing, "%s[] = {\n", what);
	for (size_t i = 0; i < fields->count; i++)
		field_print(writing, &fields->items[i], owner, flat);
	emit_format(writing, "};\n");
}

static void reference_print(const struct writing *writing, const char *owner, const char *what,
			    size_t count)
{
	if (count)
		emit_format(writing, "%s_interface_%s_%s, ", writing->interface->prefix, owner,
			    what);
	else
		emit_format(writing, "NULL, ");
}

static const char *flat_name(const struct writing *writing, const struct compound *compound)
{
	return arena_print(&writing->interface->arena, "%s%s", compound->member->name,
			   compound->is_scalar ? "" : "_flat");
}

static void enums_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	for (size_t i = 0; i < interface->enum_count; i++) {
		const struct enumeration *enumeration = &interface->enums[i];

		emit(writing, enumeration->member.name,
		     "\nstatic const struct corbel_enum_value @p_interface_@n_values[] = {\n");
		for (size_t j = 0; j < enumeration->value_count; j++) {
			const struct enum_value *value = &enumeration->values[j];

			emit_format(writing, "\t{\"%s\", %s%" PRId32 "%s, %u},\n", value->name,
				    value->value == INT32_MIN ? "-" : "",
				    value->value == INT32_MIN ? INT32_MAX : value->value,
				    value->value == INT32_MIN ? " - 1" : "", value->since);
		}
		emit_format(writing, "};\n");
	}
	if (interface->enum_count == 0)
		return;
	emit(writing, "", "\nstatic const struct corbel_enum @p_interface_enums[] = {\n");
	for (size_t i = 0; i < interface->enum_count; i++) {
		emit(writing, interface->enums[i].member.name,
		     "\t{\"@n\", @p_interface_@n_values, ");
		emit_format(writing, "%zu},\n", interface->enums[i].value_count);
	}
	emit_format(writing, "};\n");
}

static void structs_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	for (size_t i = 0; i < interface->struct_count; i++) {
		struct compound compound = compound_of_struct(&interface->structs[i]);

		fields_print(writing, compound.fields, compound.member->name,
			     flat_name(writing, &compound), "fields");
	}
	if (interface->struct_count == 0)
		return;
	emit(writing, "", "\nstatic const struct corbel_struct @p_interface_structs[] = {\n");
	for (size_t i = 0; i < interface->struct_count; i++) {
		struct compound compound = compound_of_struct(&interface->structs[i]);

		emit(writing, compound.member->name, "\t{\"@n\", @p_interface_@n_fields, ");
		emit_format(writing, "%zu, ", compound.fields->count);
		emit(writing, compound.member->name, "(uint32_t)sizeof(struct @p_@n),\n");
		emit(writing, flat_name(writing, &compound),
		     "\t\t(uint32_t)sizeof(struct @p_@n)},\n");
	}
	emit_format(writing, "};\n");
}

static void method_parts_print(const struct writing *writing, const struct method *method)
{
	fields_print(writing, &method->in, method->member.name, NULL, "in");
	fields_print(writing, &method->out, method->member.name, NULL, "out");
	if (method->error_count == 0)
		return;
	emit(writing, method->member.name, "\nstatic const int @p_interface_@n_errors[] = {");
	for (size_t i = 0; i < method->error_count; i++)
		emit_format(writing, "%s%s", i ? ", " : "", method->errors[i]);
	emit_format(writing, "};\n");
}

static void methods_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	for (size_t i = 0; i < interface->method_count; i++)
		method_parts_print(writing, &interface->methods[i]);
	if (interface->method_count == 0)
		return;
	emit(writing, "", "\nstatic const struct corbel_method @p_interface_methods[] = {\n");
	for (size_t i = 0; i < interface->method_count; i++) {
		const struct method *method = &interface->methods[i];
		const char *name = method->member.name;

		emit_format(writing, "\t{\"%s\", ", name);
		emit_string(writing->to, method->member.summary);
		emit_format(writing, ",\n\t\t");
		reference_print(writing, name, "in", method->in.count);
		reference_print(writing, name, "out", method->out.count);
		reference_print(writing, name, "errors", method->error_count);
		emit_format(writing, "%zu, %zu, %zu, %u},\n", method->in.count, method->out.count,
			    method->error_count, method->member.since);
	}
	emit_format(writing, "};\n");
}

static void events_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	for (size_t i = 0; i < interface->event_count; i++) {
		struct compound compound = compound_of_event(&interface->events[i]);

		fields_print(writing, compound.fields, compound.member->name,
			     flat_name(writing, &compound), "fields");
	}
	if (interface->event_count == 0)
		return;
	emit(writing, "", "\nstatic const struct corbel_event @p_interface_events[] = {\n");
	for (size_t i = 0; i < interface->event_count; i++) {
		struct compound compound = compound_of_event(&interface->events[i]);
		const char *name = compound.member->name;

		emit_format(writing, "\t{\"%s\", ", name);
		emit_string(writing->to, compound.member->summary);
		emit_format(writing, ",\n\t\t");
		reference_print(writing, name, "fields", compound.fields->count);
		emit_format(writing, "%zu, %u,\n", compound.fields->count, compound.member->since);
		emit(writing, name, "\t\t(uint32_t)sizeof(struct @p_@n), ");
		emit(writing, flat_name(writing, &compound),
		     "(uint32_t)sizeof(struct @p_@n), 0},\n");
	}
	emit_format(writing, "};\n");
}

static void list_print(const struct writing *writing, const char *what, size_t count)
{
	if (count)
		emit(writing, what, "\t@p_interface_@n,\n");
	else
		emit_format(writing, "\tNULL,\n");
}

static void fingerprints_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	emit(writing, "",
	     "\n/* One for each minor: what must be equal between provider and consumer. */\n"
	     "static const uint64_t @p_interface_fingerprints[] = {\n");
	for (unsigned int minor = 0; minor <= interface->minor; minor++)
		emit_format(writing, "\tUINT64_C(0x%016" PRIx64 "),\n",
			    fingerprint(interface, minor));
	emit_format(writing, "};\n");
}

void header_description(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	enums_print(writing);
	structs_print(writing);
	methods_print(writing);
	events_print(writing);
	fingerprints_print(writing);
	emit(writing, "",
	     "\nstatic const struct corbel_interface @p_interface __attribute__((unused)) = {\n"
	     "\t(uint32_t)sizeof(struct corbel_interface),\n");
	emit_format(writing, "\t%u,\n\t%u,\n\t\"%s\",\n\t", interface->major, interface->minor,
		    interface->name);
	emit_string(writing->to, interface->summary);
	emit(writing, "", ",\n\t@p_interface_fingerprints,\n");
	list_print(writing, "methods", interface->method_count);
	list_print(writing, "events", interface->event_count);
	list_print(writing, "structs", interface->struct_count);
	list_print(writing, "enums", interface->enum_count);
	emit_format(writing, "\t%zu,\n\t%zu,\n\t%zu,\n\t%zu,\n", interface->method_count,
		    interface->event_count, interface->struct_count, interface->enum_count);
	emit(writing, "", interface->method_count ? "\t&@p_marshalled\n};\n" : "\tNULL\n};\n");
}

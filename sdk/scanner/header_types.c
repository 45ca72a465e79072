/* SPDX-License-Identifier: MIT */
/* Of a generated header: enums, structs, and what frees the memory in them. */
#include "header.h"

#include <inttypes.h>

#include "names.h"

static void enum_print(const struct writing *writing, const struct enumeration *enumeration)
{
	struct arena *arena = &writing->interface->arena;
	const char *upper = name_upper(arena, enumeration->member.name);

	emit_format(writing, "\n");
	emit_summary(writing, "", enumeration->member.summary, enumeration->member.since);
	/*
	 * A C++ enum without a fixed type must not hold a number that only newer publishers know. /
	 */
	emit(writing, enumeration->member.name,
	     "enum @p_@n\n"
	     "#ifdef __cplusplus\n"
	     "\t: int32_t\n"
	     "#endif\n"
	     "{\n");
	for (size_t i = 0; i < enumeration->value_count; i++) {
		const struct enum_value *value = &enumeration->values[i];
		const char *comma = i + 1 < enumeration->value_count ? "," : "";
		const char *name = name_upper(arena, value->name);

		emit(writing, upper, "\t@u_@n_");
		if (value->value == INT32_MIN)
			emit_format(writing, "%s = -%d - 1%s", name, INT32_MAX, comma);
		else
			emit_format(writing, "%s = %" PRId32 "%s", name, value->value, comma);
		if (value->since > enumeration->member.since)
			emit_format(writing, " /* since %u.%u */", writing->interface->major,
				    value->since);
		emit_format(writing, "\n");
	}
	emit(writing, enumeration->member.name,
	     "};\n"
	     "\n"
	     "CORBEL_STATIC_ASSERT(sizeof(enum @p_@n) == 4, \"an enum crosses as 32 bits\");\n");
}

/* What the items of an array are, which its C type does not say. */
static void array_comment(const struct writing *writing, const struct field *field)
{
	struct type item = field->type;

	item.array = false;
	if (field->type.array)
		emit_format(writing, " /* of %s */", emit_type(writing, &item));
}

static void struct_print(const struct writing *writing, const struct structure *structure)
{
	emit_format(writing, "\n");
	emit_summary(writing, "", structure->member.summary, structure->member.since);
	emit(writing, structure->member.name, "struct @p_@n {\n");
	for (size_t i = 0; i < structure->fields.count; i++) {
		const struct field *field = &structure->fields.items[i];

		emit_format(writing, "\t%s%s;", emit_type(writing, &field->type), field->name);
		array_comment(writing, field);
		emit_format(writing, "\n");
	}
	emit_format(writing, "};\n");
}

static void array_clear_print(const struct writing *writing, const struct field *field)
{
	if (field->type.kind == CORBEL_KIND_STRING)
		emit(writing, field->name,
		     "\t@p_strings_free(context_, (char **)(uintptr_t)item_->@n.items,\n"
		     "\t\titem_->@n.count);\n");
	else if (field->type.kind == CORBEL_KIND_BYTES)
		emit(writing, field->name,
		     "\t@p_bytes_free(context_,\n"
		     "\t\t(struct corbel_bytes *)(uintptr_t)item_->@n.items, item_->@n.count);\n");
	else if (field->type.kind == CORBEL_KIND_STRUCT) {
		emit(writing, field->type.word,
		     "\t@p_@ns_free(context_, (struct @p_@n *)(uintptr_t)item_->");
		emit_format(writing, "%s.items,\n\t\titem_->%s.count);\n", field->name,
			    field->name);
	} else
		emit(writing, field->name, "\tcorbel_free(context_, item_->@n.items);\n");
}

static void field_clear_print(const struct writing *writing, const struct field *field)
{
	if (field->type.array)
		array_clear_print(writing, field);
	else if (field->type.kind == CORBEL_KIND_STRING)
		emit(writing, field->name, "\tcorbel_free(context_, item_->@n);\n");
	else if (field->type.kind == CORBEL_KIND_BYTES)
		emit(writing, field->name, "\tcorbel_free(context_, item_->@n.data);\n");
	else if (field->type.kind == CORBEL_KIND_STRUCT) {
		emit(writing, field->type.word, "\t@p_@n_clear(context_, &item_->");
		emit_format(writing, "%s);\n", field->name);
	}
}

static void clear_print(const struct writing *writing, const struct structure *structure)
{
	emit(writing, structure->member.name,
	     "\n"
	     "/* Frees what a returned struct holds and zeroes it. [any thread] */\n"
	     "static inline void @p_@n_clear(struct corbel_context *context_,\n"
	     "\tstruct @p_@n *item_)\n"
	     "{\n"
	     "\t(void)context_;\n");
	for (size_t i = 0; i < structure->fields.count; i++)
		field_clear_print(writing, &structure->fields.items[i]);
	emit(writing, structure->member.name,
	     "\tmemset(item_, 0, sizeof(*item_));\n"
	     "}\n"
	     "\n"
	     "/* Frees a returned array and what its items hold; NULL is allowed. [any thread] */\n"
	     "static inline void @p_@ns_free(struct corbel_context *context_,\n"
	     "\tstruct @p_@n *items_, size_t count_)\n"
	     "{\n"
	     "\tfor (size_t i_ = 0; items_ && i_ < count_; i_++)\n"
	     "\t\t@p_@n_clear(context_, &items_[i_]);\n"
	     "\tcorbel_free(context_, items_);\n"
	     "}\n");
}

static bool fields_have_array(const struct fields *fields, enum corbel_kind kind)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->items[i].type.array && fields->items[i].type.kind == kind)
			return true;
	return false;
}

/* Whether memory of that kind ever comes to a consumer: in an out parameter or a struct. */
static bool interface_has_array(const struct interface *interface, enum corbel_kind kind)
{
	for (size_t i = 0; i < interface->struct_count; i++)
		if (fields_have_array(&interface->structs[i].fields, kind))
			return true;
	for (size_t i = 0; i < interface->method_count; i++)
		if (fields_have_array(&interface->methods[i].out, kind))
			return true;
	return false;
}

static void array_free_print(const struct writing *writing)
{
	if (interface_has_array(writing->interface, CORBEL_KIND_STRING))
		emit(writing, "",
		     "\n"
		     "/* Frees a returned array of strings; NULL is allowed. [any thread] */\n"
		     "static inline void @p_strings_free(struct corbel_context *context_,\n"
		     "\tchar **items_, size_t count_)\n"
		     "{\n"
		     "\tfor (size_t i_ = 0; items_ && i_ < count_; i_++)\n"
		     "\t\tcorbel_free(context_, items_[i_]);\n"
		     "\tcorbel_free(context_, items_);\n"
		     "}\n");
	if (interface_has_array(writing->interface, CORBEL_KIND_BYTES))
		emit(writing, "",
		     "\n"
		     "/* Frees a returned array of byte strings; NULL is allowed. [any thread] */\n"
		     "static inline void @p_bytes_free(struct corbel_context *context_,\n"
		     "\tstruct corbel_bytes *items_, size_t count_)\n"
		     "{\n"
		     "\tfor (size_t i_ = 0; items_ && i_ < count_; i_++)\n"
		     "\t\tcorbel_free(context_, items_[i_].data);\n"
		     "\tcorbel_free(context_, items_);\n"
		     "}\n");
}

void header_types(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	for (size_t i = 0; i < interface->enum_count; i++)
		enum_print(writing, &interface->enums[i]);
	for (size_t i = 0; i < interface->struct_count; i++)
		struct_print(writing, &interface->structs[i]);
	array_free_print(writing);
	for (size_t i = 0; i < interface->struct_count; i++)
		clear_print(writing, &interface->structs[i]);
}

static void event_print(const struct writing *writing, const struct event *event)
{
	struct compound compound = compound_of_event(event);

	emit_format(writing, "\n");
	emit_summary(writing, "", event->member.summary, event->member.since);
	emit_format(writing, "/* Borrowed until the handler returns. What an older publisher lacks "
			     "is zero. */\n");
	emit(writing, event->member.name,
	     "struct @p_@n {\n"
	     "\tuint32_t size __attribute__((aligned(8))); /* set by publish */\n");
	for (size_t i = 0; i < event->fields.count; i++) {
		const struct field *field = &event->fields.items[i];

		emit_format(writing, "\t%s%s", emit_type(writing, &field->type), field->name);
		emit_format(writing, "%s;",
			    compound_steps(&compound, i) ? " __attribute__((aligned(8)))" : "");
		array_comment(writing, field);
		if (field->since > event->member.since)
			emit_format(writing, " /* since %u.%u */", writing->interface->major,
				    field->since);
		emit_format(writing, "\n");
	}
	emit_format(writing, "};\n");
}

void header_event_types(const struct writing *writing)
{
	for (size_t i = 0; i < writing->interface->event_count; i++)
		event_print(writing, &writing->interface->events[i]);
}

/* SPDX-License-Identifier: MIT */
/* Printing C text about an interface: templates, comments, strings, types. */
#include "emit.h"

#include <stdarg.h>
#include <string.h>

void emit(const struct writing *writing, const char *name, const char *text)
{
	const struct interface *interface = writing->interface;

	for (; *text; text++) {
		if (*text != '@')
			putc(*text, writing->to);
		else if (*++text == 'p')
			fputs(interface->prefix, writing->to);
		else if (*text == 'u')
			fputs(interface->upper, writing->to);
		else if (*text == 'i')
			fputs(interface->name, writing->to);
		else
			fputs(name, writing->to);
	}
}

void emit_format(const struct writing *writing, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(writing->to, format, arguments);
	va_end(arguments);
}

/*
 * A comment's end would let the rest of a summary out into the code; its beginning draws a warning.
 * /
 */
void emit_comment_text(const struct writing *writing, const char *text)
{
	for (; *text; text++) {
		putc(*text, writing->to);
		if ((text[0] == '*' && text[1] == '/') || (text[0] == '/' && text[1] == '*'))
			putc(' ', writing->to);
	}
}

void emit_summary(const struct writing *writing, const char *indent, const char *summary,
		  unsigned int since)
{
	if (*summary == '\0' && since == 0)
		return;
	emit_format(writing, "%s/* ", indent);
	emit_comment_text(writing, summary);
	if (since)
		emit_format(writing, "%ssince %u.%u", *summary ? "; " : "",
			    writing->interface->major, since);
	emit_format(writing, " */\n");
}

void emit_string(FILE *to, const char *text)
{
	if (*text == '\0') {
		fputs("NULL", to);
		return;
	}
	putc('"', to);
	for (; *text; text++) {
		/* The question mark, because two of them may begin a trigraph. */
		if (strchr("\"\\?", *text))
			putc('\\', to);
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '\t')
			fputs("\\t", to);
		else
			putc(*text, to);
	}
	putc('"', to);
}

static const char *scalar_type(enum corbel_kind kind)
{
	switch (kind) {
	case CORBEL_KIND_BOOL:
		return "bool ";
	case CORBEL_KIND_I32:
		return "int32_t ";
	case CORBEL_KIND_U32:
		return "uint32_t ";
	case CORBEL_KIND_I64:
		return "int64_t ";
	case CORBEL_KIND_U64:
		return "uint64_t ";
	case CORBEL_KIND_F64:
		return "double ";
	case CORBEL_KIND_STRING:
		return "const char *";
	case CORBEL_KIND_BYTES:
		return "struct corbel_bytes ";
	default:
		return "struct corbel_use *";
	}
}

/* Of one item: whether it is an array does not matter here. */
static char *item_type(const struct writing *writing, const struct type *type)
{
	struct interface *interface = writing->interface;

	if (type->kind == CORBEL_KIND_ENUM)
		return arena_print(&interface->arena, "enum %s_%s ", interface->prefix, type->word);
	if (type->kind == CORBEL_KIND_STRUCT)
		return arena_print(&interface->arena, "struct %s_%s ", interface->prefix,
				   type->word);
	return arena_print(&interface->arena, "%s", scalar_type(type->kind));
}

char *emit_type(const struct writing *writing, const struct type *type)
{
	if (type->array)
		return arena_print(&writing->interface->arena, "struct corbel_array ");
	return item_type(writing, type);
}

static void in_emit(const struct writing *writing, const struct field *field)
{
	const char *item = item_type(writing, &field->type);

	if (field->type.array && field->type.kind == CORBEL_KIND_STRING)
		emit_format(writing, "const char *const *%s", field->name);
	else if (field->type.array || field->type.kind == CORBEL_KIND_STRUCT)
		emit_format(writing, "const %s*%s", item, field->name);
	else
		emit_format(writing, "%s%s", item, field->name);
}

static void out_emit(const struct writing *writing, const struct field *field)
{
	const char *item = field->type.kind == CORBEL_KIND_STRING
				   ? "char *"
				   : item_type(writing, &field->type);

	emit_format(writing, "%s%s%s", item, field->type.array ? "**" : "*", field->name);
}

void emit_parameter(const struct writing *writing, const struct field *field, bool out,
		    const char *between)
{
	if (out)
		out_emit(writing, field);
	else
		in_emit(writing, field);
	if (field->type.array)
		emit_format(writing, "%ssize_t %s%s_count", between, out ? "*" : "", field->name);
}

static void names_emit(const struct writing *writing, const struct fields *fields,
		       const char *before)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		emit_format(writing, ", %s%s", before, field->name);
		if (field->type.array)
			emit_format(writing, ", %s%s_count", before, field->name);
	}
}

void emit_arguments(const struct writing *writing, const struct method *method, const char *before)
{
	names_emit(writing, &method->in, before);
	names_emit(writing, &method->out, before);
}

static void parameters_emit(const struct writing *writing, const struct fields *fields, bool out)
{
	for (size_t i = 0; i < fields->count; i++) {
		emit_format(writing, ", ");
		emit_parameter(writing, &fields->items[i], out, ", ");
	}
}

void emit_parameters(const struct writing *writing, const struct method *method)
{
	parameters_emit(writing, &method->in, false);
	parameters_emit(writing, &method->out, true);
}

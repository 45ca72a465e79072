/* SPDX-License-Identifier: MIT */
/* The command `doc`: the manual page of an interface, in man(7) macros. */
#include "command.h"
#include "interface.h"
#include "names.h"

/*
 * Text that roff takes as it is: no escapes, and no request by a dot or an apostrophe at the start.
 * /
 */
static void text_print(FILE *to, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", to);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", to);
		else if (*text == '-')
			fputs("\\-", to);
		else if (*text == '"')
			fputs("\\(dq", to);
		else
			putc(*text, to);
	}
}

static void type_print(FILE *to, const struct type *type)
{
	fprintf(to, "%s%s%s", type->kind == CORBEL_KIND_REF ? "ref " : "", type->word,
		type->array ? "[]" : "");
}

static void since_print(FILE *to, const struct interface *interface, unsigned int since)
{
	if (since)
		fprintf(to, "Since %u.%u.\n", interface->major, since);
}

static void fields_print(FILE *to, const struct interface *interface, const char *heading,
			 const struct fields *fields)
{
	if (fields->count == 0)
		return;
	fprintf(to, ".IP \"%s\" 10\n", heading);
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		fprintf(to, "%s\\fI%s\\fR: ", i ? ".br\n" : "", field->name);
		type_print(to, &field->type);
		if (field->since)
			fprintf(to, " (since %u.%u)", interface->major, field->since);
		putc('\n', to);
	}
}

static void member_print(FILE *to, const struct interface *interface, const struct member *member)
{
	fprintf(to, ".SS %s\n", member->name);
	if (*member->summary) {
		text_print(to, member->summary);
		fputs(".\n", to);
	}
	since_print(to, interface, member->since);
}

/* What follows is a paragraph of its own, unless nothing stands above it. */
static void paragraph_begin(FILE *to, const struct member *member)
{
	if (*member->summary || member->since)
		fputs(".PP\n", to);
}

static void names_print(FILE *to, const struct fields *fields, const char *before)
{
	for (size_t i = 0; i < fields->count; i++) {
		const char *name = fields->items[i].name;

		fprintf(to, ", \\fI%s%s\\fR", before, name);
		if (fields->items[i].type.array)
			fprintf(to, ", \\fI%s%s_count\\fR", before, name);
	}
}

static void prototype_print(FILE *to, const struct interface *interface,
			    const struct method *method)
{
	paragraph_begin(to, &method->member);
	fprintf(to, ".B %s_%s\\fR(\\fIuse\\fR", interface->prefix, method->member.name);
	names_print(to, &method->in, "");
	names_print(to, &method->out, "&");
	fputs(")\n", to);
}

static void methods_print(FILE *to, const struct interface *interface)
{
	if (interface->method_count)
		fputs(".SH METHODS\nEach returns 0 or a negative errno value; a call without a "
		      "provider "
		      "gives \\-ENOTCONN.\nWhat comes back in strings, bytes and arrays belongs to "
		      "the "
		      "caller.\n",
		      to);
	for (size_t i = 0; i < interface->method_count; i++) {
		const struct method *method = &interface->methods[i];

		member_print(to, interface, &method->member);
		prototype_print(to, interface, method);
		fields_print(to, interface, "in", &method->in);
		fields_print(to, interface, "out", &method->out);
		if (method->error_count)
			fputs(".IP errors 10\n", to);
		for (size_t j = 0; j < method->error_count; j++)
			fprintf(to, "%s%s", method->errors[j],
				j + 1 < method->error_count ? ", " : "\n");
	}
}

static void events_print(FILE *to, const struct interface *interface)
{
	if (interface->event_count)
		fputs(".SH EVENTS\n", to);
	for (size_t i = 0; i < interface->event_count; i++) {
		const struct event *event = &interface->events[i];

		member_print(to, interface, &event->member);
		paragraph_begin(to, &event->member);
		fprintf(to, "Topic \\fB%s.%s\\fR.\n", interface->name, event->member.name);
		fields_print(to, interface, "fields", &event->fields);
	}
}

static void types_print(FILE *to, const struct interface *interface)
{
	if (interface->enum_count || interface->struct_count)
		fputs(".SH TYPES\n", to);
	for (size_t i = 0; i < interface->enum_count; i++) {
		const struct enumeration *enumeration = &interface->enums[i];

		member_print(to, interface, &enumeration->member);
		fputs(".IP values 10\n", to);
		for (size_t j = 0; j < enumeration->value_count; j++) {
			const struct enum_value *value = &enumeration->values[j];

			fprintf(to, "%s\\fI%s\\fR %s%u", j ? ".br\n" : "", value->name,
				value->value < 0 ? "\\-" : "",
				value->value < 0 ? 0u - (unsigned int)value->value
						 : (unsigned int)value->value);
			if (value->since)
				fprintf(to, " (since %u.%u)", interface->major, value->since);
			putc('\n', to);
		}
	}
	for (size_t i = 0; i < interface->struct_count; i++) {
		member_print(to, interface, &interface->structs[i].member);
		fields_print(to, interface, "members", &interface->structs[i].fields);
	}
}

int command_doc(const char *const *inputs, FILE *to, struct complaints *complaints)
{
	struct interface *interface;
	int result = interface_read(inputs[0], &interface, complaints);

	if (result < 0)
		return result;
	fprintf(to,
		".\\\" Made by corbel-scanner from the interface file: edit that.\n"
		".TH %s 7 \"\" \"%s %u.%u\" \"Corbel interfaces\"\n.SH NAME\n%s \\- ",
		name_upper(&interface->arena, interface->name), interface->name, interface->major,
		interface->minor, interface->name);
	text_print(to, *interface->summary ? interface->summary : "Corbel interface");
	fprintf(to, "\n.SH SYNOPSIS\n.nf\n#include \"%s.h\"\n.fi\n", interface->name);
	methods_print(to, interface);
	events_print(to, interface);
	types_print(to, interface);
	fputs(".SH SEE ALSO\n.BR corbel\\-scanner (1)\n", to);
	interface_free(interface);
	return 0;
}

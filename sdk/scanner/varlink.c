/* SPDX-License-Identifier: MIT */
/*
 * The command `varlink`: the interface as tools outside see it on the control socket.
 *
 * Names become UpperCamelCase, an event a method Monitor<Name> that answers again and again, an
 * errno value an error of that name without parameters. JSON has one kind of number and no bytes:
 * comments say what that means.
 */
#include <stdbool.h>
#include <string.h>

#include "command.h"
#include "interface.h"
#include "names.h"

static const char *type_name(struct interface *interface, const struct type *type)
{
	switch (type->kind) {
	case CORBEL_KIND_BOOL:
		return "bool";
	case CORBEL_KIND_F64:
		return "float";
	case CORBEL_KIND_STRING:
	case CORBEL_KIND_BYTES:
	case CORBEL_KIND_REF:
		return "string";
	case CORBEL_KIND_ENUM:
	case CORBEL_KIND_STRUCT:
		return name_camel(&interface->arena, type->word);
	default:
		return "int";
	}
}

static void field_comment_print(FILE *to, const struct interface *interface,
				const struct field *field)
{
	if (field->type.kind == CORBEL_KIND_BYTES)
		fprintf(to, "# %s: base64\n", field->name);
	if (field->type.kind == CORBEL_KIND_U64)
		fprintf(to, "# %s: a value above 9223372036854775807 is an error\n", field->name);
	if (field->type.kind == CORBEL_KIND_REF)
		fprintf(to, "# %s: the name of a plugin that provides %s\n", field->name,
			field->type.word);
	if (field->since)
		fprintf(to, "# %s: since %u.%u\n", field->name, interface->major, field->since);
}

static void comments_print(FILE *to, const struct interface *interface, const struct member *member,
			   const struct fields *fields)
{
	putc('\n', to);
	if (*member->summary)
		fprintf(to, "# %s\n", member->summary);
	if (member->since)
		fprintf(to, "# since %u.%u\n", interface->major, member->since);
	for (size_t i = 0; fields && i < fields->count; i++)
		field_comment_print(to, interface, &fields->items[i]);
}

static void fields_print(FILE *to, struct interface *interface, const struct fields *fields)
{
	putc('(', to);
	for (size_t i = 0; i < fields->count; i++)
		fprintf(to, "%s%s: %s%s", i ? ", " : "", fields->items[i].name,
			fields->items[i].type.array ? "[]" : "",
			type_name(interface, &fields->items[i].type));
	putc(')', to);
}

static void types_print(FILE *to, struct interface *interface)
{
	for (size_t i = 0; i < interface->enum_count; i++) {
		const struct enumeration *enumeration = &interface->enums[i];

		comments_print(to, interface, &enumeration->member, NULL);
		fprintf(to, "type %s (", name_camel(&interface->arena, enumeration->member.name));
		for (size_t j = 0; j < enumeration->value_count; j++)
			fprintf(to, "%s%s", j ? ", " : "", enumeration->values[j].name);
		fputs(")\n", to);
	}
	for (size_t i = 0; i < interface->struct_count; i++) {
		const struct structure *structure = &interface->structs[i];

		comments_print(to, interface, &structure->member, &structure->fields);
		fprintf(to, "type %s ", name_camel(&interface->arena, structure->member.name));
		fields_print(to, interface, &structure->fields);
		putc('\n', to);
	}
}

static void methods_print(FILE *to, struct interface *interface)
{
	for (size_t i = 0; i < interface->method_count; i++) {
		const struct method *method = &interface->methods[i];

		comments_print(to, interface, &method->member, &method->in);
		for (size_t j = 0; j < method->out.count; j++)
			field_comment_print(to, interface, &method->out.items[j]);
		fprintf(to, "method %s", name_camel(&interface->arena, method->member.name));
		fields_print(to, interface, &method->in);
		fputs(" -> ", to);
		fields_print(to, interface, &method->out);
		putc('\n', to);
	}
	for (size_t i = 0; i < interface->event_count; i++) {
		const struct event *event = &interface->events[i];

		comments_print(to, interface, &event->member, &event->fields);
		fprintf(to,
			"# called with \"more\": one reply for each event\nmethod Monitor%s() -> ",
			name_camel(&interface->arena, event->member.name));
		fields_print(to, interface, &event->fields);
		putc('\n', to);
	}
}

/* Each error once, though many methods may name it. */
static void errors_print(FILE *to, struct interface *interface)
{
	const char **seen = NULL;
	size_t count = 0;

	for (size_t i = 0; i < interface->method_count; i++) {
		for (size_t j = 0; j < interface->methods[i].error_count; j++) {
			const char *name = interface->methods[i].errors[j];
			size_t at = 0;

			while (at < count && strcmp(seen[at], name) != 0)
				at++;
			if (at < count)
				continue;
			seen = arena_grow(&interface->arena, seen, count, sizeof(*seen));
			seen[count++] = name;
			fprintf(to, "\nerror %s ()\n", name);
		}
	}
}

int command_varlink(const char *const *inputs, FILE *to, struct complaints *complaints)
{
	struct interface *interface;
	int result = interface_read(inputs[0], &interface, complaints);

	if (result < 0)
		return result;
	if (*interface->summary)
		fprintf(to, "# %s\n", interface->summary);
	fprintf(to, "# version %u.%u\ninterface %s\n", interface->major, interface->minor,
		interface->name);
	types_print(to, interface);
	methods_print(to, interface);
	errors_print(to, interface);
	interface_free(interface);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The command `header`: the C header for providers and consumers of an interface. */
#include "header.h"

#include "command.h"

struct compound compound_of_struct(const struct structure *structure)
{
	return (struct compound){ &structure->member, &structure->fields, false,
				  structure->is_scalar };
}

struct compound compound_of_event(const struct event *event)
{
	return (struct compound){ &event->member, &event->fields, true, event->is_scalar };
}

bool compound_steps(const struct compound *compound, size_t index)
{
	const struct field *fields = compound->fields->items;

	if (!compound->is_event)
		return false;
	return fields[index].since > (index ? fields[index - 1].since : compound->member->since);
}

bool compound_needs_scratch(const struct interface *interface, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct type *type = &fields->items[i].type;
		struct type item = *type;

		item.array = false;
		if (type->array && !type_is_scalar(interface, &item))
			return true;
		if (type->kind == CORBEL_KIND_STRUCT &&
		    compound_needs_scratch(interface, &interface->structs[type->index].fields))
			return true;
	}
	return false;
}

bool interface_has_flat(const struct interface *interface)
{
	for (size_t i = 0; i < interface->event_count; i++)
		if (!interface->events[i].is_scalar)
			return true;
	for (size_t i = 0; i < interface->struct_count; i++)
		if (!interface->structs[i].is_scalar)
			return true;
	return false;
}

static void head_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	emit_format(
		writing,
		"/* Made by corbel-scanner from the interface file of %s %u.%u: edit that. */\n",
		interface->name, interface->major, interface->minor);
	if (*interface->summary) {
		emit_format(writing, "/* ");
		emit_comment_text(writing, interface->summary);
		emit_format(writing, " */\n");
	}
	emit(writing, "",
	     "#ifndef @u_INTERFACE_H\n"
	     "#define @u_INTERFACE_H\n"
	     "\n"
	     "#include <errno.h>\n"
	     "#include <stdbool.h>\n"
	     "#include <stddef.h>\n"
	     "#include <stdint.h>\n"
	     "#include <stdlib.h>\n"
	     "#include <string.h>\n"
	     "\n"
	     "#include <corbel/buffer.h>\n"
	     "#include <corbel/event.h>\n"
	     "#include <corbel/interface.h>\n"
	     "#include <corbel/service.h>\n"
	     "\n"
	     "#ifdef __cplusplus\n"
	     "extern \"C\" {\n"
	     "#endif\n");
}

static void foot_print(const struct writing *writing)
{
	emit(writing, "",
	     "\n"
	     "#ifdef __cplusplus\n"
	     "}\n"
	     "#endif\n"
	     "\n"
	     "#endif\n");
}

int command_header(const char *const *inputs, FILE *to, struct complaints *complaints)
{
	struct writing writing = { .to = to };
	int result = interface_read(inputs[0], &writing.interface, complaints);

	if (result < 0)
		return result;
	head_print(&writing);
	header_types(&writing);
	header_event_types(&writing);
	header_methods(&writing);
	header_flat(&writing);
	header_description(&writing);
	header_use(&writing);
	header_events(&writing);
	foot_print(&writing);
	interface_free(writing.interface);
	return 0;
}

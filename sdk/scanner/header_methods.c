/* SPDX-License-Identifier: MIT */
/* Of a generated header: the method table, the calls through it, and what marshals them. */
#include "header.h"

static void table_print(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	emit(writing, "",
	     "\n"
	     "/*\n"
	     " * What a provider fills in. Methods return 0 or -errno and run in the caller's\n"
	     " * thread, unless the plugin says `exec = thread`. In parameters are borrowed for "
	     "the\n"
	     " * call. Out parameters are written only on success; what they hold is from\n"
	     " * corbel_alloc() and belongs to the caller.\n"
	     " */\n"
	     "struct @p_methods {\n"
	     "\tuint32_t size; /* sizeof(struct @p_methods) */\n"
	     "\tuint32_t reserved;\n");
	for (size_t i = 0; i < interface->method_count; i++) {
		const struct method *method = &interface->methods[i];

		emit_summary(writing, "\t", method->member.summary, method->member.since);
		emit_format(writing, "\tint (*%s)(void *self", method->member.name);
		emit_parameters(writing, method);
		emit_format(writing, "); /* [caller's thread] */\n");
	}
	emit_format(writing, "};\n");
}

static void argument_members_print(const struct writing *writing, const struct fields *fields,
				   bool out)
{
	for (size_t i = 0; i < fields->count; i++) {
		emit_format(writing, "\t");
		emit_parameter(writing, &fields->items[i], out, ";\n\t");
		emit_format(writing, ";\n");
	}
}

static void thunk_print(const struct writing *writing, const struct method *method)
{
	const char *name = method->member.name;

	emit(writing, name,
	     "\nstruct @p_@n_arguments {\n\tconst struct corbel_marshal *marshal_;\n");
	argument_members_print(writing, &method->in, false);
	argument_members_print(writing, &method->out, true);
	emit(writing, name,
	     "};\n"
	     "\n"
	     "static inline int @p_@n_unpack(void *arguments_)\n"
	     "{\n"
	     "\tconst struct @p_@n_arguments *of_ = (const struct @p_@n_arguments *)arguments_;\n"
	     "\n"
	     "\treturn ((const struct @p_methods *)of_->marshal_->table)->@n(of_->marshal_->self");
	emit_arguments(writing, method, "of_->");
	emit(writing, name,
	     ");\n"
	     "}\n"
	     "\n"
	     "static inline int @p_@n_marshal(void *self_");
	emit_parameters(writing, method);
	emit(writing, name,
	     ")\n"
	     "{\n"
	     "\tstruct corbel_marshal *marshal_ = (struct corbel_marshal *)self_;\n"
	     "\tstruct @p_@n_arguments arguments_ = {marshal_");
	emit_arguments(writing, method, "");
	emit(writing, name,
	     "};\n"
	     "\n"
	     "\treturn marshal_->run(marshal_, @p_@n_unpack, &arguments_);\n"
	     "}\n");
}

void header_methods(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	if (interface->method_count == 0)
		return;
	table_print(writing);
	for (size_t i = 0; i < interface->method_count; i++)
		thunk_print(writing, &interface->methods[i]);
	emit(writing, "",
	     "\n"
	     "/* Hands calls to the provider's own thread; self is a struct corbel_marshal. */\n"
	     "static const struct @p_methods @p_marshalled __attribute__((unused)) = {\n"
	     "\t(uint32_t)sizeof(struct @p_methods),\n"
	     "\t0,\n");
	for (size_t i = 0; i < interface->method_count; i++)
		emit(writing, interface->methods[i].member.name, "\t@p_@n_marshal,\n");
	emit_format(writing, "};\n");
}

static void errors_print(const struct writing *writing, const struct method *method)
{
	for (size_t i = 0; i < method->error_count; i++)
		emit_format(writing, "%s-%s", i ? ", " : "; besides: ", method->errors[i]);
}

static void call_print(const struct writing *writing, const struct method *method, size_t number)
{
	const char *name = method->member.name;

	emit_format(writing, "\n");
	emit_summary(writing, "", method->member.summary, method->member.since);
	emit_format(writing, "/* What corbel_call_enter() says");
	errors_print(writing, method);
	emit(writing, name, ". [any thread] */\nstatic inline int @p_@n(struct @p *use_");
	emit_parameters(writing, method);
	emit_format(writing,
		    ")\n"
		    "{\n"
		    "\tstruct corbel_call call_;\n"
		    "\tint result_ = corbel_call_enter(&call_, &use_->use, %zuu);\n"
		    "\n"
		    "\tif (result_ == 0) {\n",
		    number);
	emit(writing, name,
	     "\t\tresult_ = ((const struct @p_methods *)call_.service->table)->@n(\n"
	     "\t\t\tcall_.service->self");
	emit_arguments(writing, method, "");
	emit(writing, name,
	     ");\n"
	     "\t\tcorbel_call_leave(&call_);\n"
	     "\t}\n"
	     "\treturn result_;\n"
	     "}\n"
	     "\n"
	     "/* The same within @p_enter() and corbel_call_leave(). */\n"
	     "static inline int @p_@n_entered(struct corbel_call *call_");
	emit_parameters(writing, method);
	emit(writing, name,
	     ")\n"
	     "{\n"
	     "\treturn ((const struct @p_methods *)call_->service->table)->@n(\n"
	     "\t\tcall_->service->self");
	emit_arguments(writing, method, "");
	emit_format(writing, ");\n}\n");
}

static const char use_text[] =
	"\n"
	"/* A handle on the best provider of @i. Without one a call gives -ENOTCONN. */\n"
	"struct @p {\n"
	"\tstruct corbel_use use;\n"
	"};\n"
	"\n"
	"/* As corbel_acquire(). [strand] */\n"
	"static inline int @p_acquire(struct corbel_context *context_,\n"
	"\tconst struct corbel_use_options *options_, struct @p **out_)\n"
	"{\n"
	"\tstruct corbel_use *use_ = NULL;\n"
	"\tint result_ = corbel_acquire(context_, &@p_interface, options_, &use_);\n"
	"\n"
	"\tif (result_ == 0)\n"
	"\t\t*out_ = (struct @p *)use_;\n"
	"\treturn result_;\n"
	"}\n"
	"\n"
	"/* As corbel_release(). [any thread] */\n"
	"static inline void @p_release(struct corbel_context *context_, struct @p *use_)\n"
	"{\n"
	"\tcorbel_release(context_, (struct corbel_use *)use_);\n"
	"}\n"
	"\n"
	"/* As corbel_provide(). [strand] */\n"
	"static inline int @p_provide(struct corbel_context *context_,\n"
	"\tconst struct @p_methods *table_, void *self_,\n"
	"\tconst struct corbel_service_options *options_, struct corbel_provision **out_)\n"
	"{\n"
	"\treturn corbel_provide(context_, &@p_interface, table_, self_, options_, out_);\n"
	"}\n"
	"\n"
	"/* Enters once for several calls; the provider stays until corbel_call_leave(). */\n"
	"static inline int @p_enter(struct @p *use_, struct corbel_call *call_)\n"
	"{\n"
	"\treturn corbel_call_enter(call_, &use_->use, CORBEL_METHOD_SEVERAL);\n"
	"}\n";

void header_use(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	if (interface->method_count == 0)
		return;
	emit(writing, "", use_text);
	for (size_t i = 0; i < interface->method_count; i++)
		call_print(writing, &interface->methods[i], i);
}

/* SPDX-License-Identifier: MIT */
/* Of a generated header: the flat forms of events and structs, and what makes and reads them. */
#include "header.h"

static const char writer_text[] =
	"\n"
	"/* A payload in the making; without bytes it is only measured. */\n"
	"struct @p_writer {\n"
	"\tchar *bytes;\n"
	"\tsize_t size;\n"
	"};\n"
	"\n"
	"/* Items NULL: room for them. */\n"
	"static inline struct corbel_flat @p_put_(struct @p_writer *writer_, const void *items_,\n"
	"\tsize_t count_, size_t item_, size_t alignment_)\n"
	"{\n"
	"\tstruct corbel_flat flat_ = {0, 0};\n"
	"\tsize_t at_ = (writer_->size + alignment_ - 1) & ~(alignment_ - 1);\n"
	"\n"
	"\tif (count_ == 0)\n"
	"\t\treturn flat_;\n"
	"\tif (writer_->bytes && items_)\n"
	"\t\tmemcpy(writer_->bytes + at_, items_, count_ * item_);\n"
	"\twriter_->size = at_ + count_ * item_;\n"
	"\tflat_.offset = (uint32_t)at_;\n"
	"\tflat_.count = (uint32_t)count_;\n"
	"\treturn flat_;\n"
	"}\n"
	"\n"
	"static inline struct corbel_flat @p_put_string_(struct @p_writer *writer_,\n"
	"\tconst char *text_)\n"
	"{\n"
	"\tstruct corbel_flat flat_ = {0, 0};\n"
	"\n"
	"\tif (text_) {\n"
	"\t\tflat_ = @p_put_(writer_, text_, strlen(text_) + 1, 1, 1);\n"
	"\t\tflat_.count--;\n"
	"\t}\n"
	"\treturn flat_;\n"
	"}\n"
	"\n"
	"static inline struct corbel_flat @p_put_strings_(struct @p_writer *writer_,\n"
	"\tconst struct corbel_array *array_)\n"
	"{\n"
	"\tconst char *const *items_ = (const char *const *)array_->items;\n"
	"\tstruct corbel_flat flat_ = @p_put_(writer_, NULL, array_->count, sizeof(flat_), 8);\n"
	"\n"
	"\tfor (size_t i_ = 0; i_ < array_->count; i_++) {\n"
	"\t\tstruct corbel_flat item_ = @p_put_string_(writer_, items_[i_]);\n"
	"\n"
	"\t\tif (writer_->bytes)\n"
	"\t\t\tmemcpy(writer_->bytes + flat_.offset + i_ * sizeof(item_), &item_,\n"
	"\t\t\t\tsizeof(item_));\n"
	"\t}\n"
	"\treturn flat_;\n"
	"}\n"
	"\n"
	"static inline struct corbel_flat @p_put_bytes_(struct @p_writer *writer_,\n"
	"\tconst struct corbel_array *array_)\n"
	"{\n"
	"\tconst struct corbel_bytes *items_ = (const struct corbel_bytes *)array_->items;\n"
	"\tstruct corbel_flat flat_ = @p_put_(writer_, NULL, array_->count, sizeof(flat_), 8);\n"
	"\n"
	"\tfor (size_t i_ = 0; i_ < array_->count; i_++) {\n"
	"\t\tstruct corbel_flat item_ = @p_put_(writer_, items_[i_].data, items_[i_].size, 1, 1);\n"
	"\n"
	"\t\tif (writer_->bytes)\n"
	"\t\t\tmemcpy(writer_->bytes + flat_.offset + i_ * sizeof(item_), &item_,\n"
	"\t\t\t\tsizeof(item_));\n"
	"\t}\n"
	"\treturn flat_;\n"
	"}\n";

static const char reader_text[] =
	"\n"
	"/* A payload being read. Each byte of its tail counts once: damage cannot multiply. */\n"
	"struct @p_reader {\n"
	"\tconst char *bytes;\n"
	"\tsize_t size;\n"
	"\tsize_t fixed;\n"
	"\tsize_t budget;\n"
	"\tchar *scratch;\n"
	"\tsize_t room;\n"
	"};\n"
	"\n"
	"static inline bool @p_get_(struct @p_reader *reader_, struct corbel_flat flat_,\n"
	"\tsize_t item_, size_t alignment_, size_t extra_, const void **out_)\n"
	"{\n"
	"\tsize_t bytes_ = (size_t)flat_.count * item_ + extra_;\n"
	"\n"
	"\t*out_ = NULL;\n"
	"\tif (flat_.offset == 0)\n"
	"\t\treturn flat_.count == 0;\n"
	"\tif (flat_.offset < reader_->fixed || flat_.offset % alignment_ != 0 ||\n"
	"\t    flat_.offset > reader_->size || bytes_ > reader_->size - flat_.offset ||\n"
	"\t    bytes_ > reader_->budget)\n"
	"\t\treturn false;\n"
	"\treader_->budget -= bytes_;\n"
	"\t*out_ = reader_->bytes + flat_.offset;\n"
	"\treturn true;\n"
	"}\n"
	"\n"
	"static inline bool @p_get_string_(struct @p_reader *reader_, struct corbel_flat flat_,\n"
	"\tconst char **out_)\n"
	"{\n"
	"\tconst void *at_;\n"
	"\n"
	"\tif (!@p_get_(reader_, flat_, 1, 1, 1, &at_))\n"
	"\t\treturn false;\n"
	"\t*out_ = (const char *)at_;\n"
	"\treturn !at_ || (*out_)[flat_.count] == '\\0';\n"
	"}\n"
	"\n"
	"static inline void *@p_get_scratch_(struct @p_reader *reader_, size_t size_)\n"
	"{\n"
	"\tvoid *at_ = reader_->scratch;\n"
	"\n"
	"\tif (size_ > reader_->room)\n"
	"\t\treturn NULL;\n"
	"\treader_->scratch += size_;\n"
	"\treader_->room -= size_;\n"
	"\treturn at_;\n"
	"}\n"
	"\n"
	"static inline bool @p_get_strings_(struct @p_reader *reader_, struct corbel_flat flat_,\n"
	"\tstruct corbel_array *out_)\n"
	"{\n"
	"\tconst void *at_;\n"
	"\tconst char **items_;\n"
	"\n"
	"\tif (!@p_get_(reader_, flat_, sizeof(flat_), 8, 0, &at_))\n"
	"\t\treturn false;\n"
	"\titems_ = (const char **)@p_get_scratch_(reader_, flat_.count * sizeof(*items_));\n"
	"\tfor (size_t i_ = 0; items_ && i_ < flat_.count; i_++)\n"
	"\t\tif (!@p_get_string_(reader_, ((const struct corbel_flat *)at_)[i_], &items_[i_]))\n"
	"\t\t\treturn false;\n"
	"\tout_->items = at_ ? items_ : NULL;\n"
	"\tout_->count = flat_.count;\n"
	"\treturn items_ || !at_;\n"
	"}\n"
	"\n"
	"static inline bool @p_get_bytes_(struct @p_reader *reader_, struct corbel_flat flat_,\n"
	"\tstruct corbel_array *out_)\n"
	"{\n"
	"\tconst void *at_;\n"
	"\tstruct corbel_bytes *items_;\n"
	"\n"
	"\tif (!@p_get_(reader_, flat_, sizeof(flat_), 8, 0, &at_))\n"
	"\t\treturn false;\n"
	"\titems_ = (struct corbel_bytes *)@p_get_scratch_(reader_,\n"
	"\t\tflat_.count * sizeof(*items_));\n"
	"\tfor (size_t i_ = 0; items_ && i_ < flat_.count; i_++) {\n"
	"\t\tstruct corbel_flat item_ = ((const struct corbel_flat *)at_)[i_];\n"
	"\n"
	"\t\tif (!@p_get_(reader_, item_, 1, 1, 0, &items_[i_].data))\n"
	"\t\t\treturn false;\n"
	"\t\titems_[i_].size = item_.count;\n"
	"\t}\n"
	"\tout_->items = at_ ? items_ : NULL;\n"
	"\tout_->count = flat_.count;\n"
	"\treturn items_ || !at_;\n"
	"}\n"
	"\n"
	"/* A bool that is neither 0 nor 1 must not be looked at as a bool. */\n"
	"static inline bool @p_get_bools_(struct @p_reader *reader_, struct corbel_flat flat_,\n"
	"\tstruct corbel_array *out_)\n"
	"{\n"
	"\tif (!@p_get_(reader_, flat_, 1, 8, 0, &out_->items))\n"
	"\t\treturn false;\n"
	"\tfor (size_t i_ = 0; i_ < flat_.count; i_++)\n"
	"\t\tif (((const unsigned char *)out_->items)[i_] > 1)\n"
	"\t\t\treturn false;\n"
	"\tout_->count = flat_.count;\n"
	"\treturn true;\n"
	"}\n";

/* The type of a member of a flat form. */
static const char *flat_type(const struct writing *writing, const struct type *type)
{
	if (type->array || type->kind == CORBEL_KIND_STRING || type->kind == CORBEL_KIND_BYTES)
		return "struct corbel_flat ";
	if (type->kind == CORBEL_KIND_BOOL)
		return "uint8_t ";
	if (type->kind == CORBEL_KIND_ENUM)
		return "int32_t ";
	if (type->kind == CORBEL_KIND_STRUCT && !type_is_scalar(writing->interface, type))
		return arena_print(&writing->interface->arena, "struct %s_%s_flat ",
				   writing->interface->prefix, type->word);
	return emit_type(writing, type);
}

static void form_print(const struct writing *writing, const struct compound *compound)
{
	emit_format(writing,
		    "\n/* The flat form: strings, byte strings and arrays lie behind it. */\n");
	emit(writing, compound->member->name, "struct @p_@n_flat {\n");
	if (compound->is_event)
		emit_format(writing, "\tuint32_t size __attribute__((aligned(8)));\n");
	for (size_t i = 0; i < compound->fields->count; i++) {
		const struct field *field = &compound->fields->items[i];

		emit_format(writing, "\t%s%s%s;\n", flat_type(writing, &field->type), field->name,
			    compound_steps(compound, i) ? " __attribute__((aligned(8)))" : "");
	}
	emit_format(writing, "};\n");
	if (!compound->is_event)
		emit(writing, compound->member->name,
		     "\n"
		     "CORBEL_STATIC_ASSERT(sizeof(struct @p_@n) <= 2 * sizeof(struct @p_@n_flat),\n"
		     "\t\"the reader's scratch memory is twice the payload\");\n");
}

/* Whether the bytes at `at_` may be looked at as that struct: its bools are 0 or 1. */
static void sound_print(const struct writing *writing, const struct compound *compound)
{
	const struct fields *fields = compound->fields;

	emit(writing, compound->member->name,
	     "\n"
	     "/* Whether all bools in it are 0 or 1. */\n"
	     "static inline bool @p_@n_sound(const void *at_)\n"
	     "{\n"
	     "\tconst unsigned char *bytes_ = (const unsigned char *)at_;\n"
	     "\n"
	     "\t(void)bytes_;\n");
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];
		bool is_struct = field->type.kind == CORBEL_KIND_STRUCT;

		if (!is_struct && field->type.kind != CORBEL_KIND_BOOL)
			continue;
		emit(writing, field->type.word,
		     is_struct ? "\tif (!@p_@n_sound(bytes_ + " : "\tif (bytes_[");
		emit(writing, compound->member->name, "offsetof(struct @p_@n, ");
		emit_format(writing, is_struct ? "%s)))\n" : "%s)] > 1)\n", field->name);
		emit_format(writing, "\t\treturn false;\n");
	}
	emit_format(writing, "\treturn true;\n}\n");
}

static void struct_array_pack_print(const struct writing *writing, const struct field *field)
{
	emit(writing, field->name, "\tflat_->@n = @p_put_(writer_, NULL, from_->@n.count,\n");
	emit(writing, field->type.word, "\t\tsizeof(struct @p_@n_flat), 8);\n");
	emit(writing, field->name, "\tfor (size_t i_ = 0; i_ < from_->@n.count; i_++) {\n");
	emit(writing, field->type.word,
	     "\t\tstruct @p_@n_flat item_;\n"
	     "\n"
	     "\t\tmemset(&item_, 0, sizeof(item_));\n"
	     "\t\t@p_@n_pack(writer_, (const struct @p_@n *)from_->");
	emit(writing, field->name,
	     "@n.items + i_, &item_);\n"
	     "\t\tif (writer_->bytes)\n"
	     "\t\t\tmemcpy(writer_->bytes + flat_->@n.offset + i_ * sizeof(item_), &item_,\n"
	     "\t\t\t\tsizeof(item_));\n"
	     "\t}\n");
}

static void array_pack_print(const struct writing *writing, const struct field *field)
{
	struct type item = field->type;

	item.array = false;
	if (item.kind == CORBEL_KIND_STRING)
		emit(writing, field->name, "\tflat_->@n = @p_put_strings_(writer_, &from_->@n);\n");
	else if (item.kind == CORBEL_KIND_BYTES)
		emit(writing, field->name, "\tflat_->@n = @p_put_bytes_(writer_, &from_->@n);\n");
	else if (!type_is_scalar(writing->interface, &item))
		struct_array_pack_print(writing, field);
	else {
		emit(writing, field->name,
		     "\tflat_->@n = @p_put_(writer_, from_->@n.items, from_->@n.count, sizeof(");
		emit(writing, emit_type(writing, &item), "@n), 8);\n");
	}
}

static void field_pack_print(const struct writing *writing, const struct field *field)
{
	if (field->type.array) {
		array_pack_print(writing, field);
	} else if (field->type.kind == CORBEL_KIND_STRING) {
		emit(writing, field->name, "\tflat_->@n = @p_put_string_(writer_, from_->@n);\n");
	} else if (field->type.kind == CORBEL_KIND_BYTES) {
		emit(writing, field->name,
		     "\tflat_->@n = @p_put_(writer_, from_->@n.data, from_->@n.size, 1, 1);\n");
	} else if (!type_is_scalar(writing->interface, &field->type)) {
		emit(writing, field->type.word, "\t@p_@n_pack(writer_, &from_->");
		emit(writing, field->name, "@n, &flat_->@n);\n");
	} else {
		emit_format(writing, "\tflat_->%s = %sfrom_->%s;\n", field->name,
			    field->type.kind == CORBEL_KIND_ENUM ? "(int32_t)" : "", field->name);
	}
}

static void pack_print(const struct writing *writing, const struct compound *compound)
{
	emit(writing, compound->member->name,
	     "\n"
	     "static inline void @p_@n_pack(struct @p_writer *writer_, const struct @p_@n *from_,\n"
	     "\tstruct @p_@n_flat *flat_)\n"
	     "{\n");
	if (compound->is_event)
		emit_format(writing, "\tflat_->size = (uint32_t)sizeof(*flat_);\n");
	for (size_t i = 0; i < compound->fields->count; i++)
		field_pack_print(writing, &compound->fields->items[i]);
	emit_format(writing, "\t(void)writer_;\n}\n");
}

static void struct_array_unpack_print(const struct writing *writing, const struct field *field)
{
	const char *word = field->type.word;

	emit_format(writing, "\t{\n\t\tconst void *at_;\n");
	emit(writing, word, "\t\tstruct @p_@n *items_;\n\n");
	emit(writing, field->name, "\t\tif (!@p_get_(reader_, flat_->@n, ");
	emit(writing, word, "sizeof(struct @p_@n_flat), 8, 0, &at_))\n\t\t\treturn false;\n");
	emit(writing, word, "\t\titems_ = (struct @p_@n *)@p_get_scratch_(reader_,\n\t\t\t");
	emit(writing, field->name,
	     "flat_->@n.count * sizeof(*items_));\n"
	     "\t\tif (!items_ && at_)\n"
	     "\t\t\treturn false;\n"
	     "\t\tfor (size_t i_ = 0; i_ < flat_->@n.count; i_++)\n");
	emit(writing, word,
	     "\t\t\tif (!@p_@n_unpack(reader_, (const struct @p_@n_flat *)at_ + i_, &items_[i_]))\n"
	     "\t\t\t\treturn false;\n");
	emit(writing, field->name,
	     "\t\tout_->@n.items = at_ ? items_ : NULL;\n"
	     "\t\tout_->@n.count = flat_->@n.count;\n"
	     "\t}\n");
}

static void plain_array_unpack_print(const struct writing *writing, const struct field *field)
{
	struct type item = field->type;

	item.array = false;
	emit(writing, field->name, "\tif (!@p_get_(reader_, flat_->@n, sizeof(");
	emit(writing, emit_type(writing, &item), "@n), 8, 0,\n");
	emit(writing, field->name,
	     "\t\t&out_->@n.items))\n"
	     "\t\treturn false;\n"
	     "\tout_->@n.count = flat_->@n.count;\n");
	if (item.kind != CORBEL_KIND_STRUCT)
		return;
	emit(writing, field->name, "\tfor (size_t i_ = 0; i_ < flat_->@n.count; i_++)\n");
	emit(writing, field->type.word, "\t\tif (!@p_@n_sound((const char *)out_->");
	emit(writing, field->name, "@n.items + i_ * sizeof(");
	emit(writing, field->type.word, "struct @p_@n)))\n\t\t\treturn false;\n");
}

static void array_unpack_print(const struct writing *writing, const struct field *field)
{
	struct type item = field->type;
	const char *how = NULL;

	item.array = false;
	if (item.kind == CORBEL_KIND_STRING)
		how = "\tif (!@p_get_strings_(reader_, flat_->@n, &out_->@n))\n\t\treturn false;\n";
	else if (item.kind == CORBEL_KIND_BYTES)
		how = "\tif (!@p_get_bytes_(reader_, flat_->@n, &out_->@n))\n\t\treturn false;\n";
	else if (item.kind == CORBEL_KIND_BOOL)
		how = "\tif (!@p_get_bools_(reader_, flat_->@n, &out_->@n))\n\t\treturn false;\n";
	if (how)
		emit(writing, field->name, how);
	else if (!type_is_scalar(writing->interface, &item))
		struct_array_unpack_print(writing, field);
	else
		plain_array_unpack_print(writing, field);
}

static void struct_unpack_print(const struct writing *writing, const struct field *field)
{
	if (type_is_scalar(writing->interface, &field->type)) {
		emit(writing, field->type.word, "\tif (!@p_@n_sound(");
		emit(writing, field->name,
		     "&flat_->@n))\n\t\treturn false;\n\tout_->@n = flat_->@n;\n");
	} else {
		emit(writing, field->type.word, "\tif (!@p_@n_unpack(reader_, ");
		emit(writing, field->name, "&flat_->@n, &out_->@n))\n\t\treturn false;\n");
	}
}

static void field_unpack_print(const struct writing *writing, const struct field *field)
{
	if (field->type.array)
		array_unpack_print(writing, field);
	else if (field->type.kind == CORBEL_KIND_STRING)
		emit(writing, field->name,
		     "\tif (!@p_get_string_(reader_, flat_->@n, &out_->@n))\n\t\treturn false;\n");
	else if (field->type.kind == CORBEL_KIND_BYTES)
		emit(writing, field->name,
		     "\tif (!@p_get_(reader_, flat_->@n, 1, 1, 0, &out_->@n.data))\n"
		     "\t\treturn false;\n"
		     "\tout_->@n.size = flat_->@n.count;\n");
	else if (field->type.kind == CORBEL_KIND_STRUCT)
		struct_unpack_print(writing, field);
	else if (field->type.kind == CORBEL_KIND_BOOL)
		emit(writing, field->name,
		     "\tif (flat_->@n > 1)\n\t\treturn false;\n\tout_->@n = flat_->@n != 0;\n");
	else if (field->type.kind == CORBEL_KIND_ENUM) {
		emit(writing, field->type.word, "\tout_->");
		emit_format(writing, "%s = (", field->name);
		emit(writing, field->type.word, "enum @p_@n)flat_->");
		emit_format(writing, "%s;\n", field->name);
	} else
		emit(writing, field->name, "\tout_->@n = flat_->@n;\n");
}

static void unpack_print(const struct writing *writing, const struct compound *compound)
{
	emit(writing, compound->member->name,
	     "\n"
	     "static inline bool @p_@n_unpack(struct @p_reader *reader_,\n"
	     "\tconst struct @p_@n_flat *flat_, struct @p_@n *out_)\n"
	     "{\n"
	     "\t(void)reader_;\n");
	if (compound->is_event)
		emit_format(writing, "\tout_->size = (uint32_t)sizeof(*out_);\n");
	for (size_t i = 0; i < compound->fields->count; i++)
		field_unpack_print(writing, &compound->fields->items[i]);
	emit_format(writing, "\treturn true;\n}\n");
}

static void compound_print(const struct writing *writing, const struct compound *compound)
{
	if (compound->is_scalar) {
		sound_print(writing, compound);
		return;
	}
	form_print(writing, compound);
	pack_print(writing, compound);
	unpack_print(writing, compound);
}

void header_flat(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	if (interface_has_flat(interface)) {
		emit(writing, "", writer_text);
		emit(writing, "", reader_text);
	}
	for (size_t i = 0; i < interface->struct_count; i++) {
		struct compound compound = compound_of_struct(&interface->structs[i]);

		compound_print(writing, &compound);
	}
	for (size_t i = 0; i < interface->event_count; i++) {
		struct compound compound = compound_of_event(&interface->events[i]);

		compound_print(writing, &compound);
	}
}

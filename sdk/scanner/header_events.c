/* SPDX-License-Identifier: MIT */
/* Of a generated header: opening, publishing and subscribing to events. */
#include "header.h"

static const char fixed_text[] =
	"\n"
	"/*\n"
	" * The fixed part of a payload as this header knows it; what the publisher did not\n"
	" * know is zero. False when its size is none that any version had.\n"
	" */\n"
	"static inline bool @p_get_fixed_(const struct corbel_delivery *delivery_,\n"
	"\tconst uint32_t *sizes_, size_t count_, void *fixed_, uint32_t *size_)\n"
	"{\n"
	"\tuint32_t newest_ = sizes_[count_ - 1];\n"
	"\tbool known_ = false;\n"
	"\n"
	"\tif (delivery_->size < sizeof(*size_))\n"
	"\t\treturn false;\n"
	"\tmemcpy(size_, delivery_->payload, sizeof(*size_));\n"
	"\tif (*size_ > delivery_->size)\n"
	"\t\treturn false;\n"
	"\tfor (size_t i_ = 0; i_ < count_; i_++)\n"
	"\t\tknown_ = known_ || *size_ == sizes_[i_];\n"
	"\tif (!known_ && (*size_ < newest_ || *size_ % 8 != 0))\n"
	"\t\treturn false;\n"
	"\tmemset(fixed_, 0, newest_);\n"
	"\tmemcpy(fixed_, delivery_->payload, *size_ < newest_ ? *size_ : newest_);\n"
	"\treturn true;\n"
	"}\n";

static const char topic_text[] =
	"\n"
	"/* An open stream of @i.@n. */\n"
	"struct @p_@n_topic {\n"
	"\tstruct corbel_topic topic;\n"
	"};\n"
	"\n"
	"/* As corbel_topic_open(). [strand] */\n"
	"static inline int @p_@n_open(struct corbel_context *context_,\n"
	"\tconst struct corbel_topic_options *options_, struct @p_@n_topic **out_)\n"
	"{\n"
	"\tstruct corbel_topic *topic_ = NULL;\n"
	"\tint result_ = corbel_topic_open(context_, &@p_interface, ";

static const char close_text[] = "u, options_, &topic_);\n"
				 "\n"
				 "\tif (result_ == 0)\n"
				 "\t\t*out_ = (struct @p_@n_topic *)topic_;\n"
				 "\treturn result_;\n"
				 "}\n"
				 "\n"
				 "/* As corbel_topic_close(). [strand] */\n"
				 "static inline void @p_@n_close(struct corbel_context *context_,\n"
				 "\tstruct @p_@n_topic *topic_)\n"
				 "{\n"
				 "\tcorbel_topic_close(context_, (struct corbel_topic *)topic_);\n"
				 "}\n";

static const char scalar_publish_text[] =
	"\n"
	"/* As corbel_publish(); `event_` is borrowed for the call. [any thread] */\n"
	"static inline int @p_@n_publish(struct @p_@n_topic *topic_,\n"
	"\tconst struct @p_@n *event_)\n"
	"{\n"
	"\tstruct @p_@n sized_;\n"
	"\n"
	"\tif (event_->size == sizeof(*event_))\n"
	"\t\treturn corbel_publish(&topic_->topic, event_, sizeof(*event_));\n"
	"\tsized_ = *event_;\n"
	"\tsized_.size = (uint32_t)sizeof(sized_);\n"
	"\treturn corbel_publish(&topic_->topic, &sized_, sizeof(sized_));\n"
	"}\n";

static const char flat_publish_text[] =
	"\n"
	"/*\n"
	" * As corbel_publish(); `event_` is borrowed for the call. [any thread]\n"
	" * Besides: -ENOMEM; -EMSGSIZE when the flat form is larger than 4 GiB.\n"
	" */\n"
	"static inline int @p_@n_publish(struct @p_@n_topic *topic_,\n"
	"\tconst struct @p_@n *event_)\n"
	"{\n"
	"\tuint64_t small_[64];\n"
	"\tstruct @p_@n_flat flat_;\n"
	"\tstruct @p_writer writer_ = {NULL, sizeof(flat_)};\n"
	"\tint result_;\n"
	"\n"
	"\t@p_@n_pack(&writer_, event_, &flat_);\n"
	"\tif (writer_.size > UINT32_MAX)\n"
	"\t\treturn -EMSGSIZE;\n"
	"\twriter_.bytes = (char *)small_;\n"
	"\tif (writer_.size > sizeof(small_))\n"
	"\t\twriter_.bytes = (char *)malloc(writer_.size);\n"
	"\tif (!writer_.bytes)\n"
	"\t\treturn -ENOMEM;\n"
	"\tmemset(writer_.bytes, 0, writer_.size);\n"
	"\tmemset(&flat_, 0, sizeof(flat_));\n"
	"\twriter_.size = sizeof(flat_);\n"
	"\t@p_@n_pack(&writer_, event_, &flat_);\n"
	"\tmemcpy(writer_.bytes, &flat_, sizeof(flat_));\n"
	"\tresult_ = corbel_publish(&topic_->topic, writer_.bytes, writer_.size);\n"
	"\tif (writer_.bytes != (char *)small_)\n"
	"\t\tfree(writer_.bytes);\n"
	"\treturn result_;\n"
	"}\n";

static const char scalar_deliver_text[] =
	"\tstruct @p_@n event_;\n"
	"\tuint32_t size_;\n"
	"\n"
	"\tif (delivery_->size >= sizeof(event_) &&\n"
	"\t    ((const struct @p_@n *)delivery_->payload)->size == sizeof(event_)) {\n"
	"\t\tif (@p_@n_sound(delivery_->payload))\n"
	"\t\t\t((void (*)(void *, const struct @p_@n *))handler_)(data_,\n"
	"\t\t\t\t(const struct @p_@n *)delivery_->payload);\n"
	"\t\treturn;\n"
	"\t}\n"
	"\tif (!@p_get_fixed_(delivery_, sizes_, sizeof(sizes_) / sizeof(*sizes_), &event_,\n"
	"\t\t\t  &size_) || !@p_@n_sound(&event_))\n"
	"\t\treturn;\n"
	"\tevent_.size = (uint32_t)sizeof(event_);\n"
	"\t((void (*)(void *, const struct @p_@n *))handler_)(data_, &event_);\n"
	"}\n";

static const char flat_deliver_text[] =
	"\tstruct @p_@n_flat flat_;\n"
	"\tstruct @p_@n event_;\n"
	"\tstruct @p_reader reader_ = {\n"
	"\t\t(const char *)delivery_->payload, delivery_->size, 0, 0, NULL, 0};\n"
	"\tuint32_t size_;\n"
	"\n"
	"\tif (!@p_get_fixed_(delivery_, sizes_, sizeof(sizes_) / sizeof(*sizes_),\n"
	"\t\t\t  &flat_, &size_))\n"
	"\t\treturn;\n"
	"\treader_.fixed = size_;\n"
	"\treader_.budget = delivery_->size - size_;\n";

static const char scratch_text[] = "\treader_.room = 2 * reader_.budget;\n"
				   "\treader_.scratch = (char *)small_;\n"
				   "\tif (reader_.room > sizeof(small_))\n"
				   "\t\treader_.scratch = (char *)malloc(reader_.room);\n"
				   "\tscratch_ = reader_.scratch;\n"
				   "\tif (!scratch_)\n"
				   "\t\treturn;\n";

static const char call_text[] =
	"\tif (@p_@n_unpack(&reader_, &flat_, &event_))\n"
	"\t\t((void (*)(void *, const struct @p_@n *))handler_)(data_, &event_);\n";

static const char subscribe_text[] =
	"\n"
	"/*\n"
	" * As corbel_subscribe(). [strand]\n"
	" * `pattern_` NULL: @i.@n itself; else that, or one with a suffix. `options_`\n"
	" * may be NULL; its mode, depth and overflow count. The handler gets the event borrowed\n"
	" * until it returns: [strand] when queued, [caller's thread] when direct.\n"
	" */\n"
	"static inline int @p_@n_subscribe(struct corbel_context *context_, const char *pattern_,\n"
	"\tconst struct corbel_subscriber *options_,\n"
	"\tvoid (*handler_)(void *data, const struct @p_@n *event), void *data_,\n"
	"\tstruct corbel_subscription **out_)\n"
	"{\n"
	"\tstatic const char topic_[] = \"@i.@n\";\n"
	"\tstruct corbel_subscriber subscriber_;\n"
	"\n"
	"\tmemset(&subscriber_, 0, sizeof(subscriber_));\n"
	"\tif (options_)\n"
	"\t\tsubscriber_ = *options_;\n"
	"\tif (!pattern_)\n"
	"\t\tpattern_ = topic_;\n"
	"\tif (strncmp(pattern_, topic_, sizeof(topic_) - 1) != 0 ||\n"
	"\t    (pattern_[sizeof(topic_) - 1] != '\\0' && pattern_[sizeof(topic_) - 1] != '.'))\n"
	"\t\treturn -EINVAL;\n"
	"\tsubscriber_.size = (uint32_t)sizeof(subscriber_);\n"
	"\tsubscriber_.interface = &@p_interface;\n"
	"\tsubscriber_.deliver = @p_@n_deliver;\n"
	"\tsubscriber_.handler = (void (*)(void))handler_;\n"
	"\tsubscriber_.data = data_;\n"
	"\treturn corbel_subscribe(context_, pattern_, &subscriber_, out_);\n"
	"}\n";

/* The fixed part's size at each minor that changed it: where the next one's first field begins. */
static void sizes_print(const struct writing *writing, const struct compound *compound)
{
	const char *flat = compound->is_scalar ? "" : "_flat";

	emit_format(writing, "\tstatic const uint32_t sizes_[] = {\n");
	for (size_t i = 0; i < compound->fields->count; i++) {
		if (!compound_steps(compound, i))
			continue;
		emit(writing, compound->member->name, "\t\t(uint32_t)offsetof(struct @p_@n");
		emit_format(writing, "%s, %s),\n", flat, compound->fields->items[i].name);
	}
	emit(writing, compound->member->name, "\t\t(uint32_t)sizeof(struct @p_@n");
	emit_format(writing, "%s),\n\t};\n", flat);
}

static void deliver_print(const struct writing *writing, const struct compound *compound)
{
	const char *name = compound->member->name;
	bool scratch = compound_needs_scratch(writing->interface, compound->fields);

	emit(writing, name,
	     "\n"
	     "/* Decodes a payload and calls the handler; one that is damaged is skipped. */\n"
	     "static inline void @p_@n_deliver(void (*handler_)(void), void *data_,\n"
	     "\tconst struct corbel_delivery *delivery_)\n"
	     "{\n");
	sizes_print(writing, compound);
	if (compound->is_scalar) {
		emit(writing, name, scalar_deliver_text);
		return;
	}
	if (scratch)
		emit_format(writing, "\tuint64_t small_[64];\n\tchar *scratch_;\n");
	emit(writing, name, flat_deliver_text);
	if (scratch)
		emit(writing, name, scratch_text);
	emit(writing, name, call_text);
	if (scratch)
		emit_format(writing, "\tif (scratch_ != (char *)small_)\n\t\tfree(scratch_);\n");
	emit_format(writing, "}\n");
}

void header_events(const struct writing *writing)
{
	const struct interface *interface = writing->interface;

	if (interface->event_count)
		emit(writing, "", fixed_text);
	for (size_t i = 0; i < interface->event_count; i++) {
		struct compound compound = compound_of_event(&interface->events[i]);
		const char *name = compound.member->name;

		emit(writing, name, topic_text);
		emit_format(writing, "%zu", i);
		emit(writing, name, close_text);
		emit(writing, name, compound.is_scalar ? scalar_publish_text : flat_publish_text);
		deliver_print(writing, &compound);
		emit(writing, name, subscribe_text);
	}
}

/* SPDX-License-Identifier: MIT */
/* What may be a name in an interface file, and what it becomes in C and in Varlink. */
#include "names.h"

#include <stddef.h>
#include <string.h>

/* Linux keeps errno values below this (MAX_ERRNO). */
#define ERRNO_MAX 4095

static const char *const reserved[] = { "alignas",
					"alignof",
					"and",
					"and_eq",
					"asm",
					"assert",
					"auto",
					"bitand",
					"bitor",
					"bool",
					"break",
					"case",
					"catch",
					"char",
					"char16_t",
					"char32_t",
					"char8_t",
					"class",
					"co_await",
					"co_return",
					"co_yield",
					"compl",
					"complex",
					"concept",
					"const",
					"const_cast",
					"consteval",
					"constexpr",
					"constinit",
					"continue",
					"decltype",
					"default",
					"delete",
					"do",
					"double",
					"dynamic_cast",
					"else",
					"enum",
					"errno",
					"explicit",
					"export",
					"extern",
					"false",
					"float",
					"for",
					"friend",
					"goto",
					"i386",
					"if",
					"imaginary",
					"inline",
					"int",
					"linux",
					"long",
					"mutable",
					"namespace",
					"new",
					"noexcept",
					"noreturn",
					"not",
					"not_eq",
					"nullptr",
					"offsetof",
					"operator",
					"or",
					"or_eq",
					"private",
					"protected",
					"public",
					"register",
					"reinterpret_cast",
					"requires",
					"restrict",
					"return",
					"self",
					"short",
					"signed",
					"sizeof",
					"static",
					"static_assert",
					"static_cast",
					"stderr",
					"stdin",
					"stdout",
					"struct",
					"switch",
					"template",
					"this",
					"thread_local",
					"throw",
					"true",
					"try",
					"typedef",
					"typeid",
					"typename",
					"typeof",
					"union",
					"unix",
					"unsigned",
					"using",
					"virtual",
					"void",
					"volatile",
					"wchar_t",
					"while",
					"xor",
					"xor_eq",
					NULL };

static const char *const sdk_structs[] = { "corbel_api",
					   "corbel_array",
					   "corbel_bytes",
					   "corbel_call",
					   "corbel_child",
					   "corbel_child_options",
					   "corbel_config_entry",
					   "corbel_context",
					   "corbel_delivery",
					   "corbel_enum",
					   "corbel_enum_value",
					   "corbel_error",
					   "corbel_event",
					   "corbel_field",
					   "corbel_flat",
					   "corbel_frame",
					   "corbel_interface",
					   "corbel_marshal",
					   "corbel_method",
					   "corbel_plugin",
					   "corbel_property",
					   "corbel_provision",
					   "corbel_record",
					   "corbel_service",
					   "corbel_service_options",
					   "corbel_state",
					   "corbel_struct",
					   "corbel_subscriber",
					   "corbel_subscription",
					   "corbel_timer",
					   "corbel_topic",
					   "corbel_topic_options",
					   "corbel_use",
					   "corbel_use_options",
					   "corbel_watch",
					   "corbel_worker",
					   NULL };

static bool list_has(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool name_is_word(const char *name)
{
	if (!is_letter(*name))
		return false;
	for (; *name; name++) {
		if (*name == '_' && !is_letter(name[1]) && !is_digit(name[1]))
			return false;
		if (*name != '_' && !is_letter(*name) && !is_digit(*name))
			return false;
	}
	return true;
}

bool name_is_reserved(const char *name)
{
	return list_has(reserved, name);
}

bool name_is_sdk_struct(const char *name)
{
	return list_has(sdk_structs, name);
}

int name_errno(const char *name)
{
	for (int number = 1; number <= ERRNO_MAX; number++) {
		const char *known = strerrorname_np(number);

		if (known && strcmp(known, name) == 0)
			return number;
	}
	return 0;
}

char *name_upper(struct arena *arena, const char *name)
{
	char *upper = arena_copy(arena, name, strlen(name));

	for (char *at = upper; *at; at++) {
		if (*at == '.')
			*at = '_';
		else if (is_letter(*at))
			*at = (char)(*at - 'a' + 'A');
	}
	return upper;
}

char *name_prefix(struct arena *arena, const char *name)
{
	char *prefix = arena_copy(arena, name, strlen(name));

	for (char *at = prefix; *at; at++)
		if (*at == '.')
			*at = '_';
	return prefix;
}

char *name_camel(struct arena *arena, const char *name)
{
	char *camel = arena_copy(arena, name, strlen(name));
	char *to = camel;
	bool first = true;

	for (const char *at = name; *at; at++) {
		if (*at == '_') {
			first = true;
			continue;
		}
		*to++ = first && is_letter(*at) ? (char)(*at - 'a' + 'A') : *at;
		first = false;
	}
	*to = '\0';
	return camel;
}

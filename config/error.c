/* SPDX-License-Identifier: MIT */
/* Writing the words of an error, and collecting many of them before giving up. */
#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes off a character that the end of the buffer has cut in two. */
static void drop_partial_character(char *text, size_t length)
{
	size_t start = length;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)text[start - 1] < 0xC0)
		return;
	unsigned char lead = (unsigned char)text[start - 1];
	size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
	if (length - (start - 1) < wanted)
		text[start - 1] = '\0';
}

int error_set_va(struct corbel_error *error, int code, const char *format, va_list arguments)
{
	/* Not straight into error->text: the arguments may come from there. */
	char text[sizeof(error->text)];

	if (!error)
		return code;
	int length = vsnprintf(text, sizeof(text), format, arguments);
	if (length < 0)
		text[0] = '\0';
	if (length >= (int)sizeof(text))
		drop_partial_character(text, sizeof(text) - 1);
	memcpy(error->text, text, sizeof(text));
	return code;
}

int error_set(struct corbel_error *error, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_set_va(error, code, format, arguments);
	va_end(arguments);
	return code;
}

int error_prefix(struct corbel_error *error, int code, const char *format, ...)
{
	struct corbel_error prefix;
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	error_set_va(&prefix, code, format, arguments);
	va_end(arguments);
	return error_set(error, code, "%s%s", prefix.text, error->text);
}

static int complaints_grow(struct complaints *complaints)
{
	size_t capacity = complaints->capacity ? complaints->capacity * 2 : 8;
	char **texts = realloc(complaints->texts, capacity * sizeof(*texts));

	if (!texts)
		return -1;
	complaints->texts = texts;
	complaints->capacity = capacity;
	return 0;
}

/* Takes text over; NULL is a complaint whose words found no memory. */
static void complaints_keep(struct complaints *complaints, char *text)
{
	if (!text || complaints->count >= COMPLAINTS_MAX ||
	    (complaints->count == complaints->capacity && complaints_grow(complaints) < 0)) {
		complaints->lost++;
		free(text);
		return;
	}
	complaints->texts[complaints->count++] = text;
}

int complaints_add(struct complaints *complaints, int code, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!complaints)
		return code;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	complaints_keep(complaints, text);
	return code;
}

int complaints_add_error(struct complaints *complaints, int code, const struct corbel_error *error)
{
	return complaints_add(complaints, code, "%s", error->text);
}

size_t complaints_count(const struct complaints *complaints)
{
	return complaints ? complaints->count + complaints->lost : 0;
}

int complaints_report(const struct complaints *complaints, struct corbel_error *error, int code)
{
	size_t total = complaints_count(complaints);

	if (total == 0)
		return error_set(error, code, "%s", strerror(code < 0 ? -code : code));
	const char *first = complaints->count ? complaints->texts[0] : "out of memory";
	if (total == 1)
		return error_set(error, code, "%s", first);
	return error_set(error, code, "%.950s\n(and %zu more)", first, total - 1);
}

void complaints_fini(struct complaints *complaints)
{
	if (!complaints)
		return;
	for (size_t i = 0; i < complaints->count; i++)
		free(complaints->texts[i]);
	free(complaints->texts);
	*complaints = (struct complaints){ 0 };
}

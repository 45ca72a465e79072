/* SPDX-License-Identifier: MIT */
/* Places in texts that were read, and complaints that show them. */
#include "origin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

/* Bytes of a line that a complaint shows at most. */
#define EXCERPT_MAX 96

void source_free(struct ini_source *source)
{
	if (!source)
		return;
	free(source->name);
	free(source->text);
	free(source->starts);
	free(source);
}

static int index_lines(struct ini_source *source)
{
	size_t count = 0;
	const char *end = source->text + source->size;

	for (const char *at = source->text; at < end; count++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		at = newline ? newline + 1 : end;
	}
	source->starts = calloc(count + 1, sizeof(*source->starts));
	if (!source->starts)
		return -ENOMEM;
	for (const char *at = source->text; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		source->starts[source->line_count++] = (size_t)(at - source->text);
		at = newline ? newline + 1 : end;
	}
	return 0;
}

/* Takes text over, which has room for a NUL at text[size]. */
static int source_wrap(const char *name, char *text, size_t size, struct ini_source **source,
		       struct corbel_error *error)
{
	struct ini_source *made = calloc(1, sizeof(*made));

	text[size] = '\0';
	if (!made) {
		free(text);
		return error_set(error, -ENOMEM, "%s: out of memory", name);
	}
	made->text = text;
	made->size = size;
	made->name = strdup(name);
	if (!made->name || index_lines(made) < 0) {
		source_free(made);
		return error_set(error, -ENOMEM, "%s: out of memory", name);
	}
	*source = made;
	return 0;
}

static int refuse_size(const char *name, struct corbel_error *error)
{
	return error_set(error, -EFBIG, "%s: larger than %u MiB, which no configuration is", name,
			 INI_SIZE_MAX >> 20);
}

int source_new(const char *name, const char *text, size_t size, struct ini_source **source,
	       struct corbel_error *error)
{
	if (size > INI_SIZE_MAX)
		return refuse_size(name, error);
	char *copy = malloc(size + 1);
	if (!copy)
		return error_set(error, -ENOMEM, "%s: out of memory", name);
	if (size)
		memcpy(copy, text, size);
	return source_wrap(name, copy, size, source, error);
}

static int open_text(const char *path, struct corbel_error *error)
{
	struct stat status;
	/* Non-blocking, so that a pipe that nobody writes to ends instead of waiting for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		int code = -errno;
		return error_set(error, code, "%s: cannot open: %s", path, strerror(-code));
	}
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		close(fd);
		return error_set(error, -EISDIR, "%s: is a folder, expected a file of INI text",
				 path);
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

/* Reads to the end, into *text with one byte to spare; stops one byte above the limit. */
static int read_all(int fd, char **text, size_t *size)
{
	size_t capacity = 0;

	while (*size <= INI_SIZE_MAX) {
		if (*size + 1 >= capacity) {
			capacity = capacity ? capacity * 2 : 8192;
			char *grown = realloc(*text, capacity);
			if (!grown)
				return -ENOMEM;
			*text = grown;
		}
		ssize_t got = read(fd, *text + *size, capacity - *size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		*size += (size_t)got;
	}
	return -EFBIG;
}

int source_read(const char *path, struct ini_source **source, struct corbel_error *error)
{
	char *text = NULL;
	size_t size = 0;
	int fd = open_text(path, error);

	if (fd < 0)
		return fd;
	int code = read_all(fd, &text, &size);
	close(fd);
	if (code == 0)
		return source_wrap(path, text, size, source, error);
	free(text);
	if (code == -EFBIG)
		return refuse_size(path, error);
	return error_set(error, code, "%s: cannot read: %s", path, strerror(-code));
}

const char *source_line(const struct ini_source *source, unsigned int number, size_t *length)
{
	if (!source || number == 0 || number > source->line_count)
		return NULL;
	size_t start = source->starts[number - 1];
	size_t end = number < source->line_count ? source->starts[number] : source->size;
	if (end > start && source->text[end - 1] == '\n')
		end--;
	if (end > start && source->text[end - 1] == '\r')
		end--;
	*length = end - start;
	return source->text + start;
}

static bool continues_character(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The part of the line around offset, so that neither end cuts a character in two. */
static void choose_window(const char *line, size_t length, size_t offset, size_t *from, size_t *to)
{
	*from = offset > EXCERPT_MAX * 2 / 3 && length > EXCERPT_MAX ? offset - EXCERPT_MAX / 2 : 0;
	*to = length - *from > EXCERPT_MAX ? *from + EXCERPT_MAX : length;
	while (*from > 0 && *from < *to && continues_character(line[*from]))
		(*from)++;
	while (*to<length && * to> * from && continues_character(line[*to]))
		(*to)--;
}

/* What is no text, and what would move a terminal's cursor, is shown as a question mark. */
static void write_text(FILE *out, const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t size = utf8_size(text + at, length - at);
		bool shown = size && (text[at] == '\t' || !utf8_is_control(text + at, size));
		if (shown)
			fwrite(text + at, 1, size, out);
		else
			fputc('?', out);
		at += size ? size : 1;
	}
}

/* As many columns as write_text() took, tabs as tabs. */
static void write_indent(FILE *out, const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t size = utf8_size(text + at, length - at);
		fputc(text[at] == '\t' ? '\t' : ' ', out);
		at += size ? size : 1;
	}
}

/* Writes the excerpt and its caret line, each after a newline. */
static void write_excerpt(FILE *out, const struct ini_origin *origin)
{
	size_t length, from, to;
	const char *line = source_line(origin->source, origin->line, &length);

	if (!line || origin->column == 0)
		return;
	size_t offset = origin->column - 1 < length ? origin->column - 1 : length;
	choose_window(line, length, offset, &from, &to);
	fprintf(out, "\n    %s", from > 0 ? "..." : "");
	write_text(out, line + from, to - from);
	fprintf(out, "%s\n    %s", to < length ? "..." : "", from > 0 ? "   " : "");
	if (offset > from)
		write_indent(out, line + from, (offset < to ? offset : to) - from);
	fputc('^', out);
}

bool ini_origin_is_file(const struct ini_origin *origin)
{
	return origin->line > 0 && strcmp(origin->file, INI_COMMAND_LINE) != 0;
}

static void write_place(FILE *out, const struct ini_origin *origin)
{
	fputs(origin->file, out);
	if (!ini_origin_is_file(origin))
		return;
	fprintf(out, ":%u", origin->line);
	if (origin->column)
		fprintf(out, ":%u", origin->column);
}

/* The whole complaint, to free; NULL when out of memory. */
static char *complaint_write(const struct ini_origin *origin, const char *format, va_list arguments)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (origin) {
		write_place(out, origin);
		fputs(": ", out);
	}
	vfprintf(out, format, arguments);
	if (origin)
		write_excerpt(out, origin);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

int ini_complain(const struct ini_origin *origin, struct corbel_error *error, int code,
		 const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	char *text = complaint_write(origin, format, arguments);
	va_end(arguments);
	error_set(error, code, "%s", text ? text : "out of memory");
	free(text);
	return code;
}

int ini_complain_to(const struct ini_origin *origin, struct complaints *complaints, int code,
		    const char *format, ...)
{
	va_list arguments;

	if (!complaints)
		return code;
	va_start(arguments, format);
	char *text = complaint_write(origin, format, arguments);
	va_end(arguments);
	complaints_add(complaints, code, "%s", text ? text : "out of memory");
	free(text);
	return code;
}

const char *ini_origin_format(const struct ini_origin *origin, char *buffer, size_t size)
{
	if (!ini_origin_is_file(origin))
		snprintf(buffer, size, "%s", origin->file);
	else
		snprintf(buffer, size, "%s:%u", origin->file, origin->line);
	return buffer;
}

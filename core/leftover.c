/* SPDX-License-Identifier: MIT */
/* Leftovers: who still points into the code of an image. */
#include "leftover.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"
#include "guard.h"
#include "stacks.h"

/* Pages looked up at once, and read at once. */
#define WINDOW_PAGES 1024u
#define RUN_BYTES 65536u

#define PLACE_SIZE 256

/* As glibc has it: a destructor is set iff the number before it is odd. */
struct key_entry {
	uintptr_t turn;
	uintptr_t destroy;
};

struct key_search {
	pthread_key_t own;
	const struct key_entry *table; /* NULL: not found */
};

/* Of /proc/self/maps. */
struct mapping {
	uintptr_t start, end;
	uintptr_t live; /* what is below belongs to a stack; 0: not yet known */
	char name[256]; /* of the file that it is data of, or "" */
};

struct memory_search {
	struct leftovers *leftovers;
	struct mapping mapping;
	size_t count;
};

static void tell(struct leftovers *leftovers, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void tell(struct leftovers *leftovers, const char *format, ...)
{
	struct corbel_error words;
	va_list arguments;

	va_start(arguments, format);
	error_set_va(&words, 0, format, arguments);
	va_end(arguments);
	leftovers->found(leftovers->data, words.text);
}

/* "work+0x12" */
static const char *place(struct leftovers *leftovers, uintptr_t address, char text[PLACE_SIZE])
{
	uint64_t beyond;

	if (!leftovers->symbols)
		leftovers->symbols = symbols_read(leftovers->image->verdict);
	const char *name =
		symbols_find(leftovers->symbols, address - leftovers->image->bias, &beyond);
	snprintf(text, PLACE_SIZE, "%.200s+0x%" PRIx64, name, beyond);
	return text;
}

static void check_signals(struct leftovers *leftovers)
{
	char text[PLACE_SIZE];

	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) < 0 ||
		    !image_has_code(leftovers->image, (uintptr_t)action.sa_handler))
			continue;
		const char *name = sigabbrev_np(number);
		tell(leftovers,
		     "signal %d (%s) still goes to its %s (restore the old action in stop())",
		     number, name ? name : "real-time",
		     place(leftovers, (uintptr_t)action.sa_handler, text));
	}
}

/* The innermost word of a thread's live stack that points into the code, or 0. */
static uintptr_t stack_look(const struct leftovers *leftovers, const struct stack *stack)
{
	uintptr_t words[512], at, code, end = stack->record;

	if (!stack_position(stack->thread, &at, &code))
		return 0;
	if (image_has_code(leftovers->image, code))
		return code;
	guard_has(at, &end);
	for (at &= ~(sizeof(at) - 1); at < end; at += sizeof(words)) {
		size_t size = end - at < sizeof(words) ? end - at : sizeof(words);

		if (!stack_copy(at, words, size))
			return 0;
		for (size_t i = 0; i < size / sizeof(words[0]); i++)
			if (image_has_code(leftovers->image, words[i]))
				return words[i];
	}
	return 0;
}

static void check_stack(void *data, const struct stack *stack)
{
	struct leftovers *leftovers = data;
	char text[PLACE_SIZE], name[16];
	bool is_own = image_has_code(leftovers->image, stack->start);

	if (stack->thread == 0 || stack->thread == gettid() ||
	    (!is_own && frame_has_thread(stack->thread)))
		return;
	uintptr_t at = stack_look(leftovers, stack);
	if (at == 0 && !is_own)
		return;
	frame_thread_name(stack->thread, name);
	tell(leftovers,
	     "its thread %d (%s) still runs %s (end it in stop(), or start it with "
	     "corbel_worker_start())",
	     (int)stack->thread, name, place(leftovers, at ? at : stack->start, text));
}

static void own_destructor(void *value)
{
	(void)value;
}

/* glibc does not say where its table of keys is, but a key of our own is found in its data. */
static int find_keys(struct dl_phdr_info *info, size_t size, void *data)
{
	struct key_search *search = data;
	bool is_libc = false;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD)
			is_libc |= (uintptr_t)gnu_get_libc_version - start < segment->p_memsz;
		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W) || !is_libc)
			continue;
		for (uintptr_t at = (start + 7) & ~(uintptr_t)7;
		     at + PTHREAD_KEYS_MAX * sizeof(struct key_entry) <= start + segment->p_memsz;
		     at += sizeof(void *)) {
			const struct key_entry *table = (const void *)at;

			if (table[search->own].destroy != (uintptr_t)own_destructor)
				continue;
			search->table = table;
			return true;
		}
	}
	return is_libc;
}

static void check_keys(struct leftovers *leftovers)
{
	/* Of two searches at a time, one could take the other's key for its own. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct key_search search = { 0 };
	char text[PLACE_SIZE];

	pthread_mutex_lock(&lock);
	if (pthread_key_create(&search.own, own_destructor) == 0) {
		dl_iterate_phdr(find_keys, &search);
		pthread_key_delete(search.own);
	}
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; search.table && i < PTHREAD_KEYS_MAX; i++)
		if ((search.table[i].turn & 1) &&
		    image_has_code(leftovers->image, search.table[i].destroy))
			tell(leftovers,
			     "pthread key %zu is still destroyed by its %s (pthread_key_delete() "
			     "it in stop())",
			     i, place(leftovers, search.table[i].destroy, text));
}

static void tell_made(void *data, const struct frame_report *thread)
{
	tell(data,
	     "its thread %d (%s) still runs (end it in stop(), or start it with "
	     "corbel_worker_start())",
	     (int)thread->thread, thread->thread_name);
}

static void check_made(struct leftovers *leftovers)
{
	size_t made = frame_scan_made(leftovers->owner, tell_made, leftovers);

	if (made > 0)
		tell(leftovers, "%zu of the threads that it made have not ended", made);
}

void leftover_check(struct leftovers *leftovers)
{
	check_signals(leftovers);
	stacks_visit(check_stack, leftovers);
	check_made(leftovers);
	check_keys(leftovers);
}

static void raise_live(void *data, const struct stack *stack)
{
	struct mapping *mapping = data;

	if (stack->record >= mapping->start && stack->record < mapping->end &&
	    stack->end > mapping->live)
		mapping->live = stack->end;
}

/* Only where something was found it matters whether that is a stack. */
static void tell_word(struct memory_search *search, uintptr_t at, uintptr_t word)
{
	struct mapping *mapping = &search->mapping;
	const char *file = strrchr(mapping->name, '/');
	char where[PLACE_SIZE], text[PLACE_SIZE];
	uintptr_t end;

	if (mapping->live == 0) {
		mapping->live = mapping->start;
		stacks_visit(raise_live, mapping);
	}
	if (at < mapping->live || guard_has(at, &end) || ++search->count > LEFTOVER_WORDS)
		return;
	if (file)
		snprintf(where, sizeof(where), "data of %s", file + 1);
	else
		snprintf(where, sizeof(where), "heap at 0x%" PRIxPTR, at);
	tell(search->leftovers, "%s still points to its %s", where,
	     place(search->leftovers, word, text));
}

/*
 * A word that somebody may call is the address of a function; return addresses lie about
 * everywhere. One that ends in four zeros is what is left of another, of which two bytes were
 * overwritten.
 */
static bool may_be_called(const struct leftovers *leftovers, uintptr_t word)
{
	return image_has_code(leftovers->image, word) && (word & 0xffff) != 0 &&
	       symbols_has_start(leftovers->symbols, word - leftovers->image->bias);
}

static void search_run(struct memory_search *search, uintptr_t start, size_t size)
{
	const struct image *image = search->leftovers->image;
	uintptr_t words[RUN_BYTES / sizeof(uintptr_t)], base = image->base;
	size_t count = size / sizeof(words[0]), span = image->end - base;

	if (!stack_copy(start, words, size))
		return;
	/* All of memory comes through here: what is nowhere near is not asked for. */
	for (size_t i = 0; i < count; i++)
		if (words[i] - base < span && may_be_called(search->leftovers, words[i]))
			tell_word(search, start + i * sizeof(words[0]), words[i]);
}

/* Pages that were never written are not looked at; nor are those that are swapped out. */
static void search_mapping(struct memory_search *search)
{
	const struct mapping *mapping = &search->mapping;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), run;
	unsigned char is_there[WINDOW_PAGES];

	for (uintptr_t at = mapping->start; at < mapping->end; at += WINDOW_PAGES * page) {
		size_t pages = (mapping->end - at) / page;

		pages = pages < WINDOW_PAGES ? pages : WINDOW_PAGES;
		if (mincore((void *)at, pages * page, is_there) < 0)
			continue;
		for (size_t i = 0; i < pages; i += run) {
			for (run = 0; i + run < pages && (run + 1) * page <= RUN_BYTES &&
				      (is_there[i + run] & 1);)
				run++;
			if (run > 0)
				search_run(search, at + i * page, run * page);
			else
				run = 1;
		}
	}
}

/* Whether it is private memory that can be written; .bss has no name, but follows .data. */
static bool mapping_read(struct mapping *mapping, const char *line)
{
	uintptr_t start, end, before = mapping->end;
	char rights[5];
	int name = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &start, &end, rights,
		   &name) < 3)
		return false;
	mapping->start = start;
	mapping->end = end;
	mapping->live = 0;
	if (line[name] != '\0' || start != before || mapping->name[0] != '/')
		snprintf(mapping->name, sizeof(mapping->name), "%.*s",
			 (int)strcspn(line + name, "\n"), line + name);
	return strncmp(rights, "rw-p", 4) == 0 && strcmp(mapping->name, "[stack]") != 0;
}

void leftover_search(struct leftovers *leftovers)
{
	struct memory_search search = { .leftovers = leftovers };
	FILE *maps = fopen("/proc/self/maps", "re");
	char *line = NULL;
	size_t size = 0;

	while (maps && getline(&line, &size, maps) >= 0)
		if (mapping_read(&search.mapping, line))
			search_mapping(&search);
	if (search.count > LEFTOVER_WORDS)
		tell(leftovers, "and %zu more words point to it", search.count - LEFTOVER_WORDS);
	free(line);
	if (maps)
		fclose(maps);
}

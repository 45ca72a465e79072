/* SPDX-License-Identifier: MIT */
/*
 * A plugin as plugins are: a parser, a hash table, lists, sorting, strings, a timer, events. The
 * campaign changes single bytes of its code, and knows what it should have answered.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <corbel/plugin.h>

#include "test.workhorse.h"

#define BUCKETS 16u
#define NAMES 24u

struct entry {
	struct entry *next_in_bucket, *next;
	long value;
	char name[24];
};

struct table {
	struct entry *buckets[BUCKETS];
	struct entry *first; /* the newest */
	size_t count;
};

struct text {
	char *bytes;
	size_t size, room;
};

struct workhorse {
	struct corbel_context *context;
	struct test_workhorse_done_topic *topic;
	uint64_t rounds, sum, ticks; /* atomic */
};

static uint32_t hash(const char *name)
{
	uint32_t value = 2166136261u;

	while (*name)
		value = (value ^ (unsigned char)*name++) * 16777619u;
	return value;
}

static struct entry *table_find(const struct table *table, const char *name)
{
	struct entry *entry = table->buckets[hash(name) % BUCKETS];

	while (entry && strcmp(entry->name, name) != 0)
		entry = entry->next_in_bucket;
	return entry;
}

static int table_set(struct table *table, const char *name, long value)
{
	struct entry *entry = table_find(table, name);
	struct entry **bucket = &table->buckets[hash(name) % BUCKETS];

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		snprintf(entry->name, sizeof(entry->name), "%s", name);
		entry->next_in_bucket = *bucket;
		*bucket = entry;
		entry->next = table->first;
		table->first = entry;
		table->count++;
	}
	entry->value = value;
	return 0;
}

static void table_free(struct table *table)
{
	while (table->first) {
		struct entry *entry = table->first;

		table->first = entry->next;
		free(entry);
	}
}

/* Merges two sorted lists. */
static struct entry *merge(struct entry *one, struct entry *other)
{
	struct entry *first = NULL, **link = &first;

	while (one && other) {
		struct entry **smaller = strcmp(one->name, other->name) <= 0 ? &one : &other;

		*link = *smaller;
		*smaller = (*smaller)->next;
		link = &(*link)->next;
	}
	*link = one ? one : other;
	return first;
}

static struct entry *sort(struct entry *list, size_t count)
{
	struct entry *middle = list, *rest;

	if (count < 2)
		return list;
	for (size_t i = 1; i < count / 2; i++)
		middle = middle->next;
	rest = middle->next;
	middle->next = NULL;
	return merge(sort(list, count / 2), sort(rest, count - count / 2));
}

static bool text_add(struct text *text, const char *word)
{
	size_t length = strlen(word);

	if (text->size + length + 1 > text->room) {
		size_t room = (text->size + length + 1) * 2;
		char *grown = realloc(text->bytes, room);

		if (!grown)
			return false;
		text->bytes = grown;
		text->room = room;
	}
	memcpy(text->bytes + text->size, word, length + 1);
	text->size += length;
	return true;
}

/* What is read: lines of `name = expression`, in which earlier names may stand. */
struct reader {
	const char *at;
	struct table *table;
	int result;
};

static void skip_spaces(struct reader *reader)
{
	while (*reader->at == ' ')
		reader->at++;
}

static bool accept(struct reader *reader, char wanted)
{
	skip_spaces(reader);
	if (*reader->at != wanted)
		return false;
	reader->at++;
	return true;
}

static void read_name(struct reader *reader, char name[24])
{
	size_t length = 0;

	skip_spaces(reader);
	while (isalnum((unsigned char)*reader->at) && length < 23)
		name[length++] = *reader->at++;
	name[length] = '\0';
}

static long read_sum(struct reader *reader);

static long read_atom(struct reader *reader)
{
	const struct entry *entry;
	char name[24];
	long value;

	if (accept(reader, '(')) {
		value = read_sum(reader);
		if (!accept(reader, ')'))
			reader->result = -EINVAL;
		return value;
	}
	if (isdigit((unsigned char)*reader->at)) {
		char *end;

		value = strtol(reader->at, &end, 10);
		reader->at = end;
		return value;
	}
	read_name(reader, name);
	entry = table_find(reader->table, name);
	if (!entry)
		reader->result = -EINVAL;
	return entry ? entry->value : 0;
}

static long read_product(struct reader *reader)
{
	long value = read_atom(reader);

	for (;;) {
		if (accept(reader, '*')) {
			value = value * read_atom(reader) % 1000003;
		} else if (accept(reader, '/')) {
			long by = read_atom(reader);

			value = by ? value / by : 0;
		} else {
			return value;
		}
	}
}

static long read_sum(struct reader *reader)
{
	long value = read_product(reader);

	for (;;) {
		if (accept(reader, '+'))
			value += read_product(reader);
		else if (accept(reader, '-'))
			value -= read_product(reader);
		else
			return value;
	}
}

static int read_line(struct reader *reader)
{
	char name[24];
	long value;

	read_name(reader, name);
	if (!accept(reader, '='))
		return -EINVAL;
	value = read_sum(reader);
	if (reader->result < 0 || !accept(reader, '\n'))
		return -EINVAL;
	return table_set(reader->table, name, value);
}

static int read_all(const char *input, struct table *table)
{
	struct reader reader = { .at = input, .table = table };
	int result = 0;

	while (*reader.at && result == 0)
		result = read_line(&reader);
	return result;
}

/* The same for the same round. */
static bool write_input(struct text *text, uint32_t round)
{
	uint32_t random = round * 2654435761u + 1;
	bool fits = text_add(text, "base = 7\n");

	for (uint32_t i = 0; i < NAMES && fits; i++) {
		char line[80];

		random = random * 1664525u + 1013904223u;
		snprintf(line, sizeof(line), "n%u = (base + %u) * %u - base / %u\n",
			 (random >> 8) % 40, random >> 24, i + 1, (random >> 16) % 9);
		fits = text_add(text, line);
	}
	return fits;
}

static void turn_round(char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < length / 2; i++) {
		char kept = word[i];

		word[i] = word[length - 1 - i];
		word[length - 1 - i] = kept;
	}
	for (size_t i = 0; i < length; i++)
		word[i] = (char)toupper((unsigned char)word[i]);
}

static bool write_output(struct text *text, const struct table *table)
{
	bool fits = true;

	for (const struct entry *entry = table->first; entry && fits; entry = entry->next) {
		char line[64];

		snprintf(line, sizeof(line), "%s:%ld;", entry->name, entry->value);
		turn_round(line);
		fits = text_add(text, line);
	}
	return fits;
}

static int work_out(uint32_t round, struct text *output)
{
	struct table table = { .first = NULL };
	struct text input = { .bytes = NULL };
	int result = write_input(&input, round) ? read_all(input.bytes, &table) : -ENOMEM;

	if (result == 0) {
		table.first = sort(table.first, table.count);
		result = write_output(output, &table) ? 0 : -ENOMEM;
	}
	table_free(&table);
	free(input.bytes);
	return result;
}

static int work(void *self, uint32_t round, char **text)
{
	struct workhorse *workhorse = self;
	struct test_workhorse_done event = { .size = sizeof(event), .round = round };
	struct text output = { .bytes = NULL };
	int result = work_out(round, &output);

	if (result == 0) {
		event.length = output.size;
		*text = corbel_strdup(workhorse->context, output.bytes);
		result = *text ? 0 : -ENOMEM;
	}
	free(output.bytes);
	if (result == 0)
		test_workhorse_done_publish(workhorse->topic, &event);
	return result;
}

static int total(void *self, uint64_t *rounds, uint64_t *sum, uint64_t *ticks)
{
	struct workhorse *workhorse = self;

	*rounds = __atomic_load_n(&workhorse->rounds, __ATOMIC_ACQUIRE);
	*sum = __atomic_load_n(&workhorse->sum, __ATOMIC_ACQUIRE);
	*ticks = __atomic_load_n(&workhorse->ticks, __ATOMIC_ACQUIRE);
	return 0;
}

static const struct test_workhorse_methods methods = {
	.size = sizeof(methods),
	.work = work,
	.total = total,
};

/* Who begins anew, begins with round 0. */
static void on_done(void *data, const struct test_workhorse_done *event)
{
	struct workhorse *workhorse = data;
	uint64_t sum = event->round ? workhorse->sum : 0;

	__atomic_store_n(&workhorse->sum, sum * 31 + event->length, __ATOMIC_RELEASE);
	__atomic_store_n(&workhorse->rounds, event->round + 1, __ATOMIC_RELEASE);
}

/* Does a round by itself, of which nobody hears. */
static void tick(void *data)
{
	struct workhorse *workhorse = data;
	struct text output = { .bytes = NULL };

	work_out((uint32_t)workhorse->ticks, &output);
	free(output.bytes);
	__atomic_add_fetch(&workhorse->ticks, 1, __ATOMIC_RELEASE);
}

static int start(struct corbel_context *context, void **self)
{
	struct corbel_subscriber subscriber = {
		.size = sizeof(subscriber),
		.mode = CORBEL_QUEUED,
		.depth = 1024,
		.overflow = CORBEL_BLOCK,
	};
	struct workhorse *workhorse = calloc(1, sizeof(*workhorse));
	int result;

	if (!workhorse)
		return -ENOMEM;
	workhorse->context = context;
	result = test_workhorse_done_open(context, NULL, &workhorse->topic);
	if (result == 0)
		result = test_workhorse_done_subscribe(context, "test.workhorse.done", &subscriber,
						       on_done, workhorse, NULL);
	if (result == 0)
		result = corbel_timer_start(context, CORBEL_MILLISECOND, 5 * CORBEL_MILLISECOND,
					    tick, workhorse, NULL);
	if (result == 0)
		result = test_workhorse_provide(context, &methods, workhorse, NULL, NULL);
	if (result < 0) {
		free(workhorse);
		return result;
	}
	*self = workhorse;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	free(self);
}

CORBEL_PLUGIN(.start = start, .stop = stop);

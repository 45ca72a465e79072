/* SPDX-License-Identifier: MIT */
/* What crosses the execution of the program in place: committed states, values, events. */
#include "carry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instance.h"

/* A plugin that does not start in this time is no longer waited for. */
#define HOLD (5 * CORBEL_SECOND)

struct carry_history {
	uint64_t faults, restarts;
	int64_t time; /* of the last fault */
	uint32_t name, words, gave_up, ends;
};

struct carry_state {
	int32_t file; /* the descriptor's number */
	uint32_t name;
};

void carry_put(int file, enum corbel_carry kind, struct iovec *pieces, int count)
{
	struct carry_head head = { .kind = kind };
	off_t start = lseek(file, 0, SEEK_CUR);
	size_t size = 0;

	for (int i = 1; i < count; i++)
		size += pieces[i].iov_len;
	if (size > UINT32_MAX)
		return;
	head.size = (uint32_t)size;
	pieces[0] = (struct iovec){ &head, sizeof(head) };
	if (writev(file, pieces, count) != (ssize_t)(size + sizeof(head)))
		lseek(file, start, SEEK_SET);
}

static void carry_state(const struct plugin *plugin, int file)
{
	struct carry_state state = { .file = commit_keep(plugin->commit),
				     .name = (uint32_t)strlen(plugin->name) + 1 };
	struct iovec pieces[] = {
		[1] = { &state, sizeof(state) }, [2] = { plugin->name, state.name }
	};

	if (state.file >= 0)
		carry_put(file, CORBEL_CARRY_STATES, pieces, 3);
}

static void carry_history(const struct plugin *plugin, int file)
{
	const struct supervised *supervised = &plugin->supervised;
	struct carry_history history = {
		.faults = supervised->faults,
		.restarts = supervised->restarts,
		.time = supervised->last.time,
		.name = (uint32_t)strlen(plugin->name) + 1,
		.words = (uint32_t)strlen(supervised->last.words) + 1,
		.gave_up = (uint32_t)strlen(supervised->gave_up) + 1,
		.ends = (uint32_t)(supervised->end_count * sizeof(*supervised->ends)),
	};
	struct iovec pieces[] = {
		[1] = { &history, sizeof(history) },
		[2] = { supervised->ends, history.ends },
		[3] = { plugin->name, history.name },
		[4] = { (void *)(uintptr_t)supervised->last.words, history.words },
		[5] = { (void *)(uintptr_t)supervised->gave_up, history.gave_up },
	};

	if (history.faults > 0)
		carry_put(file, CORBEL_CARRY_HISTORY, pieces, 6);
}

void corbel_host_carry(const struct corbel_host *host, uint32_t kind, int file, const char *culprit)
{
	switch (kind) {
	case CORBEL_CARRY_STATES:
		for (size_t i = 0; i < host->plugin_count; i++)
			carry_state(host->plugins[i], file);
		break;
	case CORBEL_CARRY_HISTORY:
		for (size_t i = 0; i < host->plugin_count; i++)
			carry_history(host->plugins[i], file);
		break;
	case CORBEL_CARRY_VALUES:
		bus_carry_values(host->bus, file);
		break;
	case CORBEL_CARRY_EVENTS:
		bus_carry_events(host->bus, file, culprit);
		break;
	default:
		break;
	}
}

/* The plugin may be gone from the configuration, which was read anew. */
static int adopt_state(struct corbel_host *host, const char *record, size_t size)
{
	struct carry_state state;

	if (size < sizeof(state))
		return -EBADMSG;
	memcpy(&state, record, sizeof(state));
	if (size - sizeof(state) != state.name || !state.name || record[size - 1])
		return -EBADMSG;

	struct plugin *plugin = host_find(host, record + sizeof(state));
	int result = plugin ? commit_adopt(plugin->commit, state.file) : -ENOENT;

	if (result < 0)
		close(state.file);
	return result;
}

static int adopt_history(struct corbel_host *host, const char *record, size_t size)
{
	struct carry_history history;
	const char *ends = record + sizeof(history), *name, *words, *gave_up;

	if (size < sizeof(history))
		return -EBADMSG;
	memcpy(&history, record, sizeof(history));
	name = ends + history.ends;
	words = name + history.name;
	gave_up = words + history.words;
	if (size != sizeof(history) + (size_t)history.ends + history.name + history.words +
			    history.gave_up ||
	    !history.name || words[-1] || !history.words || gave_up[-1] || !history.gave_up ||
	    record[size - 1])
		return -EBADMSG;

	struct plugin *plugin = host_find(host, name);

	if (!plugin)
		return -ENOENT;
	plugin->supervised.faults = history.faults;
	plugin->supervised.restarts = history.restarts;
	plugin->supervised.last.time = history.time;
	snprintf(plugin->supervised.last.words, sizeof(plugin->supervised.last.words), "%s", words);
	return supervisor_adopt(plugin, ends, history.ends, gave_up);
}

/* Where the texts lie, each with its NUL; false: there is more, or less, than the head says. */
static bool lay_out(struct carried_event *event, const char *at, size_t size)
{
	for (size_t i = 0; i < CARRY_TEXTS; i++) {
		uint32_t length = event->head.texts[i];

		if (length == 0 || length > size || at[length - 1])
			return false;
		event->texts[i] = at;
		at += length;
		size -= length;
	}
	event->payload = at;
	return size == event->head.payload;
}

static int adopt_event(struct corbel_host *host, const char *record, size_t size)
{
	struct carried_event *event;

	if (size < sizeof(event->head))
		return -EBADMSG;
	size_t left = size - sizeof(event->head);
	event = calloc(1, sizeof(*event) + left);
	if (!event)
		return -ENOMEM;
	memcpy(&event->head, record, sizeof(event->head));
	memcpy(event + 1, record + sizeof(event->head), left);
	event->size = left;
	if (!lay_out(event, (const char *)(event + 1), left)) {
		free(event);
		return -EBADMSG;
	}
	bus_adopt(host->bus, event);
	return 0;
}

static int adopt_one(struct corbel_host *host, const struct carry_head *head, const char *record,
		     struct corbel_carried *out)
{
	int result = -EBADMSG;

	switch (head->kind) {
	case CORBEL_CARRY_STATES:
		result = adopt_state(host, record, head->size);
		out->states += result == 0;
		break;
	case CORBEL_CARRY_HISTORY:
		result = adopt_history(host, record, head->size);
		break;
	case CORBEL_CARRY_VALUES:
		result = adopt_event(host, record, head->size);
		out->values += result == 0;
		break;
	case CORBEL_CARRY_EVENTS:
		result = adopt_event(host, record, head->size);
		out->events += result == 0;
		break;
	default:
		break;
	}
	return result;
}

static int adopt_all(struct corbel_host *host, const char *at, size_t left,
		     struct corbel_carried *out)
{
	struct carry_head head;
	int first = 0;

	for (; left >= sizeof(head); at += head.size, left -= head.size) {
		memcpy(&head, at, sizeof(head));
		at += sizeof(head);
		left -= sizeof(head);
		if (head.size > left)
			return -EBADMSG;
		int result = adopt_one(host, &head, at, out);
		first = first ? first : result;
	}
	return first;
}

/* What is left of the file; NULL: no memory, or it cannot be read. */
static char *read_rest(int file, size_t *size)
{
	off_t start = lseek(file, 0, SEEK_CUR);
	struct stat found;
	char *bytes;

	if (start < 0 || fstat(file, &found) < 0 || found.st_size < start)
		return NULL;
	*size = (size_t)(found.st_size - start);
	bytes = malloc(*size + 1);
	if (bytes && pread(file, bytes, *size, start) != (ssize_t)*size) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

void carry_let_run(struct corbel_host *host)
{
	timer_stop(host->hold);
	host->hold = NULL;
	host->is_holding = false;
	for (size_t i = 0; i < host->plugin_count; i++)
		if (host->plugins[i]->state == CORBEL_PLUGIN_RUNNING)
			instance_let_run(host->plugins[i]->instance);
}

static void hold_is_over(void *data)
{
	struct corbel_host *host = data;

	log_host(&host->log, CORBEL_WARNING,
		 "not all plugins have started in %d s: the others no longer wait for them, and "
		 "what they publish may be missed",
		 (int)(HOLD / CORBEL_SECOND));
	carry_let_run(host);
}

/*
 * Nobody publishes before those have subscribed who did in the program before: in between, nothing
 * would keep what they miss.
 */
static void hold(struct corbel_host *host)
{
	host->is_holding = timer_start(loop_control(host->loop), NULL, HOLD, 0, hold_is_over, host,
				       &host->hold) == 0;
}

int corbel_host_adopt(struct corbel_host *host, int file, const char *culprit, const char *words,
		      struct corbel_carried *out)
{
	size_t size = 0;
	char *bytes = read_rest(file, &size);

	*out = (struct corbel_carried){ 0 };
	if (!bytes)
		return -ENOMEM;
	int result = adopt_all(host, bytes, size, out);
	struct plugin *plugin = host_find(host, culprit);

	free(bytes);
	if (plugin)
		supervisor_blame(plugin, words);
	hold(host);
	return result;
}

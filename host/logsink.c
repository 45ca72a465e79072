/* SPDX-License-Identifier: MIT */
/* Where log lines go: standard error or a file, and a ring of the last ones for whoever watches. */
#include "logsink.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "error.h"

struct kept_line {
	int64_t time;
	int level;
	char *plugin; /* and the text after it, in one block */
	const char *text;
};

struct logsink {
	pthread_mutex_t lock;
	int target;      /* of lines; standard error or a file of ours */
	bool is_journal; /* reads standard error, and takes "<N>" */
	int wake;
	unsigned int listeners;
	uint64_t next;
	struct kept_line lines[LOGSINK_LINES];
};

static const char *const level_names[] = { "emergency", "alert",  "critical", "error",
					   "warning",   "notice", "info",     "debug" };

const char *logsink_level_name(int level)
{
	return level >= 0 && level <= CORBEL_DEBUG ? level_names[level] : "unknown";
}

int logsink_level_parse(const char *name)
{
	for (int level = CORBEL_ERROR; level <= CORBEL_DEBUG; level++)
		if (strcmp(level_names[level], name) == 0)
			return level;
	return -EINVAL;
}

/* JOURNAL_STREAM has device and inode of the stream that the journal reads. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

int logsink_new(struct logsink **out)
{
	struct logsink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	sink->target = STDERR_FILENO;
	sink->is_journal = stderr_is_journal();
	sink->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sink->wake < 0) {
		int code = -errno;

		free(sink);
		return code;
	}
	pthread_mutex_init(&sink->lock, NULL);
	*out = sink;
	return 0;
}

void logsink_free(struct logsink *sink)
{
	if (!sink)
		return;
	for (size_t i = 0; i < LOGSINK_LINES; i++)
		free(sink->lines[i].plugin);
	if (sink->target != STDERR_FILENO)
		close(sink->target);
	close(sink->wake);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}

/* A line that no memory is left for is only written. */
static void keep(struct logsink *sink, const struct corbel_log_line *line)
{
	struct kept_line *kept = &sink->lines[sink->next % LOGSINK_LINES];
	size_t name = strnlen(line->plugin, LOGSINK_PLUGIN_SIZE - 1);
	size_t text = strnlen(line->text, LOGSINK_TEXT_SIZE - 1);
	char *block = malloc(name + text + 2);

	if (!block)
		return;
	memcpy(block, line->plugin, name);
	block[name] = '\0';
	memcpy(block + name + 1, line->text, text);
	block[name + 1 + text] = '\0';
	free(kept->plugin);
	*kept = (struct kept_line){ line->time, line->level, block, block + name + 1 };
	sink->next++;
}

static int print_head(const struct logsink *sink, const struct corbel_log_line *line, char *text,
		      size_t size)
{
	const char *plugin = *line->plugin ? line->plugin : "corbeld";
	time_t seconds = (time_t)(line->time / 1000000000);
	char clock[32];
	struct tm parts;

	if (sink->is_journal && sink->target == STDERR_FILENO)
		return snprintf(text, size, "<%d>%.64s: ", line->level, plugin);
	localtime_r(&seconds, &parts);
	strftime(clock, sizeof(clock),
		 sink->target == STDERR_FILENO ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &parts);
	return snprintf(text, size, "%s.%03d %-7s %.64s: ", clock,
			(int)(line->time % 1000000000 / 1000000), logsink_level_name(line->level),
			plugin);
}

void logsink_write(struct logsink *sink, const struct corbel_log_line *line)
{
	char text[LOGSINK_TEXT_SIZE + 256];
	int saved = errno;

	pthread_mutex_lock(&sink->lock);
	int length = print_head(sink, line, text, sizeof(text));

	length += snprintf(text + length, sizeof(text) - (size_t)length, "%s\n", line->text);
	if ((size_t)length >= sizeof(text)) {
		length = sizeof(text);
		text[length - 1] = '\n';
	}
	/*
	 * One write a line, so that lines of several processes stay whole. Nobody is there to hear
	 * of a failure.
	 */
	if (write(sink->target, text, (size_t)length) < 0)
		errno = saved;
	keep(sink, line);
	if (sink->listeners)
		eventfd_write(sink->wake, 1);
	pthread_mutex_unlock(&sink->lock);
	errno = saved;
}

int logsink_open(struct logsink *sink, const char *path, struct corbel_error *error)
{
	int target = STDERR_FILENO;

	if (path) {
		target = open(path,
			      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			      0640);
		if (target < 0)
			return error_set(error, -errno,
					 "log file %s: cannot be opened: %m; correct "
					 "`file` in [log], or its folder's permissions",
					 path);
	}
	pthread_mutex_lock(&sink->lock);
	int old = sink->target;

	__atomic_store_n(&sink->target, target, __ATOMIC_RELEASE);
	descriptors_keep(target);
	pthread_mutex_unlock(&sink->lock);
	if (old != STDERR_FILENO)
		close(old);
	return 0;
}

int logsink_target(const struct logsink *sink)
{
	return __atomic_load_n(&sink->target, __ATOMIC_ACQUIRE);
}

int logsink_descriptor(const struct logsink *sink)
{
	return sink->wake;
}

void logsink_listen(struct logsink *sink, bool listens)
{
	pthread_mutex_lock(&sink->lock);
	if (listens)
		sink->listeners++;
	else
		sink->listeners--;
	pthread_mutex_unlock(&sink->lock);
}

void logsink_drain(struct logsink *sink)
{
	eventfd_t count;

	eventfd_read(sink->wake, &count);
}

uint64_t logsink_next(struct logsink *sink)
{
	pthread_mutex_lock(&sink->lock);
	uint64_t next = sink->next;

	pthread_mutex_unlock(&sink->lock);
	return next;
}

bool logsink_read(struct logsink *sink, uint64_t *number, struct logsink_line *line)
{
	pthread_mutex_lock(&sink->lock);
	uint64_t oldest = sink->next > LOGSINK_LINES ? sink->next - LOGSINK_LINES : 0;
	bool is_there = *number < sink->next;

	if (is_there) {
		if (*number < oldest)
			*number = oldest;
		const struct kept_line *kept = &sink->lines[*number % LOGSINK_LINES];

		line->time = kept->time;
		line->level = kept->level;
		strcpy(line->plugin, kept->plugin);
		strcpy(line->text, kept->text);
	}
	pthread_mutex_unlock(&sink->lock);
	return is_there;
}

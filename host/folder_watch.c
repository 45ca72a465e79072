/* SPDX-License-Identifier: MIT */
/* Tells of changes in folders, by inotify; in folders that are not there yet, too. */
#include "folder_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <unistd.h>

#define IN_GONE (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)
#define IN_WANTED \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR)

struct folder {
	LIST_ENTRY(folder) link;
	int number;   /* inotify's; that of one folder is the same by whatever path; -1: none */
	bool is_here; /* it is watched itself, and not a parent */
	char path[];
};

struct folder_watch {
	struct poller *poller;
	struct poller_watch descriptor;
	void (*changed)(void *data, const char *path);
	void *data;
	LIST_HEAD(, folder) folders;
};

/* Cuts the last name off; false: there is none left to cut. */
static bool cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
		return false;
	if (!slash)
		strcpy(path, ".");
	else
		slash[slash == path] = '\0';
	return true;
}

static void drop(struct folder_watch *watch, int number)
{
	struct folder *folder;

	if (number < 0)
		return;
	for (folder = LIST_FIRST(&watch->folders); folder; folder = LIST_NEXT(folder, link))
		if (folder->number == number)
			return;
	inotify_rm_watch(watch->descriptor.descriptor, number);
}

/* Watches the folder, or the lowest parent that is there. */
static int attach_once(struct folder_watch *watch, struct folder *folder, char path[PATH_MAX])
{
	char below[PATH_MAX] = "";

	snprintf(path, PATH_MAX, "%s", folder->path);
	folder->is_here = true;
	for (;;) {
		folder->number = inotify_add_watch(watch->descriptor.descriptor, path, IN_WANTED);
		if (folder->number >= 0)
			break;
		if (errno != ENOENT || !(strcpy(below, path), cut(path)))
			return -errno;
		folder->is_here = false;
	}
	/* It may have come before its parent was watched. */
	return *below && access(below, F_OK) == 0 ? -EAGAIN : 0;
}

static int attach(struct folder_watch *watch, struct folder *folder)
{
	int before = folder->number, result;
	char path[PATH_MAX];

	do {
		int last = folder->number;

		result = attach_once(watch, folder, path);
		if (last != folder->number)
			drop(watch, last);
	} while (result == -EAGAIN);
	return result < 0 ? result : folder->number != before;
}

static void tell(struct folder_watch *watch, struct folder *folder,
		 const struct inotify_event *event)
{
	char path[PATH_MAX + NAME_MAX + 2];

	if (event->mask & IN_IGNORED)
		folder->number = -1;
	if (!folder->is_here || event->mask & IN_GONE) {
		if (attach(watch, folder) != 0)
			watch->changed(watch->data, NULL);
	} else if (event->len > 0) {
		snprintf(path, sizeof(path), "%s/%s", folder->path, event->name);
		watch->changed(watch->data, path);
	}
}

static void read_events(void *data, uint32_t events)
{
	char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct folder_watch *watch = data;
	ssize_t size = read(watch->descriptor.descriptor, buffer, sizeof(buffer));
	struct folder *folder;

	(void)events;
	for (char *at = buffer; size > 0 && at < buffer + size;) {
		const struct inotify_event *event = (const struct inotify_event *)at;

		if (event->mask & IN_Q_OVERFLOW)
			watch->changed(watch->data, NULL);
		for (folder = LIST_FIRST(&watch->folders); folder; folder = LIST_NEXT(folder, link))
			if (folder->number == event->wd && event->wd >= 0)
				tell(watch, folder, event);
		at += sizeof(*event) + event->len;
	}
}

int folder_watch_new(struct poller *poller, void (*changed)(void *data, const char *path),
		     void *data, struct folder_watch **out)
{
	struct folder_watch *watch = calloc(1, sizeof(*watch));
	int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int result = watch ? 0 : -ENOMEM;

	if (descriptor < 0)
		result = -errno;
	if (result == 0) {
		*watch = (struct folder_watch){ .poller = poller,
						.descriptor = { -1, read_events, watch },
						.changed = changed,
						.data = data };
		result = poller_add(poller, &watch->descriptor, descriptor, EPOLLIN);
	}
	if (result < 0) {
		if (descriptor >= 0)
			close(descriptor);
		free(watch);
		return result;
	}
	*out = watch;
	return 0;
}

void folder_watch_clear(struct folder_watch *watch)
{
	struct folder *folder;

	while ((folder = LIST_FIRST(&watch->folders))) {
		LIST_REMOVE(folder, link);
		drop(watch, folder->number);
		free(folder);
	}
}

void folder_watch_free(struct folder_watch *watch)
{
	int descriptor;

	if (!watch)
		return;
	folder_watch_clear(watch);
	descriptor = watch->descriptor.descriptor;
	poller_remove(watch->poller, &watch->descriptor);
	close(descriptor);
	free(watch);
}

int folder_watch_add(struct folder_watch *watch, const char *path)
{
	size_t size = strlen(path) + 1;
	struct folder *folder;
	int result;

	for (folder = LIST_FIRST(&watch->folders); folder; folder = LIST_NEXT(folder, link))
		if (strcmp(folder->path, path) == 0)
			return 0;
	if (size > PATH_MAX)
		return -ENAMETOOLONG;
	folder = malloc(sizeof(*folder) + size);
	if (!folder)
		return -ENOMEM;
	folder->number = -1;
	memcpy(folder->path, path, size);
	LIST_INSERT_HEAD(&watch->folders, folder, link);
	result = attach(watch, folder);
	return result < 0 ? result : 0;
}

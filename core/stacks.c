/* SPDX-License-Identifier: MIT */
/* Stacks, found through glibc's lists of them. */
#include "stacks.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* A list that somebody changes while it is followed may never come back to its head. */
#define STACKS_MAX 100000

/* Where in struct pthread, and in ld.so's own data, things are. */
struct layout {
	uint32_t size, list, thread, start;
	uintptr_t lists[3]; /* of stacks in use, of those of others, and of free ones */
};

bool stack_copy(uintptr_t from, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* Fields are described as {bits, number, offset}. */
static bool offset_find(const char *name, uint32_t *offset)
{
	const uint32_t *field = dlsym(RTLD_DEFAULT, name);

	*offset = field ? field[2] : 0;
	return field;
}

static bool layout_find(struct layout *layout)
{
	const char *global = dlsym(RTLD_DEFAULT, "_rtld_global");
	const uint32_t *size = dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
	uint32_t used, user;

	if (!global || !size || !offset_find("_thread_db_pthread_list", &layout->list) ||
	    !offset_find("_thread_db_pthread_tid", &layout->thread) ||
	    !offset_find("_thread_db_pthread_start_routine", &layout->start) ||
	    !offset_find("_thread_db_rtld_global__dl_stack_used", &used) ||
	    !offset_find("_thread_db_rtld_global__dl_stack_user", &user))
		return false;
	layout->size = *size;
	layout->lists[0] = (uintptr_t)global + used;
	layout->lists[1] = (uintptr_t)global + user;
	/* Debuggers have no use for this one; it follows. */
	layout->lists[2] = layout->lists[1] + 2 * sizeof(void *);
	return true;
}

static void list_visit(const struct layout *layout, uintptr_t head,
		       void (*visit)(void *data, const struct stack *stack), void *data)
{
	unsigned char record[8192];
	uintptr_t next;

	if (layout->size > sizeof(record) || !stack_copy(head, &next, sizeof(next)))
		return;
	for (size_t i = 0; next != head && i < STACKS_MAX; i++) {
		struct stack stack = { .record = next - layout->list };

		stack.end = stack.record + layout->size;
		if (!stack_copy(stack.record, record, layout->size))
			return;
		memcpy(&stack.thread, record + layout->thread, sizeof(stack.thread));
		memcpy(&stack.start, record + layout->start, sizeof(stack.start));
		memcpy(&next, record + layout->list, sizeof(next));
		visit(data, &stack);
	}
}

void stacks_visit(void (*visit)(void *data, const struct stack *stack), void *data)
{
	struct layout layout;

	if (!layout_find(&layout))
		return;
	for (size_t i = 0; i < sizeof(layout.lists) / sizeof(layout.lists[0]); i++)
		list_visit(&layout, layout.lists[i], visit, data);
}

/* The last two words of /proc/self/task/N/syscall; of a thread that runs it has one word. */
bool stack_position(pid_t thread, uintptr_t *pointer, uintptr_t *code)
{
	char text[256], *word;

	snprintf(text, sizeof(text), "/proc/self/task/%d/syscall", (int)thread);
	int file = open(text, O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? 0 : read(file, text, sizeof(text) - 1);

	if (file >= 0)
		close(file);
	text[size > 0 ? size : 0] = '\0';
	if (!(word = strrchr(text, ' ')))
		return false;
	*code = strtoul(word, NULL, 0);
	*word = '\0';
	if (!(word = strrchr(text, ' ')))
		return false;
	*pointer = strtoul(word, NULL, 0);
	return true;
}

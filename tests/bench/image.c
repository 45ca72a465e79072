/* SPDX-License-Identifier: MIT */
/* Loads target.so and caller.so, which lie beside the benchmark. */
#include "image.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int take_provision(struct corbel_context *context, const struct corbel_interface *interface,
			  const void *table, void *self,
			  const struct corbel_service_options *options,
			  struct corbel_provision **out)
{
	struct bench_target *target = (struct bench_target *)context;

	(void)options;
	(void)out;
	target->interface = interface;
	target->table = table;
	target->self = self;
	return 0;
}

static int take_subscriber(struct corbel_context *context, const char *pattern,
			   const struct corbel_subscriber *subscriber,
			   struct corbel_subscription **out)
{
	struct bench_target *target = (struct bench_target *)context;

	(void)pattern;
	(void)out;
	*(subscriber->deliver ? &target->typed : &target->plain) = *subscriber;
	return 0;
}

static const struct corbel_api api = {
	.size = sizeof(api),
	.abi = CORBEL_ABI,
	.provide = take_provision,
	.subscribe = take_subscriber,
};

/* Libtool keeps modules in .libs, beside the program or one folder up from it. */
static void path_of(const char *name, char path[PATH_MAX])
{
	char folder[PATH_MAX - 64];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	folder[length > 0 ? length : 0] = '\0';
	for (ssize_t i = length; i > 0 && folder[i] != '/'; i--)
		folder[i] = '\0';
	snprintf(path, PATH_MAX, "%s.libs/%s", folder, name);
	if (access(path, R_OK) < 0)
		snprintf(path, PATH_MAX, "%s%s", folder, name);
}

static void *load(const char *path)
{
	void *image = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!image)
		fprintf(stderr, "%s\n", dlerror());
	return image;
}

static int start(struct bench_target *target, const char *path)
{
	void *self;

	*target = (struct bench_target){ .context = { .api = &api }, .image = load(path) };

	const struct corbel_plugin *plugin =
		target->image ? dlsym(target->image, "corbel_plugin") : NULL;

	return plugin ? plugin->start(&target->context, &self) : -ELIBACC;
}

static int copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat facts;
	int error = 0;

	if (in < 0 || out < 0 || fstat(in, &facts) < 0 ||
	    sendfile(out, in, NULL, (size_t)facts.st_size) < 0)
		error = -errno;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return error;
}

/*
 * The copies lie beside the original, where mapping executable pages is allowed, and only until
 * they are mapped.
 */
int bench_targets_load(struct bench_target *targets, size_t count)
{
	char original[PATH_MAX], folder[PATH_MAX + 16], path[PATH_MAX + 64];
	int error = 0;

	path_of("target.so", original);
	snprintf(folder, sizeof(folder), "%s.XXXXXX", original);
	if (!mkdtemp(folder))
		return -errno;
	for (size_t i = 0; i < count && !error; i++) {
		snprintf(path, sizeof(path), "%s/%zu.so", folder, i);
		error = copy(original, path);
		if (!error)
			error = start(&targets[i], path);
		unlink(path);
	}
	rmdir(folder);
	return error;
}

const struct bench_caller *bench_caller_load(void)
{
	char path[PATH_MAX];

	path_of("caller.so", path);

	void *image = load(path);

	return image ? dlsym(image, "bench_caller") : NULL;
}

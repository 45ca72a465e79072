/* SPDX-License-Identifier: MIT */
/* The files of the plugins that are replaced. */
#include "variant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

const char *variant_path(const char *variant, char path[4096])
{
	snprintf(path, 4096, "%s/tests/reload/.libs/%s.so", TEST_BUILDDIR, variant);
	return path;
}

static int copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	struct stat facts;
	int result = 0;

	if (in < 0 || out < 0 || fstat(in, &facts) < 0 ||
	    sendfile(out, in, NULL, (size_t)facts.st_size) != facts.st_size)
		result = errno ? -errno : -EIO;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return result;
}

int variant_install(const char *variant, const char *path)
{
	char from[4096], beside[4096];

	snprintf(beside, sizeof(beside), "%s.new", path);

	int result = copy(variant_path(variant, from), beside);

	return result == 0 && rename(beside, path) < 0 ? -errno : result;
}

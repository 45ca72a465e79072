/* SPDX-License-Identifier: MIT */
/* The control socket as a file: taken, secured, told from a stale one, and given back. */
#include "endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"
#include "rescue.h"
#include "verify.h"

static int address_of(const char *path, struct sockaddr_un *address, struct corbel_error *error)
{
	size_t length = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (length == 0 || length >= sizeof(address->sun_path))
		return error_set(error, -ENAMETOOLONG,
				 "control socket '%s': its path has %zu bytes, "
				 "expected 1 to %zu; set `socket` in [control]",
				 path, length, sizeof(address->sun_path) - 1);
	memcpy(address->sun_path, path, length + 1);
	return 0;
}

static int find_group(const char *name, struct endpoint *endpoint, struct corbel_error *error)
{
	if (!name || !*name)
		return 0;
	errno = 0;
	const struct group *group = getgrnam(name);

	if (!group)
		return error_set(error, -EINVAL,
				 "control socket: there is no group '%s'; correct "
				 "`group` in [control], or make it with groupadd",
				 name);
	endpoint->has_group = true;
	endpoint->group = group->gr_gid;
	return 0;
}

static int make_folder(const char *path, struct corbel_error *error)
{
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	if (mkdir(folder, 0755) == 0 || errno == EEXIST)
		return 0;
	return error_set(error, -errno,
			 "control socket %s: its folder %s cannot be made: %m; make "
			 "it, or set `socket` in [control] or `runtime-dir` in [corbel]",
			 path, folder);
}

/* Who listens there; 0 when nobody does, or it cannot be known. */
static pid_t listener_of(const struct sockaddr_un *address, int *code)
{
	struct ucred peer = { 0 };
	socklen_t length = sizeof(peer);
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*code = 0;
	if (probe < 0 || connect(probe, (const struct sockaddr *)address, sizeof(*address)) < 0)
		*code = -errno;
	else
		getsockopt(probe, SOL_SOCKET, SO_PEERCRED, &peer, &length);
	if (probe >= 0)
		close(probe);
	return peer.pid;
}

static int in_use(const char *path, pid_t pid, struct corbel_error *error)
{
	char owner[64] = "another process";

	if (pid > 0)
		snprintf(owner, sizeof(owner), "pid %d", (int)pid);
	return error_set(error, -EADDRINUSE,
			 "control socket %s: already in use by %s; stop that one "
			 "first, or set another `socket` in [control]",
			 path, owner);
}

/* A socket file that nobody listens to is left over from a process that was killed. */
static int remove_stale(const char *path, const struct sockaddr_un *address,
			struct corbel_error *error)
{
	struct stat status;
	int code;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0
				       : error_set(error, -errno, "control socket %s: %m", path);
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, -EEXIST,
				 "control socket %s: there is a file that is not a "
				 "socket; remove it, or set another `socket` in [control]",
				 path);
	pid_t pid = listener_of(address, &code);

	if (code == 0 || code == -EAGAIN)
		return in_use(path, pid, error);
	if (code != -ECONNREFUSED)
		return error_set(error, code,
				 "control socket %s: there is a socket that cannot be "
				 "reached: %s",
				 path, strerror(-code));
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(error, -errno,
				 "control socket %s: a stale one is in the way, and "
				 "cannot be removed: %m",
				 path);
	return 0;
}

/*
 * True when the locked file is still the one that the path names: its last owner may have removed
 * it.
 */
static bool is_same_file(int descriptor, const char *path)
{
	struct stat held, named;

	return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* Two that start at once would both find the socket stale; only the holder of the lock looks. */
static int take_lock(struct endpoint *endpoint, const struct sockaddr_un *address,
		     struct corbel_error *error)
{
	const char *path = endpoint->lock_path;
	int code;

	for (;;) {
		endpoint->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (endpoint->lock < 0)
			return error_set(error, -errno,
					 "control socket: its lock file %s cannot be "
					 "opened: %m",
					 path);
		if (flock(endpoint->lock, LOCK_EX | LOCK_NB) < 0) {
			code = -errno;
			if (code != -EWOULDBLOCK)
				return error_set(error, code, "locking %s: %m", path);
			return in_use(endpoint->path, listener_of(address, &code), error);
		}
		if (is_same_file(endpoint->lock, path))
			return 0;
		close(endpoint->lock);
	}
}

/* The file is never wider open than it will be: 0600 first, then the group. */
static int listen_at(struct endpoint *endpoint, const struct sockaddr_un *address,
		     struct corbel_error *error)
{
	const char *path = endpoint->path;

	endpoint->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (endpoint->descriptor < 0)
		return error_set(error, -errno, "control socket %s: %m", path);
	fchmod(endpoint->descriptor, 0600);
	if (bind(endpoint->descriptor, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return error_set(error, -errno, "control socket %s: cannot be made: %m", path);
	if (endpoint->has_group && chown(path, (uid_t)-1, endpoint->group) < 0)
		return error_set(error, -errno,
				 "control socket %s: cannot be given to its group: %m; "
				 "corbeld must be root or a member",
				 path);
	if (listen(endpoint->descriptor, 64) < 0)
		return error_set(error, -errno, "control socket %s: %m", path);
	return 0;
}

int endpoint_set_mode(struct endpoint *endpoint, mode_t mode, struct corbel_error *error)
{
	if (chmod(endpoint->path, mode) < 0)
		return error_set(error, -errno,
				 "control socket %s: its mode cannot be set to %04o: %m",
				 endpoint->path, mode);
	return 0;
}

/* The program before this one in the process listened there, and goes on doing so. */
static bool take_kept(struct endpoint *endpoint, const struct sockaddr_un *address)
{
	struct sockaddr_un own = { 0 };
	socklen_t length = sizeof(own);

	endpoint->descriptor = rescue_take(RESCUE_SOCKET);
	endpoint->lock = rescue_take(RESCUE_LOCK);
	if (getsockname(endpoint->descriptor, (struct sockaddr *)&own, &length) == 0 &&
	    strcmp(own.sun_path, address->sun_path) == 0 &&
	    is_same_file(endpoint->lock, endpoint->lock_path))
		return true;
	if (endpoint->descriptor >= 0)
		close(endpoint->descriptor);
	if (endpoint->lock >= 0)
		close(endpoint->lock);
	endpoint->descriptor = endpoint->lock = -1;
	return false;
}

static void keep(const struct endpoint *endpoint)
{
	rescue_keep(RESCUE_SOCKET, endpoint->descriptor);
	rescue_keep(RESCUE_LOCK, endpoint->lock);
	verify_hold("the control socket", endpoint->descriptor);
}

int endpoint_open(const char *wanted, const char *group, struct endpoint *endpoint,
		  struct corbel_error *error)
{
	struct sockaddr_un address;

	*endpoint = (struct endpoint){ .descriptor = -1, .lock = -1 };
	int code = address_of(wanted, &address, error);

	if (code < 0)
		return code;
	char *path = strdup(wanted);

	if (!path || asprintf(&endpoint->lock_path, "%s.lock", path) < 0) {
		free(path);
		endpoint->lock_path = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	code = find_group(group, endpoint, error);
	if (code == 0)
		code = make_folder(path, error);
	endpoint->path = path;
	if (code == 0 && take_kept(endpoint, &address)) {
		keep(endpoint);
		return 0;
	}
	if (code == 0)
		code = take_lock(endpoint, &address, error);
	if (code == 0)
		code = remove_stale(path, &address, error);
	if (code < 0) {
		free(path);
		endpoint->path = NULL; /* not ours to remove */
	} else {
		code = listen_at(endpoint, &address, error);
	}
	if (code < 0)
		endpoint_close(endpoint);
	else
		keep(endpoint);
	return code;
}

void endpoint_close(struct endpoint *endpoint)
{
	if (endpoint->descriptor >= 0)
		close(endpoint->descriptor);
	if (endpoint->path) {
		unlink(endpoint->path);
		unlink(endpoint->lock_path);
	}
	if (endpoint->lock >= 0)
		close(endpoint->lock);
	free(endpoint->path);
	free(endpoint->lock_path);
	*endpoint = (struct endpoint){ .descriptor = -1, .lock = -1 };
	keep(endpoint);
}

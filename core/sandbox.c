/* SPDX-License-Identifier: MIT */
/* The sandbox of a thread: files by Landlock, system calls by a filter. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall_filter.h"

/* Not in the headers of Linux 6.1. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)  /* since ABI 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* since ABI 5 */

#define ACCESS_READ \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What a rule for a file, and not a folder, may give. */
#define ACCESS_OF_FILE \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
	 LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | ACCESS_IOCTL_DEV)

/*
 * The timer slack of threads that are in one, in ns (50,000 is usual): of all that a thread hands
 * on to those that it starts, the one thing that says so and does nothing else. no_new_privs may
 * be the whole process's.
 */
#define MARK 50021

static const char *const keys[] = { "fs-read", "fs-write", "net", "syscalls" };

static bool says(const struct plugin_settings *settings, const char *key)
{
	return plugin_settings_set(settings, key) && !(strcmp(key, "net") == 0 && settings->net);
}

static bool wants_files(const struct plugin_settings *settings)
{
	return says(settings, "fs-read") || says(settings, "fs-write");
}

static bool wants_filter(const struct plugin_settings *settings)
{
	return says(settings, "net") || says(settings, "syscalls");
}

bool sandbox_is_wanted(const struct plugin_settings *settings)
{
	return wants_files(settings) || wants_filter(settings);
}

/* The version of Landlock's ABI, or -errno. */
static int landlock_version(void)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? -errno : (int)version;
}

/* Where the first of the keys stands. */
static const char *place_of(const struct plugin_settings *settings, const char **key, char *text,
			    size_t size)
{
	const struct config_item *item = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !item; i++) {
		*key = keys[i];
		if (says(settings, keys[i]))
			item = config_table_item(settings->host, keys[i]);
	}
	struct ini_origin place = { .file = item->file, .line = item->line };

	return ini_origin_format(&place, text, size);
}

static int judge_paths(const struct plugin_settings *settings, const char *key,
		       const struct settings_list *paths, struct corbel_error *error)
{
	for (size_t i = 0; i < paths->count; i++)
		if (*paths->items[i] != '/')
			return error_set(error, -EINVAL,
					 "plugin %s: %s has %s, expected a path from the root",
					 settings->name, key, paths->items[i]);
	return 0;
}

int sandbox_judge(const struct plugin_settings *settings, const struct manifest *manifest,
		  struct corbel_error *error)
{
	const char *key;
	char place[512];
	int result;

	if (!sandbox_is_wanted(settings))
		return 0;
	place_of(settings, &key, place, sizeof(place));
	if (manifest->exec != MANIFEST_EXEC_THREAD)
		return error_set(
			error, -EINVAL,
			"%s: plugin %s: %s needs a thread of its own, and its methods run "
			"in those of its callers (say exec = thread in %s.plugin and build "
			"it again, or leave %s out)",
			place, settings->name, key, manifest->name, key);
	result = judge_paths(settings, "fs-read", &settings->fs_read, error);
	if (result == 0)
		result = judge_paths(settings, "fs-write", &settings->fs_write, error);
	if (result < 0)
		return result;
	if (wants_files(settings) && landlock_version() < 0)
		return error_set(
			error, -ENOTSUP,
			"%s: plugin %s: this kernel has no Landlock, which fs-read and "
			"fs-write need (take Linux 5.13 or later with landlock in lsm=, or "
			"leave them out)",
			place, settings->name);
	if (wants_filter(settings) && syscall_filter_check() < 0)
		return error_set(error, -ENOTSUP,
				 "%s: plugin %s: there is no seccomp here, which net and syscalls "
				 "need (take a kernel with it, on x86-64 or arm64, or leave them "
				 "out)",
				 place, settings->name);
	return 0;
}

static int allow(int ruleset, const char *key, const char *path, uint64_t access,
		 struct corbel_error *error)
{
	struct landlock_path_beneath_attr rule = {
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat status;
	int result = 0;

	if (rule.parent_fd < 0 || fstat(rule.parent_fd, &status) < 0)
		result = -errno;
	rule.allowed_access = access;
	if (result == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= ACCESS_OF_FILE;
	if (result == 0 &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		result = -errno;
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	if (result == 0)
		return 0;
	return error_set(error, result,
			 "cannot give its thread %s by %s: %s (make it, or leave it "
			 "out of %s)",
			 path, key, strerror(-result), key);
}

static int allow_all(int ruleset, const char *key, const struct settings_list *paths,
		     uint64_t access, struct corbel_error *error)
{
	int result = 0;

	for (size_t i = 0; i < paths->count && result == 0; i++)
		result = allow(ruleset, key, paths->items[i], access, error);
	return result;
}

/* Writing where fs-write says alone; reading there and where fs-read says, if that says anything.
 */
static int enter_files(const struct plugin_settings *settings, struct corbel_error *error)
{
	int version = landlock_version();
	uint64_t read = says(settings, "fs-read") ? ACCESS_READ : 0, write = ACCESS_WRITE;

	if (version >= 2)
		write |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		write |= ACCESS_TRUNCATE;
	if (version >= 5)
		write |= ACCESS_IOCTL_DEV;

	struct landlock_ruleset_attr attributes = { .handled_access_fs = read | write };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	int result = ruleset < 0 ? -errno : 0;

	if (result < 0)
		return error_set(error, result, "cannot make Landlock rules: %s",
				 strerror(-result));
	if (read)
		result = allow_all(ruleset, "fs-read", &settings->fs_read, read, error);
	if (result == 0)
		result = allow_all(ruleset, "fs-write", &settings->fs_write, read | write, error);
	if (result == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		result = error_set(error, -errno, "Landlock refuses its thread: %s",
				   strerror(errno));
	close(ruleset);
	return result;
}

int sandbox_enter(const struct plugin_settings *settings, struct corbel_error *error)
{
	int result = 0;

	prctl(PR_SET_TIMERSLACK, MARK, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(error, -errno, "cannot set no_new_privs: %s", strerror(errno));
	if (wants_files(settings))
		result = enter_files(settings, error);
	if (result == 0 && wants_filter(settings)) {
		result = syscall_filter_enter(
			says(settings, "syscalls") ? &settings->syscalls : NULL, settings->net);
		if (result < 0)
			error_set(error, result, "cannot filter its system calls: %s",
				  strerror(-result));
	}
	return result;
}

/* The filter may refuse the question. */
bool sandbox_is_around(void)
{
	int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);

	return slack < 0 || slack == MARK;
}

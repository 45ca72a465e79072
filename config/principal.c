/* SPDX-License-Identifier: MIT */
/* A user, or all members of a group, as the configuration names them. */
#include "principal.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A group whose members need more is not found. */
#define NAME_SERVICE_SIZE 65536

static bool find_user(const char *name, id_t *id)
{
	char buffer[NAME_SERVICE_SIZE];
	struct passwd entry, *found = NULL;

	if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return false;
	*id = found->pw_uid;
	return true;
}

static bool find_group(const char *name, id_t *id)
{
	char buffer[NAME_SERVICE_SIZE];
	struct group entry, *found = NULL;

	if (getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return false;
	*id = found->gr_gid;
	return true;
}

static bool read_number(const char *word, id_t *id)
{
	if (!*word || word[strspn(word, "0123456789")])
		return false;
	errno = 0;
	unsigned long number = strtoul(word, NULL, 10);

	/* The last one means "none" to the kernel. */
	if (errno || number >= UINT32_MAX)
		return false;
	*id = (id_t)number;
	return true;
}

int principal_parse(const char *word, struct principal *principal)
{
	struct principal made = { .is_group = *word == '@' };

	word += made.is_group;
	if (!(made.is_group ? find_group(word, &made.id) : find_user(word, &made.id)) &&
	    !read_number(word, &made.id))
		return -ENOENT;
	*principal = made;
	return 0;
}

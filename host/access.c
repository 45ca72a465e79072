/* SPDX-License-Identifier: MIT */
/* Who may look at the host over its control socket, and who may change it. */
#include "access.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* For getgrnam_r(): a group whose members need more is not found. */
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
	char *end;

	if (!*word || word[strspn(word, "0123456789")])
		return false;
	errno = 0;
	unsigned long number = strtoul(word, &end, 10);

	/* The last one means "none" to the kernel. */
	if (errno || number >= UINT32_MAX)
		return false;
	*id = (id_t)number;
	return true;
}

/* A name goes before a number that looks the same, as with chown(1). */
static bool resolve(const char *word, struct access_rule *rule)
{
	rule->is_group = *word == '@';
	word += rule->is_group;
	return (rule->is_group ? find_group(word, &rule->id) : find_user(word, &rule->id)) ||
	       read_number(word, &rule->id);
}

static int complain(const struct corbel_config_entry *entry, const char *word,
		    struct corbel_error *error)
{
	char place[512] = "";

	if (entry->file && entry->line)
		snprintf(place, sizeof(place), "%s:%u: ", entry->file, entry->line);
	return error_set(error, -EINVAL,
			 "%s%s in [control]: there is no %s '%s'; expected names or numbers of "
			 "users, and '@' with those of groups, that this machine has",
			 place, entry->key, *word == '@' ? "group" : "user", word + (*word == '@'));
}

static int read_list(const struct corbel_config_entry *entry, struct access_list *list,
		     struct corbel_error *error)
{
	if (!entry || entry->item_count == 0)
		return 0;
	list->rules = calloc(entry->item_count, sizeof(*list->rules));
	if (!list->rules)
		return error_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < entry->item_count; i++)
		if (!resolve(entry->items[i], &list->rules[list->count++]))
			return complain(entry, entry->items[i], error);
	return 0;
}

int access_init(struct access *access, const struct corbel_config_entry *read,
		const struct corbel_config_entry *control, struct corbel_error *error)
{
	*access = (struct access){ 0 };
	int code = read_list(read, &access->read, error);

	if (code == 0)
		code = read_list(control, &access->control, error);
	if (code < 0)
		access_fini(access);
	return code;
}

void access_fini(struct access *access)
{
	free(access->read.rules);
	free(access->control.rules);
	*access = (struct access){ 0 };
}

static bool names(const struct access_list *list, const struct peer *peer)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct access_rule *rule = &list->rules[i];

		if (rule->is_group ? peer_is_in_group(peer, rule->id) : peer->uid == rule->id)
			return true;
	}
	return false;
}

enum varlink_right access_right(const struct access *access, const struct peer *peer)
{
	if (peer_is_owner(peer) || names(&access->control, peer))
		return VARLINK_CONTROL;
	if ((access->has_group && peer_is_in_group(peer, access->group)) ||
	    names(&access->read, peer))
		return VARLINK_READ;
	return VARLINK_NOTHING;
}

/* By number: a directory that does not answer must not hold up the loop. */
void access_explain(const struct access *access, const struct peer *peer, enum varlink_right right,
		    char *words, size_t size)
{
	bool may_look = right >= VARLINK_READ;
	const struct access_list *list = may_look ? &access->control : &access->read;
	const char *key = may_look ? "control" : "read";
	const char *may = may_look ? "look, but change nothing" : "not even look";

	if (list->count)
		snprintf(words, size, "uid %u may %s; add %u to `%s` in [control] to allow it",
			 peer->uid, may, peer->uid, key);
	else
		snprintf(words, size, "uid %u may %s; `%s = %u` in [control] would allow it",
			 peer->uid, may, key, peer->uid);
}

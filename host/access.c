/* SPDX-License-Identifier: MIT */
/* Who may look at the host over its control socket, and who may change it. */
#include "access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int read_list(const struct corbel_config_entry *entry, struct access_list *list)
{
	if (!entry || entry->item_count == 0)
		return 0;
	list->rules = calloc(entry->item_count, sizeof(*list->rules));
	if (!list->rules)
		return -ENOMEM;
	/* One that has gone since the configuration was judged names nobody. */
	for (size_t i = 0; i < entry->item_count; i++)
		list->count += principal_parse(entry->items[i], &list->rules[list->count]) == 0;
	return 0;
}

int access_init(struct access *access, const struct corbel_config_entry *read,
		const struct corbel_config_entry *control)
{
	*access = (struct access){ 0 };
	int code = read_list(read, &access->read);

	if (code == 0)
		code = read_list(control, &access->control);
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
		const struct principal *rule = &list->rules[i];

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

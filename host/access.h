/* SPDX-License-Identifier: MIT */
/* Who may look at the host over its control socket, and who may change it. */
#ifndef CORBEL_HOST_ACCESS_H
#define CORBEL_HOST_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <corbel/config.h>

#include "peer.h"
#include "principal.h"
#include "varlink.h"

struct access_list {
	struct principal *rules;
	size_t count;
};

/* Beside root and the owner of the process, who may do all. Zeroed: nobody. */
struct access {
	struct access_list read, control;
	bool has_group; /* whose members may look */
	gid_t group;
};

/*
 * Looks up who the lists `read` and `control` of [control] name (NULL: nobody), which have been
 * judged. 0 or -ENOMEM.
 */
int access_init(struct access *access, const struct corbel_config_entry *read,
		const struct corbel_config_entry *control);
void access_fini(struct access *access);

enum varlink_right access_right(const struct access *access, const struct peer *peer);
/* Why it may not do what needs more than that right, and which line would allow it. */
void access_explain(const struct access *access, const struct peer *peer, enum varlink_right right,
		    char *words, size_t size);

#endif

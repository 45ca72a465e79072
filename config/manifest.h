/* SPDX-License-Identifier: MIT */
/* What a plugin says of itself: the INI text in its file's note, as a checked structure. */
#ifndef CORBEL_CONFIG_MANIFEST_H
#define CORBEL_CONFIG_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "ini.h"
#include "schema.h"
#include "version.h"

/* The ELF note that carries the text. */
#define MANIFEST_NOTE_OWNER "Corbel"
#define MANIFEST_NOTE_TYPE 1u
#define MANIFEST_SIZE_MAX (1u << 20)

enum manifest_exec {
	MANIFEST_EXEC_INLINE = 0, /* methods run in the caller's thread */
	MANIFEST_EXEC_THREAD = 1, /* every call is marshalled to the plugin's own thread */
};

struct manifest_interface {
	char *name;
	struct version version;
};

struct manifest_interfaces {
	struct manifest_interface *items; /* in the order of the text */
	size_t count;
};

struct manifest_topics {
	char **names; /* topics, or patterns ending in ".*" */
	size_t count;
};

/* Strings are never NULL. */
struct manifest {
	char *name;
	char *version;
	char *licence;
	char *summary;
	struct version abi;
	unsigned int state_version; /* format that save writes; 0: the plugin has no state */
	unsigned int state_oldest;  /* restore takes this format up to state_version */
	enum manifest_exec exec;
	struct manifest_interfaces provides;
	struct manifest_interfaces requires;
	struct manifest_interfaces wants;
	struct manifest_topics publishes;
	struct manifest_topics subscribes;
	struct schema *schema; /* of the keys of [plugin NAME] in the configuration */
};

/*
 * Reads the text of a manifest found in `file` (used in words only). `host_abi` is what this host
 * offers, NULL to take any: a manifest for another major or a newer minor is refused before the
 * rest is looked at, since a newer ABI may have words that this reader does not know.
 * -EPROTONOSUPPORT: the ABI does not fit. -EINVAL: every wrong thing is one complaint, so
 * `complaints` must not be NULL.
 */
int manifest_parse(const char *file, const char *text, size_t size, const struct version *host_abi,
		   struct manifest **manifest, struct complaints *complaints);

/*
 * Judges the text of a .plugin file, from which corbel-scanner makes the manifest: the same rules,
 * but without `abi`, which is that of the SDK. 0, or -EINVAL with the complaints.
 */
int manifest_check_source(const struct ini_document *document, const char *file,
			  struct complaints *complaints);

/* Accepts NULL. */
void manifest_free(struct manifest *manifest);

/* Whether this host can load what was built for `wanted`: same major, minor at most. */
bool manifest_abi_fits(struct version offered, struct version wanted);

/* Lower case words of letters and digits, each with a letter first, between dots; two at least. */
bool manifest_names_interface(const char *name);

/* The entry of this name or NULL. */
const struct manifest_interface *manifest_interface_find(const struct manifest_interfaces *list,
							 const char *name);

/* Whether a topic is covered by a declared topic or pattern: "a.*" covers "a.b" and "a.b.c". */
bool manifest_topic_covers(const struct manifest_topics *topics, const char *topic);

#endif

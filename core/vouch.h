/* SPDX-License-Identifier: MIT */
/*
 * Who vouches for the contents of a plugin's file. The core only sees that it happens: it reads the
 * key and the signature, judged as the plugin's file is, and gives both with the file to the
 * program around the host, which knows cryptography.
 */
#ifndef CORBEL_CORE_VOUCH_H
#define CORBEL_CORE_VOUCH_H

#include <stdbool.h>

#include <corbel/host.h>

/* What the contents must have; zeroed: nothing. Borrowed. */
struct vouch_demand {
	const char *plugin;
	const char *sha256; /* NULL: any */
	bool is_signature_required;
	const char *public_key; /* a path; NULL: none is configured */
	const char *signature;  /* its text, if it was found before; else it is PATH.minisig */
	int (*vouch)(void *data, struct corbel_file *file, struct corbel_error *error);
	void *data;
};

/* What came of it. Owned; vouch_fini(). */
struct vouched {
	char *signature; /* its text; NULL: none was required */
	char *words;     /* "pinned, signed by 0123456789ABCDEF"; NULL: nothing was demanded */
};

/* Whether anything is demanded: then what is loaded must be a copy that only the host can change.
 */
bool vouch_is_demanded(const struct vouch_demand *demand);

/*
 * Asks whether the open file, which was found at `path`, has what is demanded of it. Words begin
 * with a path. -EKEYREJECTED: it does not; -ENOKEY: no key is configured; -ENOTSUP: there is nobody
 * to ask; -ENOENT: no signature; what trust_open() says of key and signature.
 */
int vouch_for(const struct vouch_demand *demand, int file, const char *path,
	      struct vouched *vouched, struct corbel_error *error);
void vouch_fini(struct vouched *vouched);

#endif

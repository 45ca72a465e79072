/* SPDX-License-Identifier: MIT */
/* Vouches for the files of plugins: by their hash (SHA-256), and by signatures as minisign makes.
 */
#ifndef CORBEL_HOST_SIGNATURE_H
#define CORBEL_HOST_SIGNATURE_H

#include <corbel/host.h>

/*
 * For corbel_host_options.vouch; uses no data, and no file but the descriptor.
 * A signature is one of the file (algorithm Ed) or of its BLAKE2b-512 (ED, as minisign makes by
 * default), by the key given; the signature of its trusted comment must be right, too.
 * -EKEYREJECTED: the hash or the signature is wrong; -EBADMSG: what is given is no hash, key or
 * signature. What the file is vouched for by is in file->words.
 */
int signature_vouch(void *data, struct corbel_file *file, struct corbel_error *error);

#endif

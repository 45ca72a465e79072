/* SPDX-License-Identifier: MIT */
/* Signs files as minisign does, for tests. */
#ifndef TESTS_TRUST_SIGNER_H
#define TESTS_TRUST_SIGNER_H

#include <sodium.h>

struct signer {
	unsigned char id[8];
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
};

/* Makes a new key. All of these return 0, or -1: whoever asks is a test and fails. */
int signer_init(struct signer *signer);
/* The key's id as minisign prints it. */
void signer_id(const struct signer *signer, char id[17]);
/* Writes the public key to a file. */
int signer_write_key(const struct signer *signer, const char *path);
/* Writes PATH.minisig. `algorithm` is "Ed" (of the file) or "ED" (of its hash). */
int signer_sign(const struct signer *signer, const char *path, const char *algorithm);

#endif

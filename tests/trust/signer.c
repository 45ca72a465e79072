/* SPDX-License-Identifier: MIT */
/* minisign's formats, written from its description and not from what reads them here. */
#include "signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMENT "timestamp:1700000000\tfile:of a test"

int signer_init(struct signer *signer)
{
	if (sodium_init() < 0)
		return -1;
	randombytes_buf(signer->id, sizeof(signer->id));
	return crypto_sign_keypair(signer->public_key, signer->secret_key);
}

void signer_id(const struct signer *signer, char id[17])
{
	for (int i = 0; i < 8; i++)
		sprintf(id + 2 * i, "%02X", signer->id[7 - i]);
	/* It is printed as a number. */
	memmove(id, id + strspn(id, "0"), 17 - strspn(id, "0"));
}

/* Algorithm, id and what there is to say, as a line of base64. */
static void print_line(FILE *file, const char *algorithm, const unsigned char *id,
		       const unsigned char *bytes, size_t size)
{
	unsigned char all[2 + 8 + crypto_sign_BYTES];
	char text[2 * sizeof(all)];

	memcpy(all, algorithm, 2);
	memcpy(all + 2, id, 8);
	memcpy(all + 10, bytes, size);
	fprintf(file, "%s\n",
		sodium_bin2base64(text, sizeof(text), all, 10 + size,
				  sodium_base64_VARIANT_ORIGINAL));
}

int signer_write_key(const struct signer *signer, const char *path)
{
	FILE *file = fopen(path, "w");
	char id[17];

	if (!file)
		return -1;
	signer_id(signer, id);
	fprintf(file, "untrusted comment: minisign public key %s\n", id);
	print_line(file, "Ed", signer->id, signer->public_key, sizeof(signer->public_key));
	return fclose(file);
}

static unsigned char *read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	unsigned char *bytes = malloc(*size + 1);
	if (bytes && fread(bytes, 1, *size, file) != *size) {
		free(bytes);
		bytes = NULL;
	}
	fclose(file);
	return bytes;
}

/* The signature of the bytes or of their hash, and that of it with the comment behind it. */
static void sign_bytes(const struct signer *signer, const char *algorithm,
		       const unsigned char *bytes, size_t size,
		       unsigned char seal[crypto_sign_BYTES],
		       unsigned char global[crypto_sign_BYTES])
{
	unsigned char hash[crypto_generichash_BYTES_MAX];
	unsigned char all[crypto_sign_BYTES + sizeof(COMMENT) - 1];

	if (strcmp(algorithm, "ED") == 0) {
		crypto_generichash(hash, sizeof(hash), bytes, size, NULL, 0);
		bytes = hash;
		size = sizeof(hash);
	}
	crypto_sign_detached(seal, NULL, bytes, size, signer->secret_key);
	memcpy(all, seal, crypto_sign_BYTES);
	memcpy(all + crypto_sign_BYTES, COMMENT, sizeof(COMMENT) - 1);
	crypto_sign_detached(global, NULL, all, sizeof(all), signer->secret_key);
}

int signer_sign(const struct signer *signer, const char *path, const char *algorithm)
{
	unsigned char seal[crypto_sign_BYTES], global[crypto_sign_BYTES];
	char beside[4096], text[2 * sizeof(global)];
	size_t size;
	unsigned char *bytes = read_whole(path, &size);

	snprintf(beside, sizeof(beside), "%s.minisig", path);
	FILE *file = bytes ? fopen(beside, "w") : NULL;
	if (!file) {
		free(bytes);
		return -1;
	}
	sign_bytes(signer, algorithm, bytes, size, seal, global);
	free(bytes);
	fprintf(file, "untrusted comment: signature of a test\n");
	print_line(file, algorithm, signer->id, seal, sizeof(seal));
	fprintf(file, "trusted comment: " COMMENT "\n%s\n",
		sodium_bin2base64(text, sizeof(text), global, sizeof(global),
				  sodium_base64_VARIANT_ORIGINAL));
	return fclose(file);
}

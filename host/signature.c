/* SPDX-License-Identifier: MIT */
/* Hashes and minisign's formats, by libsodium. */
#include "signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "error.h"

#define CHUNK 65536
/* A file that is signed itself, and not its hash, has to be in memory as a whole. */
#define WHOLE_MAX ((off_t)256 << 20)
#define TRUSTED "trusted comment: "

/* As they stand in base64. */
struct key {
	uint8_t algorithm[2]; /* "Ed" */
	uint8_t id[8];
	uint8_t bytes[crypto_sign_PUBLICKEYBYTES];
};

struct seal {
	uint8_t algorithm[2]; /* "Ed": of the file; "ED": of its hash */
	uint8_t id[8];
	uint8_t bytes[crypto_sign_BYTES];
};

struct signature {
	struct seal seal;
	const char *comment; /* trusted; borrowed from the text */
	size_t comment_size;
	uint8_t global[crypto_sign_BYTES]; /* of the seal's bytes and the comment */
};

/* Takes a line off a text; false: there is none. */
static bool line_take(const char **text, const char **line, size_t *size)
{
	const char *end = strchrnul(*text, '\n');

	*line = *text;
	*size = (size_t)(end - *text);
	*text = *end ? end + 1 : end;
	if (*size > 0 && (*line)[*size - 1] == '\r')
		--*size;
	return *end || *size > 0;
}

/* The next line in base64, which has to have exactly this many bytes. */
static bool bytes_take(const char **text, void *bytes, size_t size)
{
	const char *line;
	size_t length, count;

	return line_take(text, &line, &length) &&
	       sodium_base642bin(bytes, size, line, length, NULL, &count, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       count == size;
}

static bool comment_skip(const char **text)
{
	const char *line;
	size_t size;

	return line_take(text, &line, &size);
}

static bool key_parse(const char *text, struct key *key)
{
	return comment_skip(&text) && bytes_take(&text, key, sizeof(*key)) &&
	       memcmp(key->algorithm, "Ed", 2) == 0;
}

static bool seal_is_known(const struct seal *seal)
{
	return memcmp(seal->algorithm, "Ed", 2) == 0 || memcmp(seal->algorithm, "ED", 2) == 0;
}

static bool signature_parse(const char *text, struct signature *signature)
{
	if (!comment_skip(&text) || !bytes_take(&text, &signature->seal, sizeof(signature->seal)) ||
	    !seal_is_known(&signature->seal) ||
	    !line_take(&text, &signature->comment, &signature->comment_size) ||
	    signature->comment_size < strlen(TRUSTED) ||
	    strncmp(signature->comment, TRUSTED, strlen(TRUSTED)) != 0)
		return false;
	signature->comment += strlen(TRUSTED);
	signature->comment_size -= strlen(TRUSTED);
	return bytes_take(&text, signature->global, sizeof(signature->global));
}

/* As minisign prints it: the bytes are a number, the lowest first, without leading zeros. */
static const char *id_print(const uint8_t id[8], char text[17])
{
	uint64_t number = 0;

	for (int i = 8; i-- > 0;)
		number = number << 8 | id[i];
	snprintf(text, 17, "%" PRIX64, number);
	return text;
}

/* Feeds all bytes of a file to a hash, whatever that is. */
static int file_feed(const struct corbel_file *file,
		     void (*feed)(void *state, const uint8_t *bytes, size_t size), void *state,
		     struct corbel_error *error)
{
	uint8_t bytes[CHUNK];
	ssize_t count;

	for (off_t at = 0;; at += count) {
		count = pread(file->descriptor, bytes, sizeof(bytes), at);
		if (count == 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return error_set(error, -errno, "%s: cannot read it: %s", file->path,
					 strerror(errno));
		if (count < 0)
			count = 0;
		else
			feed(state, bytes, (size_t)count);
	}
}

static void feed_sha256(void *state, const uint8_t *bytes, size_t size)
{
	crypto_hash_sha256_update(state, bytes, size);
}

static void feed_blake2b(void *state, const uint8_t *bytes, size_t size)
{
	crypto_generichash_update(state, bytes, size);
}

static int pin_check(const struct corbel_file *file, struct corbel_error *error)
{
	uint8_t wanted[crypto_hash_sha256_BYTES], found[sizeof(wanted)];
	char text[2 * sizeof(found) + 1];
	crypto_hash_sha256_state state;
	size_t size;

	if (sodium_hex2bin(wanted, sizeof(wanted), file->sha256, strlen(file->sha256), NULL, &size,
			   NULL) != 0 ||
	    size != sizeof(wanted))
		return error_set(error, -EBADMSG,
				 "plugin %s: sha256 = %s is no hash, expected 64 hex digits",
				 file->plugin, file->sha256);
	crypto_hash_sha256_init(&state);
	int result = file_feed(file, feed_sha256, &state, error);
	if (result < 0)
		return result;
	crypto_hash_sha256_final(&state, found);
	if (memcmp(wanted, found, sizeof(wanted)) == 0)
		return 0;
	return error_set(error, -EKEYREJECTED,
			 "%s: is not the file that plugin %s is pinned to: its SHA-256 is %s, "
			 "expected %s (put the right file back; if this is the right one, its hash "
			 "belongs in sha256 of [plugin %s])",
			 file->path, file->plugin,
			 sodium_bin2hex(text, sizeof(text), found, sizeof(found)), file->sha256,
			 file->plugin);
}

/* Room for what is fed, and no more. */
struct room {
	uint8_t *bytes;
	size_t used, size;
};

static void feed_room(void *state, const uint8_t *bytes, size_t size)
{
	struct room *room = state;
	size_t left = room->size - room->used, count = size < left ? size : left;

	memcpy(room->bytes + room->used, bytes, count);
	room->used += count;
}

static int whole_take(const struct corbel_file *file, struct room *message,
		      struct corbel_error *error)
{
	struct stat status;

	if (fstat(file->descriptor, &status) < 0)
		return error_set(error, -errno, "%s: cannot look at it: %s", file->path,
				 strerror(errno));
	if (status.st_size > WHOLE_MAX)
		return error_set(error, -EFBIG,
				 "%s: is too large for a signature of the whole file (sign its "
				 "hash, as minisign does without -l)",
				 file->path);
	message->size = (size_t)status.st_size;
	message->bytes = malloc(message->size + 1);
	if (!message->bytes)
		return error_set(error, -ENOMEM, "%s: no memory to judge it", file->path);
	return file_feed(file, feed_room, message, error);
}

static int hash_take(const struct corbel_file *file, struct room *message,
		     struct corbel_error *error)
{
	crypto_generichash_state state;

	message->used = crypto_generichash_BYTES_MAX;
	message->bytes = malloc(message->used);
	if (!message->bytes)
		return error_set(error, -ENOMEM, "%s: no memory to judge it", file->path);
	crypto_generichash_init(&state, NULL, 0, message->used);
	int result = file_feed(file, feed_blake2b, &state, error);
	crypto_generichash_final(&state, message->bytes, message->used);
	return result;
}

static int seal_check(const struct corbel_file *file, const struct seal *seal,
		      const struct key *key, struct corbel_error *error)
{
	struct room message = { 0 };
	int result = memcmp(seal->algorithm, "ED", 2) == 0 ? hash_take(file, &message, error)
							   : whole_take(file, &message, error);

	if (result == 0 &&
	    crypto_sign_verify_detached(seal->bytes, message.bytes, message.used, key->bytes) != 0)
		result = error_set(error, -EKEYREJECTED,
				   "%s: is not what was signed: the file or its signature was "
				   "changed since (put the signed file back, or sign this one: "
				   "minisign -Sm %s)",
				   file->path, file->path);
	free(message.bytes);
	return result;
}

static int comment_check(const struct corbel_file *file, const struct signature *signature,
			 const struct key *key, struct corbel_error *error)
{
	size_t size = sizeof(signature->seal.bytes) + signature->comment_size;
	uint8_t *message = malloc(size);
	int result = 0;

	if (!message)
		return error_set(error, -ENOMEM, "%s: no memory to judge it", file->path);
	memcpy(message, signature->seal.bytes, sizeof(signature->seal.bytes));
	memcpy(message + sizeof(signature->seal.bytes), signature->comment,
	       signature->comment_size);
	if (crypto_sign_verify_detached(signature->global, message, size, key->bytes) != 0)
		result = error_set(error, -EKEYREJECTED,
				   "%s: the trusted comment in its signature was changed since it "
				   "was signed (put the signature back as it was, or sign the file "
				   "again: minisign -Sm %s)",
				   file->path, file->path);
	free(message);
	return result;
}

/* Who has signed what, before any of it is believed. */
static int texts_parse(const struct corbel_file *file, struct signature *signature, struct key *key,
		       struct corbel_error *error)
{
	char found[17], expected[17];

	if (!key_parse(file->public_key, key))
		return error_set(
			error, -EBADMSG,
			"%s: the public key to judge it by is none: expected a line of "
			"comment and one of base64, as minisign -G writes them (public-key "
			"in [corbel])",
			file->path);
	if (!signature_parse(file->signature, signature))
		return error_set(error, -EBADMSG,
				 "%s: its signature is cut short, or none: expected four lines, as "
				 "minisign -Sm %s writes them",
				 file->path, file->path);
	if (memcmp(signature->seal.id, key->id, sizeof(key->id)) == 0)
		return 0;
	return error_set(
		error, -EKEYREJECTED,
		"%s: is signed by key %s, expected key %s (let who has that key sign it; if "
		"the other is the right one, name its file: public-key in [corbel])",
		file->path, id_print(signature->seal.id, found), id_print(key->id, expected));
}

static int signature_check(const struct corbel_file *file, char id[17], struct corbel_error *error)
{
	struct signature signature;
	struct key key;
	int result = texts_parse(file, &signature, &key, error);

	if (result == 0)
		result = seal_check(file, &signature.seal, &key, error);
	if (result == 0)
		result = comment_check(file, &signature, &key, error);
	id_print(key.id, id);
	return result;
}

int signature_vouch(void *data, struct corbel_file *file, struct corbel_error *error)
{
	char id[17] = "";
	int result =
		sodium_init() < 0 ? error_set(error, -EIO, "libsodium cannot be used here") : 0;

	(void)data;
	if (result == 0 && file->sha256)
		result = pin_check(file, error);
	if (result == 0 && file->signature)
		result = signature_check(file, id, error);
	if (result == 0)
		snprintf(file->words, sizeof(file->words), "%s%s%s%s", file->sha256 ? "pinned" : "",
			 file->sha256 && *id ? ", " : "", *id ? "signed by " : "", id);
	return result;
}

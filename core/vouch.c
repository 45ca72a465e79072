/* SPDX-License-Identifier: MIT */
/* Demands on a file's contents, put to whom can judge them. */
#include "vouch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "trust.h"

/* minisign writes at most 1 + 8 KiB of comments into a signature. */
#define TEXT_MAX 16384

bool vouch_is_demanded(const struct vouch_demand *demand)
{
	return demand->sha256 || demand->is_signature_required;
}

static int out_of_memory(const char *path, struct corbel_error *error)
{
	return error_set(error, -ENOMEM, "%s: no memory to judge it", path);
}

/* The whole of a small text file, to free(). */
static int text_read(const char *path, char **out, struct corbel_error *error)
{
	int file = trust_open(path, false, error);
	size_t size = 0;
	ssize_t count;

	if (file < 0)
		return file;
	char *text = malloc(TEXT_MAX);
	do {
		count = text ? read(file, text + size, TEXT_MAX - size) : -1;
		size += count > 0 ? (size_t)count : 0;
	} while (count > 0);
	int result = count < 0 ? -errno : size == TEXT_MAX ? -EFBIG : 0;
	close(file);
	if (result < 0) {
		free(text);
		return error_set(error, result, "%s: cannot read it: %s", path, strerror(-result));
	}
	text[size] = '\0';
	*out = text;
	return 0;
}

static int key_read(const struct vouch_demand *demand, const char *path, char **key,
		    struct corbel_error *error)
{
	if (!demand->public_key)
		return error_set(
			error, -ENOKEY,
			"%s: a signature is required of plugin %s, but no key is known to "
			"judge it by (name the file of the public key: public-key = FILE in "
			"[corbel])",
			path, demand->plugin);
	int result = text_read(demand->public_key, key, error);
	return result < 0 ? error_prefix(error, result,
					 "the public key for plugin %s: ", demand->plugin)
			  : 0;
}

/* It was found before, or it is beside the file. */
static int signature_find(const struct vouch_demand *demand, const char *path, char **signature,
			  struct corbel_error *error)
{
	char *beside = NULL;

	if (demand->signature) {
		*signature = strdup(demand->signature);
		return *signature ? 0 : out_of_memory(path, error);
	}
	if (asprintf(&beside, "%s.minisig", path) < 0)
		return out_of_memory(path, error);
	int result = text_read(beside, signature, error);
	free(beside);
	if (result == -ENOENT)
		return error_set(error, result,
				 "%s: is not signed, and plugin %s must be: there is no %s.minisig "
				 "(minisign -Sm makes it)",
				 path, demand->plugin, path);
	return result < 0 ? error_prefix(error, result,
					 "the signature for plugin %s: ", demand->plugin)
			  : 0;
}

static int texts_find(const struct vouch_demand *demand, const char *path, char **key,
		      char **signature, struct corbel_error *error)
{
	if (!demand->is_signature_required)
		return 0;
	int result = key_read(demand, path, key, error);
	return result < 0 ? result : signature_find(demand, path, signature, error);
}

int vouch_for(const struct vouch_demand *demand, int file, const char *path,
	      struct vouched *vouched, struct corbel_error *error)
{
	struct corbel_file asked = { .size = sizeof(asked),
				     .descriptor = file,
				     .plugin = demand->plugin,
				     .path = path,
				     .sha256 = demand->sha256 };
	char *key = NULL, *signature = NULL;

	if (!vouch_is_demanded(demand))
		return 0;
	if (!demand->vouch)
		return error_set(error, -ENOTSUP,
				 "%s: the configuration demands %s of plugin %s, and this program "
				 "cannot judge that (take it out of the configuration, or run it "
				 "with corbeld)",
				 path, demand->sha256 ? "a hash (sha256)" : "a signature",
				 demand->plugin);
	int result = texts_find(demand, path, &key, &signature, error);
	asked.public_key = key;
	asked.signature = signature;
	if (result == 0)
		result = demand->vouch(demand->data, &asked, error);
	free(key);
	if (result < 0) {
		free(signature);
		return result;
	}
	vouched->signature = signature;
	vouched->words = strdup(asked.words);
	return vouched->words ? 0 : out_of_memory(path, error);
}

void vouch_fini(struct vouched *vouched)
{
	free(vouched->signature);
	free(vouched->words);
	*vouched = (struct vouched){ 0 };
}

/* SPDX-License-Identifier: MIT */
/* sign [-l] KEY FILE...: makes a key, writes its public half to KEY, and signs the files by it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "signer.h"

int main(int count, char **arguments)
{
	bool is_legacy = count > 1 && strcmp(arguments[1], "-l") == 0;
	struct signer signer;
	char id[17];

	arguments += is_legacy;
	if (count - is_legacy < 2 || signer_init(&signer) < 0 ||
	    signer_write_key(&signer, arguments[1]) < 0)
		return 1;
	for (char **file = arguments + 2; *file; file++)
		if (signer_sign(&signer, *file, is_legacy ? "Ed" : "ED") < 0)
			return 1;
	signer_id(&signer, id);
	return puts(id) < 0;
}

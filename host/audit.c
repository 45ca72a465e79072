/* SPDX-License-Identifier: MIT */
/* Who changed what over the control socket, or wanted to: a line of the log for each. */
#include "audit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poller.h"

#define REQUEST_SIZE 300

/* "SetLogLevel" as "set log level". */
static void spell(const char *method, char *verb, size_t size)
{
	size_t used = 0;

	for (const char *from = method; *from && used + 2 < size; from++) {
		if (isupper((unsigned char)*from) && from != method)
			verb[used++] = ' ';
		verb[used++] = (char)tolower((unsigned char)*from);
	}
	verb[used] = '\0';
}

/* Whether a string can stand in a sentence without quotes, and be taken for nothing else. */
static bool is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.*";

	return *text && !text[strspn(text, plain)];
}

static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s", more);
}

static void append_value(char *text, size_t size, const json_t *value)
{
	const char *string = json_string_value(value);
	const json_t *item;
	size_t i;

	if (string && is_plain(string)) {
		append(text, size, string);
	} else if (json_is_array(value)) {
		json_array_foreach((json_t *)value, i, item)
		{
			append(text, size, i ? "," : "");
			append_value(text, size, item);
		}
	} else {
		char *dumped =
			json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		append(text, size, dumped ? dumped : "?");
		free(dumped);
	}
}

/* The first parameter is what it is about; the others need their names. */
static void append_parameters(char *text, size_t size, const struct varlink_call *call)
{
	const struct varlink_parameter *parameters = call->method->parameters;

	for (size_t i = 0; i < VARLINK_PARAMETERS && parameters[i].name; i++) {
		const json_t *value = json_object_get(call->parameters, parameters[i].name);

		if (!value || json_is_null(value))
			continue;
		append(text, size, " ");
		if (i > 0 || parameters[i].optional) {
			append(text, size, parameters[i].name);
			append(text, size, "=");
		}
		append_value(text, size, value);
	}
}

void audit_format(const struct peer *peer, const struct varlink_call *call,
		  enum varlink_outcome outcome, const char *words, char *line, size_t size)
{
	static const char *const results[] = {
		[VARLINK_DONE] = "done",
		[VARLINK_FAILED] = "failed",
		[VARLINK_REFUSED] = "refused",
		[VARLINK_UNKNOWN] = "it has gone before the end",
	};
	char request[REQUEST_SIZE];

	spell(call->method->name, request, sizeof(request));
	append_parameters(request, sizeof(request), call);
	snprintf(line, size, "control: uid %u pid %d (%s) asked to %s: %s%s%s", peer->uid,
		 (int)peer->pid, peer->command, request, results[outcome], words ? ": " : "",
		 words ? words : "");
}

void audit_note(struct audit *audit, const struct peer *peer, const struct varlink_call *call,
		enum varlink_outcome outcome, const char *words)
{
	char line[1024], untold[64] = "";

	if (outcome == VARLINK_REFUSED) {
		int64_t now = poller_now();

		if (rate_wait(&audit->refusals, now, AUDIT_REFUSALS) > 0) {
			audit->untold++;
			return;
		}
		rate_take(&audit->refusals, now, AUDIT_REFUSALS);
		if (audit->untold)
			snprintf(untold, sizeof(untold), " (and %u more before)", audit->untold);
		audit->untold = 0;
	}
	audit_format(peer, call, outcome, words, line, sizeof(line));
	corbel_host_log(audit->host, outcome == VARLINK_REFUSED ? CORBEL_WARNING : CORBEL_NOTICE,
			"%s%s", line, untold);
}

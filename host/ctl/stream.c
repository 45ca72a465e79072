/* SPDX-License-Identifier: MIT */
/* Following a stream of the host, and printing what comes. */
#include "stream.h"

#include <stdio.h>

#include "table.h"

static void print(struct ctl *ctl, const struct stream *stream, const json_t *item)
{
	if (ctl->json)
		table_print_json_line(item);
	else
		stream->print(item);
	fflush(stdout);
}

static void tell_dropped(json_int_t count)
{
	if (count > 0)
		fprintf(stderr, "corbelctl: %lld dropped: this terminal is too slow\n",
			(long long)count);
}

int stream_follow(struct ctl *ctl, const struct stream *stream, json_t *parameters)
{
	long count = 0;
	int result = client_stream(&ctl->client, stream->method, parameters);

	while (result == CTL_OK && (ctl->count == 0 || count < ctl->count)) {
		json_t *reply;

		result = client_next(&ctl->client, &reply);
		if (result != CTL_OK)
			break;
		const json_t *item = json_object_get(reply, stream->member);
		bool stands = !item;

		tell_dropped(json_number(reply, "dropped"));
		if (item) {
			print(ctl, stream, item);
			count++;
		}
		json_decref(reply);
		if (ferror(stdout) || (stands && stream->ends_when_standing))
			break;
	}
	return result;
}

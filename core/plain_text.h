/* SPDX-License-Identifier: MIT */
/* Text put together where snprintf(3) is not allowed: in signal handlers. What is too long is cut.
 */
#ifndef CORBEL_CORE_PLAIN_TEXT_H
#define CORBEL_CORE_PLAIN_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct plain_text {
	char *text; /* always ends with a NUL, if size > 0 */
	size_t size;
	size_t length; /* that it would have with room enough */
};

void plain_put(struct plain_text *to, const char *text);
void plain_put_decimal(struct plain_text *to, int64_t number);
/* 0x12ab; padded with zeros to `digits`. */
void plain_put_hex(struct plain_text *to, uint64_t number, int digits);
/* Each byte as two digits. */
void plain_put_bytes(struct plain_text *to, const unsigned char *bytes, size_t size);

#endif

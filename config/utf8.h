/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 text, for those who must not trust it. */
#ifndef CORBEL_CONFIG_UTF8_H
#define CORBEL_CONFIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at text, of which left bytes (at least 1) are there; 0: not UTF-8. */
size_t utf8_size(const char *text, size_t left);
/* A control character of ASCII, tab and line ends included, or of Latin-1; size is utf8_size(). */
bool utf8_is_control(const char *text, size_t size);

#endif

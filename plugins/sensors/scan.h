/* SPDX-License-Identifier: MIT */
/*
 * Reading numbers and words out of the kernel's texts, which may be cut or odd: nothing is
 * believed unseen.
 */
#ifndef SENSORS_SCAN_H
#define SENSORS_SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Each takes what stands at `at`, behind blanks of the same line, and returns where it ends, or
 * NULL when it is not there, does not fit, or `at` is NULL: so calls can be chained and checked
 * once.
 */
const char *scan_word(const char *at, char *word, size_t size);
const char *scan_unsigned(const char *at, uint64_t *value);
const char *scan_signed(const char *at, int64_t *value);
/* A decimal number with at most one point, whatever the locale. */
const char *scan_decimal(const char *at, double *value);

/* `count` unsigned numbers in a row; returns how many there are. */
size_t scan_row(const char *at, uint64_t *values, size_t count);

/* The start of the line behind this one, or NULL behind the last one. */
const char *scan_line(const char *at);

/* What follows `prefix` if `at` begins with it, else NULL. */
const char *scan_prefix(const char *at, const char *prefix);

#endif

/* SPDX-License-Identifier: MIT */
/* Numbers as text, with a point whatever the locale of the process is. */
#ifndef RULES_NUMBER_H
#define RULES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#define NUMBER_TEXT_MAX 32

/* Reads as much of `text` as is a finite decimal number; false: none, and nothing is written. */
bool number_read(const char *text, double *number, const char **end);

/* The shortest text that reads back as the same finite number. */
void number_write(double number, char text[NUMBER_TEXT_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
/* The word that was probably meant. */
#include "nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Longer words are not compared: nobody meant them by mistake, and the rows live on the stack. */
#define WORD_MAX 64

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static bool is_swap(const char *a, const char *b, size_t i, size_t j)
{
	return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
}

/* Edits between two words, by rows; three rows because a swap looks back two. */
static size_t count_edits(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t length_a = strlen(a), length_b = strlen(b);

	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t *now = rows[i % 3], *above = rows[(i - 1) % 3], *two = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = smallest(above[j] + 1, now[j - 1] + 1, replaced);
			if (is_swap(a, b, i, j) && two[j - 2] + 1 < now[j])
				now[j] = two[j - 2] + 1;
		}
	}
	return rows[length_a % 3][length_b];
}

void nearest_init(struct nearest *nearest, const char *wanted)
{
	*nearest = (struct nearest){ .wanted = wanted };
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t length = strlen(nearest->wanted);
	/* A third of the word may be wrong; of very short ones, one letter. */
	size_t limit = length < 4 ? 1 : length / 3 + (length % 3 != 0);

	if (length == 0 || length > WORD_MAX || strlen(candidate) > WORD_MAX || !*candidate)
		return;
	size_t distance = strcasecmp(candidate, nearest->wanted) == 0
				  ? 0
				  : count_edits(nearest->wanted, candidate);
	if (distance > limit || distance >= strlen(candidate))
		return;
	if (nearest->word && distance >= nearest->distance)
		return;
	nearest->word = candidate;
	nearest->distance = distance;
}

const char *nearest_hint(const struct nearest *nearest, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (nearest->word)
		snprintf(buffer, size, "; did you mean \"%s\"?", nearest->word);
	return buffer;
}

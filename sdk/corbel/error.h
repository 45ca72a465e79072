/* SPDX-License-Identifier: MIT */
/* The words beside an error code: what was tried, on what, what was found, what to do. */
#ifndef CORBEL_ERROR_H
#define CORBEL_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Functions that fail return -errno and, where they take a struct corbel_error, write one or
 * more lines of UTF-8 without a final newline. The text is untouched on success. The caller owns
 * the struct; NULL is accepted wherever a pointer to it is asked for.
 */
struct corbel_error {
	char text[1024];
};

#ifdef __cplusplus
}
#endif

#endif

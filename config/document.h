/* SPDX-License-Identifier: MIT */
/* How texts become one document: merging sections, overriding keys, finding what is there twice. */
#ifndef CORBEL_CONFIG_DOCUMENT_H
#define CORBEL_CONFIG_DOCUMENT_H

#include "ini.h"
#include "line.h"

/*
 * The section of this kind and name, made if there is none; *number is its place, from 1. -EEXIST
 * if the text of origin has had it before, with the place in *earlier (*number is set all the
 * same); -ENOMEM.
 */
int document_add_section(struct ini_document *document, const char *kind, const char *name,
			 const struct ini_origin *origin, size_t *number,
			 struct ini_origin *earlier);

/*
 * Sets the key of line to its value, taking its strings over on success. -EEXIST if the text of
 * origin has set it before, with the place in *earlier; -ENOMEM.
 */
int document_set_entry(struct ini_document *document, struct ini_section *section,
		       struct line *line, const struct ini_origin *origin,
		       struct ini_origin *earlier);

/* Takes source over on success. */
int document_add_source(struct ini_document *document, struct ini_source *source);

#endif

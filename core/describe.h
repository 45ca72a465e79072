/* SPDX-License-Identifier: MIT */
/*
 * Descriptions of interfaces as the host keeps them: deep copies, so that nothing points into an
 * image.
 *
 * One catalogue a host. Copies of one name, version and fingerprint are shared, and live as long as
 * the catalogue.
 */
#ifndef CORBEL_CORE_DESCRIBE_H
#define CORBEL_CORE_DESCRIBE_H

#include <corbel/event.h>
#include <corbel/interface.h>

#include "error.h"

struct catalogue;

struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *catalogue);
/*
 * The kept copy of a description that came from a plugin; -EINVAL in words if it does not hold
 * together. The copy's `marshalled` is NULL: that table stays in the image it came from.
 */
int catalogue_keep(struct catalogue *catalogue, const struct corbel_interface *interface,
		   const struct corbel_interface **out, struct corbel_error *error);

/* Takes its lock once. */
void catalogue_verify(struct catalogue *catalogue);

/* Whether it holds together: names, counts, versions, kinds, indexes, offsets. 0 or -EINVAL. */
int interface_check(const struct corbel_interface *interface, struct corbel_error *error);
/*
 * Whether a consumer compiled for `wanted` can use `offered`: same name and major, minor at least,
 * same layout at wanted's minor. 0; -ENOENT another name; -EPROTONOSUPPORT version; -EPROTO layout:
 * with words that name the first difference. Both have passed interface_check().
 */
int interface_compatible(const struct corbel_interface *wanted,
			 const struct corbel_interface *offered, struct corbel_error *error);
/* The same of two providers, or publishers: whether they agree at the lower of their minors. */
int interfaces_agree(const struct corbel_interface *a, const struct corbel_interface *b,
		     struct corbel_error *error);
/* Bytes that one of this field takes in flat form, its array, string or bytes not followed. */
uint32_t field_flat_width(const struct corbel_interface *interface,
			  const struct corbel_field *field);
/* The same for one item, when the field is an array. */
uint32_t item_flat_width(const struct corbel_interface *interface,
			 const struct corbel_field *field);

/*
 * One payload as a JSON object, like snprintf(3). -EBADMSG: sizes, offsets, alignment or NULs are
 * not what the event's description says; `text` is not to be used then. Enums by name, bytes in
 * base64, non-finite numbers null, a string that is not there null, what is not UTF-8 replaced by
 * U+FFFD.
 */
int event_text(const struct corbel_delivery *delivery, char *text, size_t size);

#endif

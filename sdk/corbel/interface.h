/* SPDX-License-Identifier: MIT */
/*
 * Descriptions: what corbel-scanner writes about an interface, for the host and for tools.
 *
 * Constant data in the image of whoever uses the interface. The host copies what it keeps, so no
 * description outlives its image. Everything is UTF-8 and NUL-terminated.
 */
#ifndef CORBEL_INTERFACE_H
#define CORBEL_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

#include <corbel/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

enum corbel_kind {
	CORBEL_KIND_BOOL = 1,    /* bool */
	CORBEL_KIND_I32 = 2,     /* int32_t */
	CORBEL_KIND_U32 = 3,     /* uint32_t */
	CORBEL_KIND_I64 = 4,     /* int64_t */
	CORBEL_KIND_U64 = 5,     /* uint64_t */
	CORBEL_KIND_F64 = 6,     /* double */
	CORBEL_KIND_STRING = 7,  /* const char *; out: char *, to be freed with corbel_free() */
	CORBEL_KIND_BYTES = 8,   /* struct corbel_bytes */
	CORBEL_KIND_ENUM = 9,    /* int32_t; `index` into the interface's enums */
	CORBEL_KIND_STRUCT = 10, /* by pointer in calls, else embedded; `index` into structs */
	CORBEL_KIND_REF = 11     /* struct corbel_use *; `reference` names its interface */
};

/* A byte string. In parameters are borrowed for the call; out parameters belong to the caller. */
struct corbel_bytes {
	const void *data;
	size_t size;
};

/*
 * An array in a struct or an event. In method parameters an array is a pointer and a size_t count.
 */
struct corbel_array {
	const void *items;
	size_t count;
};

/* Where a string, byte string or array lies in an event's payload; offset 0 means none. */
struct corbel_flat {
	uint32_t offset; /* from the start of the payload */
	uint32_t count;  /* bytes (a string's without its NUL), or items */
};

/* A parameter, a member of a struct, or a field of an event. */
struct corbel_field {
	const char *name;
	const char *reference; /* of a REF, the interface's name; else NULL */
	uint8_t kind;          /* enum corbel_kind */
	uint8_t array;         /* 1: an array of `kind` */
	uint16_t since;        /* minor */
	uint16_t index;        /* of its enum or struct */
	uint16_t reserved;
	uint32_t offset;      /* in the C struct; 0 for parameters */
	uint32_t flat_offset; /* in an event's payload, or in the flat form of a struct */
};

struct corbel_enum_value {
	const char *name;
	int32_t value;
	uint32_t since;
};

struct corbel_enum {
	const char *name;
	const struct corbel_enum_value *values;
	size_t value_count;
};

struct corbel_struct {
	const char *name;
	const struct corbel_field *fields;
	size_t field_count;
	uint32_t size;      /* bytes of the C struct */
	uint32_t flat_size; /* bytes of its flat form */
};

struct corbel_method {
	const char *name;
	const char *summary; /* or NULL */
	const struct corbel_field *in;
	const struct corbel_field *out;
	const int *errors; /* positive errno values the author names */
	uint16_t in_count;
	uint16_t out_count;
	uint16_t error_count;
	uint16_t since;
};

struct corbel_event {
	const char *name;
	const char *summary; /* or NULL */
	const struct corbel_field *fields;
	uint16_t field_count;
	uint16_t since;
	uint32_t size;      /* bytes of the C struct, which begins with uint32_t size */
	uint32_t flat_size; /* bytes of the payload's fixed part, which begins likewise */
	uint32_t reserved;
};

struct corbel_interface {
	uint32_t size;
	uint16_t major;
	uint16_t minor;
	const char *name;
	const char *summary;          /* or NULL */
	const uint64_t *fingerprints; /* minor + 1 of them; [m] covers all that is since <= m */
	const struct corbel_method *methods;
	const struct corbel_event *events;
	const struct corbel_struct *structs;
	const struct corbel_enum *enums;
	uint16_t method_count;
	uint16_t event_count;
	uint16_t struct_count;
	uint16_t enum_count;
	const void *marshalled; /* methods whose self is a struct corbel_marshal, or NULL */
};

/* How the scanner's thunks hand a call to the provider's own thread (`exec = thread`). */
struct corbel_marshal {
	/*
	 * Runs call(arguments) on that thread, waits for its end, returns its result.
	 * [caller's thread]
	 */
	int (*run)(struct corbel_marshal *marshal, int (*call)(void *arguments), void *arguments);
	const void *table;
	void *self;
};

CORBEL_STATIC_ASSERT(sizeof(struct corbel_field) == 32, "no padding");
CORBEL_STATIC_ASSERT(sizeof(struct corbel_method) == 48, "no padding");
CORBEL_STATIC_ASSERT(sizeof(struct corbel_event) == 40, "no padding");
CORBEL_STATIC_ASSERT(sizeof(struct corbel_interface) == 80, "no padding");
CORBEL_PIN(corbel_interface, marshalled, 72);

#ifdef __cplusplus
}
#endif

#endif

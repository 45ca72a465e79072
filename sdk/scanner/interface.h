/* SPDX-License-Identifier: MIT */
/* An interface file as a checked structure: what every command of the scanner works on. */
#ifndef SCANNER_INTERFACE_H
#define SCANNER_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/interface.h>

#include "arena.h"
#include "ini.h"

/* Strings belong to the interface, are never NULL, and lists that do not exist are empty. */
struct type {
	enum corbel_kind kind;
	bool array;
	const char *word; /* as written; of an enum, struct or ref the name */
	size_t index;     /* of the enum or struct */
};

/* `since` is a minor everywhere: the major is the interface's. */
struct field {
	const char *name;
	struct type type;
	unsigned int since;
	struct ini_origin origin;
};

struct fields {
	struct field *items;
	size_t count;
};

struct enum_value {
	const char *name;
	int32_t value;
	unsigned int since;
	struct ini_origin origin;
};

/* What methods, events, enums and structs have in common. */
struct member {
	const char *name;
	const char *summary;
	unsigned int since;
	struct ini_origin origin;
};

struct enumeration {
	struct member member;
	struct enum_value *values;
	size_t value_count;
};

struct structure {
	struct member member;
	struct fields fields;
	bool is_scalar; /* holds no string, bytes or array: its C form and its flat form are one */
};

struct method {
	struct member member;
	struct fields in;
	struct fields out;
	const char **errors;
	size_t error_count;
};

struct event {
	struct member member;
	struct fields fields;
	bool is_scalar; /* as of a struct */
};

struct interface {
	const char *file;
	const char *name;
	const char *summary;
	const char *prefix; /* corbel_sensors */
	const char *upper;  /* CORBEL_SENSORS */
	unsigned int major;
	unsigned int minor;
	struct ini_origin origin;
	struct ini_origin version_origin;
	struct method *methods;
	size_t method_count;
	struct event *events;
	size_t event_count;
	struct structure *structs;
	size_t struct_count;
	struct enumeration *enums;
	size_t enum_count;
	struct ini_document *document;
	struct arena arena;
};

/*
 * Reads and judges a file. Every wrong thing is one complaint with its place; 0, or -errno after at
 * least one complaint, and then nothing is made.
 */
int interface_read(const char *path, struct interface **interface, struct complaints *complaints);

/* Accepts NULL. */
void interface_free(struct interface *interface);

/* Whether a value of that type, embedded, holds no pointer in C. */
bool type_is_scalar(const struct interface *interface, const struct type *type);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Between the parts that read an interface file: sections, the lists in their values, the
 * judgement.
 */
#ifndef SCANNER_READING_H
#define SCANNER_READING_H

#include "interface.h"

/* One run over one file. */
struct reading {
	struct interface *interface;
	struct complaints *complaints;
};

/*
 * Of the values of fields: whether members may say `since` for themselves, and what `name` names. /
 */
struct list_rules {
	const char *what;   /* "field", "member", "parameter" */
	const char *whose;  /* name of the method, event or struct */
	unsigned int since; /* of the whole */
	bool grows;
};

/*
 * Each reads the value of an entry; what is wrong becomes complaints. A NULL entry is an empty
 * list.
 */
struct fields list_read_fields(struct reading *reading, const struct ini_entry *entry,
			       const struct list_rules *rules);
void list_read_values(struct reading *reading, const struct ini_entry *entry,
		      struct enumeration *enumeration);
void list_read_errors(struct reading *reading, const struct ini_entry *entry,
		      struct method *method);

/* `MAJOR.MINOR` of a `since`; complains at `origin` unless the interface has had that version. */
bool since_read(struct reading *reading, const struct ini_origin *origin, const char *text,
		unsigned int *since);

/* Complains at `origin` unless `name` may name such a thing. */
bool name_judge(struct reading *reading, const struct ini_origin *origin, const char *what,
		const char *name);

/* Resolves the names of types, once all sections are read. */
void types_resolve(struct reading *reading);

/* What only the whole shows: order, ages, clashes of generated names. */
void interface_judge(struct reading *reading);

#endif

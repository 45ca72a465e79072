/* SPDX-License-Identifier: MIT */
/* The command `check`: whether whoever was built for OLD can go on with NEW, within one major. */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "interface.h"

struct checking {
	const struct interface *old;
	const struct interface *new;
	struct complaints *complaints;
};

#define ADVICE "(undo it, or make a new major)"

static void place_complain(const struct checking *checking, const struct ini_origin *origin,
			   const char *what, const char *name, const char *found,
			   const char *expected)
{
	ini_complain_to(origin, checking->complaints, -EINVAL, "%s %s %s, expected %s " ADVICE,
			what, name, found, expected);
}

/* The member of that name in a list whose items begin with a struct member, or NULL. */
static const void *member_find(const void *items, size_t count, size_t size, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		const struct member *member =
			(const struct member *)((const char *)items + i * size);

		if (strcmp(member->name, name) == 0)
			return member;
	}
	return NULL;
}

static const void *old_demand(const struct checking *checking, const char *what,
			      const struct member *old, const void *items, size_t count,
			      size_t size)
{
	const struct member *found = member_find(items, count, size, old->name);
	char where[300];

	if (!found) {
		ini_complain_to(&checking->new->origin, checking->complaints, -EINVAL,
				"%s %s is gone, expected it as in %s " ADVICE, what, old->name,
				ini_origin_format(&old->origin, where, sizeof(where)));
		return NULL;
	}
	if (found->since != old->since)
		ini_complain_to(&found->origin, checking->complaints, -EINVAL,
				"%s %s is since %u.%u, expected %u.%u as in %s", what, old->name,
				checking->new->major, found->since, checking->old->major,
				old->since, ini_origin_format(&old->origin, where, sizeof(where)));
	return found;
}

/* What OLD has not must be younger than OLD. */
static void age_check(const struct checking *checking, const char *what, const char *name,
		      unsigned int since, const struct ini_origin *origin)
{
	if (since > checking->old->minor)
		return;
	ini_complain_to(
		origin, checking->complaints, -EINVAL,
		"%s %s is new but since %u.%u, expected since %u.%u or later (and that version "
		"in [interface])",
		what, name, checking->new->major, since, checking->old->major,
		checking->old->minor + 1);
}

static void news_check(const struct checking *checking, const char *what, const void *new_items,
		       size_t new_count, const void *old_items, size_t old_count, size_t size)
{
	for (size_t i = 0; i < new_count; i++) {
		const struct member *new =
			(const struct member *)((const char *)new_items + i * size);

		if (!member_find(old_items, old_count, size, new->name))
			age_check(checking, what, new->name, new->since, &new->origin);
	}
}

static bool types_equal(const struct type *a, const struct type *b)
{
	return a->kind == b->kind && a->array == b->array && strcmp(a->word, b->word) == 0;
}

static void field_check(const struct checking *checking, const char *whose, const struct field *old,
			const struct field *new)
{
	struct arena arena = { NULL };

	if (strcmp(old->name, new->name) != 0)
		ini_complain_to(&new->origin, checking->complaints, -EINVAL,
				"%s has %s where %s was, expected the old order and names " ADVICE,
				whose, new->name, old->name);
	else if (!types_equal(&old->type, &new->type))
		place_complain(
			checking, &new->origin, whose, new->name,
			arena_print(&arena, "is now %s%s", new->type.word,
				    new->type.array ? "[]" : ""),
			arena_print(&arena, "%s%s", old->type.word, old->type.array ? "[]" : ""));
	else if (old->since != new->since)
		ini_complain_to(&new->origin, checking->complaints, -EINVAL,
				"%s %s is since %u.%u, expected %u.%u as before", whose, new->name,
				checking->new->major, new->since, checking->old->major, old->since);
	arena_fini(&arena);
}

/* `grows`: more fields may follow, if they are new. */
static void fields_check(const struct checking *checking, const char *whose,
			 const struct fields *old, const struct fields *new,
			 const struct ini_origin *origin, bool grows)
{
	for (size_t i = 0; i < old->count && i < new->count; i++)
		field_check(checking, whose, &old->items[i], &new->items[i]);
	for (size_t i = new->count; i < old->count; i++)
		place_complain(checking, origin, whose, old->items[i].name, "is gone",
			       "it to stay");
	for (size_t i = old->count; i < new->count; i++) {
		const struct field *field = &new->items[i];

		if (grows)
			age_check(checking, whose, field->name, field->since, &field->origin);
		else
			place_complain(checking, &field->origin, whose, field->name, "is new",
				       "no more than before");
	}
}

static void methods_check(const struct checking *checking)
{
	const struct interface *old = checking->old;
	const struct interface *new = checking->new;

	for (size_t i = 0; i < old->method_count; i++) {
		const struct method *was = &old->methods[i];
		const struct method *is = old_demand(checking, "method", &was->member, new->methods,
						     new->method_count, sizeof(*is));
		struct arena arena = { NULL };

		if (!is)
			continue;
		if (is != &new->methods[i])
			place_complain(checking, &is->member.origin, "method", was->member.name,
				       "is in another place",
				       arena_print(&arena, "it as number %zu", i + 1));
		fields_check(checking, arena_print(&arena, "method %s: in", was->member.name),
			     &was->in, &is->in, &is->member.origin, false);
		fields_check(checking, arena_print(&arena, "method %s: out", was->member.name),
			     &was->out, &is->out, &is->member.origin, false);
		arena_fini(&arena);
	}
	news_check(checking, "method", new->methods, new->method_count, old->methods,
		   old->method_count, sizeof(*old->methods));
}

static void events_check(const struct checking *checking)
{
	const struct interface *old = checking->old;
	const struct interface *new = checking->new;

	for (size_t i = 0; i < old->event_count; i++) {
		const struct event *was = &old->events[i];
		const struct event *is = old_demand(checking, "event", &was->member, new->events,
						    new->event_count, sizeof(*is));
		struct arena arena = { NULL };

		if (is)
			fields_check(checking,
				     arena_print(&arena, "event %s: field", was->member.name),
				     &was->fields, &is->fields, &is->member.origin, true);
		arena_fini(&arena);
	}
	news_check(checking, "event", new->events, new->event_count, old->events, old->event_count,
		   sizeof(*old->events));
}

static void structs_check(const struct checking *checking)
{
	const struct interface *old = checking->old;
	const struct interface *new = checking->new;

	for (size_t i = 0; i < old->struct_count; i++) {
		const struct structure *was = &old->structs[i];
		const struct structure *is =
			old_demand(checking, "struct", &was->member, new->structs,
				   new->struct_count, sizeof(*is));
		struct arena arena = { NULL };

		if (is)
			fields_check(checking,
				     arena_print(&arena, "struct %s: member", was->member.name),
				     &was->fields, &is->fields, &is->member.origin, false);
		arena_fini(&arena);
	}
	news_check(checking, "struct", new->structs, new->struct_count, old->structs,
		   old->struct_count, sizeof(*old->structs));
}

static const struct enum_value *value_find(const struct enumeration *enumeration, const char *name)
{
	for (size_t i = 0; i < enumeration->value_count; i++)
		if (strcmp(enumeration->values[i].name, name) == 0)
			return &enumeration->values[i];
	return NULL;
}

static void values_check(const struct checking *checking, const struct enumeration *was,
			 const struct enumeration *is)
{
	struct arena arena = { NULL };
	const char *whose = arena_print(&arena, "enum %s: value", was->member.name);

	for (size_t i = 0; i < was->value_count; i++) {
		const struct enum_value *old = &was->values[i];
		const struct enum_value *new = value_find(is, old->name);

		if (!new)
			place_complain(checking, &is->member.origin, whose, old->name, "is gone",
				       "it to stay");
		else if (new->value != old->value)
			place_complain(checking, &new->origin, whose, old->name,
				       arena_print(&arena, "is now %d", (int)new->value),
				       arena_print(&arena, "%d", (int)old->value));
		else if (new->since != old->since)
			ini_complain_to(&new->origin, checking->complaints, -EINVAL,
					"%s %s is since %u.%u, expected %u.%u as before", whose,
					new->name, checking->new->major, new->since,
					checking->old->major, old->since);
	}
	for (size_t i = 0; i < is->value_count; i++)
		if (!value_find(was, is->values[i].name))
			age_check(checking, whose, is->values[i].name, is->values[i].since,
				  &is->values[i].origin);
	arena_fini(&arena);
}

static void enums_check(const struct checking *checking)
{
	const struct interface *old = checking->old;
	const struct interface *new = checking->new;

	for (size_t i = 0; i < old->enum_count; i++) {
		const struct enumeration *was = &old->enums[i];
		const struct enumeration *is = old_demand(checking, "enum", &was->member,
							  new->enums, new->enum_count, sizeof(*is));

		if (is)
			values_check(checking, was, is);
	}
	news_check(checking, "enum", new->enums, new->enum_count, old->enums, old->enum_count,
		   sizeof(*old->enums));
}

/* Whether the two are of one name and one major, so that there is anything to compare. */
static bool versions_check(const struct checking *checking)
{
	const struct interface *old = checking->old;
	const struct interface *new = checking->new;

	if (strcmp(old->name, new->name) != 0) {
		ini_complain_to(&new->origin, checking->complaints, -EINVAL,
				"the interface is %s, expected %s as in %s", new->name, old->name,
				old->file);
		return false;
	}
	if (new->major < old->major || (new->major == old->major &&new->minor < old->minor)) {
		ini_complain_to(
			&new->version_origin, checking->complaints, -EINVAL,
			"version %u.%u is older than %u.%u of %s, expected that or a later one",
			new->major, new->minor, old->major, old->minor, old->file);
		return false;
	}
	return new->major == old->major;
}

int command_check(const char *const *inputs, FILE *to, struct complaints *complaints)
{
	struct interface *old = NULL;
	struct interface *new = NULL;
	int result = interface_read(inputs[0], &old, complaints);
	int second = interface_read(inputs[1], &new, complaints);

	(void)to;
	result = result < 0 ? result : second;
	if (result == 0) {
		struct checking checking = { old, new, complaints };

		if (versions_check(&checking)) {
			methods_check(&checking);
			events_check(&checking);
			structs_check(&checking);
			enums_check(&checking);
		}
		result = complaints_count(complaints) ? -EINVAL : 0;
	}
	interface_free(old);
	interface_free(new);
	return result;
}

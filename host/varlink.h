/* SPDX-License-Identifier: MIT */
/* Varlink calls: reading a request, finding its method, checking its parameters, replying. */
#ifndef CORBEL_HOST_VARLINK_H
#define CORBEL_HOST_VARLINK_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct varlink_call;

enum varlink_kind {
	VARLINK_STRING = 0,
	VARLINK_INT = 1,
	VARLINK_BOOL = 2,
	VARLINK_OBJECT = 3,
	VARLINK_STRINGS = 4, /* an array of them */
};

struct varlink_parameter {
	const char *name; /* NULL ends the list */
	enum varlink_kind kind;
	bool optional; /* absent or null */
};

#define VARLINK_PARAMETERS 6
/* In a request: one of brackets alone takes eighty times its size in memory, and its time. */
#define VARLINK_VALUES_MAX 10000u

/* What a caller may do, and what a method needs it to; each includes those before it. */
enum varlink_right {
	VARLINK_NOTHING = 0,
	VARLINK_READ = 1,    /* look */
	VARLINK_CONTROL = 2, /* change */
};

struct varlink_method {
	const char *name;         /* NULL ends the table */
	enum varlink_right right; /* what it needs; nobody may call one that does not say */
	/*
	 * Gets checked parameters. Ends the call now or later, by varlink_reply() or
	 * varlink_error().
	 */
	void (*run)(struct varlink_call *call, void *data);
	bool streams; /* only with "more" */
	struct varlink_parameter parameters[VARLINK_PARAMETERS];
};

struct varlink_interface {
	const char *name;
	const char *description; /* Varlink IDL */
	const struct varlink_method *methods;
	void *data; /* for its methods */
};

/* What a server offers; the interfaces are borrowed. */
struct varlink_services {
	const struct varlink_interface *const *interfaces;
	size_t count;
};

/* What became of a call that needs more than the right to look. */
enum varlink_outcome {
	VARLINK_DONE = 0,
	VARLINK_FAILED = 1,
	VARLINK_REFUSED = 2, /* the caller has not the right */
	VARLINK_UNKNOWN = 3, /* the caller has gone before it ended */
};

/* Where replies go, and who gets them; embedded in a connection. */
struct varlink_link {
	enum varlink_right right; /* of the caller */
	/* Takes one message without its NUL. Droppable ones may be refused with -ENOBUFS. */
	int (*send)(struct varlink_link *link, const char *text, size_t size, bool droppable);
	/* The call is over, and the next may come. */
	void (*ended)(struct varlink_link *link);
	/* Why the caller has no more than that right: the words of PermissionDenied. */
	void (*explain)(const struct varlink_link *link, char *words, size_t size);
	/* A call that needs more than VARLINK_READ is over; `words` are of its error, or NULL. */
	void (*note)(struct varlink_link *link, const struct varlink_call *call,
		     enum varlink_outcome outcome, const char *words);
	struct varlink_call *call; /* under way; NULL: none */
};

struct varlink_call {
	struct varlink_link *link; /* NULL once abandoned */
	const struct varlink_interface *interface;
	const struct varlink_method *method;
	const struct varlink_services *services;
	json_t *parameters; /* an object */
	bool oneway;
	/* Set by a method that ends its call later: the caller has gone, so forget the call. */
	void (*abandoned)(struct varlink_call *call, void *state);
	void *state;
};

/*
 * Reads one request and runs its method; what the caller did wrong within the protocol is
 * answered. -EBADMSG with the words sent: it is not a request at all, and the link is no longer to
 * be trusted. -ENOMEM.
 */
int varlink_dispatch(const struct varlink_services *services, struct varlink_link *link,
		     const char *text, size_t size);

/* Ends the call, taking the parameters over (NULL: none). */
void varlink_reply(struct varlink_call *call, json_t *parameters);
void varlink_error(struct varlink_call *call, const char *error, json_t *parameters);
/*
 * One of several replies; parameters are taken over. -ENOBUFS: the caller is too slow, it was
 * dropped.
 */
int varlink_continue(struct varlink_call *call, json_t *parameters);
/* Sends an error that answers no call. */
void varlink_complain(struct varlink_link *link, const char *error, const char *words);
/* The caller has gone: tells the method, and frees the call under way if there is one. */
void varlink_abandon(struct varlink_link *link);

/* A checked parameter; NULL if absent. */
const char *varlink_string(const struct varlink_call *call, const char *name);

#endif

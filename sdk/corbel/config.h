/* SPDX-License-Identifier: MIT */
/*
 * A plugin's own settings: the keys of its [plugin NAME] section, as declared in its .plugin file.
 *
 * The host has checked them against their types and ranges before the plugin is loaded, and filled
 * in the defaults; reading one cannot fail, except by naming a key that the .plugin file does not
 * declare: then the zero value comes back, and the log says so.
 */
#ifndef CORBEL_CONFIG_H
#define CORBEL_CONFIG_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One setting; owned by the host, borrowed until stop() or the end of configure(). */
struct corbel_config_entry {
	const char *key;
	const char *text;         /* as written, unquoted; of a choice, path or string: the value */
	int64_t integer;          /* bool (0, 1), int; duration in ns; size in bytes */
	double number;            /* float */
	const char *const *items; /* list */
	size_t item_count;
	const char *file; /* where it was set, or "command line"; NULL: the default */
	uint32_t line;    /* 0 when not in a file */
	uint32_t reserved;
};

/* The setting of that name, or NULL when it is optional and unset. [strand] */
static inline const struct corbel_config_entry *corbel_config_find(struct corbel_context *context,
								   const char *key)
{
	return context->api->config_find(context, key);
}

/* Goes through the settings whose keys begin with `prefix`; begins with `after` = NULL. [strand] */
static inline const struct corbel_config_entry *
corbel_config_next(struct corbel_context *context, const char *prefix,
		   const struct corbel_config_entry *after)
{
	return context->api->config_next(context, prefix, after);
}

/* The integer of a bool, int, duration (ns) or size (bytes). [strand] */
static inline int64_t corbel_config_integer(struct corbel_context *context, const char *key)
{
	const struct corbel_config_entry *entry = corbel_config_find(context, key);

	return entry ? entry->integer : 0;
}

/* The text of a string, path or choice; "" when unset. [strand] */
static inline const char *corbel_config_text(struct corbel_context *context, const char *key)
{
	const struct corbel_config_entry *entry = corbel_config_find(context, key);

	return entry ? entry->text : "";
}

/* The number of a float. [strand] */
static inline double corbel_config_number(struct corbel_context *context, const char *key)
{
	const struct corbel_config_entry *entry = corbel_config_find(context, key);

	return entry ? entry->number : 0.0;
}

#ifdef __cplusplus
}
#endif

#endif

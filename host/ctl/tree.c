/* SPDX-License-Identifier: MIT */
/* corbelctl tree: each plugin above those that require it. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "table.h"

static const struct table_column columns[] = {
	{ "PLUGIN", SCOLS_FL_TREE },
	{ "STATE", 0 },
	{ "REQUIRES", SCOLS_FL_TRUNC },
	{ NULL, 0 },
};

struct tree {
	const json_t *plugins;
	bool *is_shown;
	struct libscols_table *table;
};

/* A plugin on the way from the root: a cycle is shown up to where it closes. */
struct step {
	size_t plugin;
	const struct step *above;
};

/* "corbel.sensors 1.2" and "corbel.sensors 1.0" are about one interface. */
static bool is_same_interface(const char *a, const char *b)
{
	size_t length = strcspn(a, " ");

	return length == strcspn(b, " ") && memcmp(a, b, length) == 0;
}

static bool requires(const json_t *plugin, const json_t *provider)
{
	json_t *needed, *offered;
	size_t i, j;

	json_array_foreach(json_object_get(plugin, "requires"), i, needed) json_array_foreach(
		json_object_get(provider, "provides"), j,
		offered) if (is_same_interface(json_string_value(needed),
					       json_string_value(offered))) return true;
	return false;
}

static bool is_above(const struct step *step, size_t plugin)
{
	for (; step; step = step->above)
		if (step->plugin == plugin)
			return true;
	return false;
}

/* The interfaces a plugin requires, with spaces between; to free. */
static char *needs_of(const json_t *plugin)
{
	json_t *item;
	size_t i, size = 1;

	json_array_foreach(json_object_get(plugin, "requires"), i, item) size +=
		json_string_length(item) + 2;
	char *text = calloc(1, size), *end = text;

	json_array_foreach(json_object_get(plugin, "requires"), i, item) if (text) end =
		stpcpy(stpcpy(end, i ? ", " : ""), json_string_value(item));
	return text;
}

static void add(struct tree *tree, size_t index, const struct step *above,
		struct libscols_line *parent)
{
	const json_t *plugin = json_array_get(tree->plugins, index);
	const struct step step = { index, above };
	const char *state = json_text(plugin, "state");
	char *needs = needs_of(plugin);
	struct libscols_line *line =
		table_add(tree->table, parent,
			  (const char *[]){ json_text(plugin, "name"), state, needs ? needs : "" });

	free(needs);
	tree->is_shown[index] = true;
	table_color_state(tree->table, line, 1, state);
	for (size_t i = 0; i < json_array_size(tree->plugins); i++)
		if (!is_above(&step, i) && requires(json_array_get(tree->plugins, i), plugin))
			add(tree, i, &step, line);
}

static bool is_root(const struct tree *tree, size_t index)
{
	for (size_t i = 0; i < json_array_size(tree->plugins); i++)
		if (requires(json_array_get(tree->plugins, index),
			     json_array_get(tree->plugins, i)))
			return false;
	return true;
}

static int print(const json_t *plugins)
{
	size_t count = json_array_size(plugins);
	struct tree tree = { plugins, calloc(count + 1, sizeof(bool)), table_new(columns) };

	for (size_t i = 0; tree.is_shown && i < count; i++)
		if (is_root(&tree, i))
			add(&tree, i, NULL, NULL);
	/* What is left has no root: it goes round in a circle. */
	for (size_t i = 0; tree.is_shown && i < count; i++)
		if (!tree.is_shown[i])
			add(&tree, i, NULL, NULL);
	free(tree.is_shown);
	return table_print(tree.table);
}

/* {"name", "state", "requires", "required_by"} of each: a tree is for people. */
static int print_json(const json_t *plugins)
{
	json_t *list = json_array(), *plugin, *other;
	size_t i, j;

	json_array_foreach((json_t *)plugins, i, plugin)
	{
		json_t *users = json_array();

		json_array_foreach((json_t *)plugins, j, other) if (requires(other, plugin))
			json_array_append(users, json_object_get(other, "name"));
		json_array_append_new(list, json_pack("{s:O, s:O, s:O, s:o}", "name",
						      json_object_get(plugin, "name"), "state",
						      json_object_get(plugin, "state"), "requires",
						      json_object_get(plugin, "requires"),
						      "required_by", users));
	}
	table_print_json(list);
	json_decref(list);
	return CTL_OK;
}

int command_tree(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply;
	int result = client_call(&ctl->client, "ListPlugins", NULL, CLIENT_PATIENCE, &reply);

	(void)count;
	(void)arguments;
	if (result != CTL_OK)
		return result;
	result = ctl->json ? print_json(json_object_get(reply, "plugins"))
			   : print(json_object_get(reply, "plugins"));
	json_decref(reply);
	return result;
}

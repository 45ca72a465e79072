/* SPDX-License-Identifier: MIT */
/* Tables for people: fitted to the terminal and coloured there, plain and aligned elsewhere. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

struct libscols_table *table_new(const struct table_column *columns)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_colors(table, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	for (; columns->name; columns++)
		if (!scols_table_new_column(table, columns->name, 0, columns->flags)) {
			scols_unref_table(table);
			return NULL;
		}
	return table;
}

struct libscols_line *table_add(struct libscols_table *table, struct libscols_line *parent,
				const char *const *cells)
{
	struct libscols_line *line = table ? scols_table_new_line(table, parent) : NULL;

	for (size_t i = 0; line && i < scols_table_get_ncols(table); i++)
		scols_line_set_data(line, i, cells[i]);
	return line;
}

void table_color_state(struct libscols_table *table, struct libscols_line *line, size_t column,
		       const char *state)
{
	static const struct {
		const char *state, *color;
	} colors[] = {
		{ "running", "green" }, { "failed", "red" },      { "quarantined", "red" },
		{ "zombie", "red" },    { "starting", "yellow" }, { "draining", "yellow" },
	};

	if (!table || !line || !scols_table_colors_wanted(table))
		return;
	for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++)
		if (strcmp(colors[i].state, state) == 0)
			scols_cell_set_color(scols_line_get_cell(line, column), colors[i].color);
}

int table_print(struct libscols_table *table)
{
	if (!table || scols_print_table(table) < 0) {
		fprintf(stderr, "corbelctl: out of memory\n");
		scols_unref_table(table);
		return CTL_FAILED;
	}
	scols_unref_table(table);
	return CTL_OK;
}

static int print_json(const json_t *value, size_t flags)
{
	json_dumpf(value, stdout, flags | JSON_ENCODE_ANY);
	putchar('\n');
	fflush(stdout);
	return CTL_OK;
}

int table_print_json(const json_t *value)
{
	return print_json(value, JSON_INDENT(2));
}

int table_print_json_line(const json_t *value)
{
	return print_json(value, JSON_COMPACT);
}

static void print_duration(long long seconds, char *text, size_t size)
{
	if (seconds < 60)
		snprintf(text, size, "%llds", seconds > 0 ? seconds : 0);
	else if (seconds < 3600)
		snprintf(text, size, "%lldm %llds", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(text, size, "%lldh %lldm", seconds / 3600, seconds % 3600 / 60);
	else
		snprintf(text, size, "%lldd %lldh", seconds / 86400, seconds % 86400 / 3600);
}

const char *table_size(int64_t bytes, char text[24])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		size /= 1024;
		unit++;
	}
	snprintf(text, 24, "%.3g %s", size, units[unit]);
	return text;
}

void table_age(int64_t since, char *text, size_t size)
{
	if (since > 0)
		print_duration((long long)time(NULL) - since / 1000000000, text, size);
	else
		snprintf(text, size, "-");
}

void table_until(int64_t time_to_come, char *text, size_t size)
{
	print_duration(time_to_come / 1000000000 - (long long)time(NULL), text, size);
}

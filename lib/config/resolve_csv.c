/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "base/str.h"
#include "config/filling.h"
#include "config/source.h"
#include "model/kind.h"
#include "types/layout.h"
#include "types/value.h"

/* What a column says: the key or the value, or a field of one of them. */
struct column {
	const char *name;
	bool is_key;
	struct mim_type type;
	uint32_t offset;
};

struct table {
	struct mim_filling *filling;
	struct mim_csv *csv;
	struct mim_csv_rows rows;
	struct column *columns;
	size_t n;
};

static struct mim_csv *add(struct mim_config *config)
{
	struct mim_csv **csv = mim_array_add(config->tables, config->n_tables);

	if (csv)
		*csv = calloc(1, sizeof(**csv));
	return csv ? *csv : NULL;
}

/* Return: NULL when it cannot be read, which was reported here or before. */
static struct mim_csv *load(struct mim_filling *filling, const char *word)
{
	struct mim_resolve *resolve = filling->resolve;
	struct mim_config *config = resolve->config;
	struct mim_origin origin = filling->map->origin;
	const char *path =
		mim_resolve_path(resolve, &config->sources[origin.file - 1], word);
	struct mim_csv *csv;
	uint32_t index;
	int r;

	index = path ? mim_table_find(&resolve->tables, path) : MIM_TABLE_NONE;
	if (index != MIM_TABLE_NONE)
		return config->tables[index]->text ? config->tables[index] : NULL;
	csv = path ? add(config) : NULL;
	if (!csv || mim_table_add(&resolve->tables, path, (uint32_t)config->n_tables - 1,
				  &index) < 0) {
		mim_resolve_oom(resolve);
		return NULL;
	}
	r = mim_csv_read(csv, path, MIM_SPOT(origin, "entries_from"), resolve->diags);
	if (r < 0 && resolve->result != -ENOMEM)
		resolve->result = r == -ENOMEM ? r : -EINVAL;
	return r < 0 ? NULL : csv;
}

static void wrong_row(struct table *table, int r)
{
	struct mim_csv_rows *rows = &table->rows;

	if (r == -ENOMEM)
		mim_resolve_oom(table->filling->resolve);
	else
		mim_filling_wrong_at(
			table->filling,
			mim_csv_place(table->csv, rows->line, rows->wrong, 1),
			MIM_CODE_CSV, "no CSV: %s", rows->why);
}

static const struct mim_struct *fields_of(struct mim_type type)
{
	return type.kind == MIM_TYPE_STRUCT ? type.fields : NULL;
}

static bool find_field(const struct mim_struct *fields, const char *name,
		       struct column *column)
{
	const struct mim_member *member =
		fields ? mim_layout_find(fields, name, strlen(name)) : NULL;

	if (!member)
		return false;
	column->type = member->type;
	column->offset = member->offset;
	return true;
}

static bool has_keys(const struct mim_filling *filling)
{
	return mim_kind_fill(filling->map->shape.type) == MIM_FILL_KEYS;
}

/* "key", "value", "key.FIELD", "value.FIELD", or "FIELD" where only one of them has it.
 */
static bool find_column(const struct mim_filling *filling, struct column *column)
{
	struct mim_type key = filling->template->key_type;
	struct mim_type value = filling->template->value_type;
	const char *name = column->name;
	bool keyed = has_keys(filling), in_key, in_value;
	struct column other = *column;

	column->is_key =
		keyed && (strcmp(name, "key") == 0 || mim_str_starts(name, "key."));
	column->type = column->is_key ? key : value;
	if ((keyed && strcmp(name, "key") == 0) || strcmp(name, "value") == 0)
		return true;
	if (column->is_key)
		return find_field(fields_of(key), name + strlen("key."), column);
	if (mim_str_starts(name, "value."))
		return find_field(fields_of(value), name + strlen("value."), column);
	in_key = keyed && find_field(fields_of(key), name, column);
	in_value = find_field(fields_of(value), name, in_key ? &other : column);
	column->is_key = in_key;
	return in_key != in_value;
}

static const char *closest_column(const struct table *table, const char *name)
{
	const struct mim_filling *filling = table->filling;
	const struct mim_struct *structs[] = {fields_of(filling->template->key_type),
					      fields_of(filling->template->value_type)};
	struct mim_str_closest closest = {.word = name};

	if (has_keys(filling))
		mim_str_consider(&closest, "key");
	mim_str_consider(&closest, "value");
	for (size_t s = has_keys(filling) ? 0 : 1; s < 2; s++)
		for (uint32_t m = 0; structs[s] && m < structs[s]->n; m++)
			mim_str_consider(&closest, structs[s]->members[m].name);
	return closest.best;
}

/* "key" or "value", or the fields, each with that before it where both have it. */
static void list_names(struct mim_type type, struct mim_type other, const char *noun,
		       FILE *out)
{
	const struct mim_struct *fields = fields_of(type);
	struct column found;

	if (!fields)
		fputs(noun, out);
	for (uint32_t m = 0; fields && m < fields->n; m++) {
		const char *name = fields->members[m].name;
		bool both = find_field(fields_of(other), name, &found);

		fprintf(out, "%s%s%s%s", m ? "," : "", both ? noun : "", both ? "." : "",
			name);
	}
}

/* Which columns there should be; after the newest mistake. */
static void hint_columns(const struct table *table)
{
	const struct mim_filling *filling = table->filling;
	struct mim_type value = filling->template->value_type,
			key = has_keys(filling) ? filling->template->key_type
						: (struct mim_type){0};
	char names[512] = "";
	FILE *out = fmemopen(names, sizeof(names), "w");

	if (!out) {
		mim_resolve_oom(filling->resolve);
		return;
	}
	if (has_keys(filling)) {
		list_names(key, value, "key", out);
		fputc(',', out);
	}
	list_names(value, key, "value", out);
	if (fclose(out) == 0 && strlen(names) < sizeof(names) - 1)
		mim_hint(filling->resolve->diags, "its columns are %s", names);
}

static void report_column(struct table *table, size_t i)
{
	const struct mim_filling *filling = table->filling;
	const char *name = table->columns[i].name, *closest;
	struct mim_place place = mim_csv_cell_place(table->csv, 1, i);
	struct column found;

	if (has_keys(filling) &&
	    find_field(fields_of(filling->template->key_type), name, &found) &&
	    find_field(fields_of(filling->template->value_type), name, &found)) {
		mim_filling_wrong_at(filling, place, MIM_CODE_CSV,
				     "column '%.64s' of '%s' could be 'key.%.64s' or "
				     "'value.%.64s'",
				     name, filling->map->name, name, name);
		return;
	}
	mim_filling_wrong_at(
		filling, place, MIM_CODE_CSV,
		"column '%.64s' is neither the key nor the value of '%s', nor "
		"a field of theirs",
		name, filling->map->name);
	if (filling->resolve->diags->n_dropped)
		return;
	closest = closest_column(table, name);
	if (closest)
		mim_hint(filling->resolve->diags, "did you mean '%s'?", closest);
	else
		hint_columns(table);
}

/* Is not one of the names in the first row a column's, nor close to one? */
static bool names_nothing(const struct table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		struct column column = table->columns[i];

		if (find_column(table->filling, &column) ||
		    closest_column(table, column.name))
			return false;
	}
	return true;
}

/* Rows without names for them, or with something else than commas between cells. */
static void report_header(const struct table *table)
{
	const struct mim_filling *filling = table->filling;
	bool one = table->n == 1 && strpbrk(table->columns[0].name, ";\t|");

	mim_filling_wrong_at(filling, mim_csv_place(table->csv, 1, 0, 0), MIM_CODE_CSV,
			     one ? "cells of a CSV have commas between them"
				 : "the first row does not name the columns of '%s'",
			     filling->map->name);
	hint_columns(table);
}

static bool covers(const struct column *column, bool is_key, uint32_t offset,
		   uint32_t size)
{
	return column->is_key == is_key && column->offset < offset + size &&
	       offset < column->offset + column->type.size;
}

/* What is said by two columns is wrong. */
static bool check_twice(struct table *table, size_t i)
{
	const struct column *column = &table->columns[i];

	for (size_t before = 0; before < i; before++) {
		if (!covers(&table->columns[before], column->is_key, column->offset,
			    column->type.size))
			continue;
		mim_filling_wrong_at(table->filling, mim_csv_cell_place(table->csv, 1, i),
				     MIM_CODE_CSV,
				     "column '%.64s' says again what '%.64s' says",
				     column->name, table->columns[before].name);
		return false;
	}
	return true;
}

static bool has_column(const struct table *table, bool is_key, uint32_t offset,
		       uint32_t size)
{
	for (size_t i = 0; i < table->n; i++)
		if (covers(&table->columns[i], is_key, offset, size))
			return true;
	return false;
}

static bool report_missing(const struct table *table, bool is_key, const char *field)
{
	const char *noun = is_key ? "key" : "value";
	struct mim_place place = mim_csv_place(table->csv, 1, 0, 0);

	if (*field)
		mim_filling_wrong_at(table->filling, place, MIM_CODE_CSV,
				     "no column has field '%.64s' of the %s of '%s'",
				     field, noun, table->filling->map->name);
	else
		mim_filling_wrong_at(table->filling, place, MIM_CODE_CSV,
				     "no column has the %s of '%s'", noun,
				     table->filling->map->name);
	return false;
}

static bool check_missing(const struct table *table, bool is_key, struct mim_type type)
{
	const struct mim_struct *fields = fields_of(type);
	bool good = true;

	if (!has_column(table, is_key, 0, type.size))
		return report_missing(table, is_key, "");
	for (uint32_t m = 0; fields && m < fields->n; m++)
		if (!has_column(table, is_key, fields->members[m].offset,
				fields->members[m].type.size))
			good = report_missing(table, is_key, fields->members[m].name);
	return good;
}

static bool name_columns(struct table *table)
{
	struct mim_arena *arena = &table->filling->resolve->want->arena;

	table->n = table->rows.n;
	table->columns = mim_arena_array(arena, table->n, sizeof(*table->columns));
	for (size_t i = 0; table->columns && i < table->n; i++) {
		table->columns[i].name =
			mim_arena_strdup(arena, table->rows.cells[i].text);
		if (!table->columns[i].name)
			table->columns = NULL;
	}
	if (!table->columns)
		mim_resolve_oom(table->filling->resolve);
	return table->columns;
}

/* Every column is something, and everything is in a column. */
static bool judge_columns(struct table *table)
{
	struct mim_filling *filling = table->filling;
	bool good = true;

	if (names_nothing(table)) {
		report_header(table);
		return false;
	}
	for (size_t i = 0; i < table->n; i++) {
		if (find_column(filling, &table->columns[i])) {
			good &= check_twice(table, i);
			continue;
		}
		report_column(table, i);
		table->columns[i].type = (struct mim_type){0};
		good = false;
	}
	/* What is missing may be what is misspelt. */
	if (good && has_keys(filling))
		good = check_missing(table, true, filling->template->key_type);
	if (good)
		good = check_missing(table, false, filling->template->value_type);
	for (size_t i = table->n; i-- > 0;)
		*(table->columns[i].is_key ? &filling->key_column
					   : &filling->value_column) = i;
	return good;
}

/* Return: false when the first row was reported. */
static bool read_header(struct table *table)
{
	int r = mim_csv_next(&table->rows);

	if (r == 0)
		mim_filling_wrong_at(table->filling, mim_csv_place(table->csv, 1, 0, 0),
				     MIM_CODE_CSV,
				     "%.200s is empty: its first row names the columns",
				     table->csv->name);
	if (r < 0)
		wrong_row(table, r);
	return r > 0 && name_columns(table) && judge_columns(table);
}

/* What people expect of CSV, and RFC 4180 does not have. */
static void hint_cell(const struct table *table, size_t i)
{
	struct mim_diags *diags = table->filling->resolve->diags;
	const char *text = table->rows.cells[i].text;

	if (i == 0 && *text == '#')
		mim_hint(diags, "a CSV has no comments");
	else if (*text == ' ' || text[strlen(text) - 1] == ' ')
		mim_hint(diags, "a space beside a comma is part of the cell");
}

static void wrong_count(const struct table *table)
{
	const struct mim_filling *filling = table->filling;
	const struct mim_csv_rows *rows = &table->rows;
	struct mim_place place = mim_csv_place(table->csv, rows->line, 0, 0);
	bool empty = rows->n == 1 && !*rows->cells[0].text;

	if (empty)
		mim_filling_wrong_at(filling, place, MIM_CODE_CSV,
				     "an empty line where the first row has %zu cells",
				     table->n);
	else
		mim_filling_wrong_at(filling, place, MIM_CODE_CSV,
				     "%zu cell%s where the first row has %zu", rows->n,
				     rows->n == 1 ? "" : "s", table->n);
	if (*rows->cells[0].text == '#')
		hint_cell(table, 0);
}

static void wrong_cell(struct table *table, size_t i,
		       const struct mim_value_problem *problem)
{
	const struct mim_cell *cell = &table->rows.cells[i];
	struct mim_place place = {.file = table->csv->name};
	/* A part of the cell, where it stands in the file as it is read. */
	bool part = problem->length && cell->width == strlen(cell->text);

	if (table->filling->resolve->diags->n < MIM_DIAGS_MOST)
		place = mim_csv_place(table->csv, table->rows.line,
				      cell->at + (part ? (uint32_t)problem->at : 0),
				      part	    ? (uint32_t)problem->length
				      : cell->width ? cell->width
						    : 1);
	if (!*cell->text) {
		mim_filling_wrong_at(table->filling, place, MIM_CODE_BAD_ENTRY,
				     "%.64s of '%s' is empty", table->columns[i].name,
				     table->filling->map->name);
		return;
	}
	mim_filling_wrong_at(table->filling, place, MIM_CODE_BAD_ENTRY,
			     "%.64s '%.100s%s' of '%s' %s", table->columns[i].name,
			     cell->text, strlen(cell->text) > 100 ? "..." : "",
			     table->filling->map->name, problem->why);
	hint_cell(table, i);
}

static bool read_cell(struct table *table, size_t i)
{
	const struct column *column = &table->columns[i];
	struct mim_elements *elements = table->filling->elements;
	uint8_t *bytes = column->is_key ? mim_element_key(elements, elements->n)
					: mim_element_value(elements, elements->n);
	struct mim_value_problem problem;
	int r = mim_value_read(column->type, table->rows.cells[i].text,
			       bytes + column->offset, &problem);

	if (r == -ENOMEM)
		mim_resolve_oom(table->filling->resolve);
	if (r == -EINVAL)
		wrong_cell(table, i, &problem);
	return r == 0;
}

static void read_row(struct table *table)
{
	struct mim_filling *filling = table->filling;
	struct mim_csv_rows *rows = &table->rows;
	bool good = true;

	if (rows->n != table->n) {
		wrong_count(table);
		return;
	}
	for (size_t i = 0; i < table->n; i++)
		good &= read_cell(table, i);
	if (good)
		filling->where[filling->elements->n++] = rows->line;
}

static void read_table(struct table *table)
{
	struct mim_filling *filling = table->filling;
	int r;

	if (!read_header(table) || !mim_filling_begin(filling, mim_csv_count(table->csv)))
		return;
	while ((r = mim_csv_next(&table->rows)) > 0 &&
	       filling->resolve->result != -ENOMEM)
		read_row(table);
	if (r < 0)
		wrong_row(table, r);
	mim_filling_end(filling);
}

void mim_resolve_csv(struct mim_filling *filling, const char *word)
{
	struct table table = {.filling = filling, .csv = load(filling, word)};

	if (!table.csv)
		return;
	filling->csv = table.csv;
	mim_csv_begin(&table.rows, table.csv);
	read_table(&table);
	mim_csv_end(&table.rows);
}

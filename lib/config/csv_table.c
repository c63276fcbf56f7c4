/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/csv_table.h"

#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "model/kind.h"
#include "types/layout.h"

#define NO_COLUMN SIZE_MAX

/* Columns that are neither the key nor the value nor a field, each a mistake. */
#define MOST_BESIDE 64

struct mim_place mim_csv_table_place(const struct mim_csv_table *table, uint32_t at,
				     uint32_t width)
{
	/* Nobody is shown more. */
	if (table->filling->resolve->diags->n >= MIM_DIAGS_MOST)
		return (struct mim_place){.file = table->csv->name};
	return mim_csv_place(table->csv, table->rows.line, at, width);
}

struct mim_place mim_csv_table_cell(const struct mim_csv_table *table, size_t i)
{
	const struct mim_cell *cell = &table->rows.cells[i];

	return mim_csv_table_place(table, cell->at, cell->width ? cell->width : 1);
}

static struct mim_csv_side *side_of(struct mim_csv_table *table, bool is_key)
{
	return is_key ? &table->key : &table->value;
}

static const struct mim_struct *fields_of(struct mim_type type)
{
	return type.kind == MIM_TYPE_STRUCT ? type.fields : NULL;
}

static bool find_field(const struct mim_struct *fields, const char *name,
		       struct mim_column *column)
{
	const struct mim_member *member =
		fields ? mim_layout_find(fields, name, strlen(name)) : NULL;

	if (!member)
		return false;
	column->type = member->type;
	column->offset = member->offset;
	column->field = (uint32_t)(member - fields->members);
	return true;
}

static bool has_keys(const struct mim_filling *filling)
{
	return mim_kind_fill(filling->map->shape.type) == MIM_FILL_KEYS;
}

/* "key", "value", "key.FIELD", "value.FIELD", or "FIELD" where only one of them has it.
 */
static bool find_column(const struct mim_filling *filling, struct mim_column *column)
{
	struct mim_type key = filling->template->key_type;
	struct mim_type value = filling->template->value_type;
	const char *name = column->name;
	bool keyed = has_keys(filling), in_key, in_value;
	struct mim_column other = *column;

	column->is_key =
		keyed && (strcmp(name, "key") == 0 || mim_str_starts(name, "key."));
	column->type = column->is_key ? key : value;
	column->field = MIM_WHOLE;
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

static const char *closest_column(const struct mim_csv_table *table, const char *name)
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

/* "key" or "value", or the fields, each with that before it where it alone says more. */
static void list_names(struct mim_type type, struct mim_type other, const char *noun,
		       FILE *out)
{
	const struct mim_struct *fields = fields_of(type);
	struct mim_column found;

	if (!fields)
		fputs(noun, out);
	for (uint32_t m = 0; fields && m < fields->n; m++) {
		const char *name = fields->members[m].name;
		bool both = find_field(fields_of(other), name, &found) ||
			    strcmp(name, "key") == 0 || strcmp(name, "value") == 0;

		fprintf(out, "%s%s%s%s", m ? "," : "", both ? noun : "", both ? "." : "",
			name);
	}
}

/* Which columns there should be; after the newest mistake. */
static void hint_columns(const struct mim_csv_table *table)
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

static void report_column(struct mim_csv_table *table, size_t i)
{
	const struct mim_filling *filling = table->filling;
	const char *name = table->columns[i].name, *closest;
	struct mim_place place = mim_csv_table_cell(table, i);
	struct mim_column found;

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

/* Is not one of the names in the first row a column's, nor one of the first close to one?
 */
static bool names_nothing(const struct mim_csv_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		struct mim_column column = table->columns[i];

		if (find_column(table->filling, &column) ||
		    (i < MOST_BESIDE && closest_column(table, column.name)))
			return false;
	}
	return true;
}

/* Rows without names for them, or with something else than commas between cells. */
static void report_header(const struct mim_csv_table *table)
{
	const struct mim_filling *filling = table->filling;
	bool one = table->n == 1 && strpbrk(table->columns[0].name, ";\t|");

	mim_filling_wrong_at(filling, mim_csv_table_place(table, 0, 0), MIM_CODE_CSV,
			     one ? "cells of a CSV have commas between them"
				 : "the first row does not name the columns of '%s'",
			     filling->map->name);
	hint_columns(table);
}

static size_t *owner_of(struct mim_csv_table *table, const struct mim_column *column)
{
	struct mim_csv_side *side = side_of(table, column->is_key);

	return column->field == MIM_WHOLE ? &side->whole : &side->fields[column->field];
}

/* What is said by two columns is wrong. */
static bool check_twice(struct mim_csv_table *table, size_t i)
{
	const struct mim_column *column = &table->columns[i];
	struct mim_csv_side *side = side_of(table, column->is_key);
	size_t *owner = owner_of(table, column), before = *owner;

	if (before == NO_COLUMN)
		*owner = i;
	if (column->field == MIM_WHOLE)
		before = side->first;
	else if (side->whole < before)
		before = side->whole;
	if (side->first == NO_COLUMN)
		side->first = i;
	if (before == NO_COLUMN)
		return true;
	mim_filling_wrong_at(table->filling, mim_csv_table_cell(table, i), MIM_CODE_CSV,
			     "column '%.64s' says again what '%.64s' says", column->name,
			     table->columns[before].name);
	return false;
}

static bool report_missing(const struct mim_csv_table *table, bool is_key,
			   const char *field)
{
	const char *noun = is_key ? "key" : "value";
	struct mim_place place = mim_csv_table_place(table, 0, 0);

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

static bool check_missing(struct mim_csv_table *table, bool is_key)
{
	const struct mim_csv_side *side = side_of(table, is_key);
	bool good = true;

	if (side->first == NO_COLUMN)
		return report_missing(table, is_key, "");
	for (uint32_t m = 0; side->whole == NO_COLUMN && m < side->n; m++)
		if (side->fields[m] == NO_COLUMN)
			good = report_missing(table, is_key,
					      side->type.fields->members[m].name);
	return good;
}

static bool name_columns(struct mim_csv_table *table)
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
static bool judge_columns(struct mim_csv_table *table)
{
	struct mim_filling *filling = table->filling;
	bool good = true;

	if (table->n > table->key.n + table->value.n + MOST_BESIDE) {
		mim_filling_wrong_at(filling, mim_csv_table_cell(table, 0),
				     MIM_CODE_LIMIT,
				     "%zu columns are far more than key and value of "
				     "'%s' have",
				     table->n, filling->map->name);
		return false;
	}
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
		good = check_missing(table, true);
	if (good)
		good = check_missing(table, false);
	for (size_t i = table->n; i-- > 0;)
		*(table->columns[i].is_key ? &filling->key_column
					   : &filling->value_column) = i;
	return good;
}

static bool begin_side(struct mim_csv_table *table, struct mim_csv_side *side,
		       struct mim_type type)
{
	const struct mim_struct *fields = fields_of(type);
	struct mim_arena *arena = &table->filling->resolve->want->arena;

	*side = (struct mim_csv_side){type, fields ? fields->n : 0, NO_COLUMN, NO_COLUMN,
				      NULL};
	side->fields = mim_arena_array(arena, side->n, sizeof(*side->fields));
	for (size_t i = 0; side->fields && i < side->n; i++)
		side->fields[i] = NO_COLUMN;
	if (!side->fields)
		mim_resolve_oom(table->filling->resolve);
	return side->fields;
}

bool mim_csv_table_begin(struct mim_csv_table *table)
{
	const struct mim_template *template = table->filling->template;

	return name_columns(table) &&
	       begin_side(table, &table->key, template->key_type) &&
	       begin_side(table, &table->value, template->value_type) &&
	       judge_columns(table);
}

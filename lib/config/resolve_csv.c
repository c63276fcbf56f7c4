/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/array.h"
#include "config/csv_table.h"
#include "config/source.h"
#include "types/value.h"

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

static void wrong_row(struct mim_csv_table *table, int r)
{
	struct mim_csv_rows *rows = &table->rows;

	if (r == -ENOMEM)
		mim_resolve_oom(table->filling->resolve);
	else
		mim_filling_wrong_at(table->filling,
				     mim_csv_table_place(table, rows->wrong, 1),
				     MIM_CODE_CSV, "no CSV: %s", rows->why);
}

/* Return: false when the first row was reported. */
static bool read_header(struct mim_csv_table *table)
{
	int r = mim_csv_next(&table->rows);

	if (r == 0)
		mim_filling_wrong_at(table->filling, mim_csv_place(table->csv, 1, 0, 0),
				     MIM_CODE_CSV,
				     "%.200s is empty: its first row names the columns",
				     table->csv->name);
	if (r < 0)
		wrong_row(table, r);
	return r > 0 && mim_csv_table_begin(table);
}

/* What people expect of CSV, and RFC 4180 does not have. */
static void hint_cell(const struct mim_csv_table *table, size_t i)
{
	struct mim_diags *diags = table->filling->resolve->diags;
	const char *text = table->rows.cells[i].text;

	if (i == 0 && *text == '#')
		mim_hint(diags, "a CSV has no comments");
	else if (*text == ' ' || text[strlen(text) - 1] == ' ')
		mim_hint(diags, "a space beside a comma is part of the cell");
}

static void wrong_count(const struct mim_csv_table *table)
{
	const struct mim_filling *filling = table->filling;
	const struct mim_csv_rows *rows = &table->rows;
	struct mim_place place = mim_csv_table_place(table, 0, 0);
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

static void wrong_cell(struct mim_csv_table *table, size_t i,
		       const struct mim_value_problem *problem)
{
	const struct mim_cell *cell = &table->rows.cells[i];
	/* A part of the cell, where it stands in the file as it is read. */
	bool part = problem->length && cell->width == strlen(cell->text);
	struct mim_place place =
		part ? mim_csv_table_place(table, cell->at + (uint32_t)problem->at,
					   (uint32_t)problem->length)
		     : mim_csv_table_cell(table, i);

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

static bool read_cell(struct mim_csv_table *table, size_t i)
{
	const struct mim_column *column = &table->columns[i];
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

static void read_row(struct mim_csv_table *table)
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

static void read_table(struct mim_csv_table *table)
{
	struct mim_filling *filling = table->filling;
	int r;

	if (!read_header(table) || !mim_filling_begin(filling, mim_csv_count(table->csv)))
		return;
	while (filling->resolve->result != -ENOMEM &&
	       (r = mim_csv_next(&table->rows)) != 0) {
		if (r < 0)
			wrong_row(table, r);
		else
			read_row(table);
	}
	mim_filling_end(filling);
}

void mim_resolve_csv(struct mim_filling *filling, const char *word)
{
	struct mim_csv_table table = {.filling = filling, .csv = load(filling, word)};

	if (!table.csv)
		return;
	filling->csv = table.csv;
	mim_csv_begin(&table.rows, table.csv);
	read_table(&table);
	mim_csv_end(&table.rows);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_CSV_TABLE_H
#define MIM_CONFIG_CSV_TABLE_H

#include "config/filling.h"

/**
 * struct mim_column - what a column says: the key or the value, or a field of one of them
 * @field: which one, or MIM_WHOLE
 * @offset: of @type in the key or the value
 */
struct mim_column {
	const char *name;
	bool is_key;
	uint32_t field;
	struct mim_type type;
	uint32_t offset;
};

/**
 * struct mim_csv_side - the key or the value, and which columns say it
 * @n: fields
 * @first: the first column that says something of it, @whole: that says all of it,
 *	@fields: each of them; SIZE_MAX for none
 */
struct mim_csv_side {
	struct mim_type type;
	size_t n;
	size_t first;
	size_t whole;
	size_t *fields;
};

/**
 * struct mim_csv_table - the table that fills a map
 * @columns: @n of them, as the first row names them
 */
struct mim_csv_table {
	struct mim_filling *filling;
	struct mim_csv *csv;
	struct mim_csv_rows rows;
	struct mim_column *columns;
	size_t n;
	struct mim_csv_side key;
	struct mim_csv_side value;
};

/**
 * mim_csv_table_begin() - the columns that the newest row, the first one, names
 * Return: false when it was reported: one that is nothing or something again, one that is
 * missing, or no memory.
 */
bool mim_csv_table_begin(struct mim_csv_table *table);

/**
 * mim_csv_table_place() - @width bytes of the newest row, all of it for 0
 * Return: without line and column when nobody would be shown them.
 */
struct mim_place mim_csv_table_place(const struct mim_csv_table *table, uint32_t at,
				     uint32_t width);

/** mim_csv_table_cell() - the place of the @i-th cell of the newest row */
struct mim_place mim_csv_table_cell(const struct mim_csv_table *table, size_t i);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_CSV_H
#define MIM_CONFIG_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/diag.h"
#include "base/lines.h"

/**
 * DOC: tables in files
 *
 * RFC 4180 in UTF-8, with or without CR and a byte order mark: cells with commas between
 * them, one row a line. A cell with a comma or quotes in it stands in quotes, and each
 * quote inside is doubled; it ends on its line. There are no comments and no empty lines.
 */

/** a table may have this many bytes */
#define MIM_CSV_MOST ((size_t)256 << 20)

/**
 * struct mim_csv - a table's text
 * @text: @length bytes and a NUL; NULL when it could not be read
 * @arena: lines that a diagnostic shows
 * @lines: of @text
 * @out_of_memory: a place in it could not be told
 */
struct mim_csv {
	char *name;
	char *text;
	size_t length;
	struct mim_arena arena;
	struct mim_lines lines;
	bool out_of_memory;
};

void mim_csv_release(struct mim_csv *csv);

/**
 * mim_csv_read() - read a table's text
 * @spot: the words that name it
 * Return: 0, or a negative errno with a diagnostic, -ENOMEM.
 */
int mim_csv_read(struct mim_csv *csv, const char *path, struct mim_spot spot,
		 struct mim_diags *diags);

/** mim_csv_copy() - take over a copy of a text; Return: 0 or -ENOMEM */
int mim_csv_copy(struct mim_csv *csv, const char *name, const char *text, size_t length);

/**
 * struct mim_cell - a cell of a row
 * @text: what it says, with a NUL; valid until the next row
 * @at, @width: where it stands: bytes from the start of its line, quotes included
 */
struct mim_cell {
	const char *text;
	uint32_t at;
	uint32_t width;
};

/**
 * struct mim_csv_rows - a walk over the rows of a table
 * @line: of the row, counted from 1
 * @cells: @n of them
 * @why, @wrong: what is wrong with the line, and where, bytes from its start
 */
struct mim_csv_rows {
	const struct mim_csv *csv;
	const char *next;
	uint32_t line;
	struct mim_cell *cells;
	size_t n;
	size_t n_room;
	char *room;
	size_t room_size;
	const char *why;
	uint32_t wrong;
};

/** mim_csv_begin() - before the first row; needs mim_csv_end() */
void mim_csv_begin(struct mim_csv_rows *rows, const struct mim_csv *csv);
void mim_csv_end(struct mim_csv_rows *rows);

/** mim_csv_next() - Return: 1 for a row, 0 after the last, -EINVAL with @why, -ENOMEM */
int mim_csv_next(struct mim_csv_rows *rows);

/** mim_csv_count() - Return: rows that there are at most, the first one included */
uint64_t mim_csv_count(const struct mim_csv *csv);

/**
 * mim_csv_place() - a stretch of a line
 * @at, @width: bytes; @width 0: to the end of the line
 */
struct mim_place mim_csv_place(struct mim_csv *csv, uint32_t line, uint32_t at,
			       uint32_t width);

/** mim_csv_cell_place() - the @i-th cell of a line, or all of it when there is none */
struct mim_place mim_csv_cell_place(struct mim_csv *csv, uint32_t line, size_t i);

#endif

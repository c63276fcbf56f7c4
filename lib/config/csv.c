/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/csv.h"

#include <errno.h>
#include <string.h>
#include "base/file.h"
#include "base/str.h"

/* What nobody could read at a terminal is not shown. */
#define LONGEST_LINE 400
#define BOM	     "\xef\xbb\xbf"

void mim_csv_release(struct mim_csv *csv)
{
	mim_arena_release(&csv->arena);
	mim_lines_release(&csv->lines);
	free(csv->text);
	free(csv->name);
	*csv = (struct mim_csv){0};
}

int mim_csv_read(struct mim_csv *csv, const char *path, struct mim_spot spot,
		 struct mim_diags *diags)
{
	int r;

	csv->name = strdup(path);
	if (!csv->name)
		return mim_out_of_memory(diags);
	r = mim_file_read(path, MIM_CSV_MOST, &csv->text, &csv->length);
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (r < 0)
		return mim_error(diags, spot, MIM_CODE_FILE, r, "cannot read %.200s: %s",
				 path,
				 r == -EINVAL  ? "it is no regular file"
				 : r == -EFBIG ? "it is larger than 256 MiB"
					       : mim_errno_text(r));
	return 0;
}

int mim_csv_copy(struct mim_csv *csv, const char *name, const char *text, size_t length)
{
	csv->name = strdup(name);
	csv->text = malloc(length + 1);
	if (!csv->name || !csv->text)
		return -ENOMEM;
	memcpy(csv->text, text, length);
	csv->text[length] = '\0';
	csv->length = length;
	return 0;
}

void mim_csv_begin(struct mim_csv_rows *rows, const struct mim_csv *csv)
{
	*rows = (struct mim_csv_rows){.csv = csv, .next = csv->text};
	if (csv->length >= strlen(BOM) && memcmp(csv->text, BOM, strlen(BOM)) == 0)
		rows->next += strlen(BOM);
}

void mim_csv_end(struct mim_csv_rows *rows)
{
	free(rows->cells);
	free(rows->room);
}

/* A line as it is read: what its cells say goes to @out. */
struct line {
	struct mim_csv_rows *rows;
	const char *start;
	const char *at;
	const char *end;
	char *out;
};

static int wrong(struct line *line, const char *at, const char *why)
{
	line->rows->why = why;
	line->rows->wrong = (uint32_t)(at - line->start);
	return -EINVAL;
}

/* Return: bytes of one character; 0 when it is none that a table may hold. */
static size_t character(struct line *line)
{
	unsigned char c = (unsigned char)*line->at;

	if (c >= ' ' && c < 0x7f)
		return 1;
	if (c == '\t')
		return 1;
	/* A character that is cut off by the end of the line is none. */
	return c < 0x80 ? 0 : mim_str_character(line->at);
}

static int take_character(struct line *line)
{
	size_t n = character(line);

	if (n == 0)
		return wrong(line, line->at,
			     (unsigned char)*line->at < 0x80
				     ? "a character that is not printable"
				     : "a character that is not printable, or no UTF-8");
	while (n--)
		*line->out++ = *line->at++;
	return 0;
}

/* Bytes that stand for themselves, wherever they are in a cell. */
static const bool ordinary[256] = {
	[' '] = true,
	['!'] = true,
	['#' ... '+'] = true,
	['-' ... '~'] = true,
};

static void take_ordinary(struct line *line)
{
	const char *at = line->at, *end = line->end;
	size_t n;

	while (at < end && ordinary[(unsigned char)*at])
		at++;
	n = (size_t)(at - line->at);
	memcpy(line->out, line->at, n);
	line->out += n;
	line->at = at;
}

static int take_quoted(struct line *line)
{
	const char *quote = line->at++;
	int r = 0;

	while (r == 0) {
		take_ordinary(line);
		if (line->at == line->end)
			return wrong(line, quote,
				     "a quote that does not end on its line");
		if (*line->at != '"') {
			r = take_character(line);
			continue;
		}
		line->at++;
		if (line->at == line->end || *line->at == ',')
			return 0;
		if (*line->at != '"')
			return wrong(line, line->at, "something after a quoted cell");
		*line->out++ = *line->at++;
	}
	return r;
}

static int take_plain(struct line *line)
{
	int r = 0;

	take_ordinary(line);
	while (r == 0 && line->at < line->end && *line->at != ',') {
		if (*line->at == '"')
			return wrong(line, line->at,
				     "a quote inside a cell that has none around it");
		r = take_character(line);
		take_ordinary(line);
	}
	return r;
}

static struct mim_cell *add_cell(struct mim_csv_rows *rows)
{
	struct mim_cell *cells;
	size_t room = rows->n_room ? rows->n_room * 2 : 16;

	if (rows->n < rows->n_room)
		return &rows->cells[rows->n++];
	cells = reallocarray(rows->cells, room, sizeof(*cells));
	if (!cells)
		return NULL;
	rows->cells = cells;
	rows->n_room = room;
	return &rows->cells[rows->n++];
}

static int take_cells(struct line *line)
{
	int r = 0;

	line->rows->n = 0;
	for (;;) {
		struct mim_cell *cell = add_cell(line->rows);
		const char *start = line->at;

		if (!cell)
			return -ENOMEM;
		cell->text = line->out;
		cell->at = (uint32_t)(start - line->start);
		r = line->at < line->end && *line->at == '"' ? take_quoted(line)
							     : take_plain(line);
		if (r < 0)
			return r;
		cell->width = (uint32_t)(line->at - start);
		*line->out++ = '\0';
		if (line->at == line->end)
			return 0;
		line->at++;
	}
}

/* Cells take no more than their line, and a NUL where a comma or the end was. */
static int make_room(struct mim_csv_rows *rows, size_t length)
{
	size_t size = length + 2;
	char *room;

	if (size <= rows->room_size)
		return 0;
	size = size < 256 ? 256 : size * 2;
	room = realloc(rows->room, size);
	if (!room)
		return -ENOMEM;
	rows->room = room;
	rows->room_size = size;
	return 0;
}

int mim_csv_next(struct mim_csv_rows *rows)
{
	const char *end = rows->csv->text + rows->csv->length, *newline;
	struct line line = {rows, rows->next, rows->next, NULL, NULL};
	int r;

	if (rows->next == end)
		return 0;
	newline = memchr(rows->next, '\n', (size_t)(end - rows->next));
	line.end = newline ? newline : end;
	rows->next = newline ? newline + 1 : end;
	rows->line++;
	if (line.end > line.start && line.end[-1] == '\r')
		line.end--;
	if (make_room(rows, (size_t)(line.end - line.start)) < 0)
		return -ENOMEM;
	line.out = rows->room;
	if (line.start == rows->csv->text + strlen(BOM) && rows->line == 1)
		line.start = rows->csv->text;
	r = take_cells(&line);
	return r < 0 ? r : 1;
}

uint64_t mim_csv_count(const struct mim_csv *csv)
{
	const char *at = csv->text, *end = csv->text + csv->length;
	uint64_t n = 1;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		n++;
		at++;
	}
	return n;
}

/* Return: the line's text, without its end; NULL when it cannot be told. */
static const char *line_of(struct mim_csv *csv, uint32_t line, size_t *ret_length)
{
	return mim_lines_find(&csv->lines, csv->text, csv->length, line, ret_length,
			      &csv->out_of_memory);
}

struct mim_place mim_csv_place(struct mim_csv *csv, uint32_t line, uint32_t at,
			       uint32_t width)
{
	struct mim_place place = {
		.file = csv->name, .line = line, .column = 1, .length = 1};
	size_t length = 0;
	const char *text = line_of(csv, line, &length);

	if (!text)
		return place;
	at = at > length ? (uint32_t)length : at;
	if (width == 0 || width > length - at)
		width = (uint32_t)(length - at);
	place.column = (uint32_t)mim_str_columns(text, at) + 1;
	place.length = (uint32_t)mim_str_columns(text + at, width);
	/* The end of a line, or a byte inside a character, is shown all the same. */
	place.length = place.length ? place.length : 1;
	if (length > LONGEST_LINE)
		return place;
	place.text = mim_arena_strndup(&csv->arena, text, length);
	csv->out_of_memory |= !place.text;
	return place;
}

struct mim_place mim_csv_cell_place(struct mim_csv *csv, uint32_t line, size_t i)
{
	mim_cleanup(mim_csv_end) struct mim_csv_rows rows;
	struct mim_place all = mim_csv_place(csv, line, 0, 0);
	size_t length;
	const char *start = line > 1 ? line_of(csv, line, &length) : NULL;

	mim_csv_begin(&rows, csv);
	if (start) {
		rows.next = start;
		rows.line = line - 1;
	}
	if (mim_csv_next(&rows) <= 0 || i >= rows.n)
		return all;
	return mim_csv_place(csv, line, rows.cells[i].at,
			     rows.cells[i].width ? rows.cells[i].width : 1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_LINES_H
#define MIM_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct mim_lines - where the lines of a text are
 * @starts: of each of @n lines, once one was asked for
 *
 * One pass over the text: a thousand mistakes do not read it a thousand times.
 */
struct mim_lines {
	size_t *starts;
	size_t n;
};

void mim_lines_release(struct mim_lines *lines);

/**
 * mim_lines_find() - one line of a text, always of the same
 * @text: @length bytes
 * @line: counted from 1
 * @ret_length: bytes without the line's end, LF or CR LF
 * @out_of_memory: set when that was the reason
 *
 * Return: its start, or NULL when there is no such line or memory ran out.
 */
const char *mim_lines_find(struct mim_lines *lines, const char *text, size_t length,
			   size_t line, size_t *ret_length, bool *out_of_memory);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/lines.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"

void mim_lines_release(struct mim_lines *lines)
{
	free(lines->starts);
	*lines = (struct mim_lines){0};
}

static bool index_lines(struct mim_lines *lines, const char *text, size_t length)
{
	const char *at = text, *end = text + length;

	while (at) {
		size_t *start = mim_array_add(lines->starts, lines->n);

		if (!start) {
			/* Half an index would give lines that end elsewhere. */
			mim_lines_release(lines);
			return false;
		}
		*start = (size_t)(at - text);
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return true;
}

const char *mim_lines_find(struct mim_lines *lines, const char *text, size_t length,
			   size_t line, size_t *ret_length, bool *out_of_memory)
{
	const char *at, *end;

	if (!lines->starts && !index_lines(lines, text, length)) {
		*out_of_memory = true;
		return NULL;
	}
	if (line == 0 || line > lines->n)
		return NULL;
	at = text + lines->starts[line - 1];
	end = line < lines->n ? text + lines->starts[line] - 1 : text + length;
	if (end > at && end[-1] == '\r')
		end--;
	*ret_length = (size_t)(end - at);
	return at;
}

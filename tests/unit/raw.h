/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNIT_RAW_H
#define UNIT_RAW_H

#include <string.h>
#include "config/schema.h"

static inline bool unit_same_words(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/** unit_raw_differs() - a key that two raw models do not say alike, or NULL */
static inline const char *unit_raw_differs(enum mim_section section, const void *a,
					   const void *b)
{
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++) {
		const struct mim_row *row = &rows[i];
		const char *x, *y, *inside = NULL;
		uint32_t x_n, y_n;

		if (!(row->in & MIM_IN(section)))
			continue;
		memcpy(&x, (const char *)a + row->offset, sizeof(x));
		memcpy(&y, (const char *)b + row->offset, sizeof(y));
		if (row->form == MIM_FORM_WORD) {
			if (!unit_same_words(x, y))
				return row->key;
			continue;
		}
		if (row->form == MIM_FORM_MAPPING) {
			if (!x != !y)
				return row->key;
			inside = x ? unit_raw_differs(row->of, x, y) : NULL;
			if (inside)
				return inside;
			continue;
		}
		memcpy(&x_n, (const char *)a + row->count_offset, sizeof(x_n));
		memcpy(&y_n, (const char *)b + row->count_offset, sizeof(y_n));
		if (x_n != y_n)
			return row->key;
		for (uint32_t e = 0; e < x_n; e++) {
			size_t at = e * mim_section_size(row->of);

			if (row->form == MIM_FORM_LIST)
				inside = unit_raw_differs(row->of, x + at, y + at);
			else if (!unit_same_words(((char *const *)x)[e],
						  ((char *const *)y)[e]))
				inside = row->key;
			if (inside)
				return inside;
		}
	}
	return NULL;
}

#endif

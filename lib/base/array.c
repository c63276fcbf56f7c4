/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/pages.h"

/* What is filled ahead is used soon, or it is little. */
#define AHEAD MIM_PAGES_LEAST

static void expect_more(void *items, size_t n, size_t size, size_t capacity)
{
	size_t at = n * size, end = capacity * size;

	if (end - at > AHEAD * 4)
		end = at + AHEAD * 4;
	mim_pages_expect((char *)items + at, end - at);
}

int mim_array_grow_(void *items, size_t n, size_t size)
{
	void *old, *grown;
	size_t capacity;

	memcpy(&old, items, sizeof(old));
	/* The capacity is not stored: it is full at 0 and at each power of two from 8 on.
	 */
	if (n != 0 && (n < 8 || (n & (n - 1)) != 0)) {
		if (n * size / (AHEAD * 4) != (n - 1) * size / (AHEAD * 4))
			expect_more(old, n, size, (size_t)1 << (64 - __builtin_clzl(n)));
		return 0;
	}
	capacity = n < 8 ? 8 : n * 2;
	grown = reallocarray(old, capacity, size);
	if (!grown)
		return -ENOMEM;
	expect_more(grown, n, size, capacity);
	memcpy(items, &grown, sizeof(grown));
	return 0;
}

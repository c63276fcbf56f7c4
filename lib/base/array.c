/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/pages.h"

int mim_array_grow_(void *items, size_t n, size_t size)
{
	void *old, *grown;
	size_t capacity;

	memcpy(&old, items, sizeof(old));
	/* The capacity is not stored: it is full at 0 and at each power of two from 8 on.
	 */
	if (n != 0 && (n < 8 || (n & (n - 1)) != 0)) {
		mim_pages_append(old, n, size, (size_t)1 << (64 - __builtin_clzl(n)));
		return 0;
	}
	capacity = n < 8 ? 8 : n * 2;
	grown = reallocarray(old, capacity, size);
	if (!grown)
		return -ENOMEM;
	mim_pages_large(grown, capacity * size);
	mim_pages_append(grown, n, size, capacity);
	memcpy(items, &grown, sizeof(grown));
	return 0;
}

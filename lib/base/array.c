/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mim_array_grow_(void *items, size_t n, size_t size)
{
	void *old, *grown;
	size_t capacity;

	/* The capacity is not stored: it is full at 0 and at each power of two from 8 on.
	 */
	if (n != 0 && (n < 8 || (n & (n - 1)) != 0))
		return 0;
	capacity = n < 8 ? 8 : n * 2;
	memcpy(&old, items, sizeof(old));
	grown = reallocarray(old, capacity, size);
	if (!grown)
		return -ENOMEM;
	memcpy(items, &grown, sizeof(grown));
	return 0;
}

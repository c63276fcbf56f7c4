/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_ARRAY_H
#define MIM_BASE_ARRAY_H

#include <stddef.h>

/**
 * mim_array_grow_() - make room for one more element; use mim_array_add()
 * @items: address of the array pointer
 * @n: elements in use; capacity is the next power of two, at least 8
 * @size: bytes of one element
 *
 * Return: 0, or -ENOMEM with the array as it was.
 */
int mim_array_grow_(void *items, size_t n, size_t size);

/**
 * mim_array_add() - append a zeroed element to a heap array
 * @items: array pointer (NULL when empty); the owner releases it with free()
 * @n: number of elements, counted up on success
 *
 * Return: pointer to the new element, valid until the next append, or NULL when out of
 * memory.
 */
#define mim_array_add(items, n)                                                          \
	(mim_array_grow_(&(items), (n), sizeof(*(items))) < 0                            \
		 ? NULL                                                                  \
		 : ((items)[(n)] = (__typeof__(*(items))){0}, &(items)[(n)++]))

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_PAGES_H
#define MIM_BASE_PAGES_H

#include <stddef.h>

/** less than this is left to the C library and to faults */
#define MIM_PAGES_LEAST ((size_t)128 << 10)

/**
 * mim_pages_expect() - memory that will be written soon, from its start to its end
 * @ptr: what malloc(3) and the like gave; may be NULL
 *
 * A first write to a page costs a fault, 0.2 us on bare metal and up to 14 us in a
 * virtual machine; a hundred thousand slots are tens of thousands of them. Asks for the
 * pages at once, 20 times as fast. A hint: what the kernel does not know
 * (MADV_POPULATE_WRITE is of 5.14) is left to faults.
 */
void mim_pages_expect(void *ptr, size_t size);

/**
 * mim_pages_large() - memory that is worth large pages, if it has room for some
 *
 * Of 2 MiB on most machines, as much memory as a small one costs time. Filled by
 * mim_pages_expect() or by a write.
 */
void mim_pages_large(void *ptr, size_t size);

/**
 * mim_pages_append() - an array is about to get its @n-th element, counted from 0
 * @items: @room elements of @size bytes
 *
 * Asks for pages a stretch ahead, so that room that is never used costs nothing.
 */
void mim_pages_append(void *items, size_t n, size_t size, size_t room);

#endif

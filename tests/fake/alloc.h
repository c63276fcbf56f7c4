/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAKE_ALLOC_H
#define TESTS_FAKE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: memory that runs out
 *
 * Whoever links this has malloc() and its like answered by it, for all libraries; where
 * a sanitizer has them, for the program's own code only. The fake kernel's are not
 * counted.
 */

/**
 * alloc_begin() - count allocations from now on
 * @k: the one that fails; 0 for none
 * @onwards: and all that come after it
 */
void alloc_begin(uint64_t k, bool onwards);

/** alloc_end() - Return: how many there were */
uint64_t alloc_end(void);

/**
 * alloc_live() - blocks that were made between begin and end, and are there still
 *
 * 0 where a sanitizer looks for them itself.
 */
size_t alloc_live(void);

/**
 * alloc_forgive() - forget what libraries lose themselves when memory runs out
 *
 * Between runs, when nothing of theirs is in use.
 */
void alloc_forgive(void);

#endif

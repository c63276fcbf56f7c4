/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pages.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* What is filled ahead of an array that grows. */
#define AHEAD (MIM_PAGES_LEAST * 4)

/* In less there is no large page, or little beside it. */
#define LARGE ((size_t)4 << 20)

/* Whole pages only: what is beside them may be somebody else's. */
static size_t whole_pages(void **at, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)*at;
	uintptr_t first = (start + page - 1) & ~(page - 1);
	uintptr_t end = (start + size) & ~(page - 1);

	*at = (char *)*at + (first - start);
	return end > first ? end - first : 0;
}

void mim_pages_expect(void *ptr, size_t size)
{
	int before = errno;

	if (!ptr || size < MIM_PAGES_LEAST)
		return;
	size = whole_pages(&ptr, size);
	madvise(ptr, size, MADV_POPULATE_WRITE);
	errno = before;
}

void mim_pages_large(void *ptr, size_t size)
{
	int before = errno;

	if (!ptr || size < LARGE)
		return;
	size = whole_pages(&ptr, size);
	madvise(ptr, size, MADV_HUGEPAGE);
	errno = before;
}

void mim_pages_append(void *items, size_t n, size_t size, size_t room)
{
	size_t at = n * size, end = room * size;

	if (end < MIM_PAGES_LEAST || (n && at / AHEAD == (at - size) / AHEAD))
		return;
	mim_pages_expect((char *)items + at, end - at > AHEAD ? AHEAD : end - at);
}

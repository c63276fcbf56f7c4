/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pages.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

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

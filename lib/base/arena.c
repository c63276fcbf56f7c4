/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/pages.h"

/* Blocks grow with what they are part of, up to the size of a few large pages. */
#define BLOCK_SIZE (64 * 1024)
#define MOST_BLOCK (4 << 20)
#define MOST_SPARE 64

struct mim_arena_block {
	struct mim_arena_block *next;
	size_t size;
	size_t used;
	size_t expected;
	alignas(8) unsigned char bytes[];
};

/* What mim_arena_resize() gives carries its capacity. */
struct piece {
	alignas(8) size_t capacity;
	alignas(8) unsigned char bytes[];
};

void mim_arena_release(struct mim_arena *arena)
{
	while (arena->head) {
		struct mim_arena_block *block = arena->head;

		arena->head = block->next;
		free(block);
	}
	arena->used = arena->n_spare = 0;
	arena->spare = NULL;
	arena->full = false;
}

static size_t block_size(const struct mim_arena *arena)
{
	size_t size = BLOCK_SIZE;

	while (size < MOST_BLOCK && size * 2 <= arena->used)
		size *= 2;
	return size;
}

static struct mim_arena_block *add_block(struct mim_arena *arena, size_t need)
{
	struct mim_arena_block *block;
	size_t size = block_size(arena);

	if (need > size / 4)
		size = need;
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		return NULL;
	mim_pages_large(block, sizeof(*block) + size);
	block->size = size;
	/* A piece with a block of its own must not hide the room left in the newest one.
	 */
	if (size == need && arena->head) {
		block->next = arena->head->next;
		arena->head->next = block;
	} else {
		block->next = arena->head;
		arena->head = block;
	}
	return block;
}

/* Pages a stretch ahead; the end of a block may never be needed. */
static void expect_more(struct mim_arena_block *block)
{
	size_t end = block->used + BLOCK_SIZE * 4;

	if (end > block->size)
		end = block->size;
	mim_pages_expect(block->bytes + block->expected, end - block->expected);
	block->expected = end;
}

/* A small piece out of one that has moved, and is no longer used where it was. */
static void *take_spare(struct mim_arena *arena, size_t size)
{
	unsigned char *at = arena->spare;

	/* Before rounding up, which may overflow. */
	if (!at || size > MOST_SPARE)
		return NULL;
	size = (size + 7) & ~(size_t)7;
	if (size > arena->n_spare)
		return NULL;
	arena->spare = at + size;
	arena->n_spare -= size;
	return memset(at, 0, size);
}

static void *take(struct mim_arena *arena, size_t size, size_t alignment)
{
	struct mim_arena_block *block = arena->head;
	size_t skip = block ? -block->used & (alignment - 1) : 0;
	void *spare = take_spare(arena, size);

	if (spare)
		return spare;
	if (size > PTRDIFF_MAX - MOST_BLOCK)
		return NULL;
	if (arena->limit &&
	    (arena->used > arena->limit || size + skip > arena->limit - arena->used)) {
		arena->full = true;
		return NULL;
	}
	if (!block || block->size - block->used < skip ||
	    block->size - block->used - skip < size) {
		block = add_block(arena, size);
		skip = 0;
	}
	if (!block)
		return NULL;
	block->used += skip + size;
	arena->used += skip + size;
	if (block->used > block->expected)
		expect_more(block);
	return block->bytes + block->used - size;
}

void *mim_arena_alloc(struct mim_arena *arena, size_t size)
{
	return take(arena, size ? size : 1, alignof(uint64_t));
}

void *mim_arena_array(struct mim_arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return mim_arena_alloc(arena, bytes);
}

/* A piece that had a block of its own leaves nothing behind when it has moved. */
static bool give_back(struct mim_arena *arena, struct piece *piece)
{
	struct mim_arena_block **at = &arena->head, *block;

	while (*at && (void *)(*at)->bytes != (void *)piece)
		at = &(*at)->next;
	block = *at;
	if (!block || block->size != sizeof(*piece) + piece->capacity)
		return false;
	*at = block->next;
	arena->used -= block->used;
	free(block);
	return true;
}

void *mim_arena_resize(struct mim_arena *arena, void *ptr, size_t size)
{
	struct piece *old = NULL, *grown;

	if (ptr)
		old = (struct piece *)((unsigned char *)ptr -
				       offsetof(struct piece, bytes));
	if (old && size <= old->capacity)
		return ptr;
	if (old && size < old->capacity * 2)
		size = old->capacity * 2;
	if (size > PTRDIFF_MAX)
		return NULL;
	grown = mim_arena_alloc(arena, sizeof(*grown) + size);
	if (!grown)
		return NULL;
	grown->capacity = size;
	if (old)
		memcpy(grown->bytes, ptr, old->capacity);
	if (old && give_back(arena, old))
		return grown->bytes;
	/* The old place is free now: both begin at a multiple of 8. */
	if (old && old->capacity > arena->n_spare) {
		arena->spare = ptr;
		arena->n_spare = old->capacity & ~(size_t)7;
	}
	return grown->bytes;
}

char *mim_arena_strndup(struct mim_arena *arena, const char *text, size_t length)
{
	char *copy = length < PTRDIFF_MAX ? take(arena, length + 1, 1) : NULL;

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

char *mim_arena_strdup(struct mim_arena *arena, const char *text)
{
	return mim_arena_strndup(arena, text, strlen(text));
}

char *mim_arena_vprintf(struct mim_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return NULL;
	text = take(arena, (size_t)length + 1, 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *mim_arena_printf(struct mim_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = mim_arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

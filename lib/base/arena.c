/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (64 * 1024)

struct mim_arena_block {
	struct mim_arena_block *next;
	size_t size;
	size_t used;
	alignas(8) unsigned char bytes[];
};

/* Every piece carries its capacity, so that mim_arena_resize() can grow it in place. */
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
	arena->used = 0;
}

static struct mim_arena_block *add_block(struct mim_arena *arena, size_t need)
{
	struct mim_arena_block *block;
	size_t size = need > BLOCK_SIZE / 4 ? need : BLOCK_SIZE;

	block = calloc(1, sizeof(*block) + size);
	if (!block)
		return NULL;
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

void *mim_arena_alloc(struct mim_arena *arena, size_t size)
{
	struct mim_arena_block *block = arena->head;
	struct piece *piece;
	size_t need;

	if (size > PTRDIFF_MAX - BLOCK_SIZE)
		return NULL;
	size = (size + 7) & ~(size_t)7;
	need = sizeof(*piece) + size;
	if (arena->limit && need > arena->limit - arena->used)
		return NULL;
	if (!block || block->size - block->used < need)
		block = add_block(arena, need);
	if (!block)
		return NULL;
	piece = (struct piece *)(block->bytes + block->used);
	piece->capacity = size;
	block->used += need;
	arena->used += need;
	return piece->bytes;
}

void *mim_arena_array(struct mim_arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return mim_arena_alloc(arena, bytes);
}

void *mim_arena_resize(struct mim_arena *arena, void *ptr, size_t size)
{
	struct piece *old;
	void *grown;

	if (!ptr)
		return mim_arena_alloc(arena, size);
	old = (struct piece *)((unsigned char *)ptr - offsetof(struct piece, bytes));
	if (size <= old->capacity)
		return ptr;
	grown = mim_arena_alloc(arena,
				size > old->capacity * 2 ? size : old->capacity * 2);
	if (grown)
		memcpy(grown, ptr, old->capacity);
	return grown;
}

char *mim_arena_strndup(struct mim_arena *arena, const char *text, size_t length)
{
	char *copy = mim_arena_alloc(arena, length + 1);

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
	text = mim_arena_alloc(arena, (size_t)length + 1);
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

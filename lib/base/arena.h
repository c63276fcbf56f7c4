/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_ARENA_H
#define MIM_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/cleanup.h"

/**
 * struct mim_arena - memory that is released all at once
 * @head: newest block
 * @used: bytes handed out, and what was lost to alignment
 * @spare: @n_spare bytes that a growing piece has left, for small ones
 * @limit: most bytes that may be handed out; 0 for no limit
 * @full: something was refused for @limit, not for want of memory
 *
 * What one stage makes (a file's raw model, a topology) has one lifetime, so it lives in
 * one arena and borrows freely within it. glibc's obstack does the same but ends the
 * process when memory runs out, and counts nothing against a limit.
 */
struct mim_arena {
	struct mim_arena_block *head;
	size_t used;
	size_t limit;
	bool full;
	unsigned char *spare;
	size_t n_spare;
};

/** mim_arena_release() - free every block; the arena is then empty and usable again */
void mim_arena_release(struct mim_arena *arena);

/**
 * mim_arena_alloc() - zeroed memory, aligned to 8 bytes
 * @size: bytes; 0 gives a valid pointer
 *
 * Return: memory that lives as long as the arena, or NULL (out of memory or over @limit).
 */
void *mim_arena_alloc(struct mim_arena *arena, size_t size);

/**
 * mim_arena_array() - a zeroed array of @n elements of @size bytes
 * Return: as mim_arena_alloc(); NULL also when the product overflows.
 */
void *mim_arena_array(struct mim_arena *arena, size_t n, size_t size);

/**
 * mim_arena_resize() - grow a piece; amortised linear over many small steps
 * @ptr: what this function gave before for this arena, or NULL
 * @size: bytes wanted; a smaller size returns the piece as it is
 */
void *mim_arena_resize(struct mim_arena *arena, void *ptr, size_t size);

/* Texts are aligned to nothing. */
char *mim_arena_strdup(struct mim_arena *arena, const char *text);
char *mim_arena_strndup(struct mim_arena *arena, const char *text, size_t length);
char *mim_arena_printf(struct mim_arena *arena, const char *format, ...) MIM_PRINTF(2, 3);
char *mim_arena_vprintf(struct mim_arena *arena, const char *format, va_list args);

#endif

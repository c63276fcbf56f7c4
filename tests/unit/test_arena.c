/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include "base/arena.h"
#include "unit.h"

static bool all_zero(const unsigned char *bytes, size_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

static const size_t sizes[] = {0, 1, 7, 8, 9, 4096, 16 * 1024, 64 * 1024, 1 << 20};

START_TEST(memory_is_zeroed_aligned_and_apart)
{
	struct mim_arena arena = {0};
	size_t size = sizes[_i];
	unsigned char *first = mim_arena_alloc(&arena, size), *second;

	ck_assert_ptr_nonnull(first);
	ck_assert_uint_eq((uintptr_t)first % 8, 0);
	ck_assert(all_zero(first, size));
	memset(first, 0xff, size);
	second = mim_arena_alloc(&arena, size);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_ne(first, second);
	ck_assert(all_zero(second, size));
	mim_arena_release(&arena);
	ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(small_pieces_go_on_after_a_large_one)
{
	struct mim_arena arena = {0};
	char *texts[1000];

	for (int i = 0; i < 1000; i++) {
		texts[i] = mim_arena_printf(&arena, "piece %d", i);
		if (i % 100 == 0)
			ck_assert_ptr_nonnull(mim_arena_alloc(&arena, 100000));
	}
	for (int i = 0; i < 1000; i++) {
		char expected[20];

		snprintf(expected, sizeof(expected), "piece %d", i);
		ck_assert_str_eq(texts[i], expected);
	}
	mim_arena_release(&arena);
}
END_TEST

START_TEST(the_limit_counts_everything_and_is_kept)
{
	struct mim_arena arena = {.limit = 10000};
	size_t n = 0;

	while (mim_arena_alloc(&arena, 100))
		n++;
	ck_assert_uint_ge(n, 80);
	ck_assert_uint_le(n, 100);
	ck_assert_uint_le(arena.used, arena.limit);
	ck_assert_ptr_null(mim_arena_alloc(&arena, 10000));
	mim_arena_release(&arena);
	ck_assert_ptr_nonnull(mim_arena_alloc(&arena, 100));
	mim_arena_release(&arena);
}
END_TEST

static const struct {
	size_t n;
	size_t size;
} too_large[] = {
	{SIZE_MAX, 1},	   {SIZE_MAX / 2 + 1, 1},    {SIZE_MAX, 2},
	{SIZE_MAX / 2, 3}, {1ULL << 32, 1ULL << 32}, {SIZE_MAX / 2, 1},
};

START_TEST(a_size_that_overflows_is_refused)
{
	struct mim_arena arena = {0};

	ck_assert_ptr_null(mim_arena_array(&arena, too_large[_i].n, too_large[_i].size));
	ck_assert_uint_eq(arena.used, 0);
	mim_arena_release(&arena);
}
END_TEST

/* What has moved leaves room for small pieces, and for small ones only. */
START_TEST(no_room_is_left_for_a_size_that_overflows)
{
	struct mim_arena arena = {0};
	void *piece = mim_arena_resize(&arena, NULL, 100);

	ck_assert_ptr_nonnull(piece);
	ck_assert_ptr_nonnull(mim_arena_resize(&arena, piece, 1000));
	ck_assert_ptr_null(mim_arena_alloc(&arena, SIZE_MAX));
	ck_assert_ptr_null(mim_arena_alloc(&arena, SIZE_MAX - 6));
	mim_arena_release(&arena);
}
END_TEST

START_TEST(growing_keeps_what_is_there)
{
	struct mim_arena arena = {0};
	unsigned char *bytes = mim_arena_resize(&arena, NULL, 1);

	for (size_t size = 1; size < 20000; size++) {
		bytes = mim_arena_resize(&arena, bytes, size);
		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_eq(bytes[size - 1], 0);
		bytes[size - 1] = (unsigned char)size;
	}
	for (size_t size = 1; size < 20000; size++)
		ck_assert_uint_eq(bytes[size - 1], (unsigned char)size);
	ck_assert_ptr_eq(mim_arena_resize(&arena, bytes, 10), bytes);
	/* Twenty thousand small steps cost a small multiple of the end's size. */
	ck_assert_uint_le(arena.used, 100000);
	mim_arena_release(&arena);
}
END_TEST

START_TEST(texts_are_copied)
{
	struct mim_arena arena = {0};
	char word[] = "services";
	char *whole = mim_arena_strdup(&arena, word);
	char *part = mim_arena_strndup(&arena, word, 4);

	word[0] = 'X';
	ck_assert_str_eq(whole, "services");
	ck_assert_str_eq(part, "serv");
	ck_assert_str_eq(mim_arena_printf(&arena, "%s/%d", part, 7), "serv/7");
	mim_arena_release(&arena);
}
END_TEST

UNIT_MAIN("arena", UNIT_EACH(memory_is_zeroed_aligned_and_apart, sizes),
	  UNIT(small_pieces_go_on_after_a_large_one),
	  UNIT(the_limit_counts_everything_and_is_kept),
	  UNIT_EACH(a_size_that_overflows_is_refused, too_large),
	  UNIT(no_room_is_left_for_a_size_that_overflows),
	  UNIT(growing_keeps_what_is_there), UNIT(texts_are_copied))

/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include "base/array.h"
#include "unit.h"

struct pair {
	uint32_t a;
	uint32_t b;
};

START_TEST(every_element_is_zeroed_and_stays)
{
	mim_auto_free struct pair *items = NULL;
	size_t n = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		struct pair *item = mim_array_add(items, n);

		ck_assert_ptr_nonnull(item);
		ck_assert_uint_eq(n, i + 1);
		ck_assert_ptr_eq(item, &items[i]);
		ck_assert_uint_eq(item->a | item->b, 0);
		*item = (struct pair){i, ~i};
	}
	for (uint32_t i = 0; i < 5000; i++)
		ck_assert(items[i].a == i && items[i].b == ~i);
}
END_TEST

START_TEST(room_that_cannot_be_had_leaves_the_array_alone)
{
	void *items = NULL;

	ck_assert_int_eq(mim_array_grow_(&items, 0, SIZE_MAX / 4), -ENOMEM);
	ck_assert_ptr_null(items);
}
END_TEST

UNIT_MAIN("array", UNIT(every_element_is_zeroed_and_stays),
	  UNIT(room_that_cannot_be_had_leaves_the_array_alone))

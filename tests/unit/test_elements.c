/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include "model/elements.h"
#include "model/topology.h"
#include "unit.h"

static const uint32_t sizes[] = {1, 2, 3, 4, 5, 8, 9, 16, 40};

/* Keys from few enough values that some are equal, in an order of no kind. */
static struct mim_elements jumbled(uint32_t n, uint32_t key_size)
{
	struct mim_elements elements = {.n = n, .key_size = key_size, .value_size = 4};
	uint32_t seed = 12345;

	elements.keys = calloc(n, key_size);
	elements.values = calloc(n, 4);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *key = mim_element_key(&elements, i);

		for (uint32_t b = 0; b < key_size; b++) {
			seed = seed * 1103515245 + 12345;
			key[b] = (uint8_t)(seed >> 16) % (b % 3 ? 4 : 2);
		}
		key[key_size - 1] = (uint8_t)(seed >> 20);
	}
	return elements;
}

START_TEST(keys_come_in_their_order_and_equal_ones_as_they_were)
{
	struct mim_elements elements = jumbled(3000, sizes[_i]);
	mim_auto_free uint32_t *order = NULL;
	mim_auto_free bool *seen = calloc(elements.n, sizeof(*seen));

	ck_assert_int_eq(mim_elements_order(&elements, &order), 0);
	for (uint32_t i = 0; i < elements.n; i++) {
		int c;

		ck_assert(!seen[order[i]]);
		seen[order[i]] = true;
		if (i == 0)
			continue;
		c = mim_key_compare(elements.key_size,
				    mim_element_key(&elements, order[i - 1]),
				    mim_element_key(&elements, order[i]));
		ck_assert_int_le(c, 0);
		ck_assert(c < 0 || order[i - 1] < order[i]);
	}
	mim_elements_release(&elements);
}
END_TEST

START_TEST(what_is_in_order_is_left_alone_and_found)
{
	struct mim_elements elements = {.n = 1000, .key_size = 4, .value_size = 4};
	uint32_t keys[1000], absent = 7, *order = NULL;

	for (uint32_t i = 0; i < 1000; i++)
		keys[i] = i * 300;
	elements.keys = (uint8_t *)keys;
	ck_assert_int_eq(mim_elements_order(&elements, &order), 1);
	ck_assert_ptr_null(order);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(mim_elements_find(&elements, &keys[i]), i);
	ck_assert_uint_eq(mim_elements_find(&elements, &absent), UINT32_MAX);
	/* One key twice is no order. */
	keys[999] = keys[998];
	ck_assert_int_eq(mim_elements_order(&elements, &order), 0);
	free(order);
}
END_TEST

UNIT_MAIN("elements",
	  UNIT_EACH(keys_come_in_their_order_and_equal_ones_as_they_were, sizes),
	  UNIT(what_is_in_order_is_left_alone_and_found))

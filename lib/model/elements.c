/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/elements.h"

#include <errno.h>
#include <string.h>
#include "base/pages.h"
#include "model/topology.h"

void mim_elements_release(struct mim_elements *elements)
{
	free(elements->keys);
	free(elements->values);
	*elements = (struct mim_elements){0};
}

/* An element and what its key begins with, as a number in the keys' order. */
struct item {
	uint64_t head;
	uint32_t at;
};

static uint64_t head_of(const uint8_t *key, uint32_t size)
{
	uint64_t head = 0;

	/* As mim_key_compare() has it. */
	if (size == 2 || size == 4 || size == 8)
		return mim_type_integer(key, size, false);
	for (uint32_t i = 0; i < 8; i++)
		head = head << 8 | (i < size ? key[i] : 0);
	return head;
}

/* One digit: a byte in which not all heads are alike. */
static void sort_digit(const struct item *from, struct item *to, uint32_t n, int shift)
{
	uint32_t first[257] = {0};

	for (uint32_t i = 0; i < n; i++)
		first[(from[i].head >> shift & 255) + 1]++;
	for (int digit = 0; digit < 256; digit++)
		first[digit + 1] += first[digit];
	for (uint32_t i = 0; i < n; i++)
		to[first[from[i].head >> shift & 255]++] = from[i];
}

/* Return: @items or @scratch, whichever is sorted by heads; equal ones as they were. */
static struct item *sort_heads(struct item *items, struct item *scratch, uint32_t n)
{
	uint64_t differ = 0;

	for (uint32_t i = 1; i < n; i++)
		differ |= items[i].head ^ items[0].head;
	for (int shift = 0; shift < 64; shift += 8) {
		struct item *sorted = scratch;

		if (!(differ >> shift & 255))
			continue;
		sort_digit(items, sorted, n, shift);
		scratch = items;
		items = sorted;
	}
	return items;
}

static int by_rest(const void *a, const void *b, void *data)
{
	const struct mim_elements *elements = data;
	const struct item *x = a, *y = b;
	int c = mim_key_compare(elements->key_size, mim_element_key(elements, x->at),
				mim_element_key(elements, y->at));

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

/* Keys of more than 8 bytes that begin alike. */
static void sort_rests(const struct mim_elements *elements, struct item *items)
{
	uint32_t first = 0, n = elements->n;

	for (uint32_t i = 1; elements->key_size > 8 && i <= n; i++) {
		if (i < n && items[i].head == items[first].head)
			continue;
		if (i - first > 1)
			qsort_r(items + first, i - first, sizeof(*items), by_rest,
				(void *)elements);
		first = i;
	}
}

static bool in_order(const struct mim_elements *elements)
{
	for (uint32_t i = 1; i < elements->n; i++)
		if (mim_key_compare(elements->key_size, mim_element_key(elements, i - 1),
				    mim_element_key(elements, i)) >= 0)
			return false;
	return true;
}

int mim_elements_order(const struct mim_elements *elements, uint32_t **ret_order)
{
	mim_auto_free struct item *items = NULL, *scratch = NULL;
	uint32_t n = elements->n, *order;
	struct item *sorted;

	if (elements->key_size == 0 || in_order(elements))
		return 1;
	items = calloc(n, sizeof(*items));
	scratch = calloc(n, sizeof(*scratch));
	order = calloc(n, sizeof(*order));
	if (!items || !scratch || !order) {
		free(order);
		return -ENOMEM;
	}
	mim_pages_expect(items, n * sizeof(*items));
	mim_pages_expect(scratch, n * sizeof(*scratch));
	mim_pages_expect(order, n * sizeof(*order));
	for (uint32_t i = 0; i < n; i++)
		items[i] = (struct item){
			head_of(mim_element_key(elements, i), elements->key_size), i};
	sorted = sort_heads(items, scratch, n);
	sort_rests(elements, sorted);
	for (uint32_t i = 0; i < n; i++)
		order[i] = sorted[i].at;
	*ret_order = order;
	return 0;
}

uint32_t mim_elements_find(const struct mim_elements *elements, const void *key)
{
	return mim_keys_find(elements->keys, elements->n, elements->key_size, key);
}

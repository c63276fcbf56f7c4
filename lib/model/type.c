/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/type.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t mim_type_integer(const void *bytes, uint32_t size, bool network)
{
	bool forward = network || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	const uint8_t *byte = bytes;
	uint64_t value = 0;

	for (uint32_t i = 0; i < size; i++)
		value = value << 8 | byte[forward ? i : size - 1 - i];
	return value;
}

static int compare_integers(struct mim_type type, const void *a, const void *b)
{
	uint64_t sign = type.kind == MIM_TYPE_SINT ? 1ULL << (8 * type.size - 1) : 0;
	uint64_t x = mim_type_integer(a, type.size, false) ^ sign;
	uint64_t y = mim_type_integer(b, type.size, false) ^ sign;

	return (x > y) - (x < y);
}

/* By address, as routing tables are listed; of one address the shorter prefix first. */
static int compare_prefixes(struct mim_type type, const uint8_t *a, const uint8_t *b)
{
	const struct mim_type length = {MIM_TYPE_UINT, sizeof(uint32_t)};
	int c = memcmp(a + length.size, b + length.size, type.size - length.size);

	return c ? c : compare_integers(length, a, b);
}

static int compare_fields(const struct mim_struct *fields, const uint8_t *a,
			  const uint8_t *b)
{
	int c = 0;

	for (uint32_t i = 0; c == 0 && i < fields->n; i++) {
		const struct mim_member *member = &fields->members[i];

		c = mim_type_compare(member->type, a + member->offset,
				     b + member->offset);
	}
	return c;
}

static int compare_elements(struct mim_type type, const uint8_t *a, const uint8_t *b)
{
	uint32_t size = type.element->size;
	int c = 0;

	for (uint32_t at = 0; c == 0 && at < type.size; at += size)
		c = mim_type_compare(*type.element, a + at, b + at);
	return c;
}

int mim_type_compare(struct mim_type type, const void *a, const void *b)
{
	switch (type.kind) {
	case MIM_TYPE_UINT:
	case MIM_TYPE_SINT:
		return compare_integers(type, a, b);
	case MIM_TYPE_STRUCT:
		return compare_fields(type.fields, a, b);
	case MIM_TYPE_ARRAY:
		return compare_elements(type, a, b);
	case MIM_TYPE_PREFIX4:
	case MIM_TYPE_PREFIX6:
		return compare_prefixes(type, a, b);
	case MIM_TYPE_NONE:
	case MIM_TYPE_BE:
	case MIM_TYPE_IPV4:
	case MIM_TYPE_IPV6:
	case MIM_TYPE_MAC:
	case MIM_TYPE_CHAR:
	case MIM_TYPE_BYTES:
		break;
	}
	return memcmp(a, b, type.size);
}

uint32_t mim_type_align(struct mim_type type)
{
	switch (type.kind) {
	case MIM_TYPE_UINT:
	case MIM_TYPE_SINT:
	case MIM_TYPE_BE:
		return type.size;
	case MIM_TYPE_IPV4:
	case MIM_TYPE_IPV6:
	case MIM_TYPE_PREFIX4:
	case MIM_TYPE_PREFIX6:
		return 4;
	case MIM_TYPE_STRUCT:
		return type.fields->align;
	case MIM_TYPE_ARRAY:
		return mim_type_align(*type.element);
	case MIM_TYPE_MAC:
	case MIM_TYPE_CHAR:
	case MIM_TYPE_BYTES:
	case MIM_TYPE_NONE:
		break;
	}
	return 1;
}

static int compare_names(const void *a, const void *b, void *data)
{
	const struct mim_struct *layout = data;

	return strcmp(layout->members[*(const uint32_t *)a].name,
		      layout->members[*(const uint32_t *)b].name);
}

int mim_struct_sort(struct mim_struct *layout, struct mim_arena *arena)
{
	layout->by_name = mim_arena_array(arena, layout->n, sizeof(*layout->by_name));
	if (!layout->by_name)
		return -ENOMEM;
	for (uint32_t i = 0; i < layout->n; i++)
		layout->by_name[i] = i;
	qsort_r(layout->by_name, layout->n, sizeof(*layout->by_name), compare_names,
		layout);
	return 0;
}

static bool same_fields(const struct mim_struct *a, const struct mim_struct *b)
{
	if (a == b)
		return true;
	if (a->n != b->n || a->size != b->size || strcmp(a->name, b->name) != 0)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->members[i].offset != b->members[i].offset ||
		    strcmp(a->members[i].name, b->members[i].name) != 0 ||
		    !mim_type_same(a->members[i].type, b->members[i].type))
			return false;
	return true;
}

bool mim_type_same(struct mim_type a, struct mim_type b)
{
	if (a.kind != b.kind || a.size != b.size)
		return false;
	if (a.kind == MIM_TYPE_STRUCT)
		return same_fields(a.fields, b.fields);
	return a.kind != MIM_TYPE_ARRAY || mim_type_same(*a.element, *b.element);
}

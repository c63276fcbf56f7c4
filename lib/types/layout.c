/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/layout.h"

#include <errno.h>
#include <string.h>

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

static uint64_t round_up(uint64_t size, uint32_t align)
{
	return (size + align - 1) / align * align;
}

static int compare_names(const void *a, const void *b, void *data)
{
	const struct mim_struct *layout = data;

	return strcmp(layout->members[*(const uint32_t *)a].name,
		      layout->members[*(const uint32_t *)b].name);
}

int mim_layout_compute(struct mim_struct *layout, bool packed, struct mim_arena *arena)
{
	uint64_t size = 0;

	layout->by_name = mim_arena_array(arena, layout->n, sizeof(*layout->by_name));
	if (!layout->by_name)
		return -ENOMEM;
	layout->align = 1;
	for (uint32_t i = 0; i < layout->n; i++) {
		struct mim_member *member = &layout->members[i];
		uint32_t align = packed ? 1 : mim_type_align(member->type);

		size = round_up(size, align);
		if (size + member->type.size > MIM_TYPE_MOST)
			return -E2BIG;
		member->offset = (uint32_t)size;
		size += member->type.size;
		layout->align = align > layout->align ? align : layout->align;
		layout->by_name[i] = i;
	}
	size = round_up(size, layout->align);
	if (size > MIM_TYPE_MOST)
		return -E2BIG;
	layout->size = (uint32_t)size;
	qsort_r(layout->by_name, layout->n, sizeof(*layout->by_name), compare_names,
		layout);
	return 0;
}

const struct mim_member *mim_layout_find(const struct mim_struct *layout,
					 const char *name, size_t length)
{
	uint32_t low = 0, high = layout->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct mim_member *member =
			&layout->members[layout->by_name[middle]];
		int c = strncmp(member->name, name, length);

		/* The same so far: the member's name may go on. */
		c = c ? c : member->name[length] != '\0';
		if (c == 0)
			return member;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

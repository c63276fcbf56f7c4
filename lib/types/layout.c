/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/layout.h"

#include <errno.h>
#include <string.h>

static uint64_t round_up(uint64_t size, uint32_t align)
{
	return (size + align - 1) / align * align;
}

int mim_layout_compute(struct mim_struct *layout, bool packed, struct mim_arena *arena)
{
	uint64_t size = 0;

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
	}
	size = round_up(size, layout->align);
	if (size > MIM_TYPE_MOST)
		return -E2BIG;
	layout->size = (uint32_t)size;
	return mim_struct_sort(layout, arena);
}

static bool is_laid_out(const struct mim_struct *layout, bool packed)
{
	uint64_t size = 0;
	uint32_t most = 1;

	for (uint32_t i = 0; i < layout->n; i++) {
		const struct mim_member *member = &layout->members[i];
		uint32_t align = packed ? 1 : mim_type_align(member->type);

		most = align > most ? align : most;
		if (member->offset != round_up(size, align))
			return false;
		size = (uint64_t)member->offset + member->type.size;
	}
	return layout->size == round_up(size, most) && layout->align == most;
}

enum mim_packing mim_layout_packing(const struct mim_struct *layout)
{
	for (uint32_t i = 0; i < layout->n; i++)
		if (!mim_layout_can_be_said(layout->members[i].type))
			return MIM_PACKING_OTHER;
	if (is_laid_out(layout, false))
		return MIM_PACKING_C;
	return is_laid_out(layout, true) ? MIM_PACKING_PACKED : MIM_PACKING_OTHER;
}

bool mim_layout_can_be_said(struct mim_type type)
{
	if (type.kind == MIM_TYPE_STRUCT)
		return mim_layout_packing(type.fields) != MIM_PACKING_OTHER;
	return type.kind != MIM_TYPE_ARRAY || mim_layout_can_be_said(*type.element);
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

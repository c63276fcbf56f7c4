/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "config/describing.h"
#include "config/own.h"
#include "model/kind.h"

/* How a key of each size may be written; the first is taken when nothing tells. */
static const struct mim_type key_types[] = {
	{MIM_TYPE_UINT, 1},	{MIM_TYPE_UINT, 2},  {MIM_TYPE_UINT, 4},
	{MIM_TYPE_UINT, 8},	{MIM_TYPE_BE, 2},    {MIM_TYPE_BE, 4},
	{MIM_TYPE_BE, 8},	{MIM_TYPE_SINT, 1},  {MIM_TYPE_SINT, 2},
	{MIM_TYPE_SINT, 4},	{MIM_TYPE_SINT, 8},  {MIM_TYPE_IPV4, 4},
	{MIM_TYPE_MAC, 6},	{MIM_TYPE_IPV6, 16}, {MIM_TYPE_PREFIX4, 8},
	{MIM_TYPE_PREFIX6, 20},
};

/* Is what is in the slot what "a map of its own" would be there? Return: or -ENOMEM. */
static int is_own(const struct mim_describing *describing, const struct mim_map *outer,
		  const struct mim_map *declared, struct mim_type type, uint32_t slot)
{
	const struct mim_topology *want = describing->want, *live = describing->live;
	uint32_t index = outer->outer->slots.inner[slot];
	const struct mim_map *inner = &live->maps[index];
	struct mim_shape shape = want->templates[declared->outer->template].shape;
	char kernel_name[MIM_KERNEL_NAME];
	mim_cleanup(mim_arena_release) struct mim_arena arena = {0};

	mim_shape_normalize(&shape, &live->host);
	if (describing->uses[index] != 1 || mim_describing_pin(describing, index, true) ||
	    mim_shape_differs(&shape, &inner->shape))
		return 0;
	if (!mim_own_name(&arena, declared->name, type, mim_slot_key(outer, slot),
			  kernel_name))
		return -ENOMEM;
	return strncmp(kernel_name, inner->kernel_name, MIM_KERNEL_NAME) == 0;
}

/* How many maps are called after their slots, if keys are written so? Or -ENOMEM. */
static int count_own(const struct mim_describing *describing, const struct mim_map *outer,
		     const struct mim_map *declared, struct mim_type type)
{
	int n = 0, r = 0;

	for (uint32_t s = 0; r >= 0 && s < outer->outer->slots.n; s++) {
		r = is_own(describing, outer, declared, type, s);
		n += r;
	}
	return r < 0 ? r : n;
}

/* In which way of writing keys most maps are called after their slots. */
static int guess_key_type(const struct mim_describing *describing,
			  const struct mim_map *outer, struct mim_map *declared)
{
	struct mim_type best = {MIM_TYPE_NONE, outer->shape.key_size};
	const struct mim_type text = {MIM_TYPE_CHAR, outer->shape.key_size};
	int most = 0;

	if (outer->shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS) {
		declared->outer->key_type = (struct mim_type){MIM_TYPE_UINT, 4};
		return 0;
	}
	for (size_t i = 0; i <= MIM_ARRAY_SIZE(key_types); i++) {
		struct mim_type type =
			i < MIM_ARRAY_SIZE(key_types) ? key_types[i] : text;
		int n;

		if (type.size != outer->shape.key_size)
			continue;
		n = count_own(describing, outer, declared, type);
		if (n < 0)
			return n;
		if (n > most ||
		    (best.kind == MIM_TYPE_NONE && type.kind == MIM_TYPE_UINT)) {
			best = type;
			most = n;
		}
	}
	declared->outer->key_type = best;
	return 0;
}

/*
 * Slots' own maps are known by slot and name: those whose names hash alike, or differ in
 * what no kernel name has, are told apart. Return: as mim_describing_take().
 */
static int take_own(struct mim_describing *describing, uint32_t live, const bool *own)
{
	uint32_t other = mim_table_find(&describing->kernel_names,
					describing->live->maps[live].name);

	if (other != MIM_TABLE_NONE && own[other])
		return 1;
	return mim_describing_take(describing, live);
}

int mim_describing_find_own(struct mim_describing *describing, uint32_t live, bool *own)
{
	const struct mim_map *outer = &describing->live->maps[live];
	struct mim_map *declared = &describing->want->maps[describing->index[live]];
	int r = guess_key_type(describing, outer, declared);

	for (uint32_t s = 0; r >= 0 && s < outer->outer->slots.n; s++) {
		r = is_own(describing, outer, declared, declared->outer->key_type, s);
		if (r > 0)
			r = take_own(describing, outer->outer->slots.inner[s], own);
		if (r > 0)
			own[outer->outer->slots.inner[s]] = true;
	}
	return r < 0 ? r : 0;
}

static uint32_t add_own(struct mim_describing *describing, const struct mim_map *outer,
			uint32_t slot, uint32_t declared)
{
	struct mim_topology *want = describing->want;
	const struct mim_map *to = &want->maps[declared];
	uint32_t template = to->outer->template;
	char kernel_name[MIM_KERNEL_NAME];
	char *name = mim_own_name(&want->arena, to->name, to->outer->key_type,
				  mim_slot_key(outer, slot), kernel_name);
	struct mim_map *map = name ? mim_topology_add_map(want, name) : NULL;

	if (!map)
		return MIM_NONE;
	memcpy(map->kernel_name, kernel_name, sizeof(kernel_name));
	map->own = true;
	map->template = template;
	map->shape = want->templates[template].shape;
	return (uint32_t)want->n_maps - 1;
}

int mim_describing_slots(struct mim_describing *describing, uint32_t live,
			 const bool *own)
{
	const struct mim_map *outer = &describing->live->maps[live];
	const struct mim_slots *from = &outer->outer->slots;
	uint32_t declared = describing->index[live], key_size = outer->shape.key_size;
	struct mim_arena *arena = &describing->want->arena;
	struct mim_slots slots = {
		.keys = mim_arena_array(arena, from->n, key_size),
		.inner = mim_arena_array(arena, from->n, sizeof(*slots.inner)),
	};

	if (!slots.keys || !slots.inner)
		return -ENOMEM;
	for (uint32_t s = 0; s < from->n; s++) {
		uint32_t index = from->inner[s], inner = describing->index[index];

		if (own[index]) {
			inner = add_own(describing, outer, s, declared);
			if (inner == MIM_NONE)
				return -ENOMEM;
		}
		if (inner == MIM_NONE)
			continue;
		memcpy(slots.keys + (size_t)slots.n * key_size, mim_slot_key(outer, s),
		       key_size);
		slots.inner[slots.n++] = inner;
	}
	describing->want->maps[declared].outer->slots = slots;
	if (slots.n == from->n)
		return 0;
	describing->want->maps[declared].outer->keep_unlisted = true;
	mim_warning(
		describing->diags, MIM_NOWHERE, MIM_CODE_KERNEL_NAME,
		"%u slot%s of '%s' hold%s maps without a kernel name of their own, by "
		"which they could be found again: left out, and kept as they are",
		from->n - slots.n, from->n - slots.n == 1 ? "" : "s", outer->name,
		from->n - slots.n == 1 ? "s" : "");
	return 0;
}

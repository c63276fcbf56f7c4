/* SPDX-License-Identifier: BSD-2-Clause */
#include "live_types.h"

#include <errno.h>
#include "base/array.h"

/* @why: NULL when it was read. */
struct live_btf {
	uint32_t id;
	struct mim_btf_types *types;
	const char *why;
};

void live_types_release(struct live_types *types)
{
	for (size_t i = 0; i < types->n; i++)
		mim_btf_types_free(types->items[i].types);
	free(types->items);
	mim_arena_release(&types->arena);
	types->items = NULL;
	types->n = 0;
}

/* Return: 0, or -ENOMEM; what cannot be read is no error. */
static int read_btf(struct live_types *types, struct live_btf *btf)
{
	mim_auto_free void *bytes = NULL;
	uint32_t size = 0;
	int r = mim_btf_read(types->kernel, btf->id, &bytes, &size);

	if (r == 0) {
		r = mim_btf_types_read(bytes, size, types->manner, &types->arena,
				       &btf->types);
		if (r == -EINVAL)
			btf->why = "its BTF is newer than libbpf";
	} else if (r != -ENOMEM) {
		btf->why = mim_arena_printf(&types->arena, "its BTF cannot be read: %s",
					    mim_errno_text(r));
		r = btf->why ? 0 : -ENOMEM;
	}
	return r == -ENOMEM ? r : 0;
}

static int find_btf(struct live_types *types, uint32_t id, struct live_btf **ret_btf)
{
	struct live_btf *btf;

	for (size_t i = types->n; i-- > 0;)
		if (types->items[i].id == id) {
			*ret_btf = &types->items[i];
			return 0;
		}
	btf = mim_array_add(types->items, types->n);
	if (!btf)
		return -ENOMEM;
	btf->id = id;
	*ret_btf = btf;
	return read_btf(types, btf);
}

/* One type; what it cannot be said of is why. */
static int find_type(struct live_types *types, const struct live_btf *btf, uint32_t id,
		     uint32_t size, struct mim_type *ret_type, const char **why)
{
	char text[MIM_BTF_WHY];
	int r;

	*ret_type = (struct mim_type){MIM_TYPE_NONE, size};
	if (!btf->types || id == 0)
		return 0;
	r = mim_btf_types_find(btf->types, id, ret_type, text);
	if (r == 0 && ret_type->size == size)
		return 0;
	*ret_type = (struct mim_type){MIM_TYPE_NONE, size};
	if (r == -EINVAL) {
		*why = mim_arena_strdup(&types->arena, text);
		r = *why ? 0 : -ENOMEM;
	}
	return r;
}

int live_types_find(struct live_types *types, const struct mim_map_btf *btf,
		    const struct mim_shape *shape, struct mim_live_types *ret_types)
{
	struct live_btf none = {0}, *from = &none;
	int r = btf->id ? find_btf(types, btf->id, &from) : 0;

	if (r < 0)
		return r;
	ret_types->why = from->why;
	r = find_type(types, from, btf->key, shape->key_size, &ret_types->key,
		      &ret_types->why);
	if (r == 0)
		r = find_type(types, from, btf->value, shape->value_size,
			      &ret_types->value, &ret_types->why);
	return r;
}

int live_types_of_maps(struct live_types *types, const struct mim_topology *live,
		       const bool *which, struct mim_live_types **ret_types)
{
	mim_auto_free struct mim_live_types *found =
		calloc(live->n_maps + 1, sizeof(*found));
	int r = found ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < live->n_maps; i++) {
		const struct mim_map *map = &live->maps[i];
		struct mim_map_btf btf = {0};

		/* Outer maps have none, and one that is gone has no types either. */
		if (!which[i] || map->outer || map->hidden)
			continue;
		r = mim_btf_of_map(types->kernel, map->id, &btf);
		if (!mim_is_shortage(r))
			r = live_types_find(types, &btf, &map->shape, &found[i]);
	}
	if (r == 0)
		*ret_types = TAKE_PTR(found);
	return r;
}

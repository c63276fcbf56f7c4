/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/maps.h"

#include <string.h>
#include "kernel/sight.h"
#include "model/kind.h"

static bool is_outer(const struct mim_shape *shape)
{
	const struct mim_kind *kind = mim_kind_by_type(shape->type);

	return kind && kind->role == MIM_ROLE_OUTER;
}

static int describe(struct mim_topology *live, struct mim_map *map,
		    const struct mim_map_info *info)
{
	map->id = info->id;
	map->shape = info->shape;
	memcpy(map->kernel_name, info->name, sizeof(map->kernel_name));
	map->name = map->kernel_name;
	return is_outer(&map->shape) && !mim_topology_make_outer(live, map) ? -ENOMEM : 0;
}

int mim_maps_reveal(struct mim_kernel *kernel, struct mim_topology *live,
		    struct mim_map *map, int fd, const struct mim_map_info *info)
{
	int r = describe(live, map, info);

	if (r < 0)
		return r;
	map->hidden = false;
	if (!map->outer)
		return 0;
	r = mim_kernel_call(kernel, map_frozen, fd);
	map->outer->frozen = r == 1;
	return mim_is_shortage(r) ? r : 0;
}

static int add_hidden(struct mim_topology *live, uint32_t id)
{
	struct mim_map *map = mim_topology_add_map(live, "");

	if (!map)
		return -ENOMEM;
	map->id = id;
	map->hidden = live->hides = true;
	return 0;
}

/* Return: 0, -ENOENT when the map is gone. */
static int add_id(struct mim_kernel *kernel, struct mim_topology *live, uint32_t id)
{
	mim_auto_close int fd = mim_kernel_call(kernel, map_open, id);
	struct mim_map_info info;
	struct mim_map *map;
	int r;

	if (mim_maps_denied(fd))
		return add_hidden(live, id);
	r = fd < 0 ? fd : mim_kernel_call(kernel, map_info, fd, &info);
	if (r < 0)
		return r;
	map = mim_topology_add_map(live, NULL);
	return map ? mim_maps_reveal(kernel, live, map, fd, &info) : -ENOMEM;
}

/* The list under way; @next: of those to be left out, as both ascend by id. */
struct list {
	struct mim_topology *live;
	const struct mim_without *without;
	size_t next;
};

static bool is_left_out(struct list *list, uint32_t id)
{
	const struct mim_topology *from = list->without ? list->without->live : NULL;

	while (from && list->next < from->n_maps && from->maps[list->next].id < id)
		list->next++;
	return from && list->next < from->n_maps && from->maps[list->next].id == id &&
	       list->without->which[list->next];
}

static int add_record(void *context, const struct mim_map_record *record)
{
	struct list *list = context;
	struct mim_topology *live = list->live;
	struct mim_map *map;
	int r;

	if (is_left_out(list, record->info.id))
		return 0;
	/* A pass that was held up may tell the last map twice. */
	if (live->n_maps && live->maps[live->n_maps - 1].id >= record->info.id)
		return 0;
	map = mim_topology_add_map(live, NULL);
	r = map ? describe(live, map, &record->info) : -ENOMEM;
	if (r < 0 || !map->outer)
		return r;
	map->outer->frozen = record->frozen;
	if (record->has_inner) {
		map->outer->inner = record->inner;
		map->outer->inner_known = MIM_KNOWN_FULL;
	}
	return 0;
}

int mim_maps_read(struct mim_kernel *kernel, struct mim_topology *live,
		  const struct mim_without *without)
{
	struct list list = {live, without, 0};
	uint32_t id = 0;
	int r = mim_sight_read(kernel, add_record, &list);

	/* Ids tell all but the inner templates. */
	if (r > 0)
		live->n_maps = list.next = 0;
	while (r > 0) {
		r = mim_kernel_call(kernel, map_next_id, id, &id);
		if (r == -ENOENT)
			return 0;
		if (r == 0 && !is_left_out(&list, id))
			r = add_id(kernel, live, id);
		if (r == 0 || r == -ENOENT)
			r = 1;
	}
	return r;
}

int mim_maps_find(struct mim_kernel *kernel, struct mim_topology *live, uint32_t id,
		  uint32_t *ret_index)
{
	int r;

	*ret_index = mim_topology_by_id_near(live, id, *ret_index);
	if (*ret_index != MIM_NONE ||
	    (live->n_maps && live->maps[live->n_maps - 1].id > id))
		return 0;
	r = add_id(kernel, live, id);
	if (r == 0)
		*ret_index = (uint32_t)live->n_maps - 1;
	return r == -ENOENT ? 0 : r;
}

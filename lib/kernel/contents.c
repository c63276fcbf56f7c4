/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "kernel/elements.h"
#include "kernel/live.h"
#include "model/kind.h"

/* The topology keeps them, in their order. */
static int keep(struct mim_topology *live, struct mim_map *map,
		const struct mim_elements *read)
{
	mim_auto_free uint32_t *order = NULL;
	struct mim_elements *kept = mim_arena_alloc(&live->arena, sizeof(*kept));
	int r = mim_elements_order(read, &order);

	if (!kept || r < 0)
		return -ENOMEM;
	*kept = *read;
	kept->keys = mim_arena_array(&live->arena, read->n, read->key_size);
	kept->values = mim_arena_array(&live->arena, read->n, read->value_size);
	if (!kept->keys || !kept->values)
		return -ENOMEM;
	for (uint32_t i = 0; i < read->n; i++) {
		uint32_t at = order ? order[i] : i;

		memcpy(mim_element_key(kept, i), mim_element_key(read, at),
		       read->key_size);
		memcpy(mim_element_value(kept, i), mim_element_value(read, at),
		       read->value_size);
	}
	map->elements = kept;
	return 0;
}

static int read_map(struct mim_kernel *kernel, struct mim_topology *live,
		    struct mim_map *map)
{
	mim_cleanup(mim_elements_release) struct mim_elements elements = {0};
	mim_auto_close int fd = mim_kernel_call(kernel, map_open, map->id);
	int r = fd;

	if (fd >= 0)
		r = mim_elements_read(kernel, fd, &map->shape, &live->host, &elements);
	if (r < 0)
		return r;
	return keep(live, map, &elements);
}

int mim_live_read_elements(struct mim_kernel *kernel, struct mim_topology *live,
			   const bool *which, struct mim_diags *diags)
{
	for (size_t i = 0; i < live->n_maps; i++) {
		struct mim_map *map = &live->maps[i];
		int r;

		if (!which[i] || map->elements ||
		    mim_kind_contents(map->shape.type) == MIM_CONTENTS_HIDDEN)
			continue;
		r = read_map(kernel, live, map);
		if (r == -ENOMEM)
			return mim_out_of_memory(diags);
		if (r < 0 && r != -ENOENT)
			return mim_error(diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
					 "cannot read what is in map id %u: %s", map->id,
					 mim_errno_text(r));
	}
	return 0;
}

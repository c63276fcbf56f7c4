/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_LIVE_TYPES_H
#define MIMCTL_LIVE_TYPES_H

#include "mim.h"

/**
 * struct live_types - types of live maps, out of the BTF that they were made with
 * @manner: what becomes of a part without a form
 * @arena: holds the types
 * @items: the BTF that was read, @n of them
 */
struct live_types {
	struct mim_kernel *kernel;
	enum mim_btf_manner manner;
	struct mim_arena arena;
	struct live_btf *items;
	size_t n;
};

void live_types_release(struct live_types *types);

#define auto_live_types mim_cleanup(live_types_release) struct live_types

/**
 * live_types_find() - how what is in a map is written
 *
 * What has no BTF, or none that can be read, has types of a size only.
 * Return: 0 or -ENOMEM.
 */
int live_types_find(struct live_types *types, const struct mim_map_btf *btf,
		    const struct mim_shape *shape, struct mim_live_types *ret_types);

/**
 * live_types_of_maps() - the same for some maps of a topology
 * @which: a flag for each
 * @ret_types: heap, one for each map; belongs to the caller
 */
int live_types_of_maps(struct live_types *types, const struct mim_topology *live,
		       const bool *which, struct mim_live_types **ret_types);

#endif

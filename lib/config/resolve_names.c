/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "config/resolve.h"

void mim_name_template(struct mim_resolve *resolve, struct mim_origin origin,
		       const char *name)
{
	uint32_t there;
	int r = 0;

	if (mim_said(name))
		r = mim_table_add(&resolve->templates, name,
				  (uint32_t)resolve->want->n_templates - 1, &there);
	if (r == -EEXIST)
		mim_resolve_again(resolve, origin, name, "template",
				  resolve->want->templates[there].origin);
	else if (r < 0)
		mim_resolve_oom(resolve);
}

/* Names of inner and outer maps are unique together, in the file and in the kernel. */
static void name_map(struct mim_resolve *resolve, struct mim_map *map,
		     const struct mim_raw_map *raw)
{
	uint32_t index = (uint32_t)(map - resolve->want->maps), there;
	const char *kernel_name;
	int r;

	if (!mim_said(raw->name))
		return;
	r = mim_table_add(&resolve->maps, raw->name, index, &there);
	if (r == -EEXIST) {
		mim_resolve_again(resolve, map->origin, raw->name, "map",
				  resolve->want->maps[there].origin);
		/* Nothing can refer to it: that is no mistake of its own. */
		map->name = mim_raw_broken;
		return;
	}
	if (mim_said(raw->external) && r == 0)
		return;
	if (mim_said(raw->kernel_name))
		snprintf(map->kernel_name, sizeof(map->kernel_name), "%s",
			 raw->kernel_name);
	else
		mim_name_kernel(raw->name, map->kernel_name);
	kernel_name = mim_arena_strdup(&resolve->want->arena, map->kernel_name);
	if (r == 0)
		r = kernel_name ? mim_table_add(&resolve->kernel_names, kernel_name,
						index, &there)
				: -ENOMEM;
	if (r == -EEXIST) {
		mim_wrong(resolve, map->origin, raw->kernel_name ? "kernel_name" : "name",
			  MIM_CODE_KERNEL_NAME,
			  "'%s' has the kernel name '%s', as '%s' has", raw->name,
			  map->kernel_name, resolve->want->maps[there].name);
		mim_note(resolve->diags,
			 MIM_SPOT(resolve->want->maps[there].origin, "name"),
			 "'%s' is declared here", resolve->want->maps[there].name);
		mim_hint(resolve->diags, "give one of them a kernel_name");
	} else if (r < 0) {
		mim_resolve_oom(resolve);
	}
}

struct mim_map *mim_add_map(struct mim_resolve *resolve, const struct mim_raw_map *raw,
			    struct mim_origin origin)
{
	const char *name = mim_resolve_keep(resolve, raw->name);
	struct mim_map *map = mim_topology_add_map(resolve->want, name);

	if (!map) {
		mim_resolve_oom(resolve);
		return NULL;
	}
	map->origin = origin;
	name_map(resolve, map, raw);
	return map;
}

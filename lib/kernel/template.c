/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/template.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/table.h"
#include "model/kind.h"

struct probe {
	struct mim_kernel *kernel;
	const struct mim_topology *want;
	struct mim_topology *live;
	struct mim_table pins;
};

static int create_declared(struct probe *probe, const struct mim_template *template)
{
	struct mim_shape shape = template->shape;
	char name[MIM_KERNEL_NAME];

	shape.flags &= ~(BPF_F_RDONLY | BPF_F_WRONLY);
	mim_name_kernel(template->name, name);
	return mim_kernel_call(probe->kernel, map_create, &shape, name, -1);
}

/* The map is empty: any key is absent, so nothing can be bound by mistake. */
static void bind_dry(struct probe *probe, int fd, struct mim_map *outer,
		     const struct mim_template *template)
{
	mim_auto_close int inner = create_declared(probe, template);
	mim_auto_free uint8_t *key = calloc(1, outer->shape.key_size + 1);
	const struct mim_kind *kind = mim_kind_by_type(template->shape.type);
	uint32_t value = (uint32_t)inner;
	int r;

	if (inner < 0 || !key || !kind)
		return;
	r = mim_kernel_call(probe->kernel, map_update, fd, key, &value, BPF_EXIST);
	if (r == -EINVAL)
		outer->outer->template_refused = true;
	if (r != -ENOENT)
		return;
	outer->outer->inner = template->shape;
	mim_shape_normalize(&outer->outer->inner, &probe->live->host);
	outer->outer->inner_known =
		kind->role == MIM_ROLE_INNER_EQUAL &&
				!(template->shape.flags & BPF_F_INNER_MAP)
			? MIM_KNOWN_FULL
			: MIM_KNOWN_PART;
}

static void read_log(struct probe *probe, int fd, struct mim_outer *outer,
		     uint32_t key_size)
{
	uint32_t inner_key, inner_value;

	if (mim_kernel_call(probe->kernel, template_sizes, fd, key_size, &inner_key,
			    &inner_value) < 0)
		return;
	outer->inner.key_size = inner_key;
	outer->inner.value_size = inner_value;
	outer->inner_known = MIM_KNOWN_SIZES;
}

static void probe_outer(struct probe *probe, const struct mim_map *want,
			struct mim_map *live)
{
	mim_auto_close int fd = -1;

	if (!live->outer || live->outer->inner_known != MIM_KNOWN_NOT ||
	    live->outer->frozen || want->outer->template == MIM_NONE)
		return;
	fd = mim_kernel_call(probe->kernel, map_open, live->id);
	if (fd < 0)
		return;
	if (live->shape.type == BPF_MAP_TYPE_HASH_OF_MAPS)
		bind_dry(probe, fd, live, &probe->want->templates[want->outer->template]);
	if (live->outer->inner_known == MIM_KNOWN_NOT)
		read_log(probe, fd, live->outer, live->shape.key_size);
}

static void release(struct probe *probe)
{
	mim_table_release(&probe->pins);
}

static void probe_path(struct probe *probe, const struct mim_map *want, const char *path)
{
	uint32_t pin = mim_table_find(&probe->pins, path);

	if (pin != MIM_TABLE_NONE)
		probe_outer(probe, want, &probe->live->maps[probe->live->pins[pin].map]);
}

static bool any_unknown(const struct mim_topology *live)
{
	for (size_t i = 0; i < live->n_maps; i++)
		if (live->maps[i].outer &&
		    live->maps[i].outer->inner_known == MIM_KNOWN_NOT)
			return true;
	return false;
}

int mim_template_probe(struct mim_kernel *kernel, const struct mim_topology *want,
		       struct mim_topology *live)
{
	mim_cleanup(release) struct probe probe = {kernel, want, live, {0}};
	uint32_t there;

	if (!any_unknown(live))
		return 0;
	for (size_t i = 0; i < live->n_pins; i++)
		if (mim_table_add(&probe.pins, live->pins[i].path, (uint32_t)i, &there) ==
		    -ENOMEM)
			return -ENOMEM;
	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];

		if (!map->outer)
			continue;
		if (map->external)
			probe_path(&probe, map, map->external);
		for (uint32_t p = map->pins; p != MIM_NONE; p = want->pins[p].next)
			probe_path(&probe, map, want->pins[p].path);
	}
	return 0;
}

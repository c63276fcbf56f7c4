/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/template.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/random.h>
#include "base/table.h"
#include "kernel/create.h"
#include "kernel/live.h"

struct probe {
	struct mim_kernel *kernel;
	const struct mim_topology *want;
	struct mim_topology *live;
	struct mim_table pins;
	struct mim_creator creator;
};

/* In the form in which it would be bound. */
static int create_declared(struct probe *probe, uint32_t template)
{
	const struct mim_template *declared = &probe->want->templates[template];
	char name[MIM_KERNEL_NAME];
	int r = 0;

	if (!probe->creator.kernel)
		r = mim_creator_init(&probe->creator, probe->kernel, probe->want);
	mim_name_kernel(declared->name, name);
	return r < 0 ? r
		     : mim_creator_make(&probe->creator, template, &declared->shape,
					name);
}

/*
 * The map is empty: any key is absent. A random one, so that a slot that somebody fills
 * at this very moment is not the one that is asked about.
 */
static uint8_t *absent_key(uint32_t key_size)
{
	uint8_t *key = calloc(1, key_size + 1);

	/* Too few random bytes are better than none. */
	if (key && getrandom(key, key_size, GRND_NONBLOCK) < 0)
		key[0] = (uint8_t)getpid();
	return key;
}

static void bind_dry(struct probe *probe, int fd, struct mim_map *outer,
		     uint32_t template)
{
	mim_auto_close int inner = create_declared(probe, template);
	mim_auto_free uint8_t *key = absent_key(outer->shape.key_size);
	struct mim_shape shape = probe->want->templates[template].shape;
	uint32_t value = (uint32_t)inner;
	int r;

	if (inner < 0 || !key)
		return;
	r = mim_kernel_call(probe->kernel, map_update, fd, key, &value, BPF_EXIST);
	if (r == -EINVAL)
		outer->outer->template_refused = true;
	if (r != -ENOENT)
		return;
	mim_shape_normalize(&shape, &probe->live->host);
	mim_outer_learn(outer->outer, &shape);
}

static void read_log(struct mim_kernel *kernel, int fd, struct mim_map *outer)
{
	uint32_t key, value;

	if (mim_kernel_call(kernel, template_sizes, fd, outer->shape.key_size, &key,
			    &value) < 0)
		return;
	outer->outer->inner = (struct mim_shape){.key_size = key, .value_size = value};
	outer->outer->inner_known = MIM_KNOWN_SIZES;
}

static void probe_outer(struct probe *probe, const struct mim_map *want,
			struct mim_map *live)
{
	mim_auto_close int fd = -1;

	if (!live->outer || live->outer->inner_known != MIM_KNOWN_NOT ||
	    want->outer->template == MIM_NONE)
		return;
	fd = mim_kernel_call(probe->kernel, map_open, live->id);
	if (fd < 0)
		return;
	/* A frozen one refuses every update, whatever its template is. */
	if (live->shape.type == BPF_MAP_TYPE_HASH_OF_MAPS && !live->outer->frozen)
		bind_dry(probe, fd, live, want->outer->template);
	if (live->outer->inner_known == MIM_KNOWN_NOT)
		read_log(probe->kernel, fd, live);
}

static void release(struct probe *probe)
{
	mim_table_release(&probe->pins);
	mim_creator_release(&probe->creator);
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
	mim_cleanup(release) struct probe probe = {
		.kernel = kernel, .want = want, .live = live};
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

void mim_live_read_templates(struct mim_kernel *kernel, struct mim_topology *live)
{
	for (size_t i = 0; i < live->n_maps; i++) {
		struct mim_map *map = &live->maps[i];
		mim_auto_close int fd = -1;

		if (!map->outer || map->outer->inner_known != MIM_KNOWN_NOT ||
		    !map->outer->slots_read)
			continue;
		fd = mim_kernel_call(kernel, map_open, map->id);
		if (fd >= 0)
			read_log(kernel, fd, map);
	}
}

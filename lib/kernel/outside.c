/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "kernel/bpffs.h"
#include "kernel/reading.h"

/* @found: what walking has found, and what was looked at since */
struct looking {
	struct mim_reading *read;
	int root;
	struct mim_table found;
};

static void release_looking(struct looking *looking)
{
	mim_table_release(&looking->found);
}

static int note(struct looking *looking, const char *path)
{
	uint32_t there;

	return mim_table_add(&looking->found, path, 0, &there) == -ENOMEM ? -ENOMEM : 0;
}

static int look_at(struct looking *looking, const char *path)
{
	struct mim_topology *live = looking->read->live;
	int r;

	if (mim_topology_inside(live, path) ||
	    mim_table_find(&looking->found, path) != MIM_TABLE_NONE)
		return 0;
	r = note(looking, path);
	return r < 0 ? r
		     : mim_bpffs_look(looking->read->kernel, looking->root, path, live);
}

int mim_reading_outside(struct mim_reading *read, int root)
{
	mim_cleanup(release_looking) struct looking looking = {read, root, {0}};
	const struct mim_topology *want = read->want;
	struct mim_topology *live = read->live;
	int r = 0;

	if (!want && !live->scope.outside.n)
		return 0;
	for (size_t i = 0; r == 0 && i < live->n_pins; i++)
		if (!live->pins[i].inside)
			r = note(&looking, live->pins[i].path);
	for (size_t i = 0; want && r == 0 && i < want->n_pins; i++)
		if (!want->pins[i].inside)
			r = look_at(&looking, want->pins[i].path);
	for (size_t i = 0; want && r == 0 && i < want->n_maps; i++)
		if (want->maps[i].external)
			r = look_at(&looking, want->maps[i].external);
	for (size_t i = 0; r == 0 && i < live->scope.outside.n; i++) {
		const char *path = mim_outside_path(live->scope.outside.items[i]);

		r = path ? look_at(&looking, path) : 0;
	}
	return r;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "kernel/elements.h"
#include "kernel/live.h"
#include "kernel/workers.h"
#include "model/kind.h"

/* Opening and reading a map waits for nothing; a few threads keep the CPUs busy. */
#define WORKERS 4

struct counting {
	struct mim_kernel *kernel;
	struct mim_topology *live;
	uint32_t *maps;
};

static int count_one(const struct counting *counting, struct mim_map *map)
{
	mim_auto_close int fd = mim_kernel_call(counting->kernel, map_open, map->id);
	int r;

	if (fd < 0)
		return 0;
	r = mim_elements_count(counting->kernel, fd, &map->shape, &counting->live->host,
			       &map->entries);
	if (r < 0)
		map->entries = MIM_ENTRIES_UNKNOWN;
	return r == -ENOMEM ? r : 0;
}

static int count_share(void *data, uint32_t worker, uint32_t first, uint32_t n)
{
	const struct counting *counting = data;
	int r = 0;

	(void)worker;
	for (uint32_t i = first; r == 0 && i < first + n; i++)
		r = count_one(counting, &counting->live->maps[counting->maps[i]]);
	return r;
}

int mim_live_count_entries(struct mim_kernel *kernel, struct mim_topology *live,
			   const bool *which)
{
	mim_auto_free uint32_t *maps = calloc(live->n_maps + 1, sizeof(*maps));
	struct counting counting = {kernel, live, maps};
	uint32_t n = 0;

	if (!maps)
		return -ENOMEM;
	for (size_t i = 0; i < live->n_maps; i++)
		if (which[i] && !live->maps[i].outer &&
		    live->maps[i].entries == MIM_ENTRIES_UNKNOWN &&
		    mim_kind_contents(live->maps[i].shape.type) != MIM_CONTENTS_HIDDEN)
			maps[n++] = (uint32_t)i;
	return mim_workers_run(WORKERS, n, count_share, &counting);
}

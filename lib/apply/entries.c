/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/entries.h"

#include <errno.h>
#include <linux/bpf.h>
#include "apply/run.h"
#include "model/kind.h"
#include "types/value.h"

static void hint(struct mim_run *run, uint32_t type, int r)
{
	if (r == -E2BIG)
		mim_hint(run->diags, "the map is full, or the index is past its end");
	else if (r == -EINVAL && type != BPF_MAP_TYPE_CPUMAP && !mim_kind_can_copy(type))
		mim_hint(run->diags, "there is no device with that number");
	else if (r == -ENODEV)
		mim_hint(run->diags, "there is no CPU or device with that number");
	else if (r == -EOVERFLOW)
		mim_hint(run->diags, "the queue of a CPU has at most 16384 entries");
}

/* @failed: the entry that could not be written */
static int why(struct mim_run *run, const struct mim_map *map, uint32_t failed, int r)
{
	const struct mim_template *template = &run->plan->want->templates[map->template];
	char key[256] = "";

	if (r == -ENOMEM && failed == 0)
		return mim_out_of_memory(run->diags);
	if (map->shape.key_size && failed < map->elements->n)
		mim_value_print(template->key_type,
				mim_element_key(map->elements, failed), key, sizeof(key));
	mim_error(run->diags, MIM_SPOT(map->origin, "entries"), MIM_CODE_KERNEL, r,
		  "cannot write %s%s of '%s': %s", *key ? "entry " : "the entries", key,
		  map->name, mim_errno_text(r));
	hint(run, map->shape.type, r);
	return r;
}

int mim_entries_seed(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_map *map = &plan->want->maps[step->map];
	uint32_t done = 0;
	bool ours = false;
	int fd = mim_hold_open_new(run, step->map, &ours), r;

	if (fd < 0)
		return why(run, map, map->elements->n, fd);
	r = mim_elements_seed(run->kernel, fd, &map->shape, &plan->live->host,
			      map->elements, &done);
	if (ours)
		close(fd);
	return r < 0 ? why(run, map, done, r) : 0;
}

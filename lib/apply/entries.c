/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/entries.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
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
	else if (r == -EPERM)
		mim_hint(run->diags,
			 "the map is frozen: nobody can change what is in it");
	else if (r == -EOVERFLOW)
		mim_hint(run->diags, "the queue of a CPU has at most 16384 entries");
}

/* @failed: the one of the entries that could not be written */
static int why(struct mim_run *run, const struct mim_map *map,
	       const struct mim_elements *elements, uint32_t failed, int r)
{
	const struct mim_template *template = &run->plan->want->templates[map->template];
	char key[256] = "";

	if (r == -ENOMEM && failed == 0)
		return mim_out_of_memory(run->diags);
	if (map->shape.key_size && failed < elements->n)
		mim_value_print(template->key_type, mim_element_key(elements, failed),
				key, sizeof(key));
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
		return why(run, map, map->elements, map->elements->n, fd);
	r = mim_elements_seed(run->kernel, fd, &map->shape, &plan->live->host,
			      map->elements, &done);
	if (ours)
		close(fd);
	return r < 0 ? why(run, map, map->elements, done, r) : 0;
}

bool mim_entries_is_array(uint32_t type)
{
	return mim_kind_contents(type) == MIM_CONTENTS_ARRAY && mim_kind_can_copy(type);
}

/* Of an array nothing goes: what is not declared is zero. */
static bool is_dropped(const struct mim_map *map, const struct mim_edit *edit)
{
	return edit->want == MIM_NONE && !mim_entries_is_array(map->shape.type);
}

static int make_room(struct mim_elements *elements, const struct mim_map *map,
		     const struct mim_topology *live, uint32_t n)
{
	elements->key_size = map->shape.key_size;
	elements->value_size = mim_elements_value_size(&map->shape, &live->host);
	elements->keys = calloc((size_t)n + 1, elements->key_size);
	elements->values = calloc((size_t)n + 1, elements->value_size);
	return elements->keys && elements->values ? 0 : -ENOMEM;
}

int mim_entries_gather(struct mim_run *run, size_t i)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_refill *refill = &plan->refills[plan->steps[i].first];
	const struct mim_map *map = &plan->want->maps[refill->map];
	const struct mim_elements *there = plan->live->maps[refill->live_map].elements;
	struct mim_elements *puts = &run->copies[i], *drops = &run->drops[i];

	if (make_room(puts, map, plan->live, refill->n) < 0 ||
	    make_room(drops, map, plan->live, refill->removed) < 0)
		return mim_out_of_memory(run->diags);
	for (uint32_t e = refill->first; e < refill->first + refill->n; e++) {
		const struct mim_edit *edit = &plan->edits[e];
		struct mim_elements *to = is_dropped(map, edit) ? drops : puts;
		const uint8_t *key = edit->want != MIM_NONE
					     ? mim_element_key(map->elements, edit->want)
					     : mim_element_key(there, edit->live);

		memcpy(mim_element_key(to, to->n), key, to->key_size);
		if (edit->want != MIM_NONE)
			mim_elements_spread(&map->shape, &plan->live->host,
					    mim_element_value(map->elements, edit->want),
					    mim_element_value(to, to->n));
		to->n++;
	}
	return 0;
}

/* With no room for what comes beside what goes, what goes has to go first. */
static bool is_tight(const struct mim_plan *plan, const struct mim_refill *refill)
{
	const struct mim_map *live = &plan->live->maps[refill->live_map];

	return (uint64_t)live->elements->n + refill->added > live->shape.max_entries;
}

int mim_entries_refill(struct mim_run *run, size_t i)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_refill *refill = &plan->refills[plan->steps[i].first];
	const struct mim_map *map = &plan->want->maps[refill->map];
	bool ours = false, tight = is_tight(plan, refill);
	int fd = mim_hold_open_live(run, refill->live_map, &ours), r = fd;
	uint32_t done = run->copies[i].n;

	if (r >= 0 && tight)
		r = mim_elements_delete(run->kernel, fd, &run->drops[i]);
	if (r >= 0)
		r = mim_elements_write(run->kernel, fd, &run->copies[i], &done);
	if (r >= 0 && !tight)
		r = mim_elements_delete(run->kernel, fd, &run->drops[i]);
	if (ours && fd >= 0)
		close(fd);
	return r < 0 ? why(run, map, &run->copies[i], done, r) : 0;
}

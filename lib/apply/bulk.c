/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "apply/run.h"

/* One step about slots, as the kernel's writers ask for it. */
struct bulk {
	struct mim_run *run;
	const struct mim_step *step;
};

static const struct mim_write *write_at(const struct bulk *bulk, uint32_t i)
{
	return &bulk->run->plan->writes[bulk->step->first + i];
}

static const uint8_t *key_of(void *data, uint32_t i)
{
	const struct bulk *bulk = data;

	return mim_run_key(bulk->run, bulk->step, write_at(bulk, i));
}

static int open_new(void *data, uint32_t i, bool *ret_ours)
{
	const struct bulk *bulk = data;

	(void)ret_ours;
	return mim_run_inner_fd(bulk->run, bulk->step, write_at(bulk, i));
}

static uint32_t old_of(const struct bulk *bulk, uint32_t i)
{
	return mim_run_old(bulk->run, bulk->step, write_at(bulk, i));
}

static const uint8_t *key_if_empty_before(void *data, uint32_t i)
{
	return old_of(data, i) == MIM_NONE ? key_of(data, i) : NULL;
}

static const uint8_t *key_if_held_before(void *data, uint32_t i)
{
	return old_of(data, i) == MIM_NONE ? NULL : key_of(data, i);
}

static int open_old(void *data, uint32_t i, bool *ret_ours)
{
	const struct bulk *bulk = data;

	(void)ret_ours;
	return bulk->run->live_fds[old_of(bulk, i)];
}

static uint32_t key_size(const struct bulk *bulk)
{
	const struct mim_plan *plan = bulk->run->plan;

	return bulk->step->map != MIM_NONE
		       ? plan->want->maps[bulk->step->map].shape.key_size
		       : plan->live->maps[bulk->step->live_map].shape.key_size;
}

int mim_run_bind(struct mim_run *run, const struct mim_step *step, uint32_t *ret_failed)
{
	struct bulk bulk = {run, step};
	const struct mim_slot_source source = {step->n, key_of, open_new, &bulk};

	return mim_slots_write(run->kernel, mim_run_outer_fd(run, step), key_size(&bulk),
			       &source, &run->room, ret_failed);
}

int mim_run_empty(struct mim_run *run, const struct mim_step *step, uint32_t *ret_failed)
{
	struct bulk bulk = {run, step};
	const struct mim_slot_source source = {step->n, key_of, NULL, &bulk};

	return mim_slots_delete(run->kernel, mim_run_outer_fd(run, step), key_size(&bulk),
				&source, &run->room, ret_failed);
}

int mim_run_restore(struct mim_run *run, const struct mim_step *step)
{
	struct bulk bulk = {run, step};
	const struct mim_slot_source empty = {step->n, key_if_empty_before, NULL, &bulk};
	const struct mim_slot_source held = {step->n, key_if_held_before, open_old,
					     &bulk};
	int outer = mim_run_outer_fd(run, step), r, s;
	uint32_t failed;

	r = mim_slots_delete(run->kernel, outer, key_size(&bulk), &empty, &run->room,
			     &failed);
	s = mim_slots_write(run->kernel, outer, key_size(&bulk), &held, &run->room,
			    &failed);
	return r < 0 ? r : s;
}

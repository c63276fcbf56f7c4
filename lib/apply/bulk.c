/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "apply/run.h"
#include "apply/why.h"

/* One step about slots, as the kernel's writers ask for it. */
struct bulk {
	struct mim_run *run;
	const struct mim_step *step;
	bool creation_failed;
};

static const struct mim_write *write_at(const struct bulk *bulk, uint32_t i)
{
	return &bulk->run->plan->writes[bulk->step->first + i];
}

static uint32_t inner_of(const struct bulk *bulk, uint32_t i)
{
	const struct mim_map *outer = &bulk->run->plan->want->maps[bulk->step->map];

	return outer->outer->slots.inner[write_at(bulk, i)->want];
}

static const uint8_t *key_of(void *data, uint32_t i)
{
	const struct bulk *bulk = data;

	mim_progress_slot(&bulk->run->progress);
	return mim_run_key(bulk->run, bulk->step, write_at(bulk, i));
}

/* A slot's own map is made on its way into a new outer map, which holds it from then on.
 */
static int open_inner(void *data, uint32_t i, bool *ret_ours)
{
	struct bulk *bulk = data;
	struct mim_run *run = bulk->run;
	const struct mim_map *inner;
	int fd;

	if (write_at(bulk, i)->want == MIM_NONE)
		return mim_hold_open_live(
			run, mim_run_old(run, bulk->step, write_at(bulk, i)), ret_ours);
	if (!run->plan->filled[inner_of(bulk, i)])
		return mim_hold_open(run, inner_of(bulk, i), ret_ours);
	inner = &run->plan->want->maps[inner_of(bulk, i)];
	*ret_ours = true;
	fd = mim_creator_make(&run->creator, inner->template, &inner->shape,
			      inner->kernel_name);
	if (fd < 0)
		__atomic_store_n(&bulk->creation_failed, true, __ATOMIC_RELAXED);
	return fd;
}

static int why(const struct bulk *bulk, uint32_t failed, const char *verb, int r)
{
	const struct mim_run *run = bulk->run;
	const struct mim_map *inner;

	if (!bulk->creation_failed)
		return mim_why_slot(run, bulk->step, failed, verb, r);
	inner = &run->plan->want->maps[inner_of(bulk, failed)];
	return mim_why_create(run->diags, MIM_SPOT(inner->origin, NULL), "inner map",
			      inner->name, &inner->shape, r);
}

int mim_run_bind(struct mim_run *run, const struct mim_step *step)
{
	struct bulk bulk = {run, step, false};
	const struct mim_slot_source source = {step->n, key_of, open_inner, &bulk};
	uint32_t failed;
	int r;

	r = mim_slots_write(run->kernel, mim_run_outer_fd(run, step),
			    mim_run_key_size(run, step), &source, &run->hold.room,
			    &failed);
	return r < 0 ? why(&bulk, failed, "bind", r) : 0;
}

int mim_run_empty(struct mim_run *run, const struct mim_step *step)
{
	struct bulk bulk = {run, step, false};
	const struct mim_slot_source source = {step->n, key_of, NULL, &bulk};
	uint32_t failed;
	int r;

	r = mim_slots_delete(run->kernel, mim_run_outer_fd(run, step),
			     mim_run_key_size(run, step), &source, &run->hold.room,
			     &failed);
	return r < 0 ? why(&bulk, failed, "empty", r) : 0;
}

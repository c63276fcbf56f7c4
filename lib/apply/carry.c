/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "apply/copy.h"
#include "apply/run.h"
#include "types/value.h"

/* Both outer maps of a step, and what the slots of the old one were when it was read. */
struct carrying {
	struct mim_run *run;
	const struct mim_map *want;
	const struct mim_map *live;
	int new;
};

static int why(const struct carrying *carrying, const uint8_t *key, int r)
{
	char text[256] = "?";

	mim_value_print(carrying->want->outer->key_type, key, text, sizeof(text));
	mim_error(
		carrying->run->diags, MIM_SPOT(carrying->want->origin, "unlisted"),
		MIM_CODE_KERNEL, r,
		"cannot carry slot %s of '%s' along, which somebody has changed since it "
		"was read: %s",
		text, carrying->want->name, mim_errno_text(r));
	return r;
}

/* Who uses the new map already may have changed the slot there: that is what counts. */
static int carry(const struct carrying *carrying, const uint8_t *key, uint32_t was,
		 uint32_t id)
{
	struct mim_kernel *kernel = carrying->run->kernel;
	mim_auto_close int inner = -1;
	uint32_t there = 0;
	int r = mim_kernel_call(kernel, map_lookup, carrying->new, key, &there);

	if (r < 0 && r != -ENOENT)
		return r;
	if (there != was)
		return 0;
	if (!id) {
		r = mim_kernel_call(kernel, map_delete, carrying->new, key);
		return r == -ENOENT ? 0 : r;
	}
	inner = mim_kernel_call(kernel, map_open, id);
	/* Out of its slot again, and gone. */
	if (inner == -ENOENT)
		return 0;
	return inner < 0 ? inner
			 : mim_kernel_call(kernel, map_update, carrying->new, key, &inner,
					   0);
}

static uint32_t id_then(const struct carrying *carrying, uint32_t slot)
{
	const struct mim_topology *live = carrying->run->plan->live;

	return live->maps[carrying->live->outer->slots.inner[slot]].id;
}

/* Both are in the same order. @gone: what is no longer there, or else all other changes
 */
static int carry_changed(const struct carrying *carrying, const struct mim_slot_ids *now,
			 bool gone)
{
	const struct mim_slots *then = &carrying->live->outer->slots;
	uint32_t size = carrying->live->shape.key_size, i = 0, j = 0;

	while (i < then->n || j < now->n) {
		const uint8_t *a = i < then->n ? mim_slot_key(carrying->live, i) : NULL;
		const uint8_t *b = j < now->n ? now->keys + (size_t)j * size : NULL;
		int c = !a ? 1 : !b ? -1 : mim_key_compare(size, a, b), r = 0;
		const uint8_t *key = c > 0 ? b : a;
		uint32_t was = c > 0 ? 0 : id_then(carrying, i);
		uint32_t is = c < 0 ? 0 : now->ids[j];

		if (was != is && !is == gone &&
		    mim_slots_find(carrying->want, key) == MIM_NONE)
			r = carry(carrying, key, was, is);
		if (r < 0)
			return why(carrying, key, r);
		i += c <= 0;
		/* A walk that began again tells a slot twice. */
		while (c >= 0 && ++j < now->n &&
		       memcmp(now->keys + (size_t)j * size, b, size) == 0)
			;
	}
	return 0;
}

int mim_carry_again(struct mim_run *run, const struct mim_step *step)
{
	struct carrying carrying = {run, &run->plan->want->maps[step->map],
				    &run->plan->live->maps[step->live_map], -1};
	mim_cleanup(mim_slot_ids_release) struct mim_slot_ids now = {0};
	bool close_old = false, close_new = false;
	int old = mim_hold_open_live(run, step->live_map, &close_old), r = old;

	if (r >= 0)
		r = mim_slots_read(run->kernel, old, &carrying.live->shape, &now);
	if (old >= 0 && close_old)
		close(old);
	if (r >= 0)
		r = carrying.new = mim_hold_open_new(run, step->map, &close_new);
	if (r < 0)
		return mim_error(run->diags, MIM_SPOT(carrying.want->origin, "unlisted"),
				 MIM_CODE_KERNEL, r,
				 "cannot read the slots of id %u that '%s' replaces: %s",
				 carrying.live->id, carrying.want->name,
				 mim_errno_text(r));
	/* What goes may have to make room for what comes. */
	r = carry_changed(&carrying, &now, true);
	if (r == 0)
		r = carry_changed(&carrying, &now, false);
	if (close_new)
		close(carrying.new);
	return r;
}

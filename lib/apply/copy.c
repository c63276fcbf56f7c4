/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/copy.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "apply/run.h"
#include "model/kind.h"

static int why(struct mim_run *run, const struct mim_step *step, const char *verb, int r)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_map *map = &plan->want->maps[step->map];

	mim_error(run->diags, MIM_SPOT(map->origin, map->own ? NULL : "name"),
		  MIM_CODE_KERNEL, r, "cannot %s the entries of id %u for '%s': %s", verb,
		  plan->live->maps[step->live_map].id, map->name, mim_errno_text(r));
	if (r == -E2BIG)
		mim_hint(run->diags, "max_entries %u is too few for them",
			 map->shape.max_entries);
	return r;
}

/* Both maps of a step; what is closed afterwards is told by the flags. */
struct pair {
	int old;
	int new;
	bool close_old;
	bool close_new;
};

static int open_pair(struct mim_run *run, const struct mim_step *step, struct pair *pair)
{
	pair->old = mim_hold_open_live(run, step->live_map, &pair->close_old);
	if (pair->old < 0)
		return pair->old;
	pair->new = mim_hold_open_new(run, step->map, &pair->close_new);
	return pair->new < 0 ? pair->new : 0;
}

static void close_pair(struct pair *pair)
{
	if (pair->close_old && pair->old >= 0)
		close(pair->old);
	if (pair->close_new && pair->new >= 0)
		close(pair->new);
}

static int read_old(struct mim_run *run, const struct mim_step *step, int fd,
		    struct mim_elements *elements)
{
	const struct mim_topology *live = run->plan->live;

	return mim_elements_read(run->kernel, fd, &live->maps[step->live_map].shape,
				 &live->host, elements);
}

/* Nobody else sees the new map yet: what is not in it was evicted. */
static int check_kept(struct mim_run *run, const struct mim_step *step, int new,
		      uint32_t copied)
{
	const struct mim_map *map = &run->plan->want->maps[step->map];
	uint32_t kept;
	int r;

	if (!mim_kind_is_lru(map->shape.type))
		return 0;
	r = mim_elements_count(run->kernel, new, &map->shape, &run->plan->live->host,
			       &kept);
	if (r == 0 && kept < copied)
		mim_warning(run->diags, MIM_SPOT(map->origin, map->own ? NULL : "name"),
			    MIM_CODE_KERNEL,
			    "of the %u entries of id %u '%s' keeps %u: an LRU map evicts "
			    "some before it is full",
			    copied, run->plan->live->maps[step->live_map].id, map->name,
			    kept);
	return r;
}

int mim_copy(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	mim_cleanup(close_pair) struct pair pair = {-1, -1, false, false};
	uint32_t done;
	int r = open_pair(run, step, &pair);

	if (r == 0)
		r = read_old(run, step, pair.old, &run->copies[i]);
	if (r < 0)
		return why(run, step, "read", r);
	r = mim_elements_write(run->kernel, pair.new, &run->copies[i], &done);
	if (r == 0)
		r = check_kept(run, step, pair.new, done);
	return r < 0 ? why(run, step, "copy", r) : 0;
}

struct again {
	struct mim_kernel *kernel;
	const struct mim_elements *before;
	const struct mim_elements *now;
	int new;
	uint8_t *value;
};

/* Return: 1 when the new map still holds what was copied into it. */
static int is_untouched(const struct again *again, uint32_t before)
{
	int r = mim_kernel_call(again->kernel, map_lookup, again->new,
				mim_element_key(again->before, before), again->value);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return memcmp(again->value, mim_element_value(again->before, before),
		      again->before->value_size) == 0;
}

static int update(const struct again *again, uint32_t now)
{
	const void *key = mim_element_key(again->now, now);
	const void *value = mim_element_value(again->now, now);
	uint32_t before = mim_elements_find(again->before, key);
	int r;

	if (before == UINT32_MAX) {
		r = mim_kernel_call(again->kernel, map_update, again->new, key, value,
				    BPF_NOEXIST);
		if (r != -EEXIST)
			return r;
		/* An array has the element from the start; others got it from somebody.
		 */
		r = mim_kernel_call(again->kernel, map_lookup, again->new, key,
				    again->value);
		for (uint32_t i = 0; r == 0 && i < again->now->value_size; i++)
			if (again->value[i])
				return 0;
		return r < 0 ? r
			     : mim_kernel_call(again->kernel, map_update, again->new, key,
					       value, 0);
	}
	if (memcmp(value, mim_element_value(again->before, before),
		   again->now->value_size) == 0)
		return 0;
	r = is_untouched(again, before);
	return r <= 0 ? r
		      : mim_kernel_call(again->kernel, map_update, again->new, key, value,
					0);
}

/* Of an array, an element that is gone is one that is all zero again. */
static int remove_gone(const struct again *again, uint32_t before, bool is_array)
{
	const void *key = mim_element_key(again->before, before);
	int r;

	if (mim_elements_find(again->now, key) != UINT32_MAX)
		return 0;
	r = is_untouched(again, before);
	if (r <= 0)
		return r;
	if (!is_array) {
		r = mim_kernel_call(again->kernel, map_delete, again->new, key);
		return r == -ENOENT ? 0 : r;
	}
	memset(again->value, 0, again->before->value_size);
	return mim_kernel_call(again->kernel, map_update, again->new, key, again->value,
			       0);
}

int mim_copy_again(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_map *map = &run->plan->want->maps[step->map];
	bool is_array = mim_kind_contents(map->shape.type) == MIM_CONTENTS_ARRAY;
	mim_cleanup(close_pair) struct pair pair = {-1, -1, false, false};
	mim_cleanup(mim_elements_release) struct mim_elements now = {0};
	mim_auto_free uint8_t *value = NULL;
	struct again again = {run->kernel, &run->copies[step->first], &now, -1, NULL};
	int r = open_pair(run, step, &pair);

	if (r == 0)
		r = read_old(run, step, pair.old, &now);
	if (r < 0)
		return why(run, step, "read", r);
	again.new = pair.new;
	again.value = value = malloc(now.value_size + 1);
	if (!value)
		return mim_out_of_memory(run->diags);
	for (uint32_t e = 0; r == 0 && e < now.n; e++)
		r = update(&again, e);
	for (uint32_t e = 0; r == 0 && e < again.before->n; e++)
		r = remove_gone(&again, e, is_array);
	return r < 0 ? why(run, step, "copy", r) : 0;
}

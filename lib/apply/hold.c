/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/hold.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "apply/descriptors.h"
#include "apply/run.h"
#include "apply/why.h"

static int *new_fds(size_t n)
{
	int *fds = malloc((n + 1) * sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = -1;
	return fds;
}

static struct mim_park *new_parks(size_t n)
{
	struct mim_park *parks = calloc(n + 1, sizeof(*parks));

	for (size_t i = 0; parks && i < n; i++)
		parks[i].fd = -1;
	return parks;
}

static uint32_t longest_key(const struct mim_plan *plan)
{
	uint32_t most = 4;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct mim_step *step = &plan->steps[i];
		const struct mim_map *map = NULL;

		if (step->n && step->map != MIM_NONE)
			map = &plan->want->maps[step->map];
		else if (step->n)
			map = &plan->live->maps[step->live_map];
		if (map && map->shape.key_size > most)
			most = map->shape.key_size;
	}
	return most;
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* So that those which one park takes follow each other. */
static int by_park(const void *a, const void *b, void *data)
{
	const struct mim_map *x = (const struct mim_map *)data + *(const uint32_t *)a;
	const struct mim_map *y = (const struct mim_map *)data + *(const uint32_t *)b;
	int r = compare(x->template, y->template);

	if (r == 0)
		r = compare(x->shape.flags, y->shape.flags);
	return r ? r : compare(x->shape.max_entries, y->shape.max_entries);
}

/*
 * A pinned map may have attributes of its own that the slots of its template would not
 * take: a park is for maps of one template that fit each other.
 */
static int assign_parks(struct mim_hold *hold, const struct mim_plan *plan)
{
	const struct mim_map *maps = plan->want->maps, *first = NULL;
	mim_auto_free uint32_t *created =
		malloc((plan->want->n_maps + 1) * sizeof(*created));
	uint32_t n = 0;

	hold->park_of = malloc((plan->want->n_maps + 1) * sizeof(*hold->park_of));
	hold->to_come = calloc(plan->want->n_maps + 1, sizeof(*hold->to_come));
	if (!created || !hold->park_of || !hold->to_come)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].op == MIM_STEP_CREATE &&
		    maps[plan->steps[i].map].template != MIM_NONE)
			created[n++] = plan->steps[i].map;
	qsort_r(created, n, sizeof(*created), by_park, (void *)maps);
	for (uint32_t i = 0; i < n; i++) {
		const struct mim_map *map = &maps[created[i]];

		if (!first || first->template != map->template ||
		    mim_shape_misfit(&first->shape, &map->shape)) {
			first = map;
			hold->n_parks++;
		}
		hold->park_of[created[i]] = hold->n_parks - 1;
		hold->to_come[hold->n_parks - 1]++;
	}
	hold->new_parks = new_parks(hold->n_parks);
	return hold->new_parks ? 0 : -ENOMEM;
}

int mim_hold_init(struct mim_run *run)
{
	struct mim_hold *hold = &run->hold;
	const struct mim_plan *plan = run->plan;
	uint32_t limit = mim_descriptors_raise();
	uint64_t needed = mim_descriptors_needed(plan);

	/* A quarter for writing slots, a quarter for all else. */
	hold->most = limit / 2;
	hold->by_id = run->options->confirm || needed > hold->most;
	hold->new_fds = new_fds(plan->want->n_maps);
	hold->new_ids = calloc(plan->want->n_maps + 1, sizeof(*hold->new_ids));
	hold->live_fds = new_fds(plan->live->n_maps);
	hold->waiting = calloc((size_t)hold->most + 1, sizeof(*hold->waiting));
	hold->old_parks = new_parks(plan->n_steps);
	if (!hold->new_fds || !hold->new_ids || !hold->live_fds || !hold->waiting ||
	    !hold->old_parks || (hold->by_id && assign_parks(hold, plan) < 0) ||
	    mim_slot_room_init(&hold->room, longest_key(plan), limit / 4) < 0)
		return mim_out_of_memory(run->diags);
	mim_descriptors_grow(run, needed, limit);
	return 0;
}

static void close_fds(int *fds, size_t n)
{
	for (size_t i = 0; fds && i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(fds);
}

static void close_parks(struct mim_park *parks, size_t n)
{
	for (size_t i = 0; parks && i < n; i++)
		if (parks[i].fd >= 0)
			close(parks[i].fd);
	free(parks);
}

void mim_hold_release(struct mim_run *run)
{
	struct mim_hold *hold = &run->hold;

	close_fds(hold->new_fds, run->plan->want->n_maps);
	close_fds(hold->live_fds, run->plan->live->n_maps);
	close_parks(hold->new_parks, hold->n_parks);
	close_parks(hold->old_parks, run->plan->n_steps);
	free(hold->new_ids);
	free(hold->waiting);
	free(hold->to_come);
	free(hold->park_of);
	mim_slot_room_release(&hold->room);
	*hold = (struct mim_hold){0};
}

static int open_id(struct mim_run *run, uint32_t map)
{
	const struct mim_map *live = &run->plan->live->maps[map];
	int r = mim_kernel_call(run->kernel, map_open, live->id);

	if (r == -ENOENT)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "map '%s' (id %u) is gone since it was read", live->name,
				 live->id);
	return r < 0 ? mim_why_open(run->diags, live->id, r) : r;
}

static int hold_live(struct mim_run *run, uint32_t map)
{
	int *fd = map == MIM_NONE ? NULL : &run->hold.live_fds[map];
	int r;

	if (!fd || *fd >= 0)
		return 0;
	r = open_id(run, map);
	if (r >= 0)
		*fd = r;
	return r < 0 ? r : 0;
}

static int make_park(struct mim_run *run, struct mim_park *park, uint32_t size,
		     int template)
{
	const struct mim_shape shape = {
		.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint32_t),
		.max_entries = size,
	};
	int fd = mim_kernel_call(run->kernel, map_create, &shape, "mimctl_parked",
				 template, NULL);

	if (fd < 0)
		return mim_why_create(run->diags, MIM_NOWHERE, "outer map",
				      "mimctl_parked", &shape, fd);
	*park = (struct mim_park){.fd = fd, .size = size};
	return 0;
}

static int cannot_park(struct mim_run *run, int r)
{
	return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
			 "cannot park maps for the time of the switch: %s",
			 mim_errno_text(r));
}

/* What is to be parked: the indexes of the slots stand in @keys. */
struct parking {
	struct mim_run *run;
	const struct mim_step *step;
	const uint32_t *maps;
	uint32_t *keys;
};

static uint32_t old_of(const struct parking *parking, uint32_t i)
{
	return mim_run_old(parking->run, parking->step,
			   &parking->run->plan->writes[parking->step->first + i]);
}

static const uint8_t *old_key(void *data, uint32_t i)
{
	const struct parking *parking = data;

	return old_of(parking, i) == MIM_NONE ? NULL : (uint8_t *)&parking->keys[i];
}

static int old_open(void *data, uint32_t i, bool *ret_ours)
{
	const struct parking *parking = data;
	const struct mim_run *run = parking->run;

	*ret_ours = true;
	return mim_kernel_call(run->kernel, map_open,
			       run->plan->live->maps[old_of(parking, i)].id);
}

static uint32_t *count_up(uint32_t first, uint32_t n)
{
	uint32_t *keys = malloc((n + 1) * sizeof(*keys));

	for (uint32_t i = 0; keys && i < n; i++)
		keys[i] = first + i;
	return keys;
}

/* Any map that is in a slot serves as template for all others of the same outer map. */
static int find_template(struct mim_run *run, const struct parking *parking)
{
	for (uint32_t i = 0; i < parking->step->n; i++)
		if (old_of(parking, i) != MIM_NONE)
			return open_id(run, old_of(parking, i));
	return -ENOENT;
}

static int park_old(struct mim_run *run, size_t step_index)
{
	const struct mim_step *step = &run->plan->steps[step_index];
	struct mim_park *park = &run->hold.old_parks[step_index];
	mim_auto_free uint32_t *keys = count_up(0, step->n);
	struct parking parking = {run, step, NULL, keys};
	const struct mim_slot_source source = {step->n, old_key, old_open, &parking};
	mim_auto_close int template = -1;
	uint32_t failed;
	int r;

	if (!keys)
		return mim_out_of_memory(run->diags);
	template = find_template(run, &parking);
	if (template <0)
		return template == -ENOENT ? 0 : template;
	r = make_park(run, park, step->n, template);
	if (r < 0)
		return r;
	r = mim_slots_write(run->kernel, park->fd, sizeof(uint32_t), &source,
			    &run->hold.room, &failed);
	if (r == -ENOENT)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "a map that a slot held is gone since it was read");
	return r < 0 ? cannot_park(run, r) : 0;
}

static int hold_slots(struct mim_run *run, size_t step_index)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_step *step = &plan->steps[step_index];
	const struct mim_slots *slots =
		step->map != MIM_NONE ? &plan->want->maps[step->map].outer->slots : NULL;
	int r = step->op == MIM_STEP_FILL ? 0 : hold_live(run, step->live_map);

	if (r == 0 && run->hold.by_id)
		return step->op == MIM_STEP_FILL ? 0 : park_old(run, step_index);
	for (uint32_t i = step->first; r == 0 && i < step->first + step->n; i++) {
		const struct mim_write *write = &plan->writes[i];

		r = hold_live(run, mim_run_old(run, step, write));
		if (r == 0 && write->want != MIM_NONE)
			r = hold_live(run, plan->match[slots->inner[write->want]]);
	}
	return r;
}

int mim_hold_step(struct mim_run *run, size_t i)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_step *step = &plan->steps[i];

	switch (step->op) {
	case MIM_STEP_FILL:
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_UNBIND:
		return hold_slots(run, i);
	case MIM_STEP_PIN:
		return run->hold.by_id ? 0 : hold_live(run, plan->match[step->map]);
	case MIM_STEP_COPY:
	case MIM_STEP_REFILL:
		return run->hold.by_id ? 0 : hold_live(run, step->live_map);
	case MIM_STEP_UNPIN:
	case MIM_STEP_MOUNT:
	case MIM_STEP_SCOPE:
	case MIM_STEP_MARK:
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_SEED:
	case MIM_STEP_COPY_AGAIN:
	case MIM_STEP_CARRY_AGAIN:
	case MIM_STEP_FOLDER:
	case MIM_STEP_ACCESS:
	case MIM_STEP_REMOVE_FOLDER:
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
	case MIM_STEP_FINISH:
	case MIM_STEP_REMOVE_SCOPE:
		break;
	}
	return 0;
}

static const uint8_t *new_key(void *data, uint32_t i)
{
	const struct parking *parking = data;

	return (const uint8_t *)&parking->keys[i];
}

static int new_open(void *data, uint32_t i, bool *ret_ours)
{
	const struct parking *parking = data;

	(void)ret_ours;
	return parking->run->hold.new_fds[parking->maps[i]];
}

/* @n waiting maps get a slot each of park @at. */
static int park_new(struct mim_run *run, uint32_t at, const uint32_t *maps, uint32_t n)
{
	struct mim_hold *hold = &run->hold;
	struct mim_park *park = &hold->new_parks[at];
	mim_auto_free uint32_t *keys = count_up(park->used, n);
	struct parking parking = {run, NULL, maps, keys};
	const struct mim_slot_source source = {n, new_key, new_open, &parking};
	uint32_t failed;
	int r = 0;

	if (!keys)
		return mim_out_of_memory(run->diags);
	if (park->fd < 0)
		r = make_park(run, park, hold->to_come[at] + n, hold->new_fds[maps[0]]);
	if (r < 0)
		return r;
	r = mim_slots_write(run->kernel, park->fd, sizeof(uint32_t), &source, &hold->room,
			    &failed);
	if (r < 0)
		return cannot_park(run, r);
	park->used += n;
	for (uint32_t i = 0; i < n; i++)
		close(TAKE_FD(hold->new_fds[maps[i]]));
	return 0;
}

static int park_waiting(struct mim_run *run)
{
	struct mim_hold *hold = &run->hold;
	int r = 0;

	qsort_r(hold->waiting, hold->n_waiting, sizeof(*hold->waiting), by_park,
		(void *)run->plan->want->maps);
	for (uint32_t i = 0, n; r == 0 && i < hold->n_waiting; i += n) {
		uint32_t at = hold->park_of[hold->waiting[i]];

		for (n = 1; i + n < hold->n_waiting &&
			    hold->park_of[hold->waiting[i + n]] == at;)
			n++;
		r = park_new(run, at, hold->waiting + i, n);
	}
	hold->n_waiting = 0;
	return r;
}

int mim_hold_new(struct mim_run *run, uint32_t map, int fd)
{
	struct mim_hold *hold = &run->hold;
	struct mim_map_info info;
	int r;

	hold->new_fds[map] = fd;
	if (!hold->by_id || run->plan->want->maps[map].template == MIM_NONE)
		return 0;
	hold->to_come[hold->park_of[map]]--;
	r = mim_kernel_call(run->kernel, map_info, fd, &info);
	if (r < 0)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
				 "cannot read the id of a new map: %s",
				 mim_errno_text(r));
	hold->new_ids[map] = info.id;
	hold->waiting[hold->n_waiting++] = map;
	return hold->n_waiting == hold->most ? park_waiting(run) : 0;
}

int mim_hold_open_new(struct mim_run *run, uint32_t map, bool *ret_ours)
{
	if (run->hold.new_fds[map] >= 0)
		return run->hold.new_fds[map];
	*ret_ours = true;
	return mim_kernel_call(run->kernel, map_open, run->hold.new_ids[map]);
}

int mim_hold_open_live(struct mim_run *run, uint32_t map, bool *ret_ours)
{
	if (run->hold.live_fds[map] >= 0)
		return run->hold.live_fds[map];
	*ret_ours = true;
	return mim_kernel_call(run->kernel, map_open, run->plan->live->maps[map].id);
}

int mim_hold_open(struct mim_run *run, uint32_t map, bool *ret_ours)
{
	uint32_t match = run->plan->match[map];

	return match != MIM_NONE ? mim_hold_open_live(run, match, ret_ours)
				 : mim_hold_open_new(run, map, ret_ours);
}

int mim_hold_id(struct mim_run *run, uint32_t map, uint32_t *ret_id)
{
	uint32_t match = run->plan->match[map];
	struct mim_map_info info = {0};
	int r = 0;

	if (match != MIM_NONE) {
		*ret_id = run->plan->live->maps[match].id;
		return 0;
	}
	if (!run->hold.new_ids[map])
		r = mim_kernel_call(run->kernel, map_info, run->hold.new_fds[map], &info);
	if (r == 0 && info.id)
		run->hold.new_ids[map] = info.id;
	*ret_id = run->hold.new_ids[map];
	return r;
}

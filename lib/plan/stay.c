/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "plan/diff.h"

static struct mim_holder *find_holder(struct mim_holders *holders, uint32_t inner,
				      uint32_t outer)
{
	struct mim_holder *items = holders->items + holders->first[inner];
	uint32_t low = 0, high = holders->n[inner];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (items[middle].outer < outer)
			low = middle + 1;
		else
			high = middle;
	}
	return low < holders->n[inner] && items[low].outer == outer ? &items[low] : NULL;
}

static void lose_slot(struct mim_plan *plan, const struct mim_change *change)
{
	const struct mim_change *owner = &plan->changes[change->owner];
	struct mim_holder *holder;

	/* A replaced outer map keeps its slots for as long as it lives. */
	if (change->live == MIM_NONE || owner->action == MIM_REPLACE)
		return;
	holder = find_holder(
		&plan->stays,
		plan->live->maps[owner->live].outer->slots.inner[change->live],
		owner->live);
	if (holder)
		holder->slots--;
}

int mim_stay_compute(struct mim_plan *plan)
{
	const struct mim_topology *live = plan->live;

	plan->lost_pins =
		mim_arena_array(&plan->arena, live->n_pins + 1, sizeof(*plan->lost_pins));
	plan->declared =
		mim_arena_array(&plan->arena, live->n_maps + 1, sizeof(*plan->declared));
	if (!plan->lost_pins || !plan->declared)
		return -ENOMEM;
	if (!plan->changed)
		return 0;
	if (mim_holders_compute(&plan->stays, live) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < live->n_maps; i++)
		plan->slots_unread |=
			live->maps[i].outer && !live->maps[i].outer->slots_read;
	for (size_t i = 0; i < plan->want->n_maps; i++)
		if (plan->match[i] != MIM_NONE)
			plan->declared[plan->match[i]] = true;
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_SLOT)
			lose_slot(plan, change);
		if (change->subject == MIM_ON_PIN && change->live != MIM_NONE &&
		    (change->action == MIM_REMOVE || (change->fields & MIM_FIELD_TARGET)))
			plan->lost_pins[change->live] = true;
	}
	return 0;
}

static bool is_used(const struct mim_plan *plan, const struct mim_map *map, size_t *i,
		    FILE *out)
{
	const struct mim_topology *live = plan->live;
	const struct mim_users *users = mim_map_users(map);
	size_t n = users->n_programs + users->n_processes;

	if (*i < users->n_programs) {
		mim_explain_program(&live->programs[users->programs[*i]], out);
		fprintf(out, " uses it");
		return true;
	}
	if (*i < n) {
		const struct mim_process *process =
			&live->processes[users->processes[*i - users->n_programs]];

		fprintf(out, "process %u '%s' has a descriptor of it", process->pid,
			process->name);
		return true;
	}
	*i -= n;
	return false;
}

static bool is_pinned(const struct mim_plan *plan, const struct mim_map *map, size_t *i,
		      FILE *out)
{
	const struct mim_topology *live = plan->live;

	for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next) {
		if (plan->lost_pins[p] || (*i)-- > 0)
			continue;
		fprintf(out, "pinned at %s", live->pins[p].path);
		return true;
	}
	return false;
}

static bool is_held(const struct mim_plan *plan, uint32_t map, size_t *i, FILE *out)
{
	const struct mim_holder *items = plan->stays.items + plan->stays.first[map];

	for (uint32_t h = 0; h < plan->stays.n[map]; h++) {
		const struct mim_map *outer = &plan->live->maps[items[h].outer];

		if (items[h].slots == 0 || plan->freed[items[h].outer] || (*i)-- > 0)
			continue;
		fprintf(out, "held by %u slot%s of '%s' (id %u)", items[h].slots,
			items[h].slots == 1 ? "" : "s", outer->name, outer->id);
		return true;
	}
	return false;
}

bool mim_plan_stays(const struct mim_plan *plan, uint32_t map, size_t i, FILE *out)
{
	return is_used(plan, &plan->live->maps[map], &i, out) ||
	       is_pinned(plan, &plan->live->maps[map], &i, out) ||
	       is_held(plan, map, &i, out);
}

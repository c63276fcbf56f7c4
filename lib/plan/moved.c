/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "plan/diff.h"

/*
 * Maps of the scope that neither a pin nor a slot has led to, by their kernel names.
 * @twice: live maps that share theirs: which of them is meant, nobody can say
 * @theirs: live outer maps in which slots that no file lists are somebody else's
 */
struct moved {
	const struct mim_match *match;
	struct mim_plan *plan;
	bool outer;
	struct mim_table names;
	bool *twice;
	bool *theirs;
};

static void release(struct moved *moved)
{
	mim_table_release(&moved->names);
	free(moved->twice);
	free(moved->theirs);
}

static bool is_looked_for(const struct moved *moved, uint32_t want)
{
	const struct mim_map *map = &moved->plan->want->maps[want];

	return !map->external && !map->own && !map->outer == !moved->outer &&
	       moved->plan->match[want] == MIM_NONE;
}

static int add(struct moved *moved, uint32_t live)
{
	const struct mim_map *map = &moved->plan->live->maps[live];
	uint32_t there = live;
	int r;

	if (!map->outer != !moved->outer || moved->match->taken[live] || map->hidden)
		return 0;
	r = mim_table_add(&moved->names, map->name, live, &there);
	if (r == -EEXIST && there != live)
		moved->twice[there] = true;
	return r == -ENOMEM ? r : 0;
}

static int add_slots(struct moved *moved, uint32_t live)
{
	const struct mim_outer *outer = moved->plan->live->maps[live].outer;
	int r = 0;

	if (!outer || moved->outer || moved->theirs[live])
		return 0;
	for (uint32_t i = 0; r == 0 && i < outer->slots.n; i++)
		r = add(moved, outer->slots.inner[i]);
	return r;
}

static uint32_t counterpart(const struct mim_plan *plan, uint32_t want)
{
	return plan->match[want] != MIM_NONE ? plan->match[want] : plan->before[want];
}

/* What the scope pins, and what is in the slots of that and of declared outer maps. */
static int collect(struct moved *moved)
{
	const struct mim_topology *want = moved->plan->want, *live = moved->plan->live;
	int r = 0;

	for (uint32_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].outer && want->maps[i].outer->keep_unlisted &&
		    counterpart(moved->plan, i) != MIM_NONE)
			moved->theirs[counterpart(moved->plan, i)] = true;
	for (size_t i = 0; r == 0 && i < live->n_pins; i++) {
		if (!mim_diff_is_ours(moved->plan, &live->pins[i]))
			continue;
		r = add(moved, live->pins[i].map);
		if (r == 0)
			r = add_slots(moved, live->pins[i].map);
	}
	for (uint32_t i = 0; r == 0 && i < want->n_maps; i++)
		if (want->maps[i].external && moved->plan->match[i] != MIM_NONE)
			r = add_slots(moved, moved->plan->match[i]);
	return r;
}

static void find(struct moved *moved, uint32_t want)
{
	struct mim_plan *plan = moved->plan;
	uint32_t live = mim_table_find(&moved->names, plan->want->maps[want].kernel_name);

	if (live == MIM_TABLE_NONE || moved->twice[live] || moved->match->taken[live])
		return;
	if (mim_match_is_same(plan, want, live)) {
		plan->match[want] = live;
		moved->match->taken[live] = true;
	} else if (plan->before[want] == MIM_NONE) {
		plan->before[want] = live;
	}
}

int mim_match_moved(struct mim_match *match, struct mim_plan *plan, bool outer)
{
	mim_cleanup(release) struct moved moved = {
		.match = match, .plan = plan, .outer = outer};
	uint32_t n = (uint32_t)plan->want->n_maps, first = 0;
	int r;

	while (first < n && !is_looked_for(&moved, first))
		first++;
	if (first == n || plan->live->n_pins == 0)
		return 0;
	moved.twice = calloc(plan->live->n_maps + 1, sizeof(*moved.twice));
	moved.theirs = calloc(plan->live->n_maps + 1, sizeof(*moved.theirs));
	if (!moved.twice || !moved.theirs)
		return -ENOMEM;
	r = collect(&moved);
	for (uint32_t i = first; r == 0 && i < n; i++)
		if (is_looked_for(&moved, i))
			find(&moved, i);
	return r;
}

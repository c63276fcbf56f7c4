/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "model/elements.h"
#include "plan/diff.h"

/* How many pins, slots and programs hold each live map once the plan is carried out. */
static void count_holders(const struct mim_plan *plan, uint32_t *holders)
{
	const struct mim_topology *live = plan->live;

	for (size_t i = 0; i < live->n_maps; i++) {
		const struct mim_map *map = &live->maps[i];
		const struct mim_users *users = mim_map_users(map);

		holders[i] += users->n_programs + users->n_processes;
		for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next)
			holders[i]++;
		for (uint32_t s = 0; map->outer && s < map->outer->slots.n; s++)
			holders[map->outer->slots.inner[s]]++;
	}
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i], *owner;

		if (change->subject != MIM_ON_PIN && change->subject != MIM_ON_SLOT)
			continue;
		owner = &plan->changes[change->owner];
		if (change->subject == MIM_ON_PIN) {
			if (change->action == MIM_REMOVE ||
			    (change->fields & MIM_FIELD_TARGET))
				holders[live->pins[change->live].map]--;
			if (owner->want != MIM_NONE &&
			    plan->match[owner->want] != MIM_NONE &&
			    (change->action == MIM_CREATE ||
			     (change->fields & MIM_FIELD_TARGET)))
				holders[plan->match[owner->want]]++;
			continue;
		}
		if (change->live != MIM_NONE && owner->action != MIM_REPLACE)
			holders[live->maps[owner->live]
					.outer->slots.inner[change->live]]--;
	}
	for (size_t i = 0; i < plan->want->n_maps; i++) {
		const struct mim_map *map = &plan->want->maps[i];

		/* New or replaced or kept: what it is to hold is held. */
		for (uint32_t s = 0; map->outer && s < map->outer->slots.n; s++)
			if (plan->match[map->outer->slots.inner[s]] != MIM_NONE)
				holders[plan->match[map->outer->slots.inner[s]]]++;
	}
}

static void free_map(struct mim_plan *plan, uint32_t *holders,
		     const struct mim_change *change)
{
	const struct mim_map *freed = &plan->live->maps[change->live];

	plan->freed[change->live] = true;
	/* What no file lists moves on to the new outer map. */
	if (change->want != MIM_NONE &&
	    plan->want->maps[change->want].outer->keep_unlisted)
		return;
	for (uint32_t s = 0; freed->outer && s < freed->outer->slots.n; s++) {
		uint32_t inner = freed->outer->slots.inner[s];

		if (--holders[inner] == 0)
			plan->freed[inner] = true;
	}
}

int mim_freed_compute(struct mim_plan *plan)
{
	size_t n = plan->live->n_maps;
	mim_auto_free uint32_t *holders = NULL;

	plan->freed = mim_arena_array(&plan->arena, n + 1, sizeof(*plan->freed));
	if (!plan->freed)
		return -ENOMEM;
	if (!plan->changed)
		return 0;
	holders = calloc(n + 1, sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	count_holders(plan, holders);
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_OUTER &&
		    (change->action == MIM_REMOVE || change->action == MIM_REPLACE) &&
		    holders[change->live] == 0)
			free_map(plan, holders, change);
	}
	for (size_t i = 0; i < n; i++)
		plan->freed[i] |= holders[i] == 0 && plan->live->maps[i].pins != MIM_NONE;
	/* Slots that lose their map. */
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];
		const struct mim_change *owner;
		uint32_t inner;

		if (change->subject != MIM_ON_SLOT || change->live == MIM_NONE)
			continue;
		owner = &plan->changes[change->owner];
		inner = plan->live->maps[owner->live].outer->slots.inner[change->live];
		if (holders[inner] == 0)
			plan->freed[inner] = true;
	}
	return 0;
}

bool mim_plan_seeds(const struct mim_plan *plan, uint32_t want)
{
	const struct mim_map *map = &plan->want->maps[want];

	return map->elements && map->elements->n &&
	       !(map->copy && plan->before[want] != MIM_NONE);
}

int mim_freed_contents(struct mim_plan *plan)
{
	const struct mim_topology *want = plan->want, *live = plan->live;
	mim_auto_free bool *lost = mim_plan_unread(plan);

	plan->copied = mim_arena_array(&plan->arena, live->n_maps + 1, sizeof(bool));
	if (!lost || !plan->copied)
		return -ENOMEM;
	for (size_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].copy && plan->before[i] != MIM_NONE)
			plan->copied[plan->before[i]] = true;
	for (size_t i = 0; i < live->n_maps; i++)
		if (lost[i] && !plan->copied[i] &&
		    live->maps[i].entries != MIM_ENTRIES_UNKNOWN)
			plan->summary.entries_lost += live->maps[i].entries;
	return 0;
}

bool *mim_plan_unread(const struct mim_plan *plan)
{
	const struct mim_topology *live = plan->live;
	bool *which = calloc(live->n_maps + 1, sizeof(*which));

	if (!which)
		return NULL;
	for (size_t i = 0; i < live->n_maps; i++)
		which[i] = plan->freed[i] && !live->maps[i].outer;
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_INNER && change->action == MIM_REPLACE)
			which[change->live] = true;
	}
	/* What is in those is known, and who declares it has decided. */
	for (size_t i = 0; i < plan->n_refills; i++)
		which[plan->refills[i].live_map] = false;
	return which;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan/match.h"

#include <errno.h>
#include <string.h>

void mim_match_release(struct mim_match *match)
{
	free(match->taken);
	mim_table_release(&match->pins);
}

uint32_t mim_match_fields(const struct mim_plan *plan, uint32_t want, uint32_t live)
{
	const struct mim_map *a = &plan->want->maps[want], *b = &plan->live->maps[live];
	struct mim_shape shape = a->shape;
	uint32_t fields;

	mim_shape_normalize(&shape, &plan->live->host);
	fields = mim_shape_differs(&shape, &b->shape);
	if (strncmp(a->kernel_name, b->kernel_name, MIM_KERNEL_NAME) != 0)
		fields |= MIM_FIELD_KERNEL_NAME;
	return fields;
}

uint32_t mim_match_misfit(const struct mim_outer *live, const struct mim_shape *inner)
{
	uint32_t misfit = mim_shape_misfit(&live->inner, inner);

	switch (live->inner_known) {
	case MIM_KNOWN_NOT:
		return 0;
	case MIM_KNOWN_SIZES:
		return misfit & (MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE) |
				 MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE));
	case MIM_KNOWN_PART:
		return misfit & ~MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	case MIM_KNOWN_FULL:
		break;
	}
	return misfit;
}

uint32_t mim_match_template(const struct mim_plan *plan, uint32_t want, uint32_t live)
{
	const struct mim_outer *b = plan->live->maps[live].outer;
	struct mim_shape a = plan->want->maps[want].outer->inner;
	uint32_t misfit;

	if (!b)
		return 0;
	mim_shape_normalize(&a, &plan->live->host);
	/* What the kernel does not compare, no running hierarchy depends on. */
	misfit = mim_match_misfit(b, &a);
	return !misfit && b->template_refused ? MIM_FIELD_TEMPLATE : misfit;
}

static uint32_t live_at(const struct mim_match *match, const struct mim_plan *plan,
			const char *path)
{
	uint32_t pin = mim_table_find(&match->pins, path);

	return pin == MIM_TABLE_NONE ? MIM_NONE : plan->live->pins[pin].map;
}

bool mim_match_is_same(const struct mim_plan *plan, uint32_t want, uint32_t live)
{
	return mim_match_fields(plan, want, live) == 0 &&
	       (!plan->want->maps[want].outer || !mim_match_template(plan, want, live));
}

/*
 * The first pin that holds what is declared; a pin that somebody has moved meanwhile
 * must not make a map look lost that another pin still holds. Else what the first pin
 * holds is replaced, if it is a map of the same role.
 */
static void match_by_pin(struct mim_match *match, struct mim_plan *plan, uint32_t want)
{
	const struct mim_map *map = &plan->want->maps[want];

	for (uint32_t p = map->pins; p != MIM_NONE; p = plan->want->pins[p].next) {
		uint32_t live = live_at(match, plan, plan->want->pins[p].path);

		if (live == MIM_NONE || !plan->live->maps[live].outer != !map->outer)
			continue;
		if (mim_match_is_same(plan, want, live)) {
			plan->match[want] = live;
			match->taken[live] = true;
			return;
		}
		if (plan->before[want] == MIM_NONE)
			plan->before[want] = live;
	}
}

/* Somebody else's map is whatever its pin holds; mim_guard_check() judges it. */
static void match_external(struct mim_match *match, struct mim_plan *plan, uint32_t want)
{
	plan->match[want] = live_at(match, plan, plan->want->maps[want].external);
}

/*
 * What is in the slots of an outer map, be it kept or replaced. A live map with the
 * declared name but another shape is what the declared one replaces.
 */
static void match_slots(struct mim_match *match, struct mim_plan *plan, uint32_t want)
{
	uint32_t live =
		plan->match[want] != MIM_NONE ? plan->match[want] : plan->before[want];
	const struct mim_map *a = &plan->want->maps[want], *b;

	if (live == MIM_NONE)
		return;
	b = &plan->live->maps[live];
	if (!b->outer || b->shape.key_size != a->shape.key_size)
		return;
	for (uint32_t i = 0; i < a->outer->slots.n; i++) {
		uint32_t inner = a->outer->slots.inner[i], there, fields;

		if (plan->match[inner] != MIM_NONE || plan->want->maps[inner].external)
			continue;
		there = mim_slots_find_near(b, mim_slot_key(a, i), i);
		if (there == MIM_NONE)
			continue;
		there = b->outer->slots.inner[there];
		fields = mim_match_fields(plan, inner, there);
		if (fields == 0 && !match->taken[there]) {
			plan->match[inner] = there;
			match->taken[there] = true;
		} else if (fields && !(fields & MIM_FIELD_KERNEL_NAME) &&
			   plan->before[inner] == MIM_NONE) {
			plan->before[inner] = there;
		}
	}
}

static int index_pins(struct mim_match *match, const struct mim_topology *live)
{
	uint32_t there;

	for (size_t i = 0; i < live->n_pins; i++)
		if (mim_table_add(&match->pins, live->pins[i].path, (uint32_t)i,
				  &there) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

int mim_match_compute(struct mim_match *match, struct mim_plan *plan)
{
	const struct mim_topology *want = plan->want;
	uint32_t n = (uint32_t)want->n_maps;
	int r;

	plan->match = mim_arena_array(&plan->arena, n, sizeof(*plan->match));
	plan->before = mim_arena_array(&plan->arena, n, sizeof(*plan->before));
	match->taken = calloc(plan->live->n_maps + 1, sizeof(*match->taken));
	if (!plan->match || !plan->before || !match->taken ||
	    index_pins(match, plan->live) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		plan->match[i] = plan->before[i] = MIM_NONE;
	for (uint32_t i = 0; i < n; i++) {
		if (want->maps[i].external)
			match_external(match, plan, i);
		else
			match_by_pin(match, plan, i);
	}
	r = mim_match_moved(match, plan, true);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		if (want->maps[i].outer)
			match_slots(match, plan, i);
	if (r == 0)
		r = mim_match_moved(match, plan, false);
	/* A map that was found needs nobody to replace, and what goes on is not replaced.
	 */
	for (uint32_t i = 0; i < n; i++)
		if (plan->match[i] != MIM_NONE ||
		    (plan->before[i] != MIM_NONE && match->taken[plan->before[i]]))
			plan->before[i] = MIM_NONE;
	return r;
}

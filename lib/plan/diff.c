/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan/diff.h"

#include <errno.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"

struct diff {
	const struct mim_match *match;
	struct mim_plan *plan;
	/* for each live map: the change of the declared map that it is or is replaced by
	 */
	uint32_t *change_of_live;
	/* paths that are declared, those of external maps among them */
	struct mim_table want_pins;
	bool out_of_memory;
};

bool mim_diff_is_ours(const struct mim_plan *plan, const struct mim_pin *pin)
{
	return (pin->inside && plan->adopt) || mim_topology_made(plan->live, pin);
}

static uint32_t add(struct diff *diff, struct mim_change change)
{
	struct mim_change *item =
		mim_array_add(diff->plan->changes, diff->plan->n_changes);

	if (!item) {
		diff->out_of_memory = true;
		return MIM_NONE;
	}
	*item = change;
	return (uint32_t)diff->plan->n_changes - 1;
}

/* A part of a map changes: so does the map, unless it is new anyway. */
static void add_part(struct diff *diff, struct mim_change change)
{
	struct mim_change *owner;

	if (add(diff, change) == MIM_NONE || change.action == MIM_KEEP)
		return;
	owner = &diff->plan->changes[change.owner];
	if (owner->action == MIM_KEEP)
		owner->action = MIM_CHANGE;
}

static uint32_t pin_fields(const struct mim_pin *want, const struct mim_pin *live)
{
	uint64_t gid = UINT64_MAX;
	uint32_t fields = 0;

	if (want->mode != MIM_MODE_ANY && want->mode != live->mode)
		fields |= MIM_FIELD_MODE;
	if (want->group)
		mim_num_u64(want->group, UINT32_MAX, &gid);
	if (want->group && strcmp(want->group, live->group ? live->group : "") != 0 &&
	    gid != live->gid)
		fields |= MIM_FIELD_GROUP;
	return fields;
}

static void diff_pins(struct diff *diff, uint32_t owner)
{
	struct mim_plan *plan = diff->plan;
	uint32_t map = plan->changes[owner].want, match = plan->match[map];

	for (uint32_t p = plan->want->maps[map].pins; p != MIM_NONE;
	     p = plan->want->pins[p].next) {
		const struct mim_pin *pin = &plan->want->pins[p];
		struct mim_change change = {
			.subject = MIM_ON_PIN, .want = p, .owner = owner};

		change.live = mim_table_find(&diff->match->pins, pin->path);
		if (change.live == MIM_TABLE_NONE) {
			change.action = MIM_CREATE;
		} else {
			const struct mim_pin *there = &plan->live->pins[change.live];

			change.fields = pin_fields(pin, there);
			if (match == MIM_NONE || there->map != match)
				change.fields |= MIM_FIELD_TARGET;
			change.action = change.fields ? MIM_CHANGE : MIM_KEEP;
		}
		add_part(diff, change);
	}
}

/* Pins in the scope, and those we made outside it, that nothing declares any more. */
static void diff_extra_pins(struct diff *diff, uint32_t live_map, uint32_t owner)
{
	const struct mim_topology *live = diff->plan->live;

	for (uint32_t p = live->maps[live_map].pins; p != MIM_NONE;
	     p = live->pins[p].next) {
		const struct mim_pin *pin = &live->pins[p];

		if (!mim_diff_is_ours(diff->plan, pin) ||
		    mim_table_find(&diff->want_pins, pin->path) != MIM_TABLE_NONE)
			continue;
		add_part(diff, (struct mim_change){.action = MIM_REMOVE,
						   .subject = MIM_ON_PIN,
						   .want = MIM_NONE,
						   .live = p,
						   .owner = owner});
	}
}

static void add_slot(struct diff *diff, uint32_t owner, enum mim_action action,
		     uint32_t want, uint32_t live)
{
	add_part(diff, (struct mim_change){.action = action,
					   .subject = MIM_ON_SLOT,
					   .want = want,
					   .live = live,
					   .owner = owner});
}

/* Both sides are sorted: one walk finds what is new, gone, changed and the same. */
static void diff_slots(struct diff *diff, uint32_t owner, uint32_t live_map)
{
	struct mim_plan *plan = diff->plan;
	const struct mim_map *a = &plan->want->maps[plan->changes[owner].want], *b;
	const struct mim_slots *want = &a->outer->slots, *live;
	uint32_t i = 0, j = 0;

	b = live_map == MIM_NONE ? NULL : &plan->live->maps[live_map];
	if (!b || !b->outer || b->shape.key_size != a->shape.key_size) {
		for (; i < want->n; i++)
			add_slot(diff, owner, MIM_CREATE, i, MIM_NONE);
		return;
	}
	live = &b->outer->slots;
	while (i < want->n || j < live->n) {
		int c = i == want->n ? 1
			: j == live->n
				? -1
				: mim_key_compare(a->shape.key_size, mim_slot_key(a, i),
						  mim_slot_key(b, j));

		if (c < 0) {
			add_slot(diff, owner, MIM_CREATE, i++, MIM_NONE);
		} else if (c > 0) {
			if (!a->outer->keep_unlisted)
				add_slot(diff, owner, MIM_REMOVE, MIM_NONE, j);
			j++;
		} else {
			if (plan->match[want->inner[i]] != live->inner[j])
				add_slot(diff, owner, MIM_CHANGE, i, j);
			else
				plan->summary.unchanged++;
			i++;
			j++;
		}
	}
}

struct display {
	const struct mim_map *want;
	const struct mim_map *live;
};

static const uint8_t *slot_key(const struct display *display,
			       const struct mim_change *change)
{
	return change->want != MIM_NONE ? mim_slot_key(display->want, change->want)
					: mim_slot_key(display->live, change->live);
}

static int compare_displayed(const void *a, const void *b, void *data)
{
	const struct display *display = data;
	const uint8_t *x = slot_key(display, a), *y = slot_key(display, b);
	int c = mim_type_compare(display->want->outer->key_type, x, y);

	return c ? c : memcmp(x, y, display->want->shape.key_size);
}

/* Slots of a topology are in the order of host integers; people read other types. */
static void sort_slots(struct diff *diff, uint32_t owner, uint32_t live_map, size_t first)
{
	struct mim_plan *plan = diff->plan;
	struct display display = {&plan->want->maps[plan->changes[owner].want],
				  live_map == MIM_NONE ? NULL
						       : &plan->live->maps[live_map]};

	if (display.want->outer->key_type.kind != MIM_TYPE_UINT &&
	    plan->n_changes > first)
		qsort_r(plan->changes + first, plan->n_changes - first,
			sizeof(*plan->changes), compare_displayed, &display);
}

static bool is_adopted(const struct diff *diff, uint32_t live_map)
{
	const struct mim_topology *live = diff->plan->live;

	for (uint32_t p = live->maps[live_map].pins; p != MIM_NONE;
	     p = live->pins[p].next)
		if (mim_topology_made(live, &live->pins[p]))
			return false;
	return live->maps[live_map].pins != MIM_NONE;
}

static struct mim_change map_change(const struct diff *diff, uint32_t map)
{
	const struct mim_plan *plan = diff->plan;
	bool outer = plan->want->maps[map].outer;
	struct mim_change change = {.subject = outer ? MIM_ON_OUTER : MIM_ON_INNER,
				    .want = map,
				    .owner = MIM_NONE};

	change.live = plan->match[map] != MIM_NONE ? plan->match[map] : plan->before[map];
	if (plan->want->maps[map].external) {
		change.action = MIM_KEEP;
	} else if (mim_plan_refill(plan, map)) {
		change.action = MIM_CHANGE;
		change.fields = MIM_FIELD_ENTRIES;
	} else if (plan->match[map] != MIM_NONE) {
		change.action =
			outer && is_adopted(diff, change.live) ? MIM_ADOPT : MIM_KEEP;
	} else if (plan->before[map] != MIM_NONE) {
		change.action = MIM_REPLACE;
		change.fields = mim_match_fields(plan, map, change.live);
		if (outer)
			change.template_fields =
				mim_match_template(plan, map, change.live);
	} else {
		change.action = MIM_CREATE;
	}
	return change;
}

static void diff_map(struct diff *diff, uint32_t map)
{
	struct mim_plan *plan = diff->plan;
	const struct mim_map *want = &plan->want->maps[map];
	struct mim_change change = map_change(diff, map);
	uint32_t owner;
	size_t first;

	/* A slot's own map that is there has nothing to tell; there may be a million. */
	if (want->own && change.action == MIM_KEEP &&
	    plan->live->maps[change.live].pins == MIM_NONE) {
		plan->summary.unchanged++;
		return;
	}
	owner = add(diff, change);
	if (owner == MIM_NONE)
		return;
	diff_pins(diff, owner);
	if (change.live != MIM_NONE && diff->change_of_live[change.live] == MIM_NONE) {
		diff->change_of_live[change.live] = owner;
		diff_extra_pins(diff, change.live, owner);
	}
	/* Nothing can be said of the slots of an external map that is not there. */
	if (want->outer && !(want->external && change.live == MIM_NONE)) {
		first = plan->n_changes;
		diff_slots(diff, owner, change.live);
		sort_slots(diff, owner, change.live, first);
	}
}

/* Maps that the scope pins and nothing declares. */
static void diff_removed(struct diff *diff, uint32_t map)
{
	const struct mim_topology *live = diff->plan->live;
	uint32_t owner, p = live->maps[map].pins;

	if (diff->change_of_live[map] != MIM_NONE)
		return;
	/* A pin that another map takes counts: this one is lost with it. */
	while (p != MIM_NONE && !mim_diff_is_ours(diff->plan, &live->pins[p]))
		p = live->pins[p].next;
	if (p == MIM_NONE)
		return;
	owner = add(diff, (struct mim_change){
				  .action = MIM_REMOVE,
				  .subject = live->maps[map].outer ? MIM_ON_OUTER
								   : MIM_ON_INNER,
				  .want = MIM_NONE,
				  .live = map,
				  .owner = MIM_NONE,
			  });
	if (owner != MIM_NONE)
		diff_extra_pins(diff, map, owner);
}

static uint32_t *counter(struct mim_summary *summary, const struct mim_change *change)
{
	bool outer = change->subject == MIM_ON_OUTER;

	switch (change->subject) {
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		switch (change->action) {
		case MIM_KEEP:
			return &summary->unchanged;
		case MIM_CREATE:
			return outer ? &summary->outer_create : &summary->inner_create;
		case MIM_CHANGE:
		case MIM_ADOPT:
			return outer ? &summary->outer_change : &summary->inner_change;
		case MIM_REPLACE:
			return outer ? &summary->outer_replace : &summary->inner_replace;
		case MIM_REMOVE:
			return outer ? &summary->outer_remove : &summary->inner_remove;
		}
		break;
	case MIM_ON_SLOT:
		return change->action == MIM_CREATE   ? &summary->slot_create
		       : change->action == MIM_REMOVE ? &summary->slot_remove
						      : &summary->slot_change;
	case MIM_ON_PIN:
		return change->action == MIM_KEEP     ? &summary->unchanged
		       : change->action == MIM_CREATE ? &summary->pin_create
		       : change->action == MIM_REMOVE ? &summary->pin_remove
						      : &summary->pin_change;
	case MIM_ON_BPFFS:
	case MIM_ON_SCOPE:
		break;
	}
	return NULL;
}

static void summarize(struct mim_plan *plan)
{
	for (size_t i = 0; i < plan->n_changes; i++) {
		uint32_t *count = counter(&plan->summary, &plan->changes[i]);

		if (count)
			++*count;
		plan->changed |= plan->changes[i].action != MIM_KEEP;
	}
	for (size_t i = 0; i < plan->n_refills; i++) {
		plan->summary.inner_refill += !plan->refills[i].in_place;
		plan->summary.entry_create += plan->refills[i].added;
		plan->summary.entry_change += plan->refills[i].changed;
		plan->summary.entry_remove += plan->refills[i].removed;
	}
}

static void diff_scope(struct diff *diff)
{
	const struct mim_scope *scope = &diff->plan->live->scope;
	struct mim_change change = {
		.want = MIM_NONE, .live = MIM_NONE, .owner = MIM_NONE};

	if (!scope->mounted && diff->plan->want->n_maps) {
		change.action = MIM_CREATE;
		change.subject = MIM_ON_BPFFS;
		add(diff, change);
	}
	if (scope->exists && !scope->marked && diff->plan->want->n_maps) {
		change.action = MIM_ADOPT;
		change.subject = MIM_ON_SCOPE;
		add(diff, change);
	}
}

static void release(struct diff *diff)
{
	free(diff->change_of_live);
	mim_table_release(&diff->want_pins);
}

/* A pin that is an external map's from now on is no longer ours to remove. */
static int note_declared(const struct mim_topology *want, struct mim_table *pins)
{
	uint32_t there;
	int r = 0;

	for (size_t i = 0; r != -ENOMEM && i < want->n_pins; i++)
		r = mim_table_add(pins, want->pins[i].path, (uint32_t)i, &there);
	for (size_t i = 0; r != -ENOMEM && i < want->n_maps; i++)
		if (want->maps[i].external)
			r = mim_table_add(pins, want->maps[i].external, (uint32_t)i,
					  &there);
	return r == -ENOMEM ? r : 0;
}

int mim_diff_compute(const struct mim_match *match, struct mim_plan *plan)
{
	mim_cleanup(release) struct diff diff = {.match = match, .plan = plan};
	const struct mim_topology *want = plan->want, *live = plan->live;

	diff.change_of_live = malloc((live->n_maps + 1) * sizeof(*diff.change_of_live));
	if (!diff.change_of_live)
		return -ENOMEM;
	memset(diff.change_of_live, 0xff, (live->n_maps + 1) * sizeof(uint32_t));
	if (note_declared(want, &diff.want_pins) < 0)
		return -ENOMEM;
	diff_scope(&diff);
	for (size_t i = 0; i < want->n_maps; i++)
		diff_map(&diff, (uint32_t)i);
	for (size_t i = 0; i < live->n_maps; i++)
		diff_removed(&diff, (uint32_t)i);
	summarize(plan);
	return diff.out_of_memory ? -ENOMEM : 0;
}

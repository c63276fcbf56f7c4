/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "base/str.h"
#include "model/kind.h"
#include "model/runner.h"
#include "model/scope.h"
#include "plan/diff.h"

struct guard {
	struct mim_plan *plan;
	const struct mim_plan_options *options;
	struct mim_diags *diags;
};

#define refuse(guard, ...) mim_guard_refuse((guard)->plan, (guard)->diags, __VA_ARGS__)

void mim_guard_refuse(struct mim_plan *plan, struct mim_diags *diags,
		      struct mim_spot spot, enum mim_code code, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	plan->refused = true;
	mim_error(diags, spot, code, -EPERM, "%s", message);
}

uint32_t mim_plan_removals(const struct mim_plan *plan)
{
	const struct mim_summary *s = &plan->summary;

	return s->outer_remove + s->outer_replace + s->inner_remove + s->inner_replace +
	       s->slot_remove + s->pin_remove;
}

/* What there is to remove from: the scope's maps, their slots and pins. */
static uint64_t count_live(const struct mim_plan *plan)
{
	const struct mim_topology *live = plan->live;
	uint64_t n = 0;

	for (size_t i = 0; i < live->n_maps; i++) {
		uint32_t ours = 0;

		for (uint32_t p = live->maps[i].pins; p != MIM_NONE;
		     p = live->pins[p].next)
			ours += mim_diff_is_ours(plan, &live->pins[p]);
		if (!ours)
			continue;
		n += 1 + ours;
		if (live->maps[i].outer)
			n += live->maps[i].outer->slots.n;
	}
	/* Of an external one the slots are ours to change. */
	for (size_t i = 0; i < plan->want->n_maps; i++)
		if (plan->want->maps[i].external && plan->want->maps[i].outer)
			n += plan->want->maps[i].outer->slots.n;
	return n;
}

static void check_empty(struct guard *guard)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_scope *scope = &plan->want->scope;
	char words[MIM_SCOPE_WORDS];

	if (guard->options->allow_empty || guard->options->destroy ||
	    plan->want->n_maps || mim_plan_removals(plan) == 0)
		return;
	refuse(guard, MIM_NOWHERE, MIM_CODE_GUARD_EMPTY,
	       "the description declares no maps: everything in '%s' would be removed",
	       scope->name);
	mim_hint(guard->diags,
		 "--allow-empty lets it; to be rid of the scope: mimctl destroy %s",
		 mim_scope_words(scope->name, scope->bpffs, words));
}

/* Does a slot get another map, and the one it had is freed without a line of its own? */
static bool frees_map(const struct mim_plan *plan, const struct mim_change *change)
{
	const struct mim_change *owner;
	uint32_t old, new;

	if (change->subject != MIM_ON_SLOT || change->action != MIM_CHANGE)
		return false;
	owner = &plan->changes[change->owner];
	old = plan->live->maps[owner->live].outer->slots.inner[change->live];
	new = plan->want->maps[owner->want].outer->slots.inner[change->want];
	return plan->freed[old] && plan->before[new] != old &&
	       plan->live->maps[old].pins == MIM_NONE;
}

/* What the plan does not list one by one: slots that go with their outer map, and maps.
 */
static uint64_t count_unlisted(const struct mim_plan *plan)
{
	uint64_t n = 0;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_OUTER && change->action == MIM_REMOVE)
			n += plan->live->maps[change->live].outer->slots.n;
		n += frees_map(plan, change);
	}
	return n;
}

static void check_prune(struct guard *guard)
{
	const struct mim_plan_options *options = guard->options;
	uint64_t removals, there;

	if (!options->prune_limited)
		return;
	removals = mim_plan_removals(guard->plan) + count_unlisted(guard->plan);
	there = count_live(guard->plan);
	if (options->prune_percent ? removals * 100 <= options->prune_limit * there
				   : removals <= options->prune_limit)
		return;
	refuse(guard, MIM_NOWHERE, MIM_CODE_GUARD_PRUNE,
	       "%lu of %lu objects would be removed or replaced, more than --prune-limit "
	       "%u%s",
	       (unsigned long)removals, (unsigned long)there, options->prune_limit,
	       options->prune_percent ? "%" : "");
	mim_hint(guard->diags, "raise --prune-limit if that is meant");
}

static void check_foreign(struct guard *guard)
{
	const struct mim_scope *scope = &guard->plan->live->scope;

	if (!scope->exists)
		return;
	/* Whose folder it is, decides whether anything in it can be believed. */
	if (scope->untrusted) {
		refuse(guard, MIM_NOWHERE, MIM_CODE_GUARD_FOREIGN,
		       "folder %s belongs to user %u: nothing of it can be trusted",
		       scope->folder, scope->owner);
		return;
	}
	if (scope->marked || guard->options->adopt)
		return;
	refuse(guard, MIM_NOWHERE, MIM_CODE_GUARD_FOREIGN,
	       "folder %s is there and has no marker of mimctl's: somebody else made it",
	       scope->folder);
	mim_hint(guard->diags, "--adopt takes it over, with all that is pinned in it");
}

static bool is_protected(const struct mim_plan *plan, const struct mim_change *change)
{
	const struct mim_topology *live = plan->live;

	if (change->want != MIM_NONE) {
		switch (plan->want->maps[change->want].outer->protect) {
		case MIM_PROTECT_YES:
			return true;
		case MIM_PROTECT_NO:
			return false;
		case MIM_PROTECT_UNSAID:
			break;
		}
	}
	for (uint32_t p = live->maps[change->live].pins; p != MIM_NONE;
	     p = live->pins[p].next)
		if (mim_texts_has(&live->scope.protected, live->pins[p].path))
			return true;
	return false;
}

static void name_programs(struct guard *guard, const struct mim_map *map)
{
	const struct mim_topology *live = guard->plan->live;
	const struct mim_users *users = mim_map_users(map);

	for (uint32_t i = 0; i < users->n_programs && i < 8; i++) {
		const struct mim_program *program = &live->programs[users->programs[i]];

		mim_note(guard->diags, MIM_NOWHERE, "prog %u %s '%s' uses it",
			 program->id, program->type, program->name);
	}
	if (users->n_programs > 8)
		mim_note(guard->diags, MIM_NOWHERE, "and %u more programs",
			 users->n_programs - 8);
}

static void check_outer(struct guard *guard, const struct mim_change *change)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_map *live = &plan->live->maps[change->live];
	const char *name = change->want != MIM_NONE ? plan->want->maps[change->want].name
						    : live->name;
	const char *verb = change->action == MIM_REPLACE ? "replaced" : "removed";
	struct mim_spot spot = mim_plan_origin(plan, change);
	uint32_t n = mim_map_users(live)->n_programs;

	if (is_protected(plan, change)) {
		refuse(guard, spot, MIM_CODE_GUARD_PROTECT,
		       "outer map '%s' (id %u) is protected and would be %s", name,
		       live->id, verb);
		mim_hint(guard->diags,
			 "apply it with 'protect: false' first if that is meant");
	}
	if (n && !guard->options->allow_orphans) {
		refuse(guard, spot, MIM_CODE_GUARD_IN_USE,
		       "outer map '%s' (id %u) would be %s while %u program%s use%s it",
		       name, live->id, verb, n, n == 1 ? "" : "s", n == 1 ? "s" : "");
		name_programs(guard, live);
		mim_hint(guard->diags,
			 "--allow-orphans lets it: the programs go on with the "
			 "old map until they are loaded again");
	}
}

/* Entries that are to be kept must mean the same in the new map. */
static void check_copy(struct guard *guard, uint32_t want)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_map *map = &plan->want->maps[want], *live;
	const char *why = NULL;

	if (!map->copy || plan->before[want] == MIM_NONE)
		return;
	live = &plan->live->maps[plan->before[want]];
	if (!mim_kind_can_copy(live->shape.type) ||
	    mim_kind_is_per_cpu(live->shape.type) != mim_kind_is_per_cpu(map->shape.type))
		why = "type";
	else if (live->shape.key_size != map->shape.key_size)
		why = "key_size";
	else if (live->shape.value_size != map->shape.value_size)
		why = "value_size";
	if (!why)
		return;
	refuse(guard, MIM_SPOT(map->origin, map->own ? NULL : "name"),
	       MIM_CODE_GUARD_CONTENTS,
	       "the entries of '%s' (id %u) cannot be copied into a map of another %s",
	       map->name, live->id, why);
	mim_hint(guard->diags, "'on_replace: discard' says that they may be lost");
}

/*
 * Of a device or a CPU with a program the kernel tells the program's id, and wants a
 * descriptor: nobody could put it back.
 */
static void check_refill(struct guard *guard, const struct mim_refill *refill)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_map *map = &plan->want->maps[refill->map];
	const struct mim_map *live = &plan->live->maps[refill->live_map];
	uint32_t program = 0;

	if (!refill->in_place || mim_kind_can_copy(live->shape.type) ||
	    live->elements->value_size < 2 * sizeof(program))
		return;
	for (uint32_t e = refill->first; !program && e < refill->first + refill->n; e++)
		if (plan->edits[e].live != MIM_NONE)
			memcpy(&program,
			       mim_element_value(live->elements, plan->edits[e].live) +
				       sizeof(program),
			       sizeof(program));
	if (!program)
		return;
	refuse(guard, MIM_SPOT(map->origin, "contents"), MIM_CODE_GUARD_CONTENTS,
	       "an entry of '%s' (id %u) has program id %u, which could not be put back",
	       map->name, live->id, program);
	mim_hint(guard->diags, "take it out with bpftool if that is meant, or leave out "
			       "'contents: exact'");
}

/* No option helps: the kernel lets nobody change the slots of a frozen map. */
static void check_frozen(struct guard *guard, size_t slot)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_change *change = &plan->changes[slot];
	const struct mim_change *owner = &plan->changes[change->owner];

	/* Once for each outer map, at its first slot that changes. */
	if ((owner->action != MIM_CHANGE && owner->action != MIM_ADOPT) ||
	    owner->live == MIM_NONE || !plan->live->maps[owner->live].outer ||
	    !plan->live->maps[owner->live].outer->frozen ||
	    (plan->changes[slot - 1].subject == MIM_ON_SLOT &&
	     plan->changes[slot - 1].owner == change->owner))
		return;
	guard->plan->refused = true;
	mim_error(guard->diags, mim_plan_origin(plan, change), MIM_CODE_GUARD_FROZEN,
		  -EPERM, "outer map '%s' (id %u) is frozen: its slots cannot change",
		  plan->want->maps[owner->want].name, plan->live->maps[owner->live].id);
	mim_hint(guard->diags,
		 "remove its pin and apply again to get a new one in its place");
}

/* A pin that is to go may be what lies in the way. */
static bool makes_way(const struct mim_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_PIN && change->action == MIM_REMOVE &&
		    mim_scope_below(plan->live->pins[change->live].path, path) != path)
			return true;
	}
	return false;
}

/* What is no map and lies where a pin is to be: a program, a link, a folder in use. */
static void check_taken(struct guard *guard, const struct mim_change *change)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_pin *pin = &plan->want->pins[change->want];

	if (change->action != MIM_CREATE)
		return;
	if (mim_texts_has(&plan->live->scope.taken, pin->path) &&
	    !makes_way(plan, pin->path)) {
		refuse(guard, MIM_SPOT(pin->origin, "path"), MIM_CODE_GUARD_FOREIGN,
		       "'%s' cannot be pinned at %s: something that is no map is there, "
		       "or lies in the way",
		       plan->want->maps[pin->map].name, pin->path);
		mim_hint(guard->diags, "remove it, or choose another path");
	}
	for (size_t i = 0; i < plan->live->scope.foreign.n; i++) {
		const char *there = plan->live->scope.foreign.items[i];

		if (!mim_str_starts(there, pin->path) ||
		    (there[strlen(pin->path)] && there[strlen(pin->path)] != '/'))
			continue;
		refuse(guard, MIM_SPOT(pin->origin, "path"), MIM_CODE_GUARD_FOREIGN,
		       "%s is there and is no map, so '%s' cannot be pinned at %s", there,
		       plan->want->maps[pin->map].name, pin->path);
		mim_hint(guard->diags, "remove it, or choose another path");
		return;
	}
}

/* Slots that no file lists move on to the new outer map: they have to fit it. */
static void check_carried(struct guard *guard, const struct mim_change *change)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_map *want, *live = &plan->live->maps[change->live];
	uint32_t carried = 0;

	if (change->action != MIM_REPLACE)
		return;
	want = &plan->want->maps[change->want];
	if (!want->outer->keep_unlisted || !live->outer ||
	    live->shape.key_size != want->shape.key_size)
		return;
	for (uint32_t i = 0; i < live->outer->slots.n; i++)
		carried += mim_slots_find(want, mim_slot_key(live, i)) == MIM_NONE;
	if (carried && change->template_fields)
		refuse(guard, MIM_SPOT(want->origin, "unlisted"), MIM_CODE_GUARD_OUTSIDE,
		       "%u slots of '%s' that no file lists do not fit its new template",
		       carried, want->name);
	else if (carried && carried + want->outer->slots.n > want->shape.max_entries)
		refuse(guard, MIM_SPOT(want->origin, "unlisted"), MIM_CODE_GUARD_OUTSIDE,
		       "%u slots of '%s' that no file lists have no room beside %u "
		       "listed "
		       "ones in max_entries %u",
		       carried, want->name, want->outer->slots.n,
		       want->shape.max_entries);
}

/* A pin outside the scope that is there and is not the one we made. */
static void check_outside(struct guard *guard, const struct mim_change *change)
{
	const struct mim_plan *plan = guard->plan;
	const struct mim_pin *pin;

	if (change->want == MIM_NONE || change->live == MIM_NONE || guard->options->adopt)
		return;
	pin = &plan->live->pins[change->live];
	if (pin->inside || mim_diff_is_ours(plan, pin))
		return;
	refuse(guard, MIM_SPOT(plan->want->pins[change->want].origin, "path"),
	       MIM_CODE_GUARD_OUTSIDE,
	       "%s is there already, with map id %u: not made by '%s'", pin->path,
	       plan->live->maps[pin->map].id, plan->want->scope.name);
	mim_hint(guard->diags, "--adopt takes the pin over");
}

/* The plan would sweep the way back: that is for a person to know. */
static void warn_overdue(struct guard *guard)
{
	const struct mim_scope *scope = &guard->plan->live->scope;
	char said[MIM_RUNNER_SAID], words[MIM_SCOPE_WORDS];

	if (!scope->overdue.host)
		return;
	mim_runner_say(&scope->overdue, said);
	mim_warning(guard->diags, MIM_NOWHERE, MIM_CODE_LOCKED,
		    scope->halfway
			    ? "the way back from what was applied by %s was not gone to "
			      "its end, and with the next apply it is gone"
			    : "nobody confirmed in time what was applied by %s; nobody "
			      "went back, and from the next apply on it stays",
		    said);
	mim_hint(guard->diags,
		 scope->halfway ? "mimctl rollback %s goes on with it"
				: "mimctl rollback %s undoes it",
		 mim_scope_words(scope->name, scope->bpffs, words));
}

void mim_guard_check(struct mim_plan *plan, const struct mim_plan_options *options,
		     struct mim_diags *diags)
{
	struct guard guard = {plan, options, diags};

	warn_overdue(&guard);
	check_foreign(&guard);
	check_empty(&guard);
	check_prune(&guard);
	if (options->destroy && plan->live->scope.foreign.n)
		mim_warning(diags, MIM_NOWHERE, MIM_CODE_BPFFS,
			    "folder %s stays: %s is not mimctl's",
			    plan->live->scope.folder, plan->live->scope.foreign.items[0]);
	mim_fit_check(plan, diags);
	for (uint32_t i = 0; i < plan->want->n_maps; i++)
		check_copy(&guard, i);
	for (size_t i = 0; i < plan->n_refills; i++)
		check_refill(&guard, &plan->refills[i]);
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_OUTER &&
		    (change->action == MIM_REPLACE || change->action == MIM_REMOVE))
			check_outer(&guard, change);
		if (change->subject == MIM_ON_OUTER && change->live != MIM_NONE)
			check_carried(&guard, change);
		if (change->subject == MIM_ON_PIN && change->want != MIM_NONE)
			check_taken(&guard, change);
		if (change->subject == MIM_ON_PIN)
			check_outside(&guard, change);
		if (change->subject == MIM_ON_SLOT)
			check_frozen(&guard, i);
	}
}

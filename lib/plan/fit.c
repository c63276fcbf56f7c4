/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/str.h"
#include "model/kind.h"
#include "plan/diff.h"
#include "plan/match.h"

struct fit {
	struct mim_plan *plan;
	struct mim_diags *diags;
};

#define refuse(fit, ...) mim_guard_refuse((fit)->plan, (fit)->diags, __VA_ARGS__)

static bool same_origin(const struct mim_origin *a, const struct mim_origin *b)
{
	return a->file == b->file && a->section == b->section && a->item == b->item &&
	       a->part == b->part;
}

static void hint_inner_map(struct fit *fit, const struct mim_shape *template,
			   const struct mim_shape *inner, uint32_t misfit)
{
	if (mim_shape_wants_inner_map(template, inner, misfit))
		mim_hint(fit->diags,
			 "if both are made with flags: [inner_map], array maps may "
			 "differ in max_entries (kernel 5.10 and newer)");
}

/* Where a template that does not fit would hurt: at the first slot that is ours to fill.
 */
static void note_slot(struct fit *fit, const struct mim_map *outer)
{
	const struct mim_slots *slots = &outer->outer->slots;

	for (uint32_t i = 0; i < slots->n; i++) {
		const struct mim_map *inner = &fit->plan->want->maps[slots->inner[i]];

		if (inner->external)
			continue;
		mim_note(fit->diags,
			 MIM_SPOT(slots->origins[i], inner->own ? NULL : "inner"),
			 "the kernel would refuse %s%s%s here",
			 inner->own ? "a map of that template" : "'",
			 inner->own ? "" : inner->name, inner->own ? "" : "'");
		return;
	}
}

static void check_template(struct fit *fit, uint32_t want, struct mim_spot spot)
{
	const struct mim_plan *plan = fit->plan;
	const struct mim_map *map = &plan->want->maps[want];
	const struct mim_map *live = &plan->live->maps[plan->match[want]];
	const char *template = plan->want->templates[map->outer->template].name;
	uint32_t fields = mim_match_template(plan, want, plan->match[want]);
	char is[MIM_FIELD_TEXT], wanted[MIM_FIELD_TEXT];
	enum mim_field field;

	if (!fields)
		return;
	if (fields == MIM_FIELD_TEMPLATE) {
		refuse(fit, spot, MIM_CODE_EXTERNAL,
		       "external map '%s' (id %u) refuses maps like template '%s'",
		       map->name, live->id, template);
	} else {
		field = mim_shape_cause(fields);
		refuse(fit, spot, MIM_CODE_EXTERNAL,
		       "external map '%s' (id %u) was made for other inner maps: %s is "
		       "%s, template '%s' has %s",
		       map->name, live->id, mim_field_name(field),
		       mim_field_text(&live->outer->inner, field, is), template,
		       mim_field_text(&map->outer->inner, field, wanted));
		hint_inner_map(fit, &live->outer->inner, &map->outer->inner, fields);
	}
	note_slot(fit, map);
}

static bool is_denied(const struct mim_scope *scope, const char *path)
{
	for (size_t i = 0; i < scope->denied.n; i++) {
		size_t length = strlen(scope->denied.items[i]);

		if (mim_str_starts(path, scope->denied.items[i]) &&
		    (!path[length] || path[length] == '/'))
			return true;
	}
	return false;
}

static void refuse_absent(struct fit *fit, const struct mim_map *map,
			  struct mim_spot spot)
{
	if (!is_denied(&fit->plan->live->scope, map->external)) {
		refuse(fit, spot, MIM_CODE_EXTERNAL,
		       "external map '%s' is not there: no map at %s", map->name,
		       map->external);
		return;
	}
	refuse(fit, spot, MIM_CODE_CAPABILITY,
	       "external map '%s' may not be opened: no permission for %s", map->name,
	       map->external);
	mim_hint(fit->diags, "this needs CAP_DAC_OVERRIDE, or read and write permission "
			     "for the pin and its folders");
}

/* What we may not replace has to be there, and has to be what the slots need. */
static void check_external(struct fit *fit, uint32_t want)
{
	const struct mim_plan *plan = fit->plan;
	const struct mim_map *map = &plan->want->maps[want], *live;
	struct mim_spot spot = MIM_SPOT(map->origin, "external");

	if (plan->match[want] == MIM_NONE) {
		refuse_absent(fit, map, spot);
		return;
	}
	live = &plan->live->maps[plan->match[want]];
	if (!map->outer != !live->outer)
		refuse(fit, spot, MIM_CODE_EXTERNAL,
		       "external map '%s' (id %u) is no %s map: %s", map->name, live->id,
		       map->outer ? "outer" : "inner", mim_kind_name(live->shape.type));
	else if (map->outer && live->shape.key_size != map->shape.key_size)
		refuse(fit, spot, MIM_CODE_EXTERNAL,
		       "external map '%s' (id %u) has keys of %u bytes, not %u",
		       map->name, live->id, live->shape.key_size, map->shape.key_size);
	else if (map->outer)
		check_template(fit, want, spot);
}

/* What the kernel will compare an inner map with: the live template where it is known. */
static struct mim_outer template_of(const struct mim_plan *plan, uint32_t want)
{
	struct mim_outer declared = {.inner = plan->want->maps[want].outer->inner,
				     .inner_known = MIM_KNOWN_FULL};
	uint32_t live = plan->match[want];

	if (live != MIM_NONE && plan->live->maps[live].outer &&
	    plan->live->maps[live].outer->inner_known >= MIM_KNOWN_PART)
		return *plan->live->maps[live].outer;
	mim_shape_normalize(&declared.inner, &plan->live->host);
	return declared;
}

static void refuse_slot(struct fit *fit, const struct mim_map *outer, uint32_t slot,
			const struct mim_map *live, const struct mim_shape *template,
			uint32_t misfit)
{
	const struct mim_plan *plan = fit->plan;
	const struct mim_map *inner = &plan->want->maps[outer->outer->slots.inner[slot]];
	enum mim_field field = mim_shape_cause(misfit);
	char is[MIM_FIELD_TEXT], wanted[MIM_FIELD_TEXT];

	refuse(fit, MIM_SPOT(outer->outer->slots.origins[slot], "inner"),
	       MIM_CODE_EXTERNAL,
	       "external map '%s' (id %u) does not fit the template of '%s': %s is %s, "
	       "not %s",
	       inner->name, live->id, outer->name, mim_field_name(field),
	       mim_field_text(&live->shape, field, is),
	       mim_field_text(template, field, wanted));
	hint_inner_map(fit, template, &live->shape, misfit);
	mim_note(fit->diags, MIM_SPOT(inner->origin, "external"), "'%s' is declared here",
		 inner->name);
	mim_note(fit->diags,
		 MIM_SPOT(plan->want->templates[outer->outer->template].origin, "name"),
		 "template '%s' of '%s' is declared here",
		 plan->want->templates[outer->outer->template].name, outer->name);
}

/* The shape of an external inner map is known only now. One line is reported once. */
static void check_slots(struct fit *fit, uint32_t want)
{
	const struct mim_plan *plan = fit->plan;
	const struct mim_map *outer = &plan->want->maps[want];
	const struct mim_slots *slots = &outer->outer->slots;
	struct mim_outer template = template_of(plan, want);
	const struct mim_origin *reported = NULL;

	for (uint32_t i = 0; i < slots->n; i++) {
		uint32_t match = plan->match[slots->inner[i]], misfit;
		const struct mim_map *live;

		if (!plan->want->maps[slots->inner[i]].external || match == MIM_NONE)
			continue;
		live = &plan->live->maps[match];
		misfit = live->outer || live->hidden
				 ? 0
				 : mim_match_misfit(&template, &live->shape);
		if (!misfit || (reported && same_origin(reported, &slots->origins[i])))
			continue;
		reported = &slots->origins[i];
		refuse_slot(fit, outer, i, live, &template.inner, misfit);
	}
}

/* A declared pin outside the scope, where nobody let us look. */
static void check_pin(struct fit *fit, const struct mim_change *change)
{
	const struct mim_pin *pin;

	if (change->subject != MIM_ON_PIN || change->action != MIM_CREATE)
		return;
	pin = &fit->plan->want->pins[change->want];
	if (pin->inside || !is_denied(&fit->plan->live->scope, pin->path))
		return;
	refuse(fit, MIM_SPOT(pin->origin, "path"), MIM_CODE_CAPABILITY,
	       "cannot see what is at %s: no permission", pin->path);
	mim_hint(fit->diags, "this needs CAP_DAC_OVERRIDE");
}

void mim_fit_check(struct mim_plan *plan, struct mim_diags *diags)
{
	struct fit fit = {plan, diags};

	for (uint32_t i = 0; i < plan->want->n_maps; i++) {
		if (plan->want->maps[i].external)
			check_external(&fit, i);
		if (plan->want->maps[i].outer)
			check_slots(&fit, i);
	}
	for (size_t i = 0; i < plan->n_changes && plan->live->scope.denied.n; i++)
		check_pin(&fit, &plan->changes[i]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "model/kind.h"
#include "plan/diff.h"

static const char *between(bool *first)
{
	const char *text = *first ? "" : ", ";

	*first = false;
	return text;
}

static void print_fields(uint32_t fields, const struct mim_shape *live,
			 const struct mim_shape *want, const char *prefix, bool *first,
			 FILE *out)
{
	char before[MIM_FIELD_TEXT], after[MIM_FIELD_TEXT];

	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++)
		if (fields & MIM_FIELD_BIT(field))
			fprintf(out, "%s%s%s %s -> %s", between(first), prefix,
				mim_field_name(field),
				mim_field_text(live, field, before),
				mim_field_text(want, field, after));
}

static void explain_entries(const struct mim_refill *refill, FILE *out)
{
	const struct {
		uint32_t n;
		const char *verb;
	} counts[] = {{refill->added, "add"},
		      {refill->changed, "change"},
		      {refill->removed, "remove"}};
	bool first = true;

	fputs("entries: ", out);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(counts); i++)
		if (counts[i].n)
			fprintf(out, "%s%u to %s", between(&first), counts[i].n,
				counts[i].verb);
	fputs(refill->in_place ? ", in place" : ", in a new map that takes its place",
	      out);
}

static void explain_map(const struct mim_plan *plan, const struct mim_change *change,
			FILE *out)
{
	const struct mim_map *live, *want;
	struct mim_shape shape, inner;
	bool first = true;

	if (change->action == MIM_ADOPT)
		fprintf(out, "somebody else's pin, with the declared attributes");
	if (change->fields & MIM_FIELD_ENTRIES)
		explain_entries(mim_plan_refill(plan, change->want), out);
	if (change->action != MIM_REPLACE)
		return;
	live = &plan->live->maps[change->live];
	want = &plan->want->maps[change->want];
	shape = want->shape;
	mim_shape_normalize(&shape, &plan->live->host);
	print_fields(change->fields, &live->shape, &shape, "", &first, out);
	if (change->fields & MIM_FIELD_KERNEL_NAME)
		fprintf(out, "%skernel_name %s -> %s", between(&first), live->kernel_name,
			want->kernel_name);
	if (change->template_fields) {
		inner = want->outer->inner;
		mim_shape_normalize(&inner, &plan->live->host);
		print_fields(change->template_fields, &live->outer->inner, &inner,
			     "template ", &first, out);
	}
	if (change->template_fields & MIM_FIELD_TEMPLATE)
		fprintf(out, "%stemplate (it refuses maps like the declared one)",
			between(&first));
	fprintf(out, " cannot change on a live map");
}

static void explain_pin(const struct mim_plan *plan, const struct mim_change *change,
			FILE *out)
{
	const struct mim_pin *live, *want;
	bool first = true;

	if (change->action == MIM_REMOVE)
		fprintf(out, "not declared");
	if (change->action != MIM_CHANGE)
		return;
	live = &plan->live->pins[change->live];
	want = &plan->want->pins[change->want];
	if (change->fields & MIM_FIELD_TARGET)
		fprintf(out, "%sholds id %u (%s) instead of '%s'", between(&first),
			plan->live->maps[live->map].id, plan->live->maps[live->map].name,
			plan->want->maps[want->map].name);
	if (change->fields & MIM_FIELD_MODE)
		fprintf(out, "%smode %04o -> %04o", between(&first), live->mode,
			want->mode);
	if (change->fields & MIM_FIELD_GROUP)
		fprintf(out, "%sgroup %s -> %s", between(&first), live->group,
			want->group);
}

void mim_plan_reason(const struct mim_plan *plan, const struct mim_change *change,
		     FILE *out)
{
	switch (change->subject) {
	case MIM_ON_BPFFS:
		fprintf(out, "not mounted");
		return;
	case MIM_ON_SCOPE:
		fprintf(out, "the folder is there without mimctl's marker");
		return;
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		if (change->action == MIM_REMOVE)
			fprintf(out, "not declared");
		else
			explain_map(plan, change, out);
		return;
	case MIM_ON_SLOT:
		if (change->action == MIM_REMOVE)
			fprintf(out, "not declared");
		return;
	case MIM_ON_PIN:
		explain_pin(plan, change, out);
		return;
	}
}

void mim_explain_program(const struct mim_program *program, FILE *out)
{
	fprintf(out, "prog %u %s '%s'", program->id, program->type, program->name);
	for (uint32_t p = 0; p < program->n_pins; p++)
		fprintf(out, "%s%s", p ? ", " : " (pinned at ", program->pins[p]);
	if (program->n_pins)
		fputc(')', out);
}

static bool user_goes_on(const struct mim_plan *plan, const struct mim_map *map, size_t i,
			 FILE *out)
{
	const struct mim_users *users = mim_map_users(map);
	const struct mim_process *process;

	if (i >= users->n_programs + users->n_processes)
		return false;
	if (i >= users->n_programs) {
		process = &plan->live->processes[users->processes[i - users->n_programs]];
		fprintf(out, "process %u '%s' keeps a descriptor of id %u", process->pid,
			process->name, map->id);
		return true;
	}
	mim_explain_program(&plan->live->programs[users->programs[i]], out);
	fprintf(out, " goes on using id %u until it is loaded again", map->id);
	return true;
}

const char *mim_plan_is_freed(const struct mim_plan *plan, size_t n)
{
	if (plan->slots_unread)
		return n == 1 ? "is freed, unless somebody outside the scope holds it"
			      : "are freed, unless somebody outside the scope holds them";
	if (plan->live->hides)
		return n == 1 ? "is freed: nothing that can be seen holds it"
			      : "are freed: nothing that can be seen holds them";
	return n == 1 ? "is freed: nothing else holds it"
		      : "are freed: nothing else holds them";
}

static uint64_t count_entries(const struct mim_plan *plan, const uint32_t *live, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (plan->live->maps[live[i]].entries != MIM_ENTRIES_UNKNOWN)
			sum += plan->live->maps[live[i]].entries;
	return sum;
}

bool mim_plan_has_contents(const struct mim_plan *plan, const uint32_t *live, size_t n)
{
	return count_entries(plan, live, n) > 0;
}

static bool any_lru(const struct mim_plan *plan, const uint32_t *live, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mim_kind_is_lru(plan->live->maps[live[i]].shape.type))
			return true;
	return false;
}

void mim_plan_contents(const struct mim_plan *plan, const uint32_t *live, size_t n,
		       FILE *out)
{
	uint64_t sum = count_entries(plan, live, n);

	fprintf(out, "%s %lu entr%s ", n == 1 ? "its" : "their", (unsigned long)sum,
		sum == 1 ? "y" : "ies");
	if (plan->copied[live[0]])
		fprintf(out, "%s to the new map%s%s", sum == 1 ? "goes" : "go",
			n == 1 ? "" : "s",
			any_lru(plan, live, n) ? ", as many as an LRU map keeps" : "");
	else
		fprintf(out, "%s lost", sum == 1 ? "is" : "are");
}

static void print_contents(const struct mim_plan *plan, uint32_t live, FILE *out)
{
	if (!mim_plan_has_contents(plan, &live, 1))
		return;
	fputs("; ", out);
	mim_plan_contents(plan, &live, 1, out);
}

/* What is lost of a map may be declared, and so in the new one from the beginning. */
static void print_seeds(const struct mim_plan *plan, const struct mim_change *change,
			FILE *out)
{
	uint32_t n;

	if (change->action != MIM_REPLACE || !mim_plan_seeds(plan, change->want))
		return;
	n = plan->want->maps[change->want].elements->n;
	fprintf(out, "; the new map begins with the %u that %s declared", n,
		n == 1 ? "is" : "are");
}

static void print_freed(const struct mim_plan *plan, uint32_t live, FILE *out)
{
	const struct mim_map *map = &plan->live->maps[live];
	uint32_t n = 0;

	for (uint32_t i = 0; map->outer && i < map->outer->slots.n; i++)
		n += plan->freed[map->outer->slots.inner[i]] &&
		     plan->live->maps[map->outer->slots.inner[i]].pins == MIM_NONE;
	fprintf(out, "id %u %s", map->id, mim_plan_is_freed(plan, 1));
	print_contents(plan, live, out);
	if (n)
		fprintf(out, "; with it the map%s in %u of its slots", n == 1 ? "" : "s",
			n);
}

static bool print_stays(const struct mim_plan *plan, uint32_t map, size_t i, FILE *out)
{
	char *text = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&text, &length);
	bool stays = memory && mim_plan_stays(plan, map, i, memory);

	if (memory)
		fclose(memory);
	if (stays)
		fprintf(out, "id %u stays: %s", plan->live->maps[map].id, text);
	free(text);
	return stays;
}

/* It goes on elsewhere; the new one begins empty, or with what was in it. */
static bool follows_from_staying(const struct mim_plan *plan,
				 const struct mim_change *change, size_t i, FILE *out)
{
	if (change->action == MIM_REPLACE && change->subject == MIM_ON_INNER &&
	    mim_plan_has_contents(plan, &change->live, 1) && i-- == 0) {
		mim_plan_contents(plan, &change->live, 1, out);
		print_seeds(plan, change, out);
		return true;
	}
	return print_stays(plan, change->live, i, out);
}

static bool follows_from_map(const struct mim_plan *plan, const struct mim_change *change,
			     size_t i, FILE *out)
{
	uint32_t index = change->live;
	const struct mim_map *map = &plan->live->maps[index];

	if (user_goes_on(plan, map, i, out))
		return true;
	if (!plan->freed[index])
		return follows_from_staying(plan, change, i, out);
	if (i > 0)
		return false;
	print_freed(plan, index, out);
	if (mim_plan_has_contents(plan, &index, 1))
		print_seeds(plan, change, out);
	return true;
}

/* What becomes of the map that leaves a slot; nothing to say of one that is declared. */
static bool follows_from_slot(const struct mim_plan *plan, uint32_t inner, FILE *out)
{
	if (!plan->freed[inner])
		return !plan->declared[inner] && print_stays(plan, inner, 0, out);
	print_freed(plan, inner, out);
	return true;
}

/* Who has the old map in hand does not see the new one. */
static bool follows_from_swap(const struct mim_plan *plan,
			      const struct mim_change *change, size_t i, FILE *out)
{
	if (change->want == MIM_NONE || !(change->fields & MIM_FIELD_ENTRIES) ||
	    plan->match[change->want] != MIM_NONE)
		return false;
	return user_goes_on(plan, &plan->live->maps[change->live], i, out) ||
	       (!plan->freed[change->live] && print_stays(plan, change->live, i, out));
}

bool mim_plan_consequence(const struct mim_plan *plan, const struct mim_change *change,
			  size_t i, FILE *out)
{
	const struct mim_change *owner;

	if (change->live == MIM_NONE)
		return false;
	switch (change->subject) {
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		if (change->action == MIM_REPLACE || change->action == MIM_REMOVE)
			return follows_from_map(plan, change, i, out);
		return follows_from_swap(plan, change, i, out);
	case MIM_ON_SLOT:
		owner = &plan->changes[change->owner];
		return i == 0 &&
		       follows_from_slot(plan,
					 plan->live->maps[owner->live]
						 .outer->slots.inner[change->live],
					 out);
	case MIM_ON_BPFFS:
	case MIM_ON_SCOPE:
	case MIM_ON_PIN:
		break;
	}
	return false;
}

struct mim_spot mim_plan_origin(const struct mim_plan *plan,
				const struct mim_change *change)
{
	const struct mim_change *owner;

	if (change->want == MIM_NONE)
		return MIM_NOWHERE;
	switch (change->subject) {
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		return MIM_SPOT(plan->want->maps[change->want].origin, "name");
	case MIM_ON_SLOT:
		owner = &plan->changes[change->owner];
		return MIM_SPOT(
			plan->want->maps[owner->want].outer->slots.origins[change->want],
			NULL);
	case MIM_ON_PIN:
		return MIM_SPOT(plan->want->pins[change->want].origin, NULL);
	case MIM_ON_BPFFS:
	case MIM_ON_SCOPE:
		break;
	}
	return MIM_NOWHERE;
}

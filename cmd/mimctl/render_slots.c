/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/array.h"
#include "render_lines.h"

/**
 * struct run - slots one after the other with which the same happens
 * @n: changes that it gathers
 * @made: they get new maps of their own
 * @old: live maps that are freed by it, @n_old of them
 */
struct run {
	size_t n;
	bool made;
	uint32_t *old;
	size_t n_old;
};

static void run_release(struct run *run)
{
	free(run->old);
}

static const struct mim_map *owner_want(const struct mim_plan *plan,
					const struct mim_change *change)
{
	return &plan->want->maps[plan->changes[change->owner].want];
}

static const struct mim_map *owner_live(const struct mim_plan *plan,
					const struct mim_change *change)
{
	return &plan->live->maps[plan->changes[change->owner].live];
}

/* The map that is in the slot now, or MIM_NONE. */
static uint32_t old_of(const struct mim_plan *plan, const struct mim_change *change)
{
	return change->live == MIM_NONE
		       ? MIM_NONE
		       : owner_live(plan, change)->outer->slots.inner[change->live];
}

static const uint8_t *key_of(const struct mim_plan *plan, const struct mim_change *change)
{
	return change->want != MIM_NONE
		       ? mim_slot_key(owner_want(plan, change), change->want)
		       : mim_slot_key(owner_live(plan, change), change->live);
}

static bool gets_new_own(const struct mim_plan *plan, const struct mim_change *change)
{
	uint32_t inner;

	if (change->want == MIM_NONE || change->action == MIM_KEEP)
		return false;
	inner = owner_want(plan, change)->outer->slots.inner[change->want];
	return plan->want->maps[inner].own && plan->match[inner] == MIM_NONE;
}

static bool is_next_key(struct mim_type type, const uint8_t *key, const uint8_t *next)
{
	bool network = type.kind == MIM_TYPE_BE;

	return (network || type.kind == MIM_TYPE_UINT) && type.size <= 8 &&
	       mim_type_integer(next, type.size, network) ==
		       mim_type_integer(key, type.size, network) + 1;
}

/* A slot whose map nobody will miss by its id or its name may go into a run. */
static bool may_gather(const struct render_lines *lines, const struct mim_change *change)
{
	const struct mim_plan *plan = lines->plan;
	uint32_t old = old_of(plan, change);

	if (old == MIM_NONE)
		return gets_new_own(plan, change);
	if (lines->render->verbose || lines->told[old] || !plan->freed[old] ||
	    (lines->declared[old] != MIM_NONE &&
	     !render_want(lines, lines->declared[old])->own))
		return false;
	return change->want == MIM_NONE || gets_new_own(plan, change);
}

/* Why the slot's own map is replaced; "" when it is not. */
static char *why_replaced(struct render_lines *lines, uint32_t old)
{
	uint32_t inner = old == MIM_NONE ? MIM_NONE : lines->replaced[old];
	char *text = inner == MIM_NONE
			     ? strdup("")
			     : render_reason(lines->plan, &lines->plan->changes[inner]);

	lines->out_of_memory |= !text;
	return text;
}

static bool is_same_fate(struct render_lines *lines, uint32_t a, uint32_t b)
{
	mim_auto_free char *x = NULL, *y = NULL;

	if (a == MIM_NONE || b == MIM_NONE)
		return a == b;
	if (lines->plan->copied[a] != lines->plan->copied[b])
		return false;
	x = why_replaced(lines, a);
	y = why_replaced(lines, b);
	return x && y && strcmp(x, y) == 0;
}

static bool is_alike(struct render_lines *lines, const struct mim_change *a,
		     const struct mim_change *b)
{
	const struct mim_plan *plan = lines->plan;

	return b->subject == MIM_ON_SLOT && a->owner == b->owner &&
	       a->action == b->action &&
	       is_next_key(owner_want(plan, a)->outer->key_type, key_of(plan, a),
			   key_of(plan, b)) &&
	       is_same_fate(lines, old_of(plan, a), old_of(plan, b));
}

/* Return: false when out of memory. */
static bool gather(struct render_lines *lines, size_t first, struct run *run)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_change *change = &plan->changes[first];

	*run = (struct run){.made = gets_new_own(plan, change)};
	for (; first + run->n < plan->n_changes; run->n++, change++) {
		uint32_t old, *added;

		if (run->n && !is_alike(lines, change - 1, change))
			break;
		if (!may_gather(lines, change))
			break;
		old = old_of(plan, change);
		if (old == MIM_NONE)
			continue;
		added = mim_array_add(run->old, run->n_old);
		if (!added)
			return false;
		*added = old;
		/* A second slot with the same map has a line of its own. */
		lines->told[old] = true;
	}
	if (run->n > 1)
		return true;
	for (size_t i = 0; i < run->n_old; i++)
		lines->told[run->old[i]] = false;
	run->n = 1;
	run->n_old = 0;
	return true;
}

static void print_inner(const struct render_lines *lines, uint32_t inner, FILE *out)
{
	const struct mim_map *map = render_want(lines, inner);
	uint32_t match = lines->plan->match[inner];
	char seeds[RENDER_SEEDS];

	if (match != MIM_NONE)
		fprintf(out, "%s (id %u)", map->own ? "its own map" : map->name,
			lines->plan->live->maps[match].id);
	else if (map->own)
		fprintf(out, "a new map from template '%s'",
			lines->plan->want->templates[map->template].name);
	else
		fprintf(out, "%s (%s%s)", map->name, map->external ? "not there" : "new",
			render_seeds(lines->plan, inner, seeds));
}

static void print_live_inner(const struct render_lines *lines, uint32_t live, FILE *out)
{
	uint32_t declared = lines->declared[live], id = lines->plan->live->maps[live].id;

	if (declared != MIM_NONE && !render_want(lines, declared)->own)
		fprintf(out, "%s (id %u)", render_want(lines, declared)->name, id);
	else
		fprintf(out, "id %u", id);
}

static void print_why(struct render_lines *lines, uint32_t old, FILE *out)
{
	mim_auto_free char *why = why_replaced(lines, old);

	if (why && *why)
		fprintf(out, "; %s", why);
}

/* What becomes of a map is said once, with the map itself where it has a line. */
static void print_fate(struct render_lines *lines, const struct mim_change *change,
		       uint32_t live, FILE *out)
{
	const struct mim_plan *plan = lines->plan;
	const char *which = change->want != MIM_NONE ? "old " : "";
	mim_auto_free char *text = NULL;
	size_t length = 0;
	FILE *memory;

	if (lines->told[live])
		return;
	lines->told[live] = true;
	print_why(lines, live, out);
	if (plan->freed[live]) {
		fprintf(out, "; the %smap %s", which, mim_plan_is_freed(plan, 1));
		if (mim_plan_has_contents(plan, &live, 1)) {
			fputs("; ", out);
			mim_plan_contents(plan, &live, 1, out);
		}
	}
	if (plan->freed[live] || plan->declared[live])
		return;
	memory = open_memstream(&text, &length);
	if (memory && mim_plan_stays(plan, live, 0, memory) && fflush(memory) == 0)
		fprintf(out, "; the %smap stays: %s", which, text);
	if (memory)
		fclose(memory);
}

/* The key of a slot, or the first and the last one of a run. */
static char *slot_name(const struct render_lines *lines, size_t index, size_t n)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_change *change = &plan->changes[index];
	struct mim_type type = owner_want(plan, change)->outer->key_type;
	struct render_words words;

	if (!render_words_open(&words))
		return NULL;
	fputs(render_key_bytes(type, key_of(plan, change)), words.out);
	if (n > 1)
		fprintf(words.out, "..%s",
			render_key_bytes(type, key_of(plan, change + n - 1)));
	return render_words_close(&words);
}

static void print_slot_change(struct render_lines *lines, const struct mim_change *change,
			      FILE *out)
{
	const struct mim_plan *plan = lines->plan;
	uint32_t was = old_of(plan, change);

	if (was != MIM_NONE)
		print_live_inner(lines, was, out);
	if (was != MIM_NONE && change->want != MIM_NONE)
		fprintf(out, " -> ");
	if (change->want != MIM_NONE)
		print_inner(lines,
			    owner_want(plan, change)->outer->slots.inner[change->want],
			    out);
	if (was != MIM_NONE)
		print_fate(lines, change, was, out);
}

static void print_run(struct render_lines *lines, const struct mim_change *change,
		      const struct run *run, FILE *out)
{
	const struct mim_plan *plan = lines->plan;
	const char *template =
		plan->want->templates[owner_want(plan, change)->outer->template].name;

	if (run->made && run->n_old)
		fprintf(out, "%zu maps -> new maps from template '%s'", run->n, template);
	else if (run->made)
		fprintf(out, "%zu new maps from template '%s'", run->n, template);
	else
		fprintf(out, "%zu maps", run->n);
	if (!run->n_old)
		return;
	print_why(lines, run->old[0], out);
	fprintf(out, "%s %s", run->made ? "; the old maps" : "",
		mim_plan_is_freed(plan, run->n_old));
	if (mim_plan_has_contents(plan, run->old, run->n_old)) {
		fputs("; ", out);
		mim_plan_contents(plan, run->old, run->n_old, out);
	}
}

static char *slot_text(struct render_lines *lines, size_t index, const struct run *run)
{
	const struct mim_change *change = &lines->plan->changes[index];
	struct render_words words;

	if (!render_words_open(&words))
		return NULL;
	if (run->n > 1)
		print_run(lines, change, run, words.out);
	else
		print_slot_change(lines, change, words.out);
	return render_words_close(&words);
}

size_t render_slots(struct render_lines *lines, size_t index)
{
	const struct mim_change *change = &lines->plan->changes[index];
	mim_cleanup(run_release) struct run run = {0};
	bool gathered = gather(lines, index, &run);
	mim_auto_free char *name = gathered ? slot_name(lines, index, run.n) : NULL;
	mim_auto_free char *text = gathered ? slot_text(lines, index, &run) : NULL;

	lines->out_of_memory |= !name || !text;
	render_line(lines, 1, change->action, "slot", name ? name : "", text);
	return run.n ? run.n : 1;
}

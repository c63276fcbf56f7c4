/* SPDX-License-Identifier: BSD-2-Clause */
#include "render_lines.h"

static bool is_new_own(const struct render_lines *lines, const struct mim_change *change)
{
	const struct mim_change *owner = &lines->plan->changes[change->owner];
	uint32_t inner;

	if (change->action != MIM_CREATE)
		return false;
	inner = render_want(lines, owner->want)->outer->slots.inner[change->want];
	return render_want(lines, inner)->own && lines->plan->match[inner] == MIM_NONE;
}

static bool is_next_key(const struct mim_map *outer, uint32_t slot, uint32_t next)
{
	uint32_t size = outer->shape.key_size;
	enum mim_type_kind kind = outer->outer->key_type.kind;
	const uint8_t *a = mim_slot_key(outer, slot), *b = mim_slot_key(outer, next);
	uint64_t x = 0, y = 0;

	if ((kind != MIM_TYPE_UINT && kind != MIM_TYPE_BE) || size > 8)
		return false;
	for (uint32_t i = 0; i < size; i++) {
		bool forward =
			kind == MIM_TYPE_BE || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
		uint32_t at = forward ? i : size - 1 - i;

		x = x << 8 | a[at];
		y = y << 8 | b[at];
	}
	return y == x + 1;
}

/* How many changes from @first on are one run of new maps made from the template. */
static size_t run_length(const struct render_lines *lines, size_t first)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_change *change = &plan->changes[first];
	const struct mim_map *outer =
		render_want(lines, plan->changes[change->owner].want);
	size_t n = 1;

	while (first + n < plan->n_changes &&
	       plan->changes[first + n].subject == MIM_ON_SLOT &&
	       plan->changes[first + n].owner == change->owner &&
	       is_new_own(lines, &plan->changes[first + n]) &&
	       is_next_key(outer, plan->changes[first + n - 1].want,
			   plan->changes[first + n].want))
		n++;
	return n;
}

static void print_inner(const struct render_lines *lines, uint32_t inner, FILE *out)
{
	const struct mim_map *map = render_want(lines, inner);
	uint32_t match = lines->plan->match[inner];

	if (match != MIM_NONE)
		fprintf(out, "%s (id %u)", map->own ? "its own map" : map->name,
			lines->plan->live->maps[match].id);
	else if (map->own)
		fprintf(out, "a new map from template '%s'",
			lines->plan->want->templates[map->template].name);
	else
		fprintf(out, "%s (%s)", map->name, map->external ? "not there" : "new");
}

static void print_live_inner(const struct render_lines *lines, uint32_t live, FILE *out)
{
	uint32_t declared = lines->declared[live], id = lines->plan->live->maps[live].id;

	if (declared != MIM_NONE && !render_want(lines, declared)->own)
		fprintf(out, "%s (id %u)", render_want(lines, declared)->name, id);
	else
		fprintf(out, "id %u", id);
}

/* What becomes of a map is said once, with the map itself where it has a line. */
static void print_fate(const struct render_lines *lines, const struct mim_change *change,
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
	if (plan->freed[live]) {
		fprintf(out, "; the %smap %s", which, mim_plan_is_freed(plan));
		if (mim_plan_has_contents(plan, live)) {
			fputs("; ", out);
			mim_plan_contents(plan, live, out);
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
	const struct mim_change *owner = &plan->changes[change->owner];
	const struct mim_map *want = render_want(lines, owner->want);
	struct mim_type type = want->outer->key_type;
	struct render_words words;

	if (!render_words_open(&words))
		return NULL;
	fputs(change->want != MIM_NONE
		      ? render_key(want, type, change->want)
		      : render_key(&plan->live->maps[owner->live], type, change->live),
	      words.out);
	if (n > 1)
		fprintf(words.out, "..%s",
			render_key(want, type, plan->changes[index + n - 1].want));
	return render_words_close(&words);
}

static void print_slot_change(struct render_lines *lines, const struct mim_change *change,
			      FILE *out)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_change *owner = &plan->changes[change->owner];
	uint32_t was = MIM_NONE;

	if (change->live != MIM_NONE) {
		was = plan->live->maps[owner->live].outer->slots.inner[change->live];
		print_live_inner(lines, was, out);
	}
	if (change->live != MIM_NONE && change->want != MIM_NONE)
		fprintf(out, " -> ");
	if (change->want != MIM_NONE)
		print_inner(
			lines,
			render_want(lines, owner->want)->outer->slots.inner[change->want],
			out);
	if (was != MIM_NONE)
		print_fate(lines, change, was, out);
}

static char *slot_text(struct render_lines *lines, size_t index, size_t n)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_change *change = &plan->changes[index];
	const struct mim_map *want =
		render_want(lines, plan->changes[change->owner].want);
	struct render_words words;

	if (!render_words_open(&words))
		return NULL;
	if (n > 1)
		fprintf(words.out, "%zu new maps from template '%s'", n,
			plan->want->templates[want->outer->template].name);
	else
		print_slot_change(lines, change, words.out);
	return render_words_close(&words);
}

size_t render_slots(struct render_lines *lines, size_t index)
{
	const struct mim_change *change = &lines->plan->changes[index];
	size_t n = is_new_own(lines, change) ? run_length(lines, index) : 1;
	mim_auto_free char *name = slot_name(lines, index, n);
	mim_auto_free char *text = slot_text(lines, index, n);

	lines->out_of_memory |= !name || !text;
	render_line(lines, 1, change->action, "slot", name ? name : "", text);
	return n;
}

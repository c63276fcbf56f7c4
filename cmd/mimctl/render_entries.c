/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/json.h"
#include "base/str.h"
#include "render_lines.h"

/* Entries that a plan shows, as text without -v and as JSON. */
#define MOST_LINES 10
#define MOST_JSON  100

const char *render_seeds(const struct mim_plan *plan, uint32_t want, char *text)
{
	text[0] = '\0';
	if (mim_plan_seeds(plan, want)) {
		uint32_t n = plan->want->maps[want].elements->n;

		snprintf(text, RENDER_SEEDS, ", %u entr%s", n, n == 1 ? "y" : "ies");
	}
	return text;
}

/* What changes in one map, and how its keys and values are written. */
struct side {
	const struct mim_map *want;
	const struct mim_map *live;
	const struct mim_template *template;
};

static struct side side_of(const struct mim_plan *plan, const struct mim_refill *refill)
{
	const struct mim_map *want = &plan->want->maps[refill->map];

	return (struct side){want, &plan->live->maps[refill->live_map],
			     &plan->want->templates[want->template]};
}

static const uint8_t *key_of(const struct side *side, const struct mim_edit *edit)
{
	return edit->want != MIM_NONE ? mim_element_key(side->want->elements, edit->want)
				      : mim_element_key(side->live->elements, edit->live);
}

static const uint8_t *new_of(const struct side *side, const struct mim_edit *edit)
{
	return edit->want == MIM_NONE
		       ? NULL
		       : mim_element_value(side->want->elements, edit->want);
}

static const uint8_t *old_of(const struct side *side, const struct mim_edit *edit)
{
	return edit->live == MIM_NONE
		       ? NULL
		       : mim_element_value(side->live->elements, edit->live);
}

/* Of a per-CPU map: did all CPUs have the same? */
static bool is_alike(const struct side *side, const uint8_t *value)
{
	uint32_t size = side->live->elements->value_size;
	uint32_t step = (side->live->shape.value_size + 7) / 8 * 8;

	if (!mim_kind_is_per_cpu(side->live->shape.type))
		return true;
	for (uint32_t at = step; at < size; at += step)
		if (memcmp(value, value + at, side->live->shape.value_size) != 0)
			return false;
	return true;
}

/* Return: heap; NULL when out of memory. */
static char *text_of(struct mim_type type, const uint8_t *bytes)
{
	size_t length = mim_value_length(type, bytes) + 1;
	char *text = malloc(length);

	if (text)
		mim_value_print(type, bytes, text, length);
	return text;
}

/* The values of an edit; what is missing is NULL. Return: false when out of memory. */
static bool values_of(const struct side *side, const struct mim_edit *edit,
		      char **ret_old, char **ret_new)
{
	const uint8_t *old = old_of(side, edit), *new = new_of(side, edit);

	if (old && !is_alike(side, old))
		*ret_old = strdup("(one for each CPU)");
	else if (old)
		*ret_old = text_of(side->template->value_type, old);
	if (new)
		*ret_new = text_of(side->template->value_type, new);
	return !!*ret_old == !!old && !!*ret_new == !!new;
}

static enum mim_action action_of(const struct mim_edit *edit)
{
	return edit->live == MIM_NONE	? MIM_CREATE
	       : edit->want == MIM_NONE ? MIM_REMOVE
					: MIM_CHANGE;
}

static void print_edit(struct render_lines *lines, const struct side *side,
		       const struct mim_edit *edit)
{
	mim_auto_free char *key = text_of(side->template->key_type, key_of(side, edit));
	mim_auto_free char *old = NULL, *new = NULL, *text = NULL;
	bool whole = values_of(side, edit, &old, &new) && key;

	if (whole && old && new &&asprintf(&text, "%s -> %s", old, new) < 0) {
		text = NULL;
		whole = false;
	}
	lines->out_of_memory |= !whole;
	if (whole)
		render_line(lines, 1, action_of(edit), "entry", key,
			    text  ? text
			    : new ? new
				  : old);
}

static int width_of(const struct side *side, const struct mim_edit *edits, uint32_t n)
{
	struct mim_type type = side->template->key_type;
	int width = 0;

	for (uint32_t i = 0; i < n; i++)
		width = render_key_width(
			width, mim_value_length(type, key_of(side, &edits[i])) + 1);
	return width;
}

void render_entries(struct render_lines *lines, const struct mim_change *change)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_refill *refill = change->fields & MIM_FIELD_ENTRIES
						  ? mim_plan_refill(plan, change->want)
						  : NULL;
	struct side side;
	uint32_t n;

	if (!refill)
		return;
	side = side_of(plan, refill);
	n = refill->n;
	/* One more is shorter than to say so. */
	if (!lines->render->verbose && n > MOST_LINES + 1)
		n = MOST_LINES;
	lines->width = width_of(&side, &plan->edits[refill->first], n);
	for (uint32_t i = 0; i < n; i++)
		print_edit(lines, &side, &plan->edits[refill->first + i]);
	lines->width = 0;
	if (n < refill->n)
		fprintf(lines->out, "        and %u more entries; -v shows all\n",
			refill->n - n);
}

static uint64_t digest_of(const struct mim_plan *plan, const struct mim_refill *refill,
			  const struct side *side)
{
	uint64_t digest = refill->n;

	for (uint32_t i = refill->first; i < refill->first + refill->n; i++) {
		const struct mim_edit *edit = &plan->edits[i];
		const uint8_t *old = old_of(side, edit), *new = new_of(side, edit);
		uint64_t parts[4] = {
			digest,
			mim_str_hash(key_of(side, edit), side->want->shape.key_size),
			old ? mim_str_hash(old, side->live->elements->value_size) : 0,
			new ? mim_str_hash(new, side->want->shape.value_size) : 0};

		digest = mim_str_hash(parts, sizeof(parts));
	}
	return digest;
}

static struct json_object *edit_json(const struct side *side, const struct mim_edit *edit)
{
	mim_auto_free char *key = text_of(side->template->key_type, key_of(side, edit));
	mim_auto_free char *old = NULL, *new = NULL;
	struct json_object *object = NULL;

	if (!values_of(side, edit, &old, &new) || !key)
		return NULL;
	object = mim_json_object();
	mim_json_put_text(object, "action", render_action(action_of(edit)));
	mim_json_put_text(object, "key", key);
	mim_json_put_text(object, "before", old);
	mim_json_put_text(object, "after", new);
	return object;
}

struct json_object *render_entries_json(const struct mim_plan *plan,
					const struct mim_refill *refill)
{
	struct json_object *object = mim_json_object(), *list = mim_json_array();
	const struct side side = side_of(plan, refill);
	char digest[24];

	mim_json_put_text(object, "update", refill->in_place ? "in_place" : "swap");
	mim_json_put_number(object, "create", refill->added);
	mim_json_put_number(object, "change", refill->changed);
	mim_json_put_number(object, "remove", refill->removed);
	for (uint32_t i = 0; i < refill->n && i < MOST_JSON; i++)
		mim_json_add(list, edit_json(&side, &plan->edits[refill->first + i]));
	mim_json_put(object, "changes", list);
	snprintf(digest, sizeof(digest), "%016lx",
		 (unsigned long)digest_of(plan, refill, &side));
	mim_json_put_text(object, "digest", digest);
	return object;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/array.h"
#include "model/kind.h"
#include "plan/diff.h"

/* Lists that a person may read are in the order people count in. */
#define MOST_SORTED 1000

static const struct mim_elements nothing;

struct pair {
	const struct mim_plan *plan;
	const struct mim_map *want;
	const struct mim_map *live;
	const struct mim_elements *wanted;
	const struct mim_elements *there;
};

/* Of a per-CPU map the value is to be the same on all CPUs. */
static bool is_same(const struct pair *pair, uint32_t want, uint32_t live)
{
	const uint8_t *value = mim_element_value(pair->wanted, want);
	const uint8_t *there = mim_element_value(pair->there, live);
	uint32_t size = pair->want->shape.value_size, step = pair->there->value_size;

	if (mim_kind_is_per_cpu(pair->want->shape.type))
		step = (size + 7) / 8 * 8;
	for (uint32_t at = 0; at < pair->there->value_size; at += step)
		if (memcmp(value, there + at, size) != 0)
			return false;
	return true;
}

static int add(struct mim_plan *plan, struct mim_refill *refill, uint32_t want,
	       uint32_t live)
{
	struct mim_edit *edit = mim_array_add(plan->edits, plan->n_edits);

	if (!edit)
		return -ENOMEM;
	*edit = (struct mim_edit){want, live};
	refill->n++;
	++*(live == MIM_NONE   ? &refill->added
	    : want == MIM_NONE ? &refill->removed
			       : &refill->changed);
	return 0;
}

/* Both sides are sorted: one walk finds what is new, gone and changed. */
static int compare(struct mim_plan *plan, const struct pair *pair,
		   struct mim_refill *refill)
{
	uint32_t i = 0, j = 0, size = pair->want->shape.key_size;
	int r = 0;

	while (r == 0 && (i < pair->wanted->n || j < pair->there->n)) {
		int c = i == pair->wanted->n ? 1
			: j == pair->there->n
				? -1
				: mim_key_compare(size, mim_element_key(pair->wanted, i),
						  mim_element_key(pair->there, j));

		if (c == 0 && !is_same(pair, i, j))
			r = add(plan, refill, i, j);
		else if (c < 0)
			r = add(plan, refill, i, MIM_NONE);
		else if (c > 0)
			r = add(plan, refill, MIM_NONE, j);
		i += c <= 0;
		j += c >= 0;
	}
	return r;
}

static const uint8_t *key_of(const struct pair *pair, const struct mim_edit *edit)
{
	return edit->want != MIM_NONE ? mim_element_key(pair->wanted, edit->want)
				      : mim_element_key(pair->there, edit->live);
}

static int by_type(const void *a, const void *b, void *data)
{
	const struct pair *pair = data;
	const uint8_t *x = key_of(pair, a), *y = key_of(pair, b);
	int c = mim_type_compare(
		pair->plan->want->templates[pair->want->template].key_type, x, y);

	return c ? c : memcmp(x, y, pair->want->shape.key_size);
}

/* Where others hold it by its pin or by name, they would be left behind by a swap. */
static bool is_in_place(const struct mim_map *want, const struct mim_map *live)
{
	switch ((enum mim_update)want->update) {
	case MIM_UPDATE_SWAP:
		return false;
	case MIM_UPDATE_IN_PLACE:
		return true;
	case MIM_UPDATE_UNSAID:
		break;
	}
	return want->pins != MIM_NONE || live->pins != MIM_NONE ||
	       mim_map_users(live)->n_programs;
}

static int refill_map(struct mim_plan *plan, uint32_t want, uint32_t live)
{
	struct pair pair = {plan, &plan->want->maps[want], &plan->live->maps[live],
			    plan->want->maps[want].elements,
			    plan->live->maps[live].elements};
	struct mim_refill refill = {
		.map = want, .live_map = live, .first = (uint32_t)plan->n_edits};
	struct mim_refill *added;
	int r;

	pair.wanted = pair.wanted ? pair.wanted : &nothing;
	r = compare(plan, &pair, &refill);
	if (r < 0 || refill.n == 0)
		return r;
	if (refill.n <= MOST_SORTED)
		qsort_r(plan->edits + refill.first, refill.n, sizeof(*plan->edits),
			by_type, &pair);
	refill.in_place = is_in_place(pair.want, pair.live);
	added = mim_array_add(plan->refills, plan->n_refills);
	if (!added)
		return -ENOMEM;
	*added = refill;
	if (!refill.in_place) {
		plan->before[want] = live;
		plan->match[want] = MIM_NONE;
	}
	return 0;
}

int mim_refill_compute(struct mim_plan *plan)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->want->n_maps; i++) {
		uint32_t live = plan->match[i];

		if (plan->want->maps[i].exact && live != MIM_NONE &&
		    plan->live->maps[live].elements)
			r = refill_map(plan, i, live);
	}
	return r;
}

const struct mim_refill *mim_plan_refill(const struct mim_plan *plan, uint32_t want)
{
	size_t low = 0, high = plan->n_refills;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (plan->refills[middle].map == want)
			return &plan->refills[middle];
		if (plan->refills[middle].map < want)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool *mim_plan_unknown(const struct mim_plan *plan)
{
	bool *which = calloc(plan->live->n_maps + 1, sizeof(*which));

	for (size_t i = 0; which && i < plan->want->n_maps; i++) {
		uint32_t live = plan->match[i];

		if (plan->want->maps[i].exact && live != MIM_NONE &&
		    !plan->live->maps[live].elements)
			which[live] = true;
	}
	return which;
}

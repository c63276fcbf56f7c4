/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "plan/ordering.h"

static void add_record(struct mim_order *order, enum mim_step_op op,
		       enum mim_record record, uint32_t map, const char *path,
		       const char *text)
{
	struct mim_step *step = mim_order_step(order, op);

	step->record = record;
	step->map = map;
	step->path = path;
	step->text = text;
}

/* Return: what the record of the live map says at that pin; NULL when there is none. */
static const char *outside_record(const struct mim_plan *plan, const struct mim_pin *pin,
				  char *text)
{
	uint32_t match = plan->match[pin->map];

	return match == MIM_NONE
		       ? NULL
		       : mim_outside_text(plan->live->maps[match].id, pin->path, text);
}

/* The declared map that a record about a path is about, or MIM_NONE. */
static uint32_t owner_of_record(const struct mim_order *order, const char *path)
{
	const struct mim_plan *plan = order->plan;
	uint32_t pin = mim_table_find(&order->live_pins, path);

	if (pin != MIM_TABLE_NONE)
		return order->owners[plan->live->pins[pin].map];
	pin = mim_table_find(&order->want_pins, path);
	return pin == MIM_TABLE_NONE ? MIM_NONE : plan->want->pins[pin].map;
}

bool *mim_order_protected(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;
	const struct mim_texts *recorded = &plan->live->scope.protected;
	bool *protected = calloc(plan->want->n_maps + 1, sizeof(*protected));

	for (size_t i = 0; protected && i < recorded->n; i++) {
		uint32_t map = owner_of_record(order, recorded->items[i]);
		const struct mim_outer *outer =
			map == MIM_NONE ? NULL : plan->want->maps[map].outer;

		if (outer && outer->protect != MIM_PROTECT_NO)
		protected[map] = true;
	}
	for (size_t i = 0; protected && i < plan->want->n_maps; i++) {
		const struct mim_outer *outer = plan->want->maps[i].outer;

		protected[i] |= outer && outer->protect == MIM_PROTECT_YES;
	}
	order->out_of_memory |= !protected;
	return protected;
}

static const char *first_pin(const struct mim_plan *plan, uint32_t map)
{
	uint32_t pin = plan->want->maps[map].pins;

	return pin == MIM_NONE ? NULL : plan->want->pins[pin].path;
}

void mim_order_remember(struct mim_order *order, const bool *protected)
{
	const struct mim_plan *plan = order->plan;

	for (uint32_t i = 0; i < plan->want->n_maps; i++) {
		const char *path = first_pin(plan, i);

		if (protected[i] && path &&
		    !mim_texts_has(&plan->live->scope.protected, path))
			add_record(order, MIM_STEP_REMEMBER, MIM_RECORD_PROTECTED,
				   MIM_NONE, path, path);
	}
	for (size_t i = 0; i < plan->want->n_pins; i++) {
		const struct mim_pin *pin = &plan->want->pins[i];
		char text[MIM_OUTSIDE_TEXT];
		const char *record;

		if (pin->inside)
			continue;
		record = outside_record(plan, pin, text);
		if (!record || !mim_texts_has(&plan->live->scope.outside, record))
			add_record(order, MIM_STEP_REMEMBER, MIM_RECORD_OUTSIDE, pin->map,
				   pin->path, NULL);
	}
}

static bool holds_protected(const struct mim_order *order, const bool *protected,
			    const char *path)
{
	const struct mim_plan *plan = order->plan;
	uint32_t map = owner_of_record(order, path);
	const char *first = map == MIM_NONE ? NULL : first_pin(plan, map);

	/* Of a map that is there and not declared, the record is what guards it. */
	if (map == MIM_NONE)
		return mim_table_find(&order->live_pins, path) != MIM_TABLE_NONE;
	return protected[map] && first && strcmp(first, path) == 0;
}

static bool holds_outside(const struct mim_order *order, const char *record,
			  const char *path)
{
	uint32_t pin = mim_table_find(&order->want_pins, path);
	const struct mim_plan *plan = order->plan;
	char text[MIM_OUTSIDE_TEXT];
	const char *said;

	if (pin == MIM_TABLE_NONE)
		return false;
	said = outside_record(plan, &plan->want->pins[pin], text);
	return said && strcmp(said, record) == 0;
}

void mim_order_forget(struct mim_order *order, const bool *protected)
{
	const struct mim_scope *scope = &order->plan->live->scope;

	for (size_t i = 0; i < scope->protected.n; i++) {
		const char *path = scope->protected.items[i];

		if (!holds_protected(order, protected, path))
			add_record(order, MIM_STEP_FORGET, MIM_RECORD_PROTECTED, MIM_NONE,
				   path, path);
	}
	for (size_t i = 0; i < scope->outside.n; i++) {
		const char *record = scope->outside.items[i];
		const char *path = mim_outside_path(record);

		if (path && !holds_outside(order, record, path))
			add_record(order, MIM_STEP_FORGET, MIM_RECORD_OUTSIDE, MIM_NONE,
				   path, record);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/str.h"
#include "plan/ordering.h"

typedef void on_folder(struct mim_order *order, const char *folder);

/* Every folder on the way to a pin, below the bpffs root and the scope's own folder. */
static void each_folder(struct mim_order *order, const char *path, on_folder *take)
{
	const struct mim_scope *scope = &order->plan->want->scope;
	size_t root = strlen(scope->bpffs);
	const char *slash;

	/* Above bpffs, and in another one, folders are not mimctl's to make. */
	if (!mim_str_starts(path, scope->bpffs) || path[root] != '/')
		return;
	for (slash = strchr(path + root + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		char *folder = mim_arena_strndup(&order->plan->arena, path,
						 (size_t)(slash - path));

		if (!folder)
			order->out_of_memory = true;
		else if (strcmp(folder, scope->folder) != 0)
			take(order, folder);
	}
}

static void make_folder(struct mim_order *order, const char *folder)
{
	if (mim_order_note(order, &order->there, folder, 0))
		mim_order_path(order, MIM_STEP_FOLDER, folder);
}

static void need_folder(struct mim_order *order, const char *folder)
{
	mim_order_note(order, &order->needed, folder, 0);
}

static void empty_folder(struct mim_order *order, const char *folder)
{
	if (mim_topology_inside(order->plan->want, folder) &&
	    mim_order_note(order, &order->needed, folder, 0) &&
	    mim_texts_add(&order->emptied, folder) < 0)
		order->out_of_memory = true;
}

void mim_order_pins(struct mim_order *order)
{
	struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];
		const struct mim_pin *pin;
		struct mim_step *step;
		bool placed;

		if (change->subject != MIM_ON_PIN || change->want == MIM_NONE ||
		    change->action == MIM_KEEP)
			continue;
		pin = &plan->want->pins[change->want];
		placed = change->action == MIM_CREATE ||
			 (change->fields & MIM_FIELD_TARGET);
		if (placed)
			each_folder(order, pin->path, make_folder);
		step = mim_order_step(order, placed ? MIM_STEP_PIN : MIM_STEP_ACCESS);
		step->map = pin->map;
		step->pin = change->want;
		step->live_pin = change->live;
	}
}

static void remove_pins(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_REMOVE)
			mim_order_step(order, MIM_STEP_UNPIN)->live_pin =
				plan->changes[i].live;
}

/* Folders that only held pins that go; one that is not empty after all is left. */
static void remove_folders(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->want->n_pins; i++)
		each_folder(order, plan->want->pins[i].path, need_folder);
	for (size_t i = 0; i < plan->live->scope.foreign.n; i++)
		each_folder(order, plan->live->scope.foreign.items[i], need_folder);
	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_REMOVE)
			each_folder(order, plan->live->pins[plan->changes[i].live].path,
				    empty_folder);
	/* With the scope goes every folder in it that holds nothing of somebody else's.
	 */
	for (size_t i = 0; order->destroy && i < plan->live->scope.folders.n; i++)
		empty_folder(order, plan->live->scope.folders.items[i]);
	/* A folder was noted before what lies in it. */
	for (size_t i = order->emptied.n; i-- > 0;)
		mim_order_path(order, MIM_STEP_REMOVE_FOLDER, order->emptied.items[i]);
}

static bool needs_room(struct mim_order *order, const struct mim_pin *pin)
{
	const struct mim_scope *scope = &order->plan->want->scope;
	char path[MIM_PATH_MOST], *slash;

	if (mim_table_find(&order->there, pin->path) != MIM_TABLE_NONE)
		return true;
	snprintf(path, sizeof(path), "%s", pin->path);
	while ((slash = strrchr(path, '/')) &&
	       (size_t)(slash - path) > strlen(scope->bpffs)) {
		*slash = '\0';
		if (mim_table_find(&order->removed, path) != MIM_TABLE_NONE)
			return true;
	}
	return false;
}

bool mim_order_needs_room(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_REMOVE)
			mim_order_note(order, &order->removed,
				       plan->live->pins[plan->changes[i].live].path, 0);
	for (size_t i = 0; order->removed.head && i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_CREATE &&
		    needs_room(order, &plan->want->pins[plan->changes[i].want]))
			return true;
	return false;
}

void mim_order_remove_pins(struct mim_order *order)
{
	remove_pins(order);
	remove_folders(order);
}

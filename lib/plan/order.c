/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/array.h"
#include "base/str.h"
#include "model/reserved.h"
#include "plan/diff.h"
#include "plan/ordering.h"

struct mim_step *mim_order_step(struct mim_order *order, enum mim_step_op op)
{
	static struct mim_step nowhere;
	struct mim_step *step = mim_array_add(order->plan->steps, order->plan->n_steps);

	if (!step) {
		order->out_of_memory = true;
		return &nowhere;
	}
	*step = (struct mim_step){.op = op,
				  .map = MIM_NONE,
				  .live_map = MIM_NONE,
				  .pin = MIM_NONE,
				  .live_pin = MIM_NONE};
	return step;
}

void mim_order_path(struct mim_order *order, enum mim_step_op op, const char *path)
{
	mim_order_step(order, op)->path = path;
}

bool mim_order_note(struct mim_order *order, struct mim_table *table, const char *path,
		    uint32_t value)
{
	uint32_t there;
	int r = mim_table_add(table, path, value, &there);

	order->out_of_memory |= r == -ENOMEM;
	return r == 0;
}

static void add_write(struct mim_order *order, uint32_t want, uint32_t live)
{
	struct mim_write *write =
		mim_array_add(order->plan->writes, order->plan->n_writes);

	if (write)
		*write = (struct mim_write){want, live};
	else
		order->out_of_memory = true;
}

/* The writes since @first become a step, unless there are none. */
static void add_slots(struct mim_order *order, enum mim_step_op op, uint32_t map,
		      uint32_t live_map, size_t first)
{
	struct mim_plan *plan = order->plan;
	struct mim_step *step;

	if (plan->n_writes == first)
		return;
	step = mim_order_step(order, op);
	step->map = map;
	step->live_map = live_map;
	step->first = (uint32_t)first;
	step->n = (uint32_t)(plan->n_writes - first);
}

static bool is_new(const struct mim_plan *plan, const struct mim_change *change)
{
	if (change->want == MIM_NONE)
		return false;
	return change->action == MIM_CREATE || change->action == MIM_REPLACE ||
	       /* A map whose contents are swapped. */
	       ((change->fields & MIM_FIELD_ENTRIES) &&
		plan->match[change->want] == MIM_NONE);
}

static void order_creation(struct mim_order *order, enum mim_subject subject)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == subject &&
		    is_new(plan, &plan->changes[i]) &&
		    !plan->filled[plan->changes[i].want])
			mim_order_step(order, MIM_STEP_CREATE)->map =
				plan->changes[i].want;
}

/* What is in the maps that are replaced, where that is to be kept. */
static void order_copies(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (uint32_t i = 0; i < plan->want->n_maps; i++) {
		struct mim_step *step;

		if (!plan->want->maps[i].copy || plan->before[i] == MIM_NONE)
			continue;
		step = mim_order_step(order, MIM_STEP_COPY);
		step->map = i;
		step->live_map = plan->before[i];
	}
}

/* What is to be in the maps that are made; what was in an old one takes its place. */
static void order_entries(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_INNER && is_new(plan, change) &&
		    mim_plan_seeds(plan, change->want))
			mim_order_step(order, MIM_STEP_SEED)->map = change->want;
	}
}

/* Between copying and the switch programs went on writing into the old maps. */
static void order_copies_again(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_steps; i++) {
		struct mim_step *step;

		if (plan->steps[i].op != MIM_STEP_COPY)
			continue;
		step = mim_order_step(order, MIM_STEP_COPY_AGAIN);
		step->map = plan->steps[i].map;
		step->live_map = plan->steps[i].live_map;
		step->first = (uint32_t)i;
	}
}

/* Maps that nothing but one slot of a new outer map will hold. */
static int find_filled(struct mim_plan *plan)
{
	plan->filled = mim_arena_array(&plan->arena, plan->want->n_maps + 1,
				       sizeof(*plan->filled));
	if (!plan->filled)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_slots *slots;

		if (plan->changes[i].subject != MIM_ON_OUTER ||
		    !is_new(plan, &plan->changes[i]))
			continue;
		slots = &plan->want->maps[plan->changes[i].want].outer->slots;
		for (uint32_t s = 0; s < slots->n; s++) {
			uint32_t inner = slots->inner[s];

			plan->filled[inner] = plan->want->maps[inner].own &&
					      plan->want->maps[inner].pins == MIM_NONE &&
					      !(plan->want->maps[inner].copy &&
						plan->before[inner] != MIM_NONE) &&
					      plan->match[inner] == MIM_NONE;
		}
	}
	return 0;
}

/* Do slots that no file lists move on from the outer map that is replaced? */
static bool carries(const struct mim_plan *plan, const struct mim_change *change)
{
	const struct mim_map *want = &plan->want->maps[change->want], *live;

	if (change->live == MIM_NONE || !want->outer->keep_unlisted)
		return false;
	live = &plan->live->maps[change->live];
	return live->outer && live->shape.key_size == want->shape.key_size;
}

/* Their owner went on, too, until the new map was there to be seen. */
static void order_carrying_again(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];
		struct mim_step *step;

		if (change->subject != MIM_ON_OUTER || !is_new(plan, change) ||
		    !carries(plan, change))
			continue;
		step = mim_order_step(order, MIM_STEP_CARRY_AGAIN);
		step->map = change->want;
		step->live_map = change->live;
	}
}

/* A new outer map gets all its slots before anybody can see it. */
static void order_fill(struct mim_order *order, const struct mim_change *change)
{
	struct mim_plan *plan = order->plan;
	const struct mim_map *want = &plan->want->maps[change->want], *live = NULL;
	size_t first = plan->n_writes;

	for (uint32_t i = 0; i < want->outer->slots.n; i++)
		add_write(order, i, MIM_NONE);
	if (carries(plan, change))
		live = &plan->live->maps[change->live];
	for (uint32_t i = 0; live && i < live->outer->slots.n; i++)
		if (mim_slots_find(want, mim_slot_key(live, i)) == MIM_NONE)
			add_write(order, MIM_NONE, i);
	add_slots(order, MIM_STEP_FILL, change->want, change->live, first);
}

static size_t slots_end(const struct mim_plan *plan, size_t owner)
{
	size_t end = owner + 1;

	while (end < plan->n_changes && plan->changes[end].owner == owner)
		end++;
	return end;
}

static void order_slots(struct mim_order *order, size_t owner, enum mim_step_op op,
			bool removal)
{
	struct mim_plan *plan = order->plan;
	size_t first = plan->n_writes, end = slots_end(plan, owner);

	for (size_t i = owner + 1; i < end; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject == MIM_ON_SLOT &&
		    (change->action == MIM_REMOVE) == removal)
			add_write(order, change->want, change->live);
	}
	add_slots(order, op, plan->changes[owner].want, plan->changes[owner].live, first);
}

/* With no room for what comes beside what goes, what goes has to go first. */
static bool is_tight(const struct mim_plan *plan, size_t owner)
{
	const struct mim_map *live = &plan->live->maps[plan->changes[owner].live];
	size_t end = slots_end(plan, owner);
	uint64_t n = live->outer ? live->outer->slots.n : 0;

	for (size_t i = owner + 1; i < end; i++)
		n += plan->changes[i].subject == MIM_ON_SLOT &&
		     plan->changes[i].action == MIM_CREATE;
	return n > live->shape.max_entries;
}

static bool is_kept_outer(const struct mim_change *change)
{
	return change->subject == MIM_ON_OUTER &&
	       (change->action == MIM_CHANGE || change->action == MIM_ADOPT);
}

/* Will there be a scope, or is there one? */
static bool has_scope(const struct mim_plan *plan)
{
	return plan->want->n_maps || plan->live->scope.marked;
}

/*
 * The state folder comes last: it tells what else a run has left, and the way back from
 * what nobody confirmed is in it. First in it come the names that say that there is one:
 * half of it is worse than none.
 */
enum { SWEEP_FIRST, SWEEP_DECISIONS, SWEEP_STATE, SWEEP_PARTS };

static int sweep_part(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	if (!mim_str_starts(path, folder) ||
	    !mim_str_starts(path + n, "/" MIM_STATE_NAME "/"))
		return SWEEP_FIRST;
	path += n + strlen("/" MIM_STATE_NAME "/");
	return strcmp(path, MIM_PENDING_NAME) == 0 ||
			       strcmp(path, MIM_GOING_BACK_NAME) == 0
		       ? SWEEP_DECISIONS
		       : SWEEP_STATE;
}

static void order_sweeping(struct mim_order *order, int from, int to)
{
	const struct mim_texts *stale = &order->plan->live->scope.stale;
	const char *folder = order->plan->want->scope.folder;

	for (int part = from; part < to; part++)
		for (size_t i = 0; i < stale->n; i++)
			if (sweep_part(folder, stale->items[i]) == part)
				mim_order_path(order, MIM_STEP_SWEEP, stale->items[i]);
}

static void order_scope(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;
	const struct mim_scope *live = &plan->live->scope;

	if (has_scope(plan) && !live->mounted)
		mim_order_path(order, MIM_STEP_MOUNT, plan->want->scope.bpffs);
	if (has_scope(plan) && !live->exists)
		mim_order_path(order, MIM_STEP_SCOPE, plan->want->scope.folder);
	else if (has_scope(plan) && !live->marked)
		mim_order_path(order, MIM_STEP_MARK, plan->want->scope.folder);
	/* Also those of a scope that is gone. */
	order_sweeping(order, SWEEP_FIRST, SWEEP_DECISIONS);
}

static void order_refills(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_refills; i++) {
		struct mim_step *step;

		if (!plan->refills[i].in_place)
			continue;
		step = mim_order_step(order, MIM_STEP_REFILL);
		step->map = plan->refills[i].map;
		step->live_map = plan->refills[i].live_map;
		step->first = (uint32_t)i;
	}
}

static void order_switch(struct mim_order *order)
{
	struct mim_plan *plan = order->plan;
	bool room_first = mim_order_needs_room(order);
	size_t i;

	order_refills(order);
	for (i = 0; i < plan->n_changes; i++) {
		if (!is_kept_outer(&plan->changes[i]))
			continue;
		if (is_tight(plan, i))
			order_slots(order, i, MIM_STEP_CLEAR, true);
		order_slots(order, i, MIM_STEP_BIND, false);
	}
	if (room_first)
		mim_order_remove_pins(order);
	mim_order_pins(order);
	order_copies_again(order);
	order_carrying_again(order);
	for (i = 0; i < plan->n_changes; i++)
		if (is_kept_outer(&plan->changes[i]) && !is_tight(plan, i))
			order_slots(order, i, MIM_STEP_UNBIND, true);
	if (!room_first)
		mim_order_remove_pins(order);
}

static int index_texts(struct mim_order *order)
{
	const struct mim_texts *folders = &order->plan->live->scope.folders;
	const struct mim_topology *want = order->plan->want, *live = order->plan->live;

	for (size_t i = 0; i < folders->n; i++)
		mim_order_note(order, &order->there, folders->items[i], 0);
	for (size_t i = 0; i < want->n_pins; i++)
		mim_order_note(order, &order->want_pins, want->pins[i].path, (uint32_t)i);
	for (size_t i = 0; i < live->n_pins; i++)
		mim_order_note(order, &order->live_pins, live->pins[i].path, (uint32_t)i);
	return order->out_of_memory ? -ENOMEM : 0;
}

/* Return: false when out of memory. */
static bool index_owners(struct mim_order *order)
{
	const struct mim_plan *plan = order->plan;
	size_t n = plan->live->n_maps + 1;

	order->owners = malloc(n * sizeof(*order->owners));
	if (!order->owners)
		return false;
	memset(order->owners, 0xff, n * sizeof(*order->owners));
	for (size_t i = plan->want->n_maps; i-- > 0;) {
		if (plan->before[i] != MIM_NONE)
			order->owners[plan->before[i]] = (uint32_t)i;
		if (plan->match[i] != MIM_NONE)
			order->owners[plan->match[i]] = (uint32_t)i;
	}
	return true;
}

static void release(struct mim_order *order)
{
	free(order->owners);
	mim_table_release(&order->there);
	mim_table_release(&order->needed);
	mim_table_release(&order->want_pins);
	mim_table_release(&order->live_pins);
	mim_table_release(&order->removed);
	free(order->emptied.items);
}

int mim_order_compute(struct mim_plan *plan, const struct mim_plan_options *options)
{
	mim_cleanup(release) struct mim_order order = {.plan = plan,
						       .destroy = options->destroy};
	mim_auto_free bool *protected = NULL;

	if (index_texts(&order) < 0 || !index_owners(&order) || find_filled(plan) < 0)
		return -ENOMEM;
	order_scope(&order);
	order_creation(&order, MIM_ON_INNER);
	order_entries(&order);
	order_copies(&order);
	order_creation(&order, MIM_ON_OUTER);
	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_OUTER &&
		    is_new(plan, &plan->changes[i]))
			order_fill(&order, &plan->changes[i]);
	/* When all that takes memory is there: what fails before keeps the way back. */
	order_sweeping(&order, SWEEP_DECISIONS, SWEEP_PARTS);
	if (!options->destroy) {
		protected = mim_order_protected(&order);
		if (!protected)
			return -ENOMEM;
		mim_order_remember(&order, protected);
	}
	order_switch(&order);
	if (protected)
		mim_order_forget(&order, protected);
	/* What somebody else has in the folder keeps it, and it stays ours. */
	if (options->destroy && plan->live->scope.foreign.n == 0 &&
	    (plan->live->scope.marked || (plan->adopt && plan->live->scope.exists)))
		mim_order_path(&order, MIM_STEP_REMOVE_SCOPE, plan->want->scope.folder);
	if (plan->n_steps && has_scope(plan) && !options->destroy)
		mim_order_path(&order, MIM_STEP_FINISH, plan->want->scope.folder);
	plan->changed |= plan->n_steps > 0;
	return order.out_of_memory ? -ENOMEM : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "base/array.h"
#include "base/str.h"
#include "model/reserved.h"
#include "plan/diff.h"

struct order {
	struct mim_plan *plan;
	struct mim_table there;	    /* folders that exist, or will by the time */
	struct mim_table needed;    /* folders with something in them, or seen already */
	struct mim_table want_pins; /* declared paths -> pin */
	struct mim_table live_pins; /* the same for live ones */
	struct mim_table removed;   /* paths of pins that go */
	bool destroy;
	struct mim_texts emptied;
	bool out_of_memory;
};

static struct mim_step *add_step(struct order *order, enum mim_step_op op)
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

static void add_path(struct order *order, enum mim_step_op op, const char *path)
{
	add_step(order, op)->path = path;
}

static void add_write(struct order *order, uint32_t want, uint32_t live)
{
	struct mim_write *write =
		mim_array_add(order->plan->writes, order->plan->n_writes);

	if (write)
		*write = (struct mim_write){want, live};
	else
		order->out_of_memory = true;
}

/* The writes since @first become a step, unless there are none. */
static void add_slots(struct order *order, enum mim_step_op op, uint32_t map,
		      uint32_t live_map, size_t first)
{
	struct mim_plan *plan = order->plan;
	struct mim_step *step;

	if (plan->n_writes == first)
		return;
	step = add_step(order, op);
	step->map = map;
	step->live_map = live_map;
	step->first = (uint32_t)first;
	step->n = (uint32_t)(plan->n_writes - first);
}

static bool is_new(const struct mim_change *change)
{
	return change->want != MIM_NONE &&
	       (change->action == MIM_CREATE || change->action == MIM_REPLACE);
}

static void order_creation(struct order *order, enum mim_subject subject)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == subject && is_new(&plan->changes[i]) &&
		    !plan->filled[plan->changes[i].want])
			add_step(order, MIM_STEP_CREATE)->map = plan->changes[i].want;
}

/* What is in the maps that are replaced, where that is to be kept. */
static void order_copies(struct order *order)
{
	const struct mim_plan *plan = order->plan;

	for (uint32_t i = 0; i < plan->want->n_maps; i++) {
		struct mim_step *step;

		if (!plan->want->maps[i].copy || plan->before[i] == MIM_NONE)
			continue;
		step = add_step(order, MIM_STEP_COPY);
		step->map = i;
		step->live_map = plan->before[i];
	}
}

/* Between copying and the switch programs went on writing into the old maps. */
static void order_copies_again(struct order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_steps; i++) {
		struct mim_step *step;

		if (plan->steps[i].op != MIM_STEP_COPY)
			continue;
		step = add_step(order, MIM_STEP_COPY_AGAIN);
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
		    !is_new(&plan->changes[i]))
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

/* A new outer map gets all its slots before anybody can see it. */
static void order_fill(struct order *order, const struct mim_change *change)
{
	struct mim_plan *plan = order->plan;
	const struct mim_map *want = &plan->want->maps[change->want], *live = NULL;
	size_t first = plan->n_writes;

	for (uint32_t i = 0; i < want->outer->slots.n; i++)
		add_write(order, i, MIM_NONE);
	if (change->live != MIM_NONE)
		live = &plan->live->maps[change->live];
	if (want->outer->keep_unlisted && live && live->outer &&
	    live->shape.key_size == want->shape.key_size)
		for (uint32_t i = 0; i < live->outer->slots.n; i++)
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

static void order_slots(struct order *order, size_t owner, enum mim_step_op op,
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

typedef void on_folder(struct order *order, const char *folder);

/* Every folder on the way to a pin, below the bpffs root and the scope's own folder. */
static void each_folder(struct order *order, const char *path, on_folder *take)
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

/* Return: true when the path was not in the table before. */
static bool note(struct order *order, struct mim_table *table, const char *path,
		 uint32_t value)
{
	uint32_t there;
	int r = mim_table_add(table, path, value, &there);

	order->out_of_memory |= r == -ENOMEM;
	return r == 0;
}

static void make_folder(struct order *order, const char *folder)
{
	if (note(order, &order->there, folder, 0))
		add_path(order, MIM_STEP_FOLDER, folder);
}

static void need_folder(struct order *order, const char *folder)
{
	note(order, &order->needed, folder, 0);
}

static void empty_folder(struct order *order, const char *folder)
{
	if (mim_topology_inside(order->plan->want, folder) &&
	    note(order, &order->needed, folder, 0) &&
	    mim_texts_add(&order->emptied, folder) < 0)
		order->out_of_memory = true;
}

static void order_pins(struct order *order)
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
		step = add_step(order, placed ? MIM_STEP_PIN : MIM_STEP_ACCESS);
		step->map = pin->map;
		step->pin = change->want;
		step->live_pin = change->live;
	}
}

static void order_unpinning(struct order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_REMOVE)
			add_step(order, MIM_STEP_UNPIN)->live_pin = plan->changes[i].live;
}

/* Folders that only held pins that go; one that is not empty after all is left. */
static void order_empty_folders(struct order *order)
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
		add_path(order, MIM_STEP_REMOVE_FOLDER, order->emptied.items[i]);
}

static void add_record(struct order *order, enum mim_step_op op, enum mim_record record,
		       uint32_t map, const char *path, const char *text)
{
	struct mim_step *step = add_step(order, op);

	step->record = record;
	step->map = map;
	step->path = path;
	step->text = text;
}

#define RECORD_TEXT (MIM_PATH_MOST + 16)

/* A record about a pin outside says which map was pinned there: "id path". */
static const char *path_of_record(const char *record)
{
	const char *space = strchr(record, ' ');

	return space ? space + 1 : NULL;
}

/* Return: what the record of the live map says at that pin; NULL when there is none. */
static const char *outside_record(const struct mim_plan *plan, const struct mim_pin *pin,
				  char *text)
{
	uint32_t match = plan->match[pin->map];

	if (match == MIM_NONE)
		return NULL;
	snprintf(text, RECORD_TEXT, "%u %s", plan->live->maps[match].id, pin->path);
	return text;
}

/* The declared map that a record about a path is about, or MIM_NONE. */
static uint32_t owner_of_record(const struct order *order, const char *path)
{
	const struct mim_plan *plan = order->plan;
	uint32_t pin = mim_table_find(&order->live_pins, path);

	for (uint32_t i = 0; pin != MIM_TABLE_NONE && i < plan->want->n_maps; i++)
		if (plan->match[i] == plan->live->pins[pin].map ||
		    plan->before[i] == plan->live->pins[pin].map)
			return i;
	if (pin != MIM_TABLE_NONE)
		return MIM_NONE;
	pin = mim_table_find(&order->want_pins, path);
	return pin == MIM_TABLE_NONE ? MIM_NONE : plan->want->pins[pin].map;
}

/* A protected map is recorded under its first pin, and stays so until a file says no. */
static bool *find_protected(struct order *order)
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

/*
 * What is to outlive its line is recorded before its pin is there, and forgotten when
 * that is gone: whoever is killed in between knows it again.
 */
static void order_remembering(struct order *order, const bool *protected)
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
		char text[RECORD_TEXT];
		const char *record;

		if (pin->inside)
			continue;
		record = outside_record(plan, pin, text);
		if (!record || !mim_texts_has(&plan->live->scope.outside, record))
			add_record(order, MIM_STEP_REMEMBER, MIM_RECORD_OUTSIDE, pin->map,
				   pin->path, NULL);
	}
}

static bool holds_protected(const struct order *order, const bool *protected,
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

static bool holds_outside(const struct order *order, const char *record, const char *path)
{
	uint32_t pin = mim_table_find(&order->want_pins, path);
	const struct mim_plan *plan = order->plan;
	char text[RECORD_TEXT];
	const char *said;

	if (pin == MIM_TABLE_NONE)
		return false;
	said = outside_record(plan, &plan->want->pins[pin], text);
	return said && strcmp(said, record) == 0;
}

static void order_forgetting(struct order *order, const bool *protected)
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
		const char *path = path_of_record(record);

		if (path && !holds_outside(order, record, path))
			add_record(order, MIM_STEP_FORGET, MIM_RECORD_OUTSIDE, MIM_NONE,
				   path, record);
	}
}

/* Will there be a scope, or is there one? */
static bool has_scope(const struct mim_plan *plan)
{
	return plan->want->n_maps || plan->live->scope.marked;
}

/* The state folder comes last: it tells what else a run has left. */
static void order_sweeping(struct order *order, bool state)
{
	const struct mim_texts *stale = &order->plan->live->scope.stale;
	const char *folder = order->plan->want->scope.folder;
	size_t n = strlen(folder);

	for (size_t i = 0; i < stale->n; i++) {
		const char *path = stale->items[i];
		bool in_state = mim_str_starts(path, folder) &&
				mim_str_starts(path + n, "/" MIM_STATE_NAME "/");

		if (in_state == state)
			add_path(order, MIM_STEP_SWEEP, path);
	}
}

static void order_scope(struct order *order)
{
	const struct mim_plan *plan = order->plan;
	const struct mim_scope *live = &plan->live->scope;

	if (has_scope(plan) && !live->mounted)
		add_path(order, MIM_STEP_MOUNT, plan->want->scope.bpffs);
	if (has_scope(plan) && !live->exists)
		add_path(order, MIM_STEP_SCOPE, plan->want->scope.folder);
	else if (has_scope(plan) && !live->marked)
		add_path(order, MIM_STEP_MARK, plan->want->scope.folder);
	/* Also those of a scope that is gone. */
	order_sweeping(order, false);
	order_sweeping(order, true);
}

/* A folder takes the place of a pin that goes, or a pin that of an emptied folder. */
static bool needs_room(struct order *order, const struct mim_pin *pin)
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

static bool any_needs_room(struct order *order)
{
	const struct mim_plan *plan = order->plan;

	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_REMOVE)
			note(order, &order->removed,
			     plan->live->pins[plan->changes[i].live].path, 0);
	for (size_t i = 0; order->removed.head && i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_PIN &&
		    plan->changes[i].action == MIM_CREATE &&
		    needs_room(order, &plan->want->pins[plan->changes[i].want]))
			return true;
	return false;
}

static void order_removals(struct order *order)
{
	order_unpinning(order);
	order_empty_folders(order);
}

static void order_switch(struct order *order)
{
	struct mim_plan *plan = order->plan;
	bool room_first = any_needs_room(order);
	size_t i;

	for (i = 0; i < plan->n_changes; i++) {
		if (!is_kept_outer(&plan->changes[i]))
			continue;
		if (is_tight(plan, i))
			order_slots(order, i, MIM_STEP_CLEAR, true);
		order_slots(order, i, MIM_STEP_BIND, false);
	}
	if (room_first)
		order_removals(order);
	order_pins(order);
	order_copies_again(order);
	for (i = 0; i < plan->n_changes; i++)
		if (is_kept_outer(&plan->changes[i]) && !is_tight(plan, i))
			order_slots(order, i, MIM_STEP_UNBIND, true);
	if (!room_first)
		order_removals(order);
}

static int index_texts(struct order *order)
{
	const struct mim_texts *folders = &order->plan->live->scope.folders;
	const struct mim_topology *want = order->plan->want, *live = order->plan->live;

	for (size_t i = 0; i < folders->n; i++)
		note(order, &order->there, folders->items[i], 0);
	for (size_t i = 0; i < want->n_pins; i++)
		note(order, &order->want_pins, want->pins[i].path, (uint32_t)i);
	for (size_t i = 0; i < live->n_pins; i++)
		note(order, &order->live_pins, live->pins[i].path, (uint32_t)i);
	return order->out_of_memory ? -ENOMEM : 0;
}

static void release(struct order *order)
{
	mim_table_release(&order->there);
	mim_table_release(&order->needed);
	mim_table_release(&order->want_pins);
	mim_table_release(&order->live_pins);
	mim_table_release(&order->removed);
	free(order->emptied.items);
}

int mim_order_compute(struct mim_plan *plan, const struct mim_plan_options *options)
{
	mim_cleanup(release) struct order order = {.plan = plan,
						   .destroy = options->destroy};
	mim_auto_free bool *protected = NULL;

	if (index_texts(&order) < 0 || find_filled(plan) < 0)
		return -ENOMEM;
	order_scope(&order);
	order_creation(&order, MIM_ON_INNER);
	order_copies(&order);
	order_creation(&order, MIM_ON_OUTER);
	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].subject == MIM_ON_OUTER && is_new(&plan->changes[i]))
			order_fill(&order, &plan->changes[i]);
	if (!options->destroy) {
		protected = find_protected(&order);
		if (!protected)
			return -ENOMEM;
		order_remembering(&order, protected);
	}
	order_switch(&order);
	if (protected)
		order_forgetting(&order, protected);
	/* What somebody else has in the folder keeps it, and it stays ours. */
	if (options->destroy && plan->live->scope.foreign.n == 0 &&
	    (plan->live->scope.marked || (plan->adopt && plan->live->scope.exists)))
		add_path(&order, MIM_STEP_REMOVE_SCOPE, plan->want->scope.folder);
	if (plan->n_steps && has_scope(plan) && !options->destroy)
		add_path(&order, MIM_STEP_FINISH, plan->want->scope.folder);
	plan->changed |= plan->n_steps > 0;
	return order.out_of_memory ? -ENOMEM : 0;
}

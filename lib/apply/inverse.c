/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "apply/entries.h"
#include "apply/run.h"
#include "kernel/marker.h"

static struct mim_undo *add(struct mim_run *run, size_t i, enum mim_undo_op op,
			    const char *path)
{
	struct mim_undo *undo = mim_journal_add(&run->journal);

	if (!undo)
		return NULL;
	run->undo[i] = (uint32_t)run->journal.n - 1;
	undo->op = op;
	undo->path = path;
	undo->text = "";
	return undo;
}

static int simple(struct mim_run *run, size_t i, enum mim_undo_op op, const char *path)
{
	return add(run, i, op, path) ? 0 : -ENOMEM;
}

static struct mim_access live_access(const struct mim_pin *pin)
{
	return (struct mim_access){pin->mode, pin->uid, pin->gid};
}

static int slots(struct mim_run *run, size_t i)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_step *step = &plan->steps[i];
	const struct mim_map *outer = &plan->live->maps[step->live_map];
	struct mim_undo *undo = add(
		run, i, MIM_UNDO_SLOTS,
		step->map != MIM_NONE ? plan->want->maps[step->map].name : outer->name);
	struct mim_arena *arena = &run->journal.arena;

	if (!undo)
		return -ENOMEM;
	undo->id = outer->id;
	undo->key_size = outer->shape.key_size;
	undo->n = step->n;
	undo->keys = mim_arena_array(arena, step->n, undo->key_size);
	undo->ids = mim_arena_array(arena, step->n, sizeof(*undo->ids));
	if (!undo->keys || !undo->ids)
		return -ENOMEM;
	for (uint32_t w = 0; w < step->n; w++) {
		const struct mim_write *write = &plan->writes[step->first + w];
		uint32_t old = mim_run_old(run, step, write);

		memcpy(undo->keys + (size_t)w * undo->key_size,
		       mim_run_key(run, step, write), undo->key_size);
		undo->ids[w] = old == MIM_NONE ? 0 : plan->live->maps[old].id;
	}
	return 0;
}

/* Of an array, what was not there was zero. */
static bool was_there(const struct mim_map *map, const struct mim_edit *edit)
{
	return edit->live != MIM_NONE || mim_entries_is_array(map->shape.type);
}

static void note_entry(struct mim_undo *undo, uint32_t at, const struct mim_map *want,
		       const struct mim_map *live, const struct mim_edit *edit)
{
	const uint8_t *key = edit->want != MIM_NONE
				     ? mim_element_key(want->elements, edit->want)
				     : mim_element_key(live->elements, edit->live);

	memcpy(undo->keys + (size_t)at * undo->key_size, key, undo->key_size);
	if (edit->live != MIM_NONE)
		memcpy(undo->values + (size_t)at * undo->value_size,
		       mim_element_value(live->elements, edit->live), undo->value_size);
}

static int entries(struct mim_run *run, size_t i)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_refill *refill = &plan->refills[plan->steps[i].first];
	const struct mim_map *want = &plan->want->maps[refill->map];
	const struct mim_map *live = &plan->live->maps[refill->live_map];
	const struct mim_edit *edits = plan->edits + refill->first;
	struct mim_undo *undo = add(run, i, MIM_UNDO_ENTRIES, want->name);
	struct mim_arena *arena = &run->journal.arena;
	uint32_t there = 0, absent = 0;

	if (!undo)
		return -ENOMEM;
	undo->id = live->id;
	undo->key_size = live->shape.key_size;
	undo->value_size = live->elements->value_size;
	undo->n = refill->n;
	for (uint32_t e = 0; e < refill->n; e++)
		undo->there += was_there(live, &edits[e]);
	undo->keys = mim_arena_array(arena, undo->n, undo->key_size);
	undo->values = mim_arena_array(arena, undo->there, undo->value_size);
	if (!undo->keys || !undo->values)
		return -ENOMEM;
	for (uint32_t e = 0; e < refill->n; e++)
		note_entry(undo,
			   was_there(live, &edits[e]) ? there++ : undo->there + absent++,
			   want, live, &edits[e]);
	return 0;
}

static int new_pin(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	struct mim_undo *undo =
		add(run, i, MIM_UNDO_UNPIN, run->plan->want->pins[step->pin].path);

	return undo ? mim_hold_id(run, step->map, &undo->placed) : -ENOMEM;
}

/* The map that the pin holds now is kept under the name of the step. */
static int pin(struct mim_run *run, size_t i, bool replace)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_pin *live = &run->plan->live->pins[step->live_pin];
	struct mim_undo *undo = add(run, i, MIM_UNDO_PIN, live->path);
	char name[MIM_STEP_NAME];
	int r = undo ? 0 : -ENOMEM;

	if (r == 0 && replace)
		r = mim_hold_id(run, step->map, &undo->placed);
	if (r < 0)
		return r;
	undo->replace = replace;
	undo->id = run->plan->live->maps[live->map].id;
	undo->access = live_access(live);
	undo->text = mim_arena_strdup(&run->journal.arena,
				      mim_step_name(MIM_KEPT_PREFIX, i, name));
	return undo->text ? 0 : -ENOMEM;
}

static int access_of(struct mim_run *run, size_t i)
{
	const struct mim_pin *live = &run->plan->live->pins[run->plan->steps[i].live_pin];
	struct mim_undo *undo = add(run, i, MIM_UNDO_ACCESS, live->path);

	if (!undo)
		return -ENOMEM;
	undo->id = run->plan->live->maps[live->map].id;
	undo->access = live_access(live);
	return 0;
}

static int removed_folder(struct mim_run *run, size_t i, const char *path)
{
	struct mim_undo *undo = add(run, i, MIM_UNDO_MAKE_FOLDER, path);
	mim_auto_close int parent = -1;
	const char *name;
	struct stat st;
	int r;

	if (!undo)
		return -ENOMEM;
	undo->access = (struct mim_access){0755, MIM_ID_ANY, MIM_ID_ANY};
	parent = mim_site_open_parent(&run->site, path, &name);
	r = parent < 0 ? parent : mim_kernel_call(run->kernel, status, parent, name, &st);
	if (r == 0)
		undo->access =
			(struct mim_access){st.st_mode & 07777, st.st_uid, st.st_gid};
	/* Who is gone by now is nobody to make again. */
	return r == -ENOENT ? 0 : r;
}

static int record(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	struct mim_undo *undo = add(run, i, MIM_UNDO_RECORD, NULL);
	char name[MIM_RECORD_NAME], text[MIM_OUTSIDE_TEXT];
	int r = undo ? mim_run_record(run, step, text) : -ENOMEM;

	if (r < 0)
		return r;
	mim_record_name(step->record, text, name);
	undo->path = mim_arena_strdup(&run->journal.arena, name);
	if (step->op == MIM_STEP_FORGET)
		undo->text = mim_arena_strdup(&run->journal.arena, text);
	return undo->path && undo->text ? 0 : -ENOMEM;
}

static int marker(struct mim_run *run, size_t i)
{
	const struct mim_scope *scope = &run->plan->live->scope;
	char text[MIM_MARKER_TEXT];
	struct mim_undo *undo;

	/* A folder without a marker before this run loses ours with its own step. */
	if (!scope->marked)
		return 0;
	undo = add(run, i, MIM_UNDO_MARKER, NULL);
	if (!undo)
		return -ENOMEM;
	undo->text = mim_arena_strdup(&run->journal.arena,
				      mim_marker_text(&scope->marker, text));
	return undo->text ? 0 : -ENOMEM;
}

int mim_run_inverse(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];

	switch (step->op) {
	case MIM_STEP_MOUNT:
		return simple(run, i, MIM_UNDO_UNMOUNT, step->path);
	case MIM_STEP_SCOPE:
		return simple(run, i, MIM_UNDO_REMOVE_SCOPE, step->path);
	case MIM_STEP_MARK:
		return simple(run, i, MIM_UNDO_UNMARK, step->path);
	case MIM_STEP_REFILL:
		return entries(run, i);
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_UNBIND:
		return slots(run, i);
	case MIM_STEP_FOLDER:
		return simple(run, i, MIM_UNDO_REMOVE_FOLDER, step->path);
	case MIM_STEP_PIN:
		return step->live_pin != MIM_NONE ? pin(run, i, true) : new_pin(run, i);
	case MIM_STEP_ACCESS:
		return access_of(run, i);
	case MIM_STEP_UNPIN:
		return pin(run, i, false);
	case MIM_STEP_REMOVE_FOLDER:
		return removed_folder(run, i, step->path);
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
		return record(run, i);
	case MIM_STEP_FINISH:
		return marker(run, i);
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_SEED:
	case MIM_STEP_COPY:
	case MIM_STEP_FILL:
	case MIM_STEP_COPY_AGAIN:
	case MIM_STEP_CARRY_AGAIN:
	case MIM_STEP_REMOVE_SCOPE:
		break;
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/json.h"
#include "render.h"

struct build {
	const struct render_plan *render;
	const struct mim_plan *plan;
};

static const struct mim_map *owner_map(const struct build *build,
				       const struct mim_change *change, bool want)
{
	const struct mim_change *owner = &build->plan->changes[change->owner];
	uint32_t index = want ? owner->want : owner->live;

	if (index == MIM_NONE)
		return NULL;
	return want ? &build->plan->want->maps[index] : &build->plan->live->maps[index];
}

static const char *map_name(const struct build *build, const struct mim_change *change)
{
	return change->want != MIM_NONE ? build->plan->want->maps[change->want].name
					: build->plan->live->maps[change->live].name;
}

static struct json_object *address(const struct build *build,
				   const struct mim_change *change)
{
	const struct mim_topology *want = build->plan->want, *live = build->plan->live;
	mim_auto_free char *text = NULL;
	const struct mim_map *outer;
	int r = -1;

	switch (change->subject) {
	case MIM_ON_BPFFS:
		r = asprintf(&text, "bpffs.%s", want->scope.bpffs);
		break;
	case MIM_ON_SCOPE:
		r = asprintf(&text, "scope.%s", want->scope.name);
		break;
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		r = asprintf(&text, "%s.%s",
			     change->subject == MIM_ON_OUTER ? "outer" : "inner",
			     map_name(build, change));
		break;
	case MIM_ON_PIN:
		r = asprintf(
			&text, "pin.%s",
			change->want != MIM_NONE
				? render_path(&want->scope, &want->pins[change->want])
				: render_path(&live->scope, &live->pins[change->live]));
		break;
	case MIM_ON_SLOT:
		outer = owner_map(build, change, true);
		r = asprintf(
			&text, "outer.%s.slot[%s]", outer->name,
			change->want != MIM_NONE
				? render_key(outer, outer->outer->key_type, change->want)
				: render_key(owner_map(build, change, false),
					     outer->outer->key_type, change->live));
		break;
	}
	return r < 0 ? NULL : mim_json_text(text);
}

static struct json_object *actions(enum mim_action action)
{
	struct json_object *list = mim_json_array();

	if (action == MIM_REPLACE) {
		mim_json_add_text(list, "create");
		mim_json_add_text(list, "remove");
	} else {
		mim_json_add_text(list, render_action(action));
	}
	return list;
}

static struct json_object *shape_json(const struct mim_map *map)
{
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "kernel_name", map->kernel_name);
	mim_json_put_text(object, "type", mim_kind_name(map->shape.type));
	mim_json_put_number(object, "key_size", map->shape.key_size);
	mim_json_put_number(object, "value_size", map->shape.value_size);
	mim_json_put_number(object, "max_entries", map->shape.max_entries);
	mim_json_put(object, "flags", mim_flags_json(map->shape.flags));
	mim_json_put_number(object, "map_extra", map->shape.map_extra);
	return object;
}

static struct json_object *pin_json(const struct mim_topology *topology, uint32_t index)
{
	const struct mim_pin *pin = &topology->pins[index];
	struct json_object *object = mim_json_object();
	char mode[12];

	snprintf(mode, sizeof(mode), "%04o", pin->mode & 07777);
	mim_json_put_text(object, "path", pin->path);
	mim_json_put_text(object, "map", topology->maps[pin->map].name);
	mim_json_put_text(object, "mode", pin->mode == MIM_MODE_ANY ? NULL : mode);
	mim_json_put_text(object, "group", pin->group);
	return object;
}

static struct json_object *slot_json(const struct mim_topology *topology,
				     const struct mim_map *outer, uint32_t slot)
{
	struct json_object *object = mim_json_object();
	const struct mim_map *inner = &topology->maps[outer->outer->slots.inner[slot]];

	mim_json_put_text(object, "inner", inner->name);
	if (inner->id)
		mim_json_put_number(object, "id", inner->id);
	return object;
}

/* One side of a change: what there is, or what there will be; null for nothing. */
static void put_side(struct json_object *object, const char *key,
		     const struct build *build, const struct mim_change *change,
		     bool want)
{
	const struct mim_topology *from = want ? build->plan->want : build->plan->live;
	uint32_t index = want ? change->want : change->live;

	if (index == MIM_NONE) {
		mim_json_put_null(object, key);
		return;
	}
	switch (change->subject) {
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		mim_json_put(object, key, shape_json(&from->maps[index]));
		return;
	case MIM_ON_PIN:
		mim_json_put(object, key, pin_json(from, index));
		return;
	case MIM_ON_SLOT:
		mim_json_put(object, key,
			     slot_json(from, owner_map(build, change, want), index));
		return;
	case MIM_ON_BPFFS:
	case MIM_ON_SCOPE:
		mim_json_put_null(object, key);
		return;
	}
}

static struct json_object *replace_fields(const struct mim_change *change)
{
	struct json_object *list = mim_json_array();
	char text[64];

	if (change->action != MIM_REPLACE)
		return list;
	for (enum mim_field f = 0; f < MIM_FIELD_COUNT; f++) {
		if (change->fields & MIM_FIELD_BIT(f))
			mim_json_add_text(list, mim_field_name(f));
		if (change->template_fields & MIM_FIELD_BIT(f)) {
			snprintf(text, sizeof(text), "template.%s", mim_field_name(f));
			mim_json_add_text(list, text);
		}
	}
	if (change->fields & MIM_FIELD_KERNEL_NAME)
		mim_json_add_text(list, "kernel_name");
	return list;
}

static struct json_object *live_json(const struct mim_topology *live,
				     const struct mim_map *map)
{
	struct json_object *object = mim_json_object();
	struct json_object *pins = mim_json_array();

	mim_json_put_number(object, "id", map->id);
	for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next)
		mim_json_add_text(pins, live->pins[p].path);
	mim_json_put(object, "pins", pins);
	return object;
}

static void put_live(struct json_object *object, const struct build *build,
		     const struct mim_change *change)
{
	const struct mim_topology *live = build->plan->live;

	if (change->live == MIM_NONE ||
	    (change->subject != MIM_ON_OUTER && change->subject != MIM_ON_INNER))
		mim_json_put_null(object, "live");
	else
		mim_json_put(object, "live", live_json(live, &live->maps[change->live]));
}

static struct json_object *source_json(const struct mim_place *place)
{
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "file", place->file);
	mim_json_put_number(object, "line", place->line);
	mim_json_put_number(object, "column", place->column);
	return object;
}

static void put_source(struct json_object *object, const struct build *build,
		       const struct mim_change *change)
{
	struct mim_place place = {0};

	if (build->render->config)
		place = mim_config_place(build->render->config,
					 mim_plan_origin(build->plan, change));
	if (place.file)
		mim_json_put(object, "source", source_json(&place));
	else
		mim_json_put_null(object, "source");
}

static void put_reason(struct json_object *object, const struct build *build,
		       const struct mim_change *change)
{
	mim_auto_free char *text = render_reason(build->plan, change);

	if (text && !*text)
		mim_json_put_null(object, "reason");
	else
		mim_json_put(object, "reason", text ? mim_json_text(text) : NULL);
}

static struct json_object *consequences(const struct build *build,
					const struct mim_change *change)
{
	struct json_object *list = mim_json_array();

	for (size_t i = 0;; i++) {
		mim_auto_free char *text = render_consequence(build->plan, change, i);

		if (!text)
			mim_json_add(list, NULL);
		if (!text || !*text)
			return list;
		mim_json_add_text(list, text);
	}
}

static const char *kind_name(enum mim_subject subject)
{
	switch (subject) {
	case MIM_ON_BPFFS:
		return "bpffs";
	case MIM_ON_SCOPE:
		return "scope";
	case MIM_ON_OUTER:
		return "outer";
	case MIM_ON_INNER:
		return "inner";
	case MIM_ON_SLOT:
		return "slot";
	case MIM_ON_PIN:
		return "pin";
	}
	return "";
}

static struct json_object *change_json(const struct build *build,
				       const struct mim_change *change)
{
	struct json_object *object = mim_json_object();

	mim_json_put(object, "address", address(build, change));
	mim_json_put_text(object, "kind", kind_name(change->subject));
	mim_json_put(object, "actions", actions(change->action));
	put_reason(object, build, change);
	put_side(object, "before", build, change, false);
	put_side(object, "after", build, change, true);
	mim_json_put(object, "replace_fields", replace_fields(change));
	put_live(object, build, change);
	put_source(object, build, change);
	if (change->fields & MIM_FIELD_ENTRIES)
		mim_json_put(
			object, "entries",
			render_entries_json(build->plan,
					    mim_plan_refill(build->plan, change->want)));
	mim_json_put(object, "consequences", consequences(build, change));
	return object;
}

static const char *step_name(enum mim_step_op op)
{
	static const char *const names[] = {
		[MIM_STEP_MOUNT] = "mount",
		[MIM_STEP_SCOPE] = "make_scope",
		[MIM_STEP_MARK] = "mark_scope",
		[MIM_STEP_SWEEP] = "sweep",
		[MIM_STEP_CREATE] = "create_map",
		[MIM_STEP_SEED] = "write_entries",
		[MIM_STEP_COPY] = "copy_entries",
		[MIM_STEP_COPY_AGAIN] = "copy_changed_entries",
		[MIM_STEP_CARRY_AGAIN] = "carry_changed_slots",
		[MIM_STEP_FILL] = "fill_slots",
		[MIM_STEP_REFILL] = "change_entries",
		[MIM_STEP_CLEAR] = "clear_slots",
		[MIM_STEP_BIND] = "bind_slots",
		[MIM_STEP_FOLDER] = "make_folder",
		[MIM_STEP_PIN] = "pin",
		[MIM_STEP_ACCESS] = "set_access",
		[MIM_STEP_UNBIND] = "unbind_slots",
		[MIM_STEP_UNPIN] = "unpin",
		[MIM_STEP_REMOVE_FOLDER] = "remove_folder",
		[MIM_STEP_REMEMBER] = "remember",
		[MIM_STEP_FORGET] = "forget",
		[MIM_STEP_FINISH] = "finish",
		[MIM_STEP_REMOVE_SCOPE] = "remove_scope",
	};

	return names[op];
}

static struct json_object *slot_keys(const struct build *build,
				     const struct mim_step *step)
{
	struct json_object *list = mim_json_array();
	const struct mim_map *want = &build->plan->want->maps[step->map];

	for (uint32_t i = step->first; i < step->first + step->n; i++) {
		const struct mim_write *write = &build->plan->writes[i];
		const struct mim_map *from =
			write->want != MIM_NONE
				? want
				: &build->plan->live->maps[step->live_map];
		uint32_t slot = write->want != MIM_NONE ? write->want : write->live;

		mim_json_add_text(list, render_key(from, want->outer->key_type, slot));
	}
	return list;
}

static uint32_t count_filled(const struct mim_plan *plan, const struct mim_step *step)
{
	const struct mim_slots *slots = &plan->want->maps[step->map].outer->slots;
	uint32_t n = 0;

	for (uint32_t i = step->first; i < step->first + step->n; i++)
		n += plan->writes[i].want != MIM_NONE &&
		     plan->filled[slots->inner[plan->writes[i].want]];
	return n;
}

static struct json_object *step_json(const struct build *build,
				     const struct mim_step *step)
{
	const struct mim_plan *plan = build->plan;
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "op", step_name(step->op));
	if (step->map != MIM_NONE)
		mim_json_put_text(object, "map", plan->want->maps[step->map].name);
	if (step->path)
		mim_json_put_text(object, "path", step->path);
	else if (step->pin != MIM_NONE)
		mim_json_put_text(object, "path", plan->want->pins[step->pin].path);
	else if (step->live_pin != MIM_NONE)
		mim_json_put_text(object, "path", plan->live->pins[step->live_pin].path);
	if (step->op == MIM_STEP_FILL)
		mim_json_put_number(object, "new_maps", count_filled(plan, step));
	if (step->n)
		mim_json_put(object, "keys", slot_keys(build, step));
	return object;
}

static struct json_object *summary_json(const struct mim_summary *s)
{
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = {
		{"outer_create", s->outer_create},   {"outer_change", s->outer_change},
		{"outer_replace", s->outer_replace}, {"outer_remove", s->outer_remove},
		{"inner_create", s->inner_create},   {"inner_change", s->inner_change},
		{"inner_refill", s->inner_refill},   {"inner_replace", s->inner_replace},
		{"inner_remove", s->inner_remove},   {"slot_create", s->slot_create},
		{"slot_change", s->slot_change},     {"slot_remove", s->slot_remove},
		{"pin_create", s->pin_create},	     {"pin_change", s->pin_change},
		{"pin_remove", s->pin_remove},	     {"unchanged", s->unchanged},
		{"entry_create", s->entry_create},   {"entry_change", s->entry_change},
		{"entry_remove", s->entry_remove},   {"entries_lost", s->entries_lost},
	};
	struct json_object *object = mim_json_object();

	for (size_t i = 0; i < MIM_ARRAY_SIZE(counts); i++)
		mim_json_put_number(object, counts[i].key, counts[i].n);
	return object;
}

/* The live maps that the plan rests on: a saved plan is stale when one has moved. */
static struct json_object *preconditions(const struct build *build)
{
	struct json_object *object = mim_json_object();
	struct json_object *maps = mim_json_array();
	const struct mim_plan *plan = build->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];
		struct json_object *map;

		if ((change->subject != MIM_ON_OUTER &&
		     change->subject != MIM_ON_INNER) ||
		    change->live == MIM_NONE)
			continue;
		map = mim_json_object();
		mim_json_put_text(map, "name", map_name(build, change));
		mim_json_put_number(map, "id", plan->live->maps[change->live].id);
		mim_json_add(maps, map);
	}
	mim_json_put_text(object, "boot_id", plan->live->boot_id);
	mim_json_put(object, "maps", maps);
	return object;
}

struct json_object *render_plan_json(const struct render_plan *render)
{
	const struct mim_plan *plan = render->plan;
	const struct build build = {render, plan};
	struct json_object *root = mim_json_object();
	struct json_object *scope = mim_json_object();
	struct json_object *files = mim_json_array();
	struct json_object *changes = mim_json_array();
	struct json_object *steps = mim_json_array();

	mim_json_put_number(root, "format_version", RENDER_FORMAT_VERSION);
	mim_json_put_text(scope, "name", plan->want->scope.name);
	mim_json_put_text(scope, "bpffs", plan->want->scope.bpffs);
	mim_json_put_text(scope, "folder", plan->want->scope.folder);
	mim_json_put(root, "scope", scope);
	for (size_t i = 0; render->config && i < render->config->n_sources; i++)
		mim_json_add_text(files, mim_config_name(render->config, i));
	mim_json_put(root, "files", files);
	mim_json_put_bool(root, "changed", plan->changed);
	mim_json_put(root, "summary", summary_json(&plan->summary));
	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].action != MIM_KEEP || render->verbose)
			mim_json_add(changes, change_json(&build, &plan->changes[i]));
	mim_json_put(root, "changes", changes);
	mim_json_put(root, "preconditions", preconditions(&build));
	for (size_t i = 0; i < plan->n_steps; i++)
		mim_json_add(steps, step_json(&build, &plan->steps[i]));
	mim_json_put(root, "steps", steps);
	mim_json_put(root, "diagnostics", render_diags_json(render->diags));
	return root;
}

int render_plan(const struct render_plan *render, const struct options *options,
		FILE *out)
{
	switch (options->output) {
	case OUTPUT_TEXT:
		return render_plan_text(render, out);
	case OUTPUT_SUMMARY:
		render_plan_summary(render, out);
		return 0;
	case OUTPUT_JSON:
	case OUTPUT_YAML:
		return render_json(render_plan_json(render), options->output, out);
	}
	return 0;
}

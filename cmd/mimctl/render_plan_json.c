/* SPDX-License-Identifier: BSD-2-Clause */
#include <json-c/json.h>
#include <string.h>
#include "render.h"

#define FORMAT_VERSION 1

struct build {
	const struct render_plan *render;
	const struct mim_plan *plan;
};

static void put(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void put_text(struct json_object *object, const char *key, const char *text)
{
	put(object, key, text ? json_object_new_string(text) : NULL);
}

static void put_number(struct json_object *object, const char *key, uint64_t number)
{
	put(object, key, json_object_new_uint64(number));
}

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
	return r < 0 ? NULL : json_object_new_string(text);
}

static struct json_object *actions(enum mim_action action)
{
	struct json_object *list = json_object_new_array();

	if (action == MIM_REPLACE) {
		json_object_array_add(list, json_object_new_string("create"));
		json_object_array_add(list, json_object_new_string("remove"));
	} else {
		json_object_array_add(list,
				      json_object_new_string(render_action(action)));
	}
	return list;
}

static struct json_object *shape_json(const struct mim_map *map)
{
	struct json_object *object = json_object_new_object();
	char text[MIM_FIELD_TEXT];

	put_text(object, "kernel_name", map->kernel_name);
	put_text(object, "type", mim_kind_name(map->shape.type));
	put_number(object, "key_size", map->shape.key_size);
	put_number(object, "value_size", map->shape.value_size);
	put_number(object, "max_entries", map->shape.max_entries);
	put_text(object, "flags", mim_field_text(&map->shape, MIM_FIELD_FLAGS, text));
	put_number(object, "map_extra", map->shape.map_extra);
	return object;
}

static struct json_object *pin_json(const struct mim_topology *topology, uint32_t index)
{
	const struct mim_pin *pin = &topology->pins[index];
	struct json_object *object = json_object_new_object();
	char mode[12];

	snprintf(mode, sizeof(mode), "%04o", pin->mode & 07777);
	put_text(object, "path", pin->path);
	put_text(object, "map", topology->maps[pin->map].name);
	put_text(object, "mode", pin->mode == MIM_MODE_ANY ? NULL : mode);
	put_text(object, "group", pin->group);
	return object;
}

static struct json_object *slot_json(const struct mim_topology *topology,
				     const struct mim_map *outer, uint32_t slot)
{
	struct json_object *object = json_object_new_object();
	const struct mim_map *inner = &topology->maps[outer->outer->slots.inner[slot]];

	put_text(object, "inner", inner->name);
	if (inner->id)
		put_number(object, "id", inner->id);
	return object;
}

static struct json_object *side(const struct build *build,
				const struct mim_change *change, bool want)
{
	const struct mim_topology *from = want ? build->plan->want : build->plan->live;
	uint32_t index = want ? change->want : change->live;

	if (index == MIM_NONE)
		return NULL;
	switch (change->subject) {
	case MIM_ON_OUTER:
	case MIM_ON_INNER:
		return shape_json(&from->maps[index]);
	case MIM_ON_PIN:
		return pin_json(from, index);
	case MIM_ON_SLOT:
		return slot_json(from, owner_map(build, change, want), index);
	case MIM_ON_BPFFS:
	case MIM_ON_SCOPE:
		break;
	}
	return NULL;
}

static struct json_object *replace_fields(const struct mim_change *change)
{
	struct json_object *list = json_object_new_array();
	char text[64];

	if (change->action != MIM_REPLACE)
		return list;
	for (enum mim_field f = 0; f < MIM_FIELD_COUNT; f++) {
		if (change->fields & MIM_FIELD_BIT(f))
			json_object_array_add(list,
					      json_object_new_string(mim_field_name(f)));
		if (change->template_fields & MIM_FIELD_BIT(f)) {
			snprintf(text, sizeof(text), "template.%s", mim_field_name(f));
			json_object_array_add(list, json_object_new_string(text));
		}
	}
	if (change->fields & MIM_FIELD_KERNEL_NAME)
		json_object_array_add(list, json_object_new_string("kernel_name"));
	return list;
}

static struct json_object *live_json(const struct build *build,
				     const struct mim_change *change)
{
	const struct mim_topology *live = build->plan->live;
	struct json_object *object, *pins;
	const struct mim_map *map;

	if (change->live == MIM_NONE ||
	    (change->subject != MIM_ON_OUTER && change->subject != MIM_ON_INNER))
		return NULL;
	map = &live->maps[change->live];
	object = json_object_new_object();
	pins = json_object_new_array();
	put_number(object, "id", map->id);
	for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next)
		json_object_array_add(pins, json_object_new_string(live->pins[p].path));
	put(object, "pins", pins);
	return object;
}

static struct json_object *source_json(const struct build *build,
				       const struct mim_change *change)
{
	struct mim_place place = {0};
	struct json_object *object;

	if (build->render->config)
		place = mim_config_place(build->render->config,
					 mim_plan_origin(build->plan, change));
	if (!place.file)
		return NULL;
	object = json_object_new_object();
	put_text(object, "file", place.file);
	put_number(object, "line", place.line);
	put_number(object, "column", place.column);
	return object;
}

typedef bool print_words(const struct mim_plan *plan, const struct mim_change *change,
			 size_t i, FILE *out);

static bool print_reason(const struct mim_plan *plan, const struct mim_change *change,
			 size_t i, FILE *out)
{
	mim_plan_reason(plan, change, out);
	return i == 0;
}

/* Return: the words as JSON, NULL when there are none. */
static struct json_object *words(const struct build *build,
				 const struct mim_change *change, size_t i,
				 print_words *print)
{
	struct json_object *object = NULL;
	char *text = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&text, &length);

	if (!memory)
		return NULL;
	if (print(build->plan, change, i, memory) && fflush(memory) == 0 && length)
		object = json_object_new_string(text);
	fclose(memory);
	free(text);
	return object;
}

static struct json_object *consequences(const struct build *build,
					const struct mim_change *change)
{
	struct json_object *list = json_object_new_array(), *item;

	for (size_t i = 0; (item = words(build, change, i, mim_plan_consequence)); i++)
		json_object_array_add(list, item);
	return list;
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
	struct json_object *object = json_object_new_object();

	put(object, "address", address(build, change));
	put_text(object, "kind", kind_name(change->subject));
	put(object, "actions", actions(change->action));
	put(object, "reason", words(build, change, 0, print_reason));
	put(object, "before", side(build, change, false));
	put(object, "after", side(build, change, true));
	put(object, "replace_fields", replace_fields(change));
	put(object, "live", live_json(build, change));
	put(object, "source", source_json(build, change));
	put(object, "consequences", consequences(build, change));
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
		[MIM_STEP_FILL] = "fill_slots",
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
	struct json_object *list = json_object_new_array();
	const struct mim_map *want = &build->plan->want->maps[step->map];

	for (uint32_t i = step->first; i < step->first + step->n; i++) {
		const struct mim_write *write = &build->plan->writes[i];
		const struct mim_map *from =
			write->want != MIM_NONE
				? want
				: &build->plan->live->maps[step->live_map];
		uint32_t slot = write->want != MIM_NONE ? write->want : write->live;

		json_object_array_add(list, json_object_new_string(render_key(
						    from, want->outer->key_type, slot)));
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
	struct json_object *object = json_object_new_object();

	put_text(object, "op", step_name(step->op));
	if (step->map != MIM_NONE)
		put_text(object, "map", plan->want->maps[step->map].name);
	if (step->path)
		put_text(object, "path", step->path);
	else if (step->pin != MIM_NONE)
		put_text(object, "path", plan->want->pins[step->pin].path);
	else if (step->live_pin != MIM_NONE)
		put_text(object, "path", plan->live->pins[step->live_pin].path);
	if (step->op == MIM_STEP_FILL)
		put_number(object, "new_maps", count_filled(plan, step));
	if (step->n)
		put(object, "keys", slot_keys(build, step));
	return object;
}

static struct json_object *summary_json(const struct mim_summary *s)
{
	const struct {
		const char *key;
		uint32_t n;
	} counts[] = {
		{"outer_create", s->outer_create},   {"outer_change", s->outer_change},
		{"outer_replace", s->outer_replace}, {"outer_remove", s->outer_remove},
		{"inner_create", s->inner_create},   {"inner_change", s->inner_change},
		{"inner_replace", s->inner_replace}, {"inner_remove", s->inner_remove},
		{"slot_create", s->slot_create},     {"slot_change", s->slot_change},
		{"slot_remove", s->slot_remove},     {"pin_create", s->pin_create},
		{"pin_change", s->pin_change},	     {"pin_remove", s->pin_remove},
		{"unchanged", s->unchanged},
	};
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < MIM_ARRAY_SIZE(counts); i++)
		put_number(object, counts[i].key, counts[i].n);
	return object;
}

/* The live maps that the plan rests on: a saved plan is stale when one has moved. */
static struct json_object *preconditions(const struct build *build)
{
	struct json_object *object = json_object_new_object();
	struct json_object *maps = json_object_new_array();
	const struct mim_plan *plan = build->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];
		struct json_object *map;

		if ((change->subject != MIM_ON_OUTER &&
		     change->subject != MIM_ON_INNER) ||
		    change->live == MIM_NONE)
			continue;
		map = json_object_new_object();
		put_text(map, "name", map_name(build, change));
		put_number(map, "id", plan->live->maps[change->live].id);
		json_object_array_add(maps, map);
	}
	put_text(object, "boot_id", plan->live->boot_id);
	put(object, "maps", maps);
	return object;
}

struct json_object *render_plan_json(const struct render_plan *render)
{
	const struct mim_plan *plan = render->plan;
	const struct build build = {render, plan};
	struct json_object *root = json_object_new_object();
	struct json_object *scope = json_object_new_object();
	struct json_object *files = json_object_new_array();
	struct json_object *changes = json_object_new_array();
	struct json_object *steps = json_object_new_array();

	put_number(root, "format_version", FORMAT_VERSION);
	put_text(scope, "name", plan->want->scope.name);
	put_text(scope, "bpffs", plan->want->scope.bpffs);
	put_text(scope, "folder", plan->want->scope.folder);
	put(root, "scope", scope);
	for (size_t i = 0; render->config && i < render->config->n_sources; i++)
		json_object_array_add(files, json_object_new_string(
						     mim_config_name(render->config, i)));
	put(root, "files", files);
	put(root, "changed", json_object_new_boolean(plan->changed));
	put(root, "summary", summary_json(&plan->summary));
	for (size_t i = 0; i < plan->n_changes; i++)
		if (plan->changes[i].action != MIM_KEEP || render->verbose)
			json_object_array_add(changes,
					      change_json(&build, &plan->changes[i]));
	put(root, "changes", changes);
	put(root, "preconditions", preconditions(&build));
	for (size_t i = 0; i < plan->n_steps; i++)
		json_object_array_add(steps, step_json(&build, &plan->steps[i]));
	put(root, "steps", steps);
	put(root, "diagnostics", render_diags_json(render->diags));
	return root;
}

void render_plan(const struct render_plan *render, const struct options *options,
		 FILE *out)
{
	switch (options->output) {
	case OUTPUT_TEXT:
		render_plan_text(render, out);
		return;
	case OUTPUT_SUMMARY:
		render_plan_summary(render, out);
		return;
	case OUTPUT_JSON:
	case OUTPUT_YAML:
		render_json(render_plan_json(render), options->output, out);
		return;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "render.h"

/* @printed: for each map whether its entries were. */
struct tree {
	const struct render_tree *what;
	const struct mim_topology *live;
	struct mim_holders holders;
	bool *printed;
	bool verbose;
	int result;
	FILE *out;
};

static const char *name_of(const struct mim_map *map)
{
	return *map->name ? map->name : "(no name)";
}

static void print_flags(const struct mim_shape *shape, FILE *out)
{
	char flags[MIM_FIELD_TEXT];

	if (shape->flags)
		fprintf(out, "  flags %s", mim_field_text(shape, MIM_FIELD_FLAGS, flags));
}

static void print_shape(const struct mim_shape *shape, FILE *out)
{
	fprintf(out, "%s  key %u  value %u  max_entries %u", mim_kind_name(shape->type),
		shape->key_size, shape->value_size, shape->max_entries);
	print_flags(shape, out);
}

static void print_attributes(const struct mim_map *map, FILE *out)
{
	if (map->hidden)
		fprintf(out, "cannot be opened");
	else
		print_shape(&map->shape, out);
	if (map->entries != MIM_ENTRIES_UNKNOWN)
		fprintf(out, "  %u entr%s", map->entries,
			map->entries == 1 ? "y" : "ies");
}

/* What is in a map that is in many slots is printed once. */
static void print_entries(struct tree *tree, uint32_t map, const char *indent)
{
	int r;

	if (!tree->what->entries || tree->live->maps[map].hidden)
		return;
	if (tree->printed[map]) {
		fprintf(tree->out, "%sentries as above\n", indent);
		return;
	}
	tree->printed[map] = true;
	r = tree->what->entries(tree->what->data, map, indent, tree->out);
	tree->result = r < 0 ? r : tree->result;
}

static void print_pins(const struct mim_topology *live, const struct mim_map *map,
		       const char *indent, FILE *out)
{
	for (uint32_t p = map->pins; p != MIM_NONE; p = live->pins[p].next)
		fprintf(out, "%spin    %s  mode %04o  group %s\n", indent,
			render_path(&live->scope, &live->pins[p]), live->pins[p].mode,
			live->pins[p].group);
}

static void print_users(const struct mim_topology *live, const struct mim_map *map,
			const char *indent, FILE *out)
{
	const struct mim_users *users = mim_map_users(map);

	for (uint32_t i = 0; i < users->n_programs; i++) {
		const struct mim_program *program = &live->programs[users->programs[i]];

		fprintf(out, "%sprog   %u %s '%s'", indent, program->id, program->type,
			program->name);
		for (uint32_t p = 0; p < program->n_pins; p++)
			fprintf(out, "  pinned %s", program->pins[p]);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < users->n_processes; i++) {
		const struct mim_process *process = &live->processes[users->processes[i]];

		fprintf(out, "%spid    %u '%s' holds a descriptor\n", indent,
			process->pid, process->name);
	}
}

/* Outer maps of whatever scope that hold an inner map. */
static void print_holders(const struct tree *tree, uint32_t inner)
{
	const struct mim_holder *items = tree->holders.items + tree->holders.first[inner];

	for (uint32_t i = 0; i < tree->holders.n[inner]; i++) {
		const struct mim_map *outer = &tree->live->maps[items[i].outer];

		fprintf(tree->out, "    held   by %u slot%s of %s (id %u)\n",
			items[i].slots, render_plural(items[i].slots), name_of(outer),
			outer->id);
	}
}

/* Live maps do not tell how their keys are written: indices as numbers, others in hex. */
static struct mim_type key_type(const struct tree *tree, const struct mim_map *outer)
{
	const struct mim_type *keys = tree->what->keys;
	uint32_t index = (uint32_t)(outer - tree->live->maps);
	bool array = outer->shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS;

	if (keys && keys[index].kind != MIM_TYPE_NONE &&
	    keys[index].size == outer->shape.key_size)
		return keys[index];
	return (struct mim_type){array ? MIM_TYPE_UINT : MIM_TYPE_BYTES,
				 outer->shape.key_size};
}

static int key_width(const struct mim_map *outer, struct mim_type type)
{
	int width = 0;

	for (uint32_t i = 0; i < outer->outer->slots.n; i++)
		width = render_key_width(width,
					 mim_value_length(type, mim_slot_key(outer, i)));
	return width;
}

static void print_slots(struct tree *tree, const struct mim_map *map)
{
	const struct mim_topology *live = tree->live;
	FILE *out = tree->out;
	const struct mim_slots *slots = &map->outer->slots;
	struct mim_type type = key_type(tree, map);
	int width = key_width(map, type);

	if (map->outer->slots_hidden)
		fprintf(out, "    slots  cannot be read\n");
	for (uint32_t i = 0; i < slots->n; i++) {
		const struct mim_map *inner = &live->maps[slots->inner[i]];
		const char *key = render_key(map, type, i);

		fprintf(out, "    slot   %-*s%s%s (id %u)", width, key,
			render_gap(key, width), name_of(inner), inner->id);
		if (tree->verbose) {
			fprintf(out, "  ");
			print_attributes(inner, out);
		}
		fputc('\n', out);
		print_entries(tree, slots->inner[i], "      ");
	}
}

static void print_template(const struct mim_outer *outer, FILE *out)
{
	fprintf(out, "    template ");
	switch (outer->inner_known) {
	case MIM_KNOWN_NOT:
		fprintf(out, "unknown\n");
		return;
	case MIM_KNOWN_SIZES:
		fprintf(out, "key %u  value %u  the rest unknown\n",
			outer->inner.key_size, outer->inner.value_size);
		return;
	case MIM_KNOWN_PART:
		fprintf(out, "%s  key %u  value %u  max_entries unknown",
			mim_kind_name(outer->inner.type), outer->inner.key_size,
			outer->inner.value_size);
		print_flags(&outer->inner, out);
		fputc('\n', out);
		return;
	case MIM_KNOWN_FULL:
		print_shape(&outer->inner, out);
		fputc('\n', out);
		return;
	}
}

static void print_map(struct tree *tree, const struct mim_map *map)
{
	const struct mim_topology *live = tree->live;
	FILE *out = tree->out;

	fprintf(out, "  %s  %s (id %u)  ", map->outer ? "outer" : "inner", name_of(map),
		map->id);
	print_attributes(map, out);
	fputc('\n', out);
	if (map->outer)
		print_template(map->outer, out);
	print_pins(live, map, "    ", out);
	print_users(live, map, "    ", out);
	if (tree->verbose && !map->outer)
		print_holders(tree, (uint32_t)(map - live->maps));
	if (map->outer)
		print_slots(tree, map);
	else
		print_entries(tree, (uint32_t)(map - live->maps), "    ");
}

static void print_scope(const struct mim_scope *scope, FILE *out)
{
	char when[MIM_TIME_TEXT], said[MIM_RUNNER_SAID];

	if (!scope->name) {
		fprintf(out, "every outer map and every pinned map\n");
		return;
	}
	fprintf(out, "%s: %s", scope->name, scope->folder);
	if (!scope->exists)
		fprintf(out, "  does not exist");
	else if (!scope->marked)
		fprintf(out, "  not made by mimctl");
	fputc('\n', out);
	if (!scope->marked || scope->marker.generation == 0)
		return;
	if (scope->pending.host)
		fprintf(out, "  %s\n", mim_pending_say(&scope->pending, said));
	if (scope->overdue.host)
		fprintf(out, "  not confirmed: %s\n",
			mim_runner_say(&scope->overdue, said));
	fprintf(out, "  applied %s  generation %lu  configuration %s%s%s\n",
		mim_time_text(scope->marker.time, when),
		(unsigned long)scope->marker.generation, scope->marker.digest,
		*scope->marker.revision ? "  revision " : "", scope->marker.revision);
}

static void release(struct tree *tree)
{
	mim_holders_release(&tree->holders);
	free(tree->printed);
}

int render_tree(const struct render_tree *what, FILE *out)
{
	const struct mim_topology *live = what->live;
	const bool *selected = what->selected;
	mim_cleanup(release) struct tree tree = {
		.what = what, .live = live, .verbose = what->verbose, .out = out};
	const struct mim_scope *scope = &live->scope;

	tree.printed = calloc(live->n_maps + 1, sizeof(*tree.printed));
	if (!tree.printed || mim_holders_compute(&tree.holders, live) < 0)
		return -ENOMEM;
	if (!what->part)
		print_scope(scope, out);
	for (size_t i = 0; i < live->n_maps; i++)
		if (selected[i] && live->maps[i].outer)
			print_map(&tree, &live->maps[i]);
	for (size_t i = 0; i < live->n_maps; i++)
		if (selected[i] && !live->maps[i].outer &&
		    (live->maps[i].pins != MIM_NONE || what->verbose))
			print_map(&tree, &live->maps[i]);
	for (size_t i = 0; i < scope->foreign.n; i++)
		fprintf(out, "  other  %s  not a map, not mimctl's\n",
			scope->foreign.items[i]);
	for (size_t i = 0; i < scope->stale.n; i++)
		fprintf(out, "  stale  %s  left by an interrupted apply\n",
			scope->stale.items[i]);
	return tree.result;
}

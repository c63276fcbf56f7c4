/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include "model/kind.h"
#include "model/reserved.h"
#include "object/object.h"

/* Where iproute2 pins; nothing else can be pinned there by its name. */
#define IPROUTE2_FOLDER "tc"

struct making {
	const struct mim_object_file *object;
	struct mim_diags *diags;
	struct mim_topology *want;
	/* for each map of the object: its index in @want, or MIM_NONE */
	uint32_t *index;
	struct mim_table kernel_names;
};

static void left_out(const struct making *making, const char *name, const char *why)
{
	mim_warning(making->diags, MIM_NOWHERE, MIM_CODE_OBJECT,
		    "%s: map '%s' is left out: %s", making->object->name, name, why);
}

/* Why a definition is not enough to make a map. Return: NULL when it is. */
static const char *problem(const struct mim_object_def *def, bool is_inner, char *text)
{
	const struct mim_kind *kind = mim_kind_by_type(def->shape.type);

	if (!kind)
		return "mimctl does not know its type";
	if (is_inner && (kind->role == MIM_ROLE_OUTER || kind->role == MIM_ROLE_REFUSED))
		return "its type cannot be that of an inner map";
	if (kind->role == MIM_ROLE_NEEDS_BTF && (def->key_type.kind == MIM_TYPE_NONE ||
						 def->value_type.kind == MIM_TYPE_NONE))
		return "it is made with BTF only, and no description can say its types";
	if (def->shape.max_entries == 0 && kind->entries != MIM_ENTRIES_ZERO)
		return "max_entries is left to the loader";
	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++)
		if (mim_shape_problem(&def->shape, field, text))
			return text;
	return NULL;
}

/* Names of maps become names of pins. */
static const char *name_problem(const char *name)
{
	if (!mim_name_valid(name) || strchr(name, '.'))
		return "no pin can have its name";
	if (strcmp(name, MIM_MARKER_NAME) == 0)
		return "its name is mimctl's own";
	if (strcmp(name, IPROUTE2_FOLDER) == 0)
		return "its name is iproute2's own";
	return NULL;
}

/* What BTF says of a type, and a description cannot. */
static void tell_size(const struct making *making, const char *name, const char *noun,
		      const char *why)
{
	if (why)
		mim_warning(making->diags, MIM_NOWHERE, MIM_CODE_OBJECT,
			    "%s: map '%s': the %s is described by its size: %s",
			    making->object->name, name, noun, why);
}

/* Return: index of a template for a definition, one of those there or a new one. */
static uint32_t find_template(struct making *making, const struct mim_object_def *def,
			      const char *name, bool exactly)
{
	const struct mim_template like = {
		.name = name,
		.shape = def->shape,
		.key_type = def->key_type,
		.value_type = def->value_type,
	};

	tell_size(making, name, "key", def->key_why);
	tell_size(making, name, "value", def->value_why);
	return mim_topology_template(making->want, &like, exactly);
}

static int take_name(struct making *making, struct mim_map *map, const char *name)
{
	uint32_t there;
	char *copy = mim_arena_strdup(&making->want->arena, name);
	int r = copy ? mim_table_add(&making->kernel_names, copy, 0, &there) : -ENOMEM;

	if (r == 0)
		snprintf(map->kernel_name, sizeof(map->kernel_name), "%s", name);
	return r;
}

/* libbpf cuts names in the kernel; where that makes two the same, ours are derived. */
static int name_map(struct making *making, struct mim_map *map)
{
	char name[MIM_KERNEL_NAME];
	int r;

	snprintf(name, sizeof(name), "%s", map->name);
	r = mim_name_kernel_valid(name) ? take_name(making, map, name) : -EEXIST;
	if (r == -EEXIST) {
		mim_name_kernel(map->name, name);
		r = take_name(making, map, name);
	}
	for (unsigned int i = 2; r == -EEXIST; i++) {
		snprintf(name, sizeof(name), "map_%u", i);
		r = take_name(making, map, name);
	}
	return r;
}

/* Those first that no one cuts. */
static int name_maps(struct making *making)
{
	struct mim_topology *want = making->want;
	int r = 0;

	for (int cut = 0; cut < 2; cut++)
		for (size_t i = 0; i < want->n_maps && r == 0; i++)
			if (cut == (strlen(want->maps[i].name) >= MIM_KERNEL_NAME))
				r = name_map(making, &want->maps[i]);
	return r;
}

static int add_map(struct making *making, uint32_t index)
{
	const struct mim_object_map *from = &making->object->maps[index];
	struct mim_map *map = mim_topology_add_map(making->want, from->name);

	if (!map)
		return -ENOMEM;
	making->index[index] = (uint32_t)making->want->n_maps - 1;
	map->shape = from->def.shape;
	return 0;
}

static int add_outer(struct making *making, uint32_t index)
{
	const struct mim_object_map *from = &making->object->maps[index];
	char text[MIM_FIELD_TEXT];
	const char *why = problem(&from->def, false, text);
	struct mim_outer *outer;
	struct mim_map *map;

	if (!why && !from->has_inner)
		why = "the object does not say what its slots take";
	if (!why)
		why = problem(&from->inner, true, text);
	if (!why)
		why = name_problem(from->name);
	if (why) {
		left_out(making, from->name, why);
		return 0;
	}
	if (add_map(making, index) < 0)
		return -ENOMEM;
	map = &making->want->maps[making->want->n_maps - 1];
	outer = mim_topology_make_outer(making->want, map);
	if (!outer)
		return -ENOMEM;
	/* NAME.inner can be longer than a name may be; no template has the map's own. */
	outer->template = find_template(
		making, &from->inner,
		mim_name_valid(from->inner_name) ? from->inner_name : from->name, true);
	if (outer->template == MIM_NONE)
		return -ENOMEM;
	outer->key_type = from->def.key_type;
	/* An index, whatever the program calls it. */
	if (map->shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		outer->key_type = (struct mim_type){MIM_TYPE_UINT, map->shape.key_size};
	outer->inner = from->inner.shape;
	outer->inner_known = MIM_KNOWN_FULL;
	return 0;
}

static int add_inner(struct making *making, uint32_t index)
{
	const struct mim_object_map *from = &making->object->maps[index];
	char text[MIM_FIELD_TEXT];
	const char *why = problem(&from->def, true, text);
	uint32_t template;

	if (!why)
		why = name_problem(from->name);
	if (why) {
		left_out(making, from->name, why);
		return 0;
	}
	template = find_template(making, &from->def, from->name, false);
	if (template == MIM_NONE || add_map(making, index) < 0)
		return -ENOMEM;
	making->want->maps[making->want->n_maps - 1].template = template;
	return 0;
}

/* In a slot of a map that is described, or pinned by a loader: it is not the loader's
 * own. */
static void mark_held(const struct making *making, const char *bpffs, bool *held)
{
	const struct mim_object_file *object = making->object;
	char path[MIM_PATH_MOST];

	for (uint32_t i = 0; i < object->n_maps; i++) {
		const struct mim_object_map *map = &object->maps[i];

		if (mim_object_pin(object, map, bpffs, path))
			held[i] = true;
		for (uint32_t s = 0; making->index[i] != MIM_NONE && s < map->n_slots;
		     s++)
			held[map->slots[s].map] = true;
	}
}

static int add_maps(struct making *making, const char *bpffs)
{
	const struct mim_object_file *object = making->object;
	mim_auto_free bool *held = calloc(object->n_maps + 1, sizeof(*held));
	int r = held ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < object->n_maps && r == 0; i++)
		if (mim_object_is_outer(&object->maps[i]))
			r = add_outer(making, i);
	if (r == 0)
		mark_held(making, bpffs, held);
	for (uint32_t i = 0; i < object->n_maps && r == 0; i++)
		if (held[i] && !mim_object_is_outer(&object->maps[i]))
			r = add_inner(making, i);
	return r;
}

/* As libbpf and iproute2 do it: the bytes of an int, as many as the key has. */
static int fill_slots(struct making *making, const struct mim_object_map *from,
		      struct mim_map *map)
{
	struct mim_slots *slots = &map->outer->slots;
	struct mim_arena *arena = &making->want->arena;
	uint32_t key_size = map->shape.key_size;

	if (from->n_slots && key_size > sizeof(from->slots->index))
		return mim_error(making->diags, MIM_NOWHERE, MIM_CODE_OBJECT, -EINVAL,
				 "%s: map '%s': keys of %u bytes, and its slots are "
				 "given by index",
				 making->object->name, from->name, key_size);
	slots->keys = mim_arena_array(arena, from->n_slots, key_size);
	slots->inner = mim_arena_array(arena, from->n_slots, sizeof(*slots->inner));
	if (!slots->keys || !slots->inner)
		return mim_out_of_memory(making->diags);
	for (uint32_t i = 0; i < from->n_slots; i++) {
		uint32_t inner = making->index[from->slots[i].map];

		if (inner == MIM_NONE)
			continue;
		memcpy(slots->keys + (size_t)slots->n * key_size, &from->slots[i].index,
		       key_size);
		slots->inner[slots->n++] = inner;
	}
	return mim_slots_sort(slots, key_size) < 0 ? mim_out_of_memory(making->diags) : 0;
}

static int check_slots(const struct making *making, const struct mim_map *map)
{
	const struct mim_slots *slots = &map->outer->slots;

	for (uint32_t i = 1; i < slots->n; i++)
		if (memcmp(mim_slot_key(map, i - 1), mim_slot_key(map, i),
			   map->shape.key_size) == 0)
			return mim_error(
				making->diags, MIM_NOWHERE, MIM_CODE_OBJECT, -EINVAL,
				"%s: map '%s': two slots have one key of %u "
				"bytes",
				making->object->name, map->name, map->shape.key_size);
	if (slots->n > map->shape.max_entries)
		return mim_error(making->diags, MIM_NOWHERE, MIM_CODE_OBJECT, -EINVAL,
				 "%s: map '%s': %u slots are filled, and it has %u",
				 making->object->name, map->name, slots->n,
				 map->shape.max_entries);
	return 0;
}

static int check_fit(const struct making *making, const struct mim_map *map)
{
	const struct mim_slots *slots = &map->outer->slots;

	for (uint32_t i = 0; i < slots->n; i++) {
		const struct mim_map *inner = &making->want->maps[slots->inner[i]];
		uint32_t misfit = mim_shape_misfit(&map->outer->inner, &inner->shape);
		enum mim_field field = 0;

		if (!misfit)
			continue;
		while (!(misfit & MIM_FIELD_BIT(field)))
			field++;
		return mim_error(making->diags, MIM_NOWHERE, MIM_CODE_OBJECT, -EINVAL,
				 "%s: map '%s' is in a slot of '%s', which does "
				 "not take it: another %s",
				 making->object->name, inner->name, map->name,
				 mim_field_name(field));
	}
	return 0;
}

static int add_slots(struct making *making)
{
	int r = 0;

	for (uint32_t i = 0; i < making->object->n_maps && r == 0; i++) {
		struct mim_map *map;

		if (making->index[i] == MIM_NONE)
			continue;
		map = &making->want->maps[making->index[i]];
		if (!map->outer)
			continue;
		r = fill_slots(making, &making->object->maps[i], map);
		if (r == 0)
			r = check_slots(making, map);
		if (r == 0)
			r = check_fit(making, map);
	}
	return r;
}

bool mim_object_pin(const struct mim_object_file *object,
		    const struct mim_object_map *map, const char *bpffs, char *path)
{
	int n = MIM_PATH_MOST;

	switch (map->pinning) {
	case MIM_OBJECT_PIN_NONE:
	case MIM_OBJECT_PIN_CUSTOM:
		return false;
	case MIM_OBJECT_PIN_BY_NAME:
		n = snprintf(path, MIM_PATH_MOST, "%s/%s", bpffs, map->name);
		break;
	case MIM_OBJECT_PIN_OBJECT:
		n = snprintf(path, MIM_PATH_MOST, "%s/" IPROUTE2_FOLDER "/%s/%s", bpffs,
			     object->sha1, map->name);
		break;
	case MIM_OBJECT_PIN_GLOBAL:
		n = snprintf(path, MIM_PATH_MOST, "%s/" IPROUTE2_FOLDER "/globals/%s",
			     bpffs, map->name);
		break;
	}
	return n < MIM_PATH_MOST;
}

static int add_pins(struct making *making)
{
	const struct mim_object_file *object = making->object;
	char path[MIM_PATH_MOST];

	for (uint32_t i = 0; i < object->n_maps; i++) {
		const struct mim_object_map *map = &object->maps[i];

		if (map->pinning == MIM_OBJECT_PIN_CUSTOM)
			mim_warning(
				making->diags, MIM_NOWHERE, MIM_CODE_OBJECT,
				"%s: map '%s' is pinned where "
				"/etc/iproute2/bpf_pinning says: that pin is left out",
				object->name, map->name);
		if (making->index[i] == MIM_NONE ||
		    !mim_object_pin(object, map, making->want->scope.bpffs, path))
			continue;
		if (strcmp(path, making->want->scope.folder) == 0)
			return mim_error(making->diags, MIM_NOWHERE, MIM_CODE_PIN_TAKEN,
					 -EINVAL,
					 "%s: map '%s' is pinned at %s, where the "
					 "scope's folder would be",
					 object->name, map->name, path);
		if (!mim_topology_add_pin(making->want, making->index[i], path))
			return mim_out_of_memory(making->diags);
	}
	return 0;
}

static int make(struct making *making)
{
	int r = add_maps(making, making->want->scope.bpffs);

	if (r == 0)
		r = name_maps(making);
	if (r == 0)
		r = add_slots(making);
	else
		r = mim_out_of_memory(making->diags);
	if (r == 0)
		r = add_pins(making);
	if (r == 0 && making->want->n_maps == 0)
		r = mim_error(making->diags, MIM_NOWHERE, MIM_CODE_OBJECT, -EINVAL,
			      "%s: no maps of maps, and no pins", making->object->name);
	return r;
}

int mim_object_topology(const struct mim_object_file *object, const char *name,
			const char *bpffs, struct mim_diags *diags,
			struct mim_topology **ret_want)
{
	mim_auto_topology struct mim_topology *want = mim_topology_empty(name, bpffs);
	mim_auto_free uint32_t *index = calloc(object->n_maps + 1, sizeof(*index));
	struct making making = {object, diags, want, index, {0}};
	int r;

	if (!want || !index)
		return mim_out_of_memory(diags);
	memset(index, 0xff, object->n_maps * sizeof(*index));
	r = make(&making);
	mim_table_release(&making.kernel_names);
	if (r < 0)
		return r;
	*ret_want = TAKE_PTR(want);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/json.h"
#include "render.h"
#include "render_types.h"

struct rendering {
	const struct mim_topology *want;
	struct render_types types;
	bool out_of_memory;
};

static void put_size(const struct rendering *rendering, struct json_object *object,
		     const char *type_key, const char *size_key, struct mim_type type,
		     uint32_t size)
{
	char text[RENDER_TYPE_TEXT];

	if (render_type(&rendering->types, type, text))
		mim_json_put_text(object, type_key, text);
	else if (size)
		mim_json_put_number(object, size_key, size);
}

static void put_flags(struct json_object *object, const struct mim_shape *shape)
{
	/* The node says that there is one. */
	mim_json_put_list(object, "flags",
			  mim_flags_json(shape->flags & ~BPF_F_NUMA_NODE));
	if (shape->flags & BPF_F_NUMA_NODE)
		mim_json_put_number(object, "numa_node", shape->numa_node);
}

static struct json_object *template_json(const struct rendering *rendering,
					 const struct mim_template *template)
{
	struct json_object *object = mim_json_object();
	const struct mim_shape *shape = &template->shape;

	mim_json_put_text(object, "name", template->name);
	mim_json_put_text(object, "type", mim_kind_name(shape->type));
	put_size(rendering, object, "key", "key_size", template->key_type,
		 shape->key_size);
	put_size(rendering, object, "value", "value_size", template->value_type,
		 shape->value_size);
	mim_json_put_number(object, "max_entries", shape->max_entries);
	put_flags(object, shape);
	if (shape->map_extra)
		mim_json_put_number(object, "map_extra", shape->map_extra);
	return object;
}

static void put_kernel_name(struct json_object *object, const struct mim_map *map)
{
	char derived[MIM_KERNEL_NAME];

	mim_name_kernel(map->name, derived);
	if (strcmp(derived, map->kernel_name) != 0)
		mim_json_put_text(object, "kernel_name", map->kernel_name);
}

static struct json_object *outer_json(const struct rendering *rendering,
				      const struct mim_map *map)
{
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "name", map->name);
	if (map->external)
		mim_json_put_text(object, "external", map->external);
	else
		mim_json_put_text(object, "type", mim_kind_name(map->shape.type));
	put_size(rendering, object, "key", "key_size", map->outer->key_type,
		 map->shape.key_size);
	if (!map->external) {
		mim_json_put_number(object, "max_entries", map->shape.max_entries);
		put_flags(object, &map->shape);
	}
	mim_json_put_text(object, "template",
			  rendering->want->templates[map->outer->template].name);
	if (!map->external)
		put_kernel_name(object, map);
	if (map->outer->protect == MIM_PROTECT_YES)
		mim_json_put_bool(object, "protect", true);
	if (map->outer->keep_unlisted)
		mim_json_put_text(object, "unlisted", "keep");
	return object;
}

static struct json_object *inner_json(const struct mim_topology *want,
				      const struct mim_map *map)
{
	struct json_object *object = mim_json_object();
	const struct mim_template *template;

	mim_json_put_text(object, "name", map->name);
	if (map->external) {
		mim_json_put_text(object, "external", map->external);
		return object;
	}
	template = &want->templates[map->template];
	mim_json_put_text(object, "template", template->name);
	if (map->shape.max_entries != template->shape.max_entries)
		mim_json_put_number(object, "max_entries", map->shape.max_entries);
	put_kernel_name(object, map);
	return object;
}

static int compare_slots(const void *a, const void *b, void *data)
{
	const struct mim_map *outer = data;
	const uint8_t *x = mim_slot_key(outer, *(const uint32_t *)a);
	const uint8_t *y = mim_slot_key(outer, *(const uint32_t *)b);
	int c = mim_type_compare(outer->outer->key_type, x, y);

	return c ? c : memcmp(x, y, outer->shape.key_size);
}

/* Slots in the order that people read their keys in. Return: heap, or NULL. */
static uint32_t *order_slots(const struct mim_map *outer)
{
	uint32_t n = outer->outer->slots.n;
	uint32_t *order = calloc((size_t)n + 1, sizeof(*order));

	for (uint32_t i = 0; order && i < n; i++)
		order[i] = i;
	if (order)
		qsort_r(order, n, sizeof(*order), compare_slots, (void *)outer);
	return order;
}

/* Keys that can be counted, see "keys" of a slot. */
static bool can_be_counted(struct mim_type type)
{
	return type.kind == MIM_TYPE_UINT || type.kind == MIM_TYPE_BE;
}

static uint64_t key_number(const struct mim_map *outer, uint32_t slot)
{
	return mim_type_integer(mim_slot_key(outer, slot), outer->shape.key_size,
				outer->outer->key_type.kind == MIM_TYPE_BE);
}

/* Does the slot go on where the one before it left off, with the same or an own map? */
static bool goes_on(const struct mim_topology *want, const struct mim_map *outer,
		    uint32_t before, uint32_t slot)
{
	const struct mim_slots *slots = &outer->outer->slots;
	uint32_t a = slots->inner[before], b = slots->inner[slot];

	return can_be_counted(outer->outer->key_type) &&
	       key_number(outer, before) + 1 == key_number(outer, slot) &&
	       (a == b || (want->maps[a].own && want->maps[b].own));
}

static struct json_object *slot_json(const struct mim_topology *want,
				     const struct mim_map *outer, uint32_t first,
				     uint32_t last)
{
	const struct mim_map *inner = &want->maps[outer->outer->slots.inner[first]];
	struct json_object *slot = mim_json_object();
	char run[64];

	if (first == last) {
		mim_json_put_text(slot, "key",
				  render_key(outer, outer->outer->key_type, first));
	} else {
		snprintf(run, sizeof(run), "%" PRIu64 "-%" PRIu64,
			 key_number(outer, first), key_number(outer, last));
		mim_json_put_text(slot, "keys", run);
	}
	if (!inner->own)
		mim_json_put_text(slot, "inner", inner->name);
	return slot;
}

static struct json_object *binding_json(struct rendering *rendering,
					const struct mim_map *map)
{
	struct json_object *object = mim_json_object();
	struct json_object *slots = mim_json_array();
	mim_auto_free uint32_t *order = order_slots(map);
	uint32_t n = map->outer->slots.n, last;

	if (!order) {
		rendering->out_of_memory = true;
		n = 0;
	}
	for (uint32_t i = 0; i < n; i = last + 1) {
		last = i;
		while (last + 1 < n &&
		       goes_on(rendering->want, map, order[last], order[last + 1]))
			last++;
		mim_json_add(slots,
			     slot_json(rendering->want, map, order[i], order[last]));
	}
	mim_json_put_text(object, "outer", map->name);
	mim_json_put(object, "slots", slots);
	return object;
}

static struct json_object *pin_json(const struct mim_topology *want,
				    const struct mim_pin *pin)
{
	struct json_object *object = mim_json_object();
	char mode[8];

	mim_json_put_text(object, "map", want->maps[pin->map].name);
	mim_json_put_text(object, "path", render_path(&want->scope, pin));
	if (pin->mode != MIM_MODE_ANY && pin->mode != MIM_MODE_USUAL) {
		snprintf(mode, sizeof(mode), "%04o", pin->mode & 0777);
		mim_json_put_text(object, "mode", mode);
	}
	if (pin->group)
		mim_json_put_text(object, "group", pin->group);
	return object;
}

static struct json_object *describe(struct rendering *rendering)
{
	const struct mim_topology *want = rendering->want;
	struct json_object *root = mim_json_object();
	struct json_object *templates = mim_json_array();
	struct json_object *outer_maps = mim_json_array();
	struct json_object *inner_maps = mim_json_array();
	struct json_object *bindings = mim_json_array();
	struct json_object *pins = mim_json_array();

	mim_json_put_number(root, "version", 1);
	mim_json_put_text(root, "name", want->scope.name);
	if (strcmp(want->scope.bpffs, MIM_BPFFS_DEFAULT) != 0)
		mim_json_put_text(root, "bpffs", want->scope.bpffs);
	for (size_t i = 0; i < want->n_templates; i++)
		mim_json_add(templates, template_json(rendering, &want->templates[i]));
	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];

		if (!map->outer && !map->own)
			mim_json_add(inner_maps, inner_json(want, map));
		if (!map->outer)
			continue;
		mim_json_add(outer_maps, outer_json(rendering, map));
		if (map->outer->slots.n)
			mim_json_add(bindings, binding_json(rendering, map));
	}
	for (size_t i = 0; i < want->n_pins; i++)
		mim_json_add(pins, pin_json(want, &want->pins[i]));
	mim_json_put_list(root, "types", render_types_json(&rendering->types));
	mim_json_put_list(root, "templates", templates);
	mim_json_put_list(root, "outer_maps", outer_maps);
	mim_json_put_list(root, "inner_maps", inner_maps);
	mim_json_put_list(root, "bindings", bindings);
	mim_json_put_list(root, "pins", pins);
	return root;
}

struct json_object *render_config_json(const struct mim_topology *want)
{
	struct rendering rendering = {.want = want};
	struct json_object *root = NULL;

	if (render_types_collect(&rendering.types, want) == 0)
		root = describe(&rendering);
	render_types_release(&rendering.types);
	if (!rendering.out_of_memory)
		return root;
	json_object_put(root);
	return NULL;
}

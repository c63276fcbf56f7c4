/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include <string.h>
#include "base/json.h"
#include "render.h"

/* Return: false when only the size is known. */
static bool type_text(struct mim_type type, char *text, size_t length)
{
	switch (type.kind) {
	case MIM_TYPE_NONE:
	case MIM_TYPE_STRUCT:
	case MIM_TYPE_ARRAY:
		return false;
	case MIM_TYPE_UINT:
		snprintf(text, length, "u%u", type.size * 8);
		return true;
	case MIM_TYPE_SINT:
		snprintf(text, length, "s%u", type.size * 8);
		return true;
	case MIM_TYPE_BE:
		snprintf(text, length, "be%u", type.size * 8);
		return true;
	case MIM_TYPE_IPV4:
		snprintf(text, length, "ipv4");
		return true;
	case MIM_TYPE_IPV6:
		snprintf(text, length, "ipv6");
		return true;
	case MIM_TYPE_MAC:
		snprintf(text, length, "mac");
		return true;
	case MIM_TYPE_PREFIX4:
		snprintf(text, length, "ipv4_prefix");
		return true;
	case MIM_TYPE_PREFIX6:
		snprintf(text, length, "ipv6_prefix");
		return true;
	case MIM_TYPE_CHAR:
		snprintf(text, length, "char[%u]", type.size);
		return true;
	case MIM_TYPE_BYTES:
		snprintf(text, length, "bytes[%u]", type.size);
		return true;
	}
	return false;
}

static void put_size(struct json_object *object, const char *type_key,
		     const char *size_key, struct mim_type type, uint32_t size)
{
	char text[32];

	if (type_text(type, text, sizeof(text)))
		mim_json_put_text(object, type_key, text);
	else if (size)
		mim_json_put_number(object, size_key, size);
}

static void put_flags(struct json_object *object, const struct mim_shape *shape)
{
	struct json_object *words = mim_json_array();
	size_t n;
	const struct mim_flag *flags = mim_flags(&n);

	/* The node says that there is one. */
	for (size_t i = 0; i < n; i++)
		if ((shape->flags & flags[i].bit) && flags[i].bit != BPF_F_NUMA_NODE)
			mim_json_add_text(words, flags[i].name);
	mim_json_put_list(object, "flags", words);
	if (shape->flags & BPF_F_NUMA_NODE)
		mim_json_put_number(object, "numa_node", shape->numa_node);
}

static struct json_object *template_json(const struct mim_template *template)
{
	struct json_object *object = mim_json_object();
	const struct mim_shape *shape = &template->shape;

	mim_json_put_text(object, "name", template->name);
	mim_json_put_text(object, "type", mim_kind_name(shape->type));
	put_size(object, "key", "key_size", template->key_type, shape->key_size);
	put_size(object, "value", "value_size", template->value_type, shape->value_size);
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

static struct json_object *outer_json(const struct mim_topology *want,
				      const struct mim_map *map)
{
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "name", map->name);
	mim_json_put_text(object, "type", mim_kind_name(map->shape.type));
	put_size(object, "key", "key_size", map->outer->key_type, map->shape.key_size);
	mim_json_put_number(object, "max_entries", map->shape.max_entries);
	put_flags(object, &map->shape);
	mim_json_put_text(object, "template", want->templates[map->outer->template].name);
	put_kernel_name(object, map);
	return object;
}

static struct json_object *inner_json(const struct mim_topology *want,
				      const struct mim_map *map)
{
	struct json_object *object = mim_json_object();
	const struct mim_template *template = &want->templates[map->template];

	mim_json_put_text(object, "name", map->name);
	mim_json_put_text(object, "template", template->name);
	if (map->shape.max_entries != template->shape.max_entries)
		mim_json_put_number(object, "max_entries", map->shape.max_entries);
	put_kernel_name(object, map);
	return object;
}

static struct json_object *binding_json(const struct mim_topology *want,
					const struct mim_map *map)
{
	struct json_object *object = mim_json_object();
	struct json_object *slots = mim_json_array();

	for (uint32_t i = 0; i < map->outer->slots.n; i++) {
		const struct mim_map *inner = &want->maps[map->outer->slots.inner[i]];
		struct json_object *slot = mim_json_object();

		mim_json_put_text(slot, "key", render_key(map, map->outer->key_type, i));
		mim_json_put_text(slot, "inner", inner->name);
		mim_json_add(slots, slot);
	}
	mim_json_put_text(object, "outer", map->name);
	mim_json_put(object, "slots", slots);
	return object;
}

static struct json_object *pin_json(const struct mim_topology *want,
				    const struct mim_pin *pin)
{
	struct json_object *object = mim_json_object();

	mim_json_put_text(object, "map", want->maps[pin->map].name);
	mim_json_put_text(object, "path", render_path(&want->scope, pin));
	return object;
}

struct json_object *render_config_json(const struct mim_topology *want)
{
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
		mim_json_add(templates, template_json(&want->templates[i]));
	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];

		if (!map->outer) {
			mim_json_add(inner_maps, inner_json(want, map));
			continue;
		}
		mim_json_add(outer_maps, outer_json(want, map));
		if (map->outer->slots.n)
			mim_json_add(bindings, binding_json(want, map));
	}
	for (size_t i = 0; i < want->n_pins; i++)
		mim_json_add(pins, pin_json(want, &want->pins[i]));
	mim_json_put_list(root, "templates", templates);
	mim_json_put_list(root, "outer_maps", outer_maps);
	mim_json_put_list(root, "inner_maps", inner_maps);
	mim_json_put_list(root, "bindings", bindings);
	mim_json_put_list(root, "pins", pins);
	return root;
}

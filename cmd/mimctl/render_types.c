/* SPDX-License-Identifier: BSD-2-Clause */
#include "render_types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "base/json.h"
#include "types/layout.h"
#include "types/scalar.h"

void render_types_release(struct render_types *types)
{
	mim_table_release(&types->taken);
	mim_arena_release(&types->arena);
	free(types->items);
	*types = (struct render_types){0};
}

static bool is_built_in(const char *name)
{
	struct mim_type type;

	return mim_scalar_type(name, &type) != -ENOENT || strcmp(name, "char") == 0 ||
	       strcmp(name, "bytes") == 0;
}

/* Its own name, unless another type has it: then with a number. */
static int give_name(struct render_types *types, struct render_type *type)
{
	const char *name = type->layout->name;
	uint32_t there;
	int r = is_built_in(name) ? -EEXIST
				  : mim_table_add(&types->taken, name, 0, &there);

	for (unsigned int i = 2; r == -EEXIST; i++) {
		name = mim_arena_printf(&types->arena, "%.50s_%u", type->layout->name, i);
		r = name ? mim_table_add(&types->taken, name, 0, &there) : -ENOMEM;
	}
	type->name = name;
	return r;
}

static const struct render_type *find(const struct render_types *types,
				      const struct mim_struct *layout)
{
	for (size_t i = 0; i < types->n; i++)
		if (types->items[i].layout == layout ||
		    mim_type_same((struct mim_type){MIM_TYPE_STRUCT, layout->size,
						    .fields = layout},
				  (struct mim_type){MIM_TYPE_STRUCT,
						    types->items[i].layout->size,
						    .fields = types->items[i].layout}))
			return &types->items[i];
	return NULL;
}

int render_types_add(struct render_types *types, struct mim_type type)
{
	struct render_type *item;
	int r = 0;

	if (type.kind == MIM_TYPE_ARRAY)
		return render_types_add(types, *type.element);
	if (type.kind != MIM_TYPE_STRUCT || find(types, type.fields))
		return 0;
	for (uint32_t i = 0; r == 0 && i < type.fields->n; i++)
		r = render_types_add(types, type.fields->members[i].type);
	if (r < 0)
		return r;
	item = mim_array_add(types->items, types->n);
	if (!item)
		return -ENOMEM;
	item->layout = type.fields;
	return give_name(types, item);
}

int render_types_collect(struct render_types *types, const struct mim_topology *want)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < want->n_templates; i++) {
		r = render_types_add(types, want->templates[i].key_type);
		if (r == 0)
			r = render_types_add(types, want->templates[i].value_type);
	}
	for (size_t i = 0; r == 0 && i < want->n_maps; i++)
		if (want->maps[i].outer)
			r = render_types_add(types, want->maps[i].outer->key_type);
	return r;
}

/* Return: false when only the size is known. */
static bool scalar_text(struct mim_type type, char *text)
{
	size_t length = RENDER_TYPE_TEXT;

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

bool render_type(const struct render_types *types, struct mim_type type, char *text)
{
	const struct render_type *item;
	char element[RENDER_TYPE_TEXT];

	if (type.kind == MIM_TYPE_STRUCT) {
		item = find(types, type.fields);
		snprintf(text, RENDER_TYPE_TEXT, "%s", item ? item->name : "");
		return item != NULL;
	}
	if (type.kind == MIM_TYPE_ARRAY) {
		if (!render_type(types, *type.element, element))
			return false;
		snprintf(text, RENDER_TYPE_TEXT, "%.100s[%u]", element,
			 mim_type_count(type));
		return true;
	}
	return scalar_text(type, text);
}

static struct json_object *type_json(const struct render_types *types,
				     const struct render_type *type)
{
	struct json_object *object = mim_json_object(), *fields = mim_json_array();
	char text[RENDER_TYPE_TEXT];

	mim_json_put_text(object, "name", type->name);
	if (mim_layout_packing(type->layout) == MIM_PACKING_PACKED)
		mim_json_put_bool(object, "packed", true);
	for (uint32_t i = 0; i < type->layout->n; i++) {
		const struct mim_member *member = &type->layout->members[i];
		struct json_object *field = mim_json_object();

		mim_json_put_text(field, "name", member->name);
		if (render_type(types, member->type, text))
			mim_json_put_text(field, "type", text);
		mim_json_add(fields, field);
	}
	mim_json_put(object, "fields", fields);
	return object;
}

struct json_object *render_types_json(const struct render_types *types)
{
	struct json_object *list = mim_json_array();

	for (size_t i = 0; i < types->n; i++)
		mim_json_add(list, type_json(types, &types->items[i]));
	return list;
}

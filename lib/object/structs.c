/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/structs.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "object/btf.h"

/* Levels of structs in structs, as descriptions have them. */
#define MOST_DEPTH 16

/* Of one struct, those of anonymous structs in it and these structs included. */
#define MOST_FIELDS 65535

/* A struct in the making. */
struct fields {
	const char *owner;
	struct mim_member *items;
	uint32_t n;
	uint32_t seen;
	uint32_t end;
};

static int add_field(struct mim_btf_types *types, struct fields *fields, const char *name,
		     uint32_t id, uint64_t offset, uint32_t depth)
{
	char what[MIM_BTF_WHY / 2];
	struct mim_member *member;
	struct mim_type type;
	int r;

	snprintf(what, sizeof(what), "field '%.40s' of struct '%.60s'", name,
		 fields->owner);
	if (!*name)
		return mim_btf_types_refuse(
			types, "struct '%.60s' has an anonymous union", fields->owner);
	if (!mim_name_field_valid(name))
		return mim_btf_types_refuse(types, "%s has no name that could be written",
					    what);
	snprintf(types->nameless, sizeof(types->nameless), "%.31s_%.31s", fields->owner,
		 name);
	r = mim_btf_types_any(types, id, what, depth, &type);
	if (r < 0)
		return r;
	if (offset < fields->end || offset + type.size > MIM_TYPE_MOST)
		return mim_btf_types_refuse(types, "%s lies over another", what);
	member = mim_array_add(fields->items, fields->n);
	if (!member)
		return -ENOMEM;
	*member = (struct mim_member){name, type, (uint32_t)offset};
	fields->end = (uint32_t)offset + type.size;
	return 0;
}

/* To be shown, an anonymous union is called after its place. */
static const char *member_name(const struct mim_btf_types *types,
			       const struct btf_member *member,
			       const struct btf_type *plain, uint64_t bits)
{
	const char *name = btf__name_by_offset(types->btf, member->name_off);

	if (types->manner == MIM_BTF_EXACT || (name && *name) || !plain ||
	    btf_is_struct(plain))
		return name ? name : "";
	return mim_arena_printf(types->arena, "union_%u", (uint32_t)(bits / 8));
}

static int add_fields(struct mim_btf_types *types, struct fields *fields,
		      const struct btf_type *type, uint64_t base, uint32_t depth);

/* One that stands in another again and again is no more than a few bytes of BTF. */
static int add_anonymous(struct mim_btf_types *types, struct fields *fields,
			 const struct btf_type *type, uint64_t base, uint32_t depth)
{
	if (btf_vlen(type) == 0)
		return mim_btf_types_refuse(
			types, "struct '%.60s' has an anonymous struct without fields",
			fields->owner);
	if (depth >= MOST_DEPTH)
		return mim_btf_types_refuse(
			types, "structs are nested more than %d levels deep", MOST_DEPTH);
	return add_fields(types, fields, type, base, depth + 1);
}

/* Of a struct and of the anonymous structs in it. */
static int add_fields(struct mim_btf_types *types, struct fields *fields,
		      const struct btf_type *type, uint64_t base, uint32_t depth)
{
	const struct btf_member *members = btf_members(type);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < btf_vlen(type); i++) {
		const struct btf_type *plain = mim_btf_plain(types->btf, members[i].type);
		uint32_t bits = btf_member_bit_offset(type, i);
		const char *name =
			member_name(types, &members[i], plain, base * 8 + bits);

		if (!name)
			return -ENOMEM;
		if (++fields->seen > MOST_FIELDS)
			return mim_btf_types_refuse(
				types, "struct '%.60s' has more than %u fields",
				fields->owner, MOST_FIELDS);
		if (btf_member_bitfield_size(type, i) || bits % 8)
			return mim_btf_types_refuse(
				types,
				"field '%.40s' of struct '%.60s' is a bit "
				"field",
				name, fields->owner);
		if (*name || !plain || !btf_is_struct(plain))
			r = add_field(types, fields, name, members[i].type,
				      base + bits / 8, depth + 1);
		else
			r = add_anonymous(types, fields, plain, base + bits / 8, depth);
	}
	return r;
}

/* As C lays it out, or packed where something lies where C would not put it. */
static uint32_t align_of(const struct mim_struct *layout)
{
	uint32_t align = 1;

	for (uint32_t i = 0; i < layout->n; i++) {
		uint32_t own = mim_type_align(layout->members[i].type);

		if (layout->members[i].offset % own)
			return 1;
		align = own > align ? own : align;
	}
	return layout->size % align ? 1 : align;
}

static bool has_twice(const struct mim_struct *layout)
{
	for (uint32_t i = 1; i < layout->n; i++)
		if (strcmp(layout->members[layout->by_name[i - 1]].name,
			   layout->members[layout->by_name[i]].name) == 0)
			return true;
	return false;
}

static int lay_out(struct mim_btf_types *types, const struct fields *fields,
		   const struct btf_type *type, const char *name,
		   const struct mim_struct **ret_layout)
{
	struct mim_arena *arena = types->arena;
	struct mim_struct *layout = mim_arena_alloc(arena, sizeof(*layout));

	if (!layout)
		return -ENOMEM;
	layout->name = name;
	layout->n = fields->n;
	layout->size = type->size;
	layout->members = mim_arena_array(arena, layout->n, sizeof(*layout->members));
	if (!layout->members)
		return -ENOMEM;
	memcpy(layout->members, fields->items, layout->n * sizeof(*layout->members));
	for (uint32_t i = 0; i < layout->n; i++) {
		layout->members[i].name =
			mim_arena_strdup(arena, layout->members[i].name);
		if (!layout->members[i].name)
			return -ENOMEM;
	}
	layout->align = align_of(layout);
	if (mim_struct_sort(layout, arena) < 0)
		return -ENOMEM;
	if (has_twice(layout))
		return mim_btf_types_refuse(types, "struct '%.60s' has a field twice",
					    fields->owner);
	*ret_layout = layout;
	return 0;
}

static int make_struct(struct mim_btf_types *types, const struct btf_type *type,
		       const char *name, uint32_t depth,
		       const struct mim_struct **ret_layout)
{
	struct fields fields = {0};
	char *copy;
	int r;

	if (type->size == 0 || btf_vlen(type) == 0)
		return mim_btf_types_refuse(types, "struct '%.60s' has no fields", name);
	if (type->size > MIM_TYPE_MOST)
		return mim_btf_types_refuse(types,
					    "struct '%.60s' has more than %u bytes", name,
					    MIM_TYPE_MOST);
	copy = mim_arena_strdup(types->arena, mim_name_valid(name) ? name : "nameless");
	if (!copy)
		return -ENOMEM;
	fields.owner = copy;
	r = add_fields(types, &fields, type, 0, depth);
	if (r == 0 && fields.end > type->size)
		r = mim_btf_types_refuse(
			types, "struct '%.60s' has fields behind its end", name);
	if (r == 0)
		r = lay_out(types, &fields, type, copy, ret_layout);
	free(fields.items);
	return r;
}

int mim_btf_types_layout(struct mim_btf_types *types, uint32_t id,
			 const struct btf_type *type, const char *name, uint32_t depth,
			 struct mim_type *ret_type)
{
	struct mim_btf_known *known = &types->known[id];
	int r;

	if (known->why)
		return mim_btf_types_refuse(types, "%s", known->why);
	if (known->open)
		return mim_btf_types_refuse(types, "struct '%.60s' contains itself",
					    name);
	if (!known->layout && depth >= MOST_DEPTH)
		return mim_btf_types_refuse(
			types, "structs are nested more than %d levels deep", MOST_DEPTH);
	if (!known->layout) {
		known->open = true;
		r = make_struct(types, type, name, depth, &known->layout);
		known->open = false;
		if (r == -EINVAL) {
			known->why = mim_arena_strdup(types->arena, types->why);
			r = known->why ? r : -ENOMEM;
		}
		if (r < 0)
			return r;
	}
	*ret_type = (struct mim_type){MIM_TYPE_STRUCT, known->layout->size,
				      .fields = known->layout};
	return 0;
}

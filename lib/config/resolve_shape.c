/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "config/resolve_maps.h"
#include "config/source.h"
#include "model/kind.h"

uint64_t mim_said_integer(const char *word)
{
	uint64_t value = 0;

	mim_num_u64(word, UINT64_MAX, &value);
	return value;
}

bool mim_resolve_size(struct mim_resolve *resolve, struct mim_origin origin,
		      const char *owner, const struct mim_sized *sized, uint32_t *size,
		      struct mim_type *type)
{
	const struct mim_size_rule *rule = sized->rule;

	if (mim_said(sized->type_word) && mim_said(sized->size_word)) {
		mim_wrong(resolve, origin, sized->size_key, MIM_CODE_CONFLICTING_KEY,
			  "%s and %s exclude each other", sized->type_key,
			  sized->size_key);
		return false;
	}
	*type = (struct mim_type){0};
	if (mim_said(sized->type_word)) {
		if (!mim_resolve_type(resolve, origin, sized->type_key, sized->type_word,
				      type))
			return false;
		*size = type->size;
		return true;
	}
	if (mim_said(sized->size_word)) {
		*size = (uint32_t)mim_said_integer(sized->size_word);
		type->size = *size;
		return true;
	}
	if (sized->type_word || sized->size_word)
		return false;
	if (rule->least == rule->most) {
		*size = rule->least;
		*type = (struct mim_type){
			rule->least == 4 ? MIM_TYPE_UINT : MIM_TYPE_NONE, rule->least};
		return true;
	}
	mim_wrong(resolve, origin, NULL, MIM_CODE_MISSING_KEY,
		  "%s needs the key '%s' or '%s'", owner, sized->type_key,
		  sized->size_key);
	return false;
}

/* Return: false when one of the flags was reported. */
static bool resolve_flags(const struct mim_raw_map *raw, uint32_t *flags)
{
	bool good = true;

	for (uint32_t i = 0; i < raw->n_flags; i++) {
		if (mim_said(raw->flags[i]))
			*flags |= mim_flag_by_name(raw->flags[i])->bit;
		else
			good = false;
	}
	return good;
}

void mim_resolve_node(struct mim_shape *shape, const char *word)
{
	if (!mim_said(word))
		return;
	shape->numa_node = (uint32_t)mim_said_integer(word);
	shape->flags |= BPF_F_NUMA_NODE;
}

/* The key that a person wrote for a field. */
static const char *field_key(const struct mim_raw_map *raw, enum mim_field field)
{
	if (field == MIM_FIELD_KEY_SIZE && raw->key)
		return "key";
	if (field == MIM_FIELD_VALUE_SIZE && raw->value)
		return "value";
	return mim_field_name(field);
}

/* Is the field in the file, and not in what its "from" stands for? */
static bool is_written(const struct mim_raw_map *raw, enum mim_field field)
{
	switch (field) {
	case MIM_FIELD_KEY_SIZE:
		return raw->key || raw->key_size;
	case MIM_FIELD_VALUE_SIZE:
		return raw->value || raw->value_size;
	case MIM_FIELD_MAX_ENTRIES:
		return raw->max_entries;
	default:
		return false;
	}
}

static const char *from_key(const struct mim_raw_from *from)
{
	return from->pinned ? "pinned" : "map";
}

static void wrong_field(struct mim_resolve *resolve, struct mim_origin origin,
			const struct mim_raw_map *raw, enum mim_field field,
			enum mim_code code, const char *why)
{
	if (raw->from && !is_written(raw, field))
		mim_wrong(resolve, mim_from_origin(origin), from_key(raw->from), code,
			  "'%.100s': %s",
			  raw->from->pinned ? raw->from->pinned : raw->from->map, why);
	else
		mim_wrong(resolve, origin, field_key(raw, field), code, "%s", why);
}

void mim_check_shape(struct mim_resolve *resolve, struct mim_origin origin,
		     const struct mim_raw_map *raw, const struct mim_shape *shape,
		     uint32_t known)
{
	static const enum mim_code codes[MIM_FIELD_COUNT] = {
		[MIM_FIELD_KEY_SIZE] = MIM_CODE_BAD_SIZE,
		[MIM_FIELD_VALUE_SIZE] = MIM_CODE_BAD_SIZE,
		[MIM_FIELD_MAX_ENTRIES] = MIM_CODE_BAD_ENTRIES,
		[MIM_FIELD_FLAGS] = MIM_CODE_BAD_FLAG,
		[MIM_FIELD_MAP_EXTRA] = MIM_CODE_BAD_VALUE,
	};
	const struct mim_kind *kind = mim_kind_by_type(shape->type);
	char text[MIM_FIELD_TEXT];

	if (mim_said(raw->numa_node) && kind && !(kind->flags & BPF_F_NUMA_NODE)) {
		mim_wrong(resolve, origin, "numa_node", MIM_CODE_BAD_FLAG,
			  "%s takes no numa_node", kind->name);
		known &= ~MIM_FIELD_BIT(MIM_FIELD_FLAGS);
	}
	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++)
		if ((known & MIM_FIELD_BIT(field)) &&
		    mim_shape_problem(shape, field, text))
			wrong_field(resolve, origin, raw, field, codes[field], text);
	if (shape->flags & (BPF_F_RDONLY | BPF_F_WRONLY)) {
		mim_warning(
			resolve->diags,
			raw->from ? MIM_SPOT(mim_from_origin(origin), from_key(raw->from))
				  : MIM_SPOT(origin, "flags"),
			MIM_CODE_BAD_FLAG,
			"flags rdonly and wronly have no lasting effect");
		mim_hint(resolve->diags,
			 "the kernel applies them to the descriptor of the "
			 "process that creates the map; see rdonly_prog");
	}
}

/* The kernel reads the key of an array, and what is like one, as a number in host order.
 */
static void check_index_type(struct mim_resolve *resolve, struct mim_origin origin,
			     const struct mim_raw_map *raw, const struct mim_kind *kind,
			     struct mim_type key_type)
{
	/* Slots have indices; of inner maps, programs may well say int. */
	bool outer = kind->role == MIM_ROLE_OUTER;

	if (kind->key.most != sizeof(uint32_t) || !mim_said(raw->key) ||
	    key_type.size != sizeof(uint32_t) || key_type.kind == MIM_TYPE_UINT ||
	    (key_type.kind == MIM_TYPE_SINT && !outer))
		return;
	mim_wrong(resolve, origin, "key", MIM_CODE_BAD_SIZE,
		  "key of %s must be %s, not %s", kind->name,
		  outer ? "u32" : "u32 or s32", raw->key);
}

/* A size that the object gives, and how it is written: the file may know that better. */
static void take_size(const struct mim_from *from, const struct mim_sized *sized,
		      bool is_key, uint32_t *size, struct mim_type *type)
{
	const struct mim_object_def *def = from->def;
	struct mim_type written = is_key ? from->key_type : from->value_type;

	*size = is_key ? def->shape.key_size : def->shape.value_size;
	*type = is_key ? def->key_type : def->value_type;
	if (type->kind == MIM_TYPE_NONE && *size == 4 && sized->rule->least == 4 &&
	    sized->rule->most == 4)
		type->kind = MIM_TYPE_UINT;
	/* Another size was reported, and is not followed any further. */
	if (written.size == *size)
		*type = written;
}

static bool resolve_sized(struct mim_resolve *resolve, struct mim_origin origin,
			  const char *owner, const struct mim_sized *sized,
			  const struct mim_from *from, bool is_key, uint32_t *size,
			  struct mim_type *type)
{
	if (!*size)
		return mim_resolve_size(resolve, origin, owner, sized, size, type);
	take_size(from, sized, is_key, size, type);
	return true;
}

/*
 * What the file says, or what the object says that it names; see mim_from_beside().
 * Return: the fields of @shape that are known.
 */
uint32_t mim_resolve_shape(struct mim_resolve *resolve, struct mim_origin origin,
			   const char *owner, const struct mim_raw_map *raw,
			   const struct mim_from *from, const struct mim_kind *kind,
			   struct mim_shape *shape, struct mim_type *key_type,
			   struct mim_type *value_type)
{
	const struct mim_object_def *def = from->def;
	const struct mim_sized key = {"key", "key_size", raw->key, raw->key_size,
				      &kind->key};
	const struct mim_sized value = {"value", "value_size", raw->value,
					raw->value_size, &kind->value};
	uint32_t known =
		MIM_FIELD_BIT(MIM_FIELD_TYPE) | MIM_FIELD_BIT(MIM_FIELD_MAP_EXTRA);

	if (def)
		*shape = def->shape;
	shape->type = kind->type;
	if (def || resolve_flags(raw, &shape->flags))
		known |= MIM_FIELD_BIT(MIM_FIELD_FLAGS);
	if (!def)
		mim_resolve_node(shape, raw->numa_node);
	if (!def && mim_said(raw->map_extra))
		shape->map_extra = mim_said_integer(raw->map_extra);
	if (resolve_sized(resolve, origin, owner, &key, from, true, &shape->key_size,
			  key_type))
		known |= MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE);
	check_index_type(resolve, origin, raw, kind, *key_type);
	if (resolve_sized(resolve, origin, owner, &value, from, false, &shape->value_size,
			  value_type))
		known |= MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE);
	if (mim_said(raw->max_entries))
		shape->max_entries = (uint32_t)mim_said_integer(raw->max_entries);
	if (mim_said(raw->max_entries) || (def && shape->max_entries))
		known |= MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	return known;
}

void mim_check_role(struct mim_resolve *resolve, struct mim_origin origin,
		    const char *key, const struct mim_kind *kind)
{
	switch (kind->role) {
	case MIM_ROLE_INNER:
	case MIM_ROLE_INNER_EQUAL:
	case MIM_ROLE_NEEDS_BTF:
		return;
	case MIM_ROLE_OUTER:
		mim_wrong(resolve, origin, key, MIM_CODE_BAD_TYPE,
			  "%s cannot be an inner map: maps of maps have one level",
			  kind->name);
		return;
	case MIM_ROLE_REFUSED:
		mim_wrong(resolve, origin, key, MIM_CODE_BAD_TYPE,
			  "%s cannot be an inner map: the kernel refuses it (524)",
			  kind->name);
		return;
	}
}

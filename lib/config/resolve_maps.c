/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "config/resolve_maps.h"
#include "config/source.h"
#include "model/kind.h"

/* Words have been checked against their rows: they are integers in range. */
static uint64_t integer(const char *word)
{
	uint64_t value = 0;

	mim_num_u64(word, UINT64_MAX, &value);
	return value;
}

struct sized {
	const char *type_key;
	const char *size_key;
	const char *type_word;
	const char *size_word;
	const struct mim_size_rule *rule;
};

/*
 * Sizes come from a type or from a number; where the kernel takes one size only, neither
 * is needed. Return: false when nothing can be said about the size.
 */
static bool resolve_size(struct mim_resolve *resolve, struct mim_origin origin,
			 const char *owner, const struct sized *sized, uint32_t *size,
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
		*size = (uint32_t)integer(sized->size_word);
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

static void resolve_node(struct mim_shape *shape, const char *word)
{
	if (!mim_said(word))
		return;
	shape->numa_node = (uint32_t)integer(word);
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
static void take_size(const struct mim_from *from, const struct sized *sized, bool is_key,
		      uint32_t *size, struct mim_type *type)
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
			  const char *owner, const struct sized *sized,
			  const struct mim_from *from, bool is_key, uint32_t *size,
			  struct mim_type *type)
{
	if (!*size)
		return resolve_size(resolve, origin, owner, sized, size, type);
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
	const struct sized key = {"key", "key_size", raw->key, raw->key_size, &kind->key};
	const struct sized value = {"value", "value_size", raw->value, raw->value_size,
				    &kind->value};
	uint32_t known =
		MIM_FIELD_BIT(MIM_FIELD_TYPE) | MIM_FIELD_BIT(MIM_FIELD_MAP_EXTRA);

	if (def)
		*shape = def->shape;
	shape->type = kind->type;
	if (def || resolve_flags(raw, &shape->flags))
		known |= MIM_FIELD_BIT(MIM_FIELD_FLAGS);
	if (!def)
		resolve_node(shape, raw->numa_node);
	if (!def && mim_said(raw->map_extra))
		shape->map_extra = integer(raw->map_extra);
	if (resolve_sized(resolve, origin, owner, &key, from, true, &shape->key_size,
			  key_type))
		known |= MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE);
	check_index_type(resolve, origin, raw, kind, *key_type);
	if (resolve_sized(resolve, origin, owner, &value, from, false, &shape->value_size,
			  value_type))
		known |= MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE);
	if (mim_said(raw->max_entries))
		shape->max_entries = (uint32_t)integer(raw->max_entries);
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

static const struct mim_template *template_of(struct mim_resolve *resolve,
					      const struct mim_raw_map *raw,
					      struct mim_origin origin,
					      uint32_t *ret_index)
{
	*ret_index = mim_resolve_name(resolve, &resolve->templates, raw->template, origin,
				      "template", "template");
	return *ret_index == MIM_NONE ? NULL : &resolve->want->templates[*ret_index];
}

/* What the owner of an external map has decided already. */
static void check_external(struct mim_resolve *resolve, struct mim_map *map,
			   const struct mim_raw_map *raw)
{
	const struct {
		const char *key;
		const void *word;
	} owners[] = {
		{"type", raw->type},
		{"max_entries", raw->max_entries},
		{"numa_node", raw->numa_node},
		{"kernel_name", raw->kernel_name},
		{"protect", raw->protect},
		{"flags", raw->flags},
		{"template", map->outer ? NULL : raw->template},
		{"on_replace", raw->on_replace},
		{"entries", raw->entries},
		{"entries_from", raw->entries_from},
		{"contents", raw->contents},
		{"update", raw->update},
		{"from", raw->from},
	};

	map->external = raw->external;
	if (mim_topology_inside(resolve->want, raw->external))
		mim_wrong(resolve, map->origin, "external", MIM_CODE_BAD_PIN,
			  "external '%.200s' lies in the scope, which is mimctl's own",
			  raw->external);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(owners); i++)
		if (owners[i].word && owners[i].word != mim_raw_broken)
			mim_wrong(resolve, map->origin, owners[i].key,
				  MIM_CODE_CONFLICTING_KEY,
				  "%s of an external map is its owner's to set",
				  owners[i].key);
}

/* Keys of an external outer map are u32 when nothing else is said; plan looks closer. */
static void resolve_external_outer(struct mim_resolve *resolve, struct mim_map *map,
				   const struct mim_raw_map *raw)
{
	static const struct mim_size_rule four = {4, 4, 1};
	const struct sized key = {"key", "key_size", raw->key, raw->key_size, &four};

	check_external(resolve, map, raw);
	if (!resolve_size(resolve, map->origin, "an external outer map", &key,
			  &map->shape.key_size, &map->outer->key_type))
		map->shape.key_size = 0;
	map->shape.max_entries = UINT32_MAX;
}

/* The kernel reads the key of an array as an index in host order; an object may well call
 * it int.
 */
static void read_as_index(struct mim_map *map, const struct mim_raw_map *raw)
{
	if (map->shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS && raw->from && !raw->key &&
	    map->shape.key_size == 4)
		map->outer->key_type = (struct mim_type){MIM_TYPE_UINT, 4};
}

/* An object need not say what the slots of its map take. */
static void need_template(struct mim_resolve *resolve, const struct mim_map *map,
			  const struct mim_raw_map *raw, const struct mim_from *from)
{
	/* Nothing follows from an object that is not there, or a map of another type. */
	if (raw->template ||
	    (raw->from && !(from->map && mim_object_is_outer(from->map))))
		return;
	mim_need_key(resolve, map->origin, "an outer map", "template", NULL);
	if (raw->from)
		mim_hint(resolve->diags, "'%s' of %s does not say what its slots take",
			 from->name, from->where);
}

/* The template of an outer map's slots: the one that is named, or the object's own. */
static void resolve_slots_template(struct mim_resolve *resolve, struct mim_map *map,
				   const struct mim_raw_map *raw,
				   const struct mim_from *from)
{
	struct mim_outer *outer = map->outer;
	struct mim_raw_from words = {0};
	const struct mim_raw_map inner_raw = {.from = &words};
	struct mim_from inner;

	template_of(resolve, raw, map->origin, &outer->template);
	if (!from->def || !mim_from_inner(from, &inner)) {
		need_template(resolve, map, raw, from);
	} else if (outer->template != MIM_NONE) {
		mim_from_agree(resolve, map->origin, &inner,
			       &resolve->want->templates[outer->template]);
	} else if (!raw->template) {
		words.map = (char *)inner.name;
		outer->template = mim_add_template(
			resolve, map->origin, "what the slots take", &inner_raw, &inner);
	}
	if (outer->template == MIM_NONE)
		return;
	outer->inner = resolve->want->templates[outer->template].shape;
	outer->inner_known = MIM_KNOWN_FULL;
}

static void resolve_outer_shape(struct mim_resolve *resolve, struct mim_map *map,
				const struct mim_raw_map *raw, struct mim_from *from)
{
	const struct mim_kind *kind = mim_kind_of(resolve, raw, from);
	struct mim_type value_type;
	uint32_t known;

	if (!kind)
		return;
	if (raw->from && kind->role != MIM_ROLE_OUTER) {
		mim_wrong(resolve, from->origin, from->key, MIM_CODE_BAD_TYPE,
			  "'%.100s' is of type %s: an outer map is an array_of_maps or a "
			  "hash_of_maps",
			  from->name, kind->name);
		return;
	}
	if (raw->from)
		mim_from_beside(resolve, map->origin, raw, from);
	known = mim_resolve_shape(resolve, map->origin,
				  "an outer map of type hash_of_maps", raw, from, kind,
				  &map->shape, &map->outer->key_type, &value_type);
	read_as_index(map, raw);
	mim_check_shape(resolve, map->origin, raw, &map->shape, known);
	if (!(known & MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE)))
		map->shape.key_size = 0;
}

static void resolve_outer(struct mim_resolve *resolve, struct mim_map *map,
			  const struct mim_raw_map *raw)
{
	struct mim_outer *outer = map->outer;
	struct mim_from from = {0};

	if (mim_said(raw->protect))
		outer->protect = strcmp(raw->protect, "true") == 0 ? MIM_PROTECT_YES
								   : MIM_PROTECT_NO;
	outer->keep_unlisted =
		mim_said(raw->unlisted) && strcmp(raw->unlisted, "keep") == 0;
	if (!raw->external)
		from = mim_from_find(resolve, map->origin, raw);
	resolve_slots_template(resolve, map, raw, &from);
	if (mim_said(raw->external)) {
		resolve_external_outer(resolve, map, raw);
		return;
	}
	if (!raw->external && !raw->from) {
		mim_need_key(resolve, map->origin, "an outer map", "type", raw->type);
		mim_need_key(resolve, map->origin, "an outer map", "max_entries",
			     raw->max_entries);
	}
	resolve_outer_shape(resolve, map, raw, &from);
}

void mim_resolve_outer_maps(struct mim_resolve *resolve, const struct mim_source *source)
{
	const struct mim_raw *raw = source->raw;

	for (uint32_t i = 0; i < raw->n_outer_maps; i++) {
		struct mim_origin origin = {source->index, MIM_SECTION_OUTER, i,
					    MIM_WHOLE};
		struct mim_map *map = mim_add_map(resolve, &raw->outer_maps[i], origin);

		if (!map || !mim_topology_make_outer(resolve->want, map)) {
			mim_resolve_oom(resolve);
			return;
		}
		resolve_outer(resolve, map, &raw->outer_maps[i]);
	}
}

/* What an inner map may have of its own. */
static void check_overrides(struct mim_resolve *resolve, const struct mim_raw_map *from,
			    struct mim_map *map)
{
	const struct mim_kind *kind = mim_kind_by_type(map->shape.type);
	char text[MIM_FIELD_TEXT];

	if (mim_said(from->numa_node)) {
		resolve_node(&map->shape, from->numa_node);
		if (!(kind->flags & BPF_F_NUMA_NODE))
			mim_wrong(resolve, map->origin, "numa_node", MIM_CODE_BAD_FLAG,
				  "%s takes no numa_node", kind->name);
	}
	if (mim_said(from->max_entries)) {
		map->shape.max_entries = (uint32_t)integer(from->max_entries);
		if (mim_shape_problem(&map->shape, MIM_FIELD_MAX_ENTRIES, text))
			mim_wrong(resolve, map->origin, "max_entries",
				  MIM_CODE_BAD_ENTRIES, "%s", text);
	}
}

/* Its shape is a template's, or the one that an object's map has. */
static void resolve_inner_shape(struct mim_resolve *resolve, struct mim_map *map,
				const struct mim_raw_map *raw)
{
	const struct mim_template *template;
	struct mim_from from;

	if (!raw->from) {
		if (!raw->external)
			mim_need_key(resolve, map->origin, "an inner map", "template",
				     raw->template);
		template = template_of(resolve, raw, map->origin, &map->template);
		if (!template || !template->shape.type)
			return;
		map->shape = template->shape;
		check_overrides(resolve, raw, map);
		return;
	}
	if (mim_said(raw->template))
		mim_wrong(resolve, map->origin, "template", MIM_CODE_CONFLICTING_KEY,
			  "from and template exclude each other");
	from = mim_from_find(resolve, map->origin, raw);
	if (!from.def)
		return;
	map->template =
		mim_add_template(resolve, map->origin, "an inner map", raw, &from);
	if (map->template != MIM_NONE)
		map->shape = resolve->want->templates[map->template].shape;
}

void mim_resolve_inner_maps(struct mim_resolve *resolve, const struct mim_source *source)
{
	const struct mim_raw *raw = source->raw;

	for (uint32_t i = 0; i < raw->n_inner_maps; i++) {
		struct mim_origin origin = {source->index, MIM_SECTION_INNER, i,
					    MIM_WHOLE};
		struct mim_map *map = mim_add_map(resolve, &raw->inner_maps[i], origin);

		if (!map)
			return;
		if (mim_said(raw->inner_maps[i].external))
			check_external(resolve, map, &raw->inner_maps[i]);
		else
			resolve_inner_shape(resolve, map, &raw->inner_maps[i]);
	}
}

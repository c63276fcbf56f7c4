/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "config/resolve.h"
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

static void check_shape(struct mim_resolve *resolve, struct mim_origin origin,
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
			mim_wrong(resolve, origin, field_key(raw, field), codes[field],
				  "%s", text);
	if (shape->flags & (BPF_F_RDONLY | BPF_F_WRONLY)) {
		mim_warning(resolve->diags, MIM_SPOT(origin, "flags"), MIM_CODE_BAD_FLAG,
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

/* Return: the fields of @shape that are known. */
static uint32_t resolve_shape(struct mim_resolve *resolve, struct mim_origin origin,
			      const char *owner, const struct mim_raw_map *raw,
			      const struct mim_kind *kind, struct mim_shape *shape,
			      struct mim_type *key_type, struct mim_type *value_type)
{
	const struct sized key = {"key", "key_size", raw->key, raw->key_size, &kind->key};
	const struct sized value = {"value", "value_size", raw->value, raw->value_size,
				    &kind->value};
	uint32_t known =
		MIM_FIELD_BIT(MIM_FIELD_TYPE) | MIM_FIELD_BIT(MIM_FIELD_MAP_EXTRA);

	shape->type = kind->type;
	if (resolve_flags(raw, &shape->flags))
		known |= MIM_FIELD_BIT(MIM_FIELD_FLAGS);
	resolve_node(shape, raw->numa_node);
	if (mim_said(raw->map_extra))
		shape->map_extra = integer(raw->map_extra);
	if (resolve_size(resolve, origin, owner, &key, &shape->key_size, key_type))
		known |= MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE);
	check_index_type(resolve, origin, raw, kind, *key_type);
	if (resolve_size(resolve, origin, owner, &value, &shape->value_size, value_type))
		known |= MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE);
	if (mim_said(raw->max_entries)) {
		shape->max_entries = (uint32_t)integer(raw->max_entries);
		known |= MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	}
	return known;
}

static void check_role(struct mim_resolve *resolve, struct mim_origin origin,
		       const struct mim_kind *kind)
{
	switch (kind->role) {
	case MIM_ROLE_INNER:
	case MIM_ROLE_INNER_EQUAL:
		return;
	case MIM_ROLE_OUTER:
		mim_wrong(resolve, origin, "type", MIM_CODE_BAD_TYPE,
			  "%s cannot be an inner map: maps of maps have one level",
			  kind->name);
		return;
	case MIM_ROLE_REFUSED:
		mim_wrong(resolve, origin, "type", MIM_CODE_BAD_TYPE,
			  "%s cannot be an inner map: the kernel refuses it (524)",
			  kind->name);
		return;
	case MIM_ROLE_NEEDS_BTF:
		mim_wrong(resolve, origin, "type", MIM_CODE_BAD_TYPE,
			  "%s needs BTF types of key and value, which mimctl does not "
			  "make yet",
			  kind->name);
		return;
	}
}

void mim_resolve_templates(struct mim_resolve *resolve, const struct mim_source *source)
{
	const struct mim_raw *raw = source->raw;

	for (uint32_t i = 0; i < raw->n_templates; i++) {
		const struct mim_raw_map *from = &raw->templates[i];
		struct mim_origin origin = {source->index, MIM_SECTION_TEMPLATE, i,
					    MIM_WHOLE};
		struct mim_template *template;
		const struct mim_kind *kind;
		char owner[96];
		uint32_t known, there;
		int r = 0;

		template = mim_array_add(resolve->want->templates,
					 resolve->want->n_templates);
		if (!template) {
			mim_resolve_oom(resolve);
			return;
		}
		template->name = from->name;
		template->origin = origin;
		if (mim_said(from->name))
			r = mim_table_add(&resolve->templates, from->name,
					  (uint32_t)resolve->want->n_templates - 1,
					  &there);
		if (r == -EEXIST)
			mim_resolve_again(resolve, origin, from->name, "template",
					  resolve->want->templates[there].origin);
		else if (r < 0)
			mim_resolve_oom(resolve);
		if (!mim_said(from->type))
			continue;
		kind = mim_kind_by_name(from->type);
		check_role(resolve, origin, kind);
		snprintf(owner, sizeof(owner), "a template of type %s", kind->name);
		known = resolve_shape(resolve, origin, owner, from, kind,
				      &template->shape, &template->key_type,
				      &template->value_type);
		check_shape(resolve, origin, from, &template->shape, known);
		/* A shape with holes must not be compared with others: it was reported.
		 */
		if (known != (MIM_FIELD_BIT(MIM_FIELD_COUNT) - 1) -
				     MIM_FIELD_BIT(MIM_FIELD_NUMA_NODE))
			template->shape.type = 0;
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

/* Names of inner and outer maps are unique together, in the file and in the kernel. */
static void name_map(struct mim_resolve *resolve, struct mim_map *map,
		     const struct mim_raw_map *raw)
{
	uint32_t index = (uint32_t)(map - resolve->want->maps), there;
	const char *kernel_name;
	int r;

	if (!mim_said(raw->name))
		return;
	r = mim_table_add(&resolve->maps, raw->name, index, &there);
	if (r == -EEXIST) {
		mim_resolve_again(resolve, map->origin, raw->name, "map",
				  resolve->want->maps[there].origin);
		/* Nothing can refer to it: that is no mistake of its own. */
		map->name = mim_raw_broken;
		return;
	}
	if (mim_said(raw->external) && r == 0)
		return;
	if (mim_said(raw->kernel_name))
		snprintf(map->kernel_name, sizeof(map->kernel_name), "%s",
			 raw->kernel_name);
	else
		mim_name_kernel(raw->name, map->kernel_name);
	kernel_name = mim_arena_strdup(&resolve->want->arena, map->kernel_name);
	if (r == 0)
		r = kernel_name ? mim_table_add(&resolve->kernel_names, kernel_name,
						index, &there)
				: -ENOMEM;
	if (r == -EEXIST) {
		mim_wrong(resolve, map->origin, raw->kernel_name ? "kernel_name" : "name",
			  MIM_CODE_KERNEL_NAME,
			  "'%s' has the kernel name '%s', as '%s' has", raw->name,
			  map->kernel_name, resolve->want->maps[there].name);
		mim_note(resolve->diags,
			 MIM_SPOT(resolve->want->maps[there].origin, "name"),
			 "'%s' is declared here", resolve->want->maps[there].name);
		mim_hint(resolve->diags, "give one of them a kernel_name");
	} else if (r < 0) {
		mim_resolve_oom(resolve);
	}
}

static struct mim_map *add_map(struct mim_resolve *resolve, const struct mim_raw_map *raw,
			       struct mim_origin origin)
{
	struct mim_map *map = mim_topology_add_map(resolve->want, raw->name);

	if (!map) {
		mim_resolve_oom(resolve);
		return NULL;
	}
	map->origin = origin;
	name_map(resolve, map, raw);
	return map;
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

static void need_keys(struct mim_resolve *resolve, struct mim_origin origin,
		      const char *owner, const struct mim_raw_map *raw)
{
	if (!raw->type)
		mim_wrong(resolve, origin, NULL, MIM_CODE_MISSING_KEY,
			  "%s needs the key 'type'", owner);
	if (!raw->max_entries)
		mim_wrong(resolve, origin, NULL, MIM_CODE_MISSING_KEY,
			  "%s needs the key 'max_entries'", owner);
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

void mim_resolve_outer_maps(struct mim_resolve *resolve, const struct mim_source *source)
{
	const struct mim_raw *raw = source->raw;

	for (uint32_t i = 0; i < raw->n_outer_maps; i++) {
		const struct mim_raw_map *from = &raw->outer_maps[i];
		struct mim_origin origin = {source->index, MIM_SECTION_OUTER, i,
					    MIM_WHOLE};
		struct mim_map *map = add_map(resolve, from, origin);
		const struct mim_template *template;
		struct mim_type value_type;
		struct mim_outer *outer;
		uint32_t known;

		outer = map ? mim_topology_make_outer(resolve->want, map) : NULL;
		if (!outer) {
			mim_resolve_oom(resolve);
			return;
		}
		if (mim_said(from->protect))
			outer->protect = strcmp(from->protect, "true") == 0
						 ? MIM_PROTECT_YES
						 : MIM_PROTECT_NO;
		outer->keep_unlisted =
			mim_said(from->unlisted) && strcmp(from->unlisted, "keep") == 0;
		template = template_of(resolve, from, origin, &outer->template);
		if (template) {
			outer->inner = template->shape;
			outer->inner_known = MIM_KNOWN_FULL;
		}
		if (mim_said(from->external)) {
			resolve_external_outer(resolve, map, from);
			continue;
		}
		if (!from->external)
			need_keys(resolve, origin, "an outer map", from);
		if (!mim_said(from->type))
			continue;
		known = resolve_shape(resolve, origin,
				      "an outer map of type hash_of_maps", from,
				      mim_kind_by_name(from->type), &map->shape,
				      &outer->key_type, &value_type);
		check_shape(resolve, origin, from, &map->shape, known);
		if (!(known & MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE)))
			map->shape.key_size = 0;
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

void mim_resolve_inner_maps(struct mim_resolve *resolve, const struct mim_source *source)
{
	const struct mim_raw *raw = source->raw;

	for (uint32_t i = 0; i < raw->n_inner_maps; i++) {
		const struct mim_raw_map *from = &raw->inner_maps[i];
		struct mim_origin origin = {source->index, MIM_SECTION_INNER, i,
					    MIM_WHOLE};
		struct mim_map *map = add_map(resolve, from, origin);
		const struct mim_template *template;

		if (!map)
			return;
		if (mim_said(from->external)) {
			check_external(resolve, map, from);
			continue;
		}
		if (!from->template && !from->external)
			mim_wrong(resolve, origin, NULL, MIM_CODE_MISSING_KEY,
				  "an inner map needs the key 'template'");
		template = template_of(resolve, from, origin, &map->template);
		if (!template || !template->shape.type)
			continue;
		map->shape = template->shape;
		check_overrides(resolve, from, map);
	}
}

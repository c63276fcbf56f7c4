/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "config/pin_path.h"
#include "config/resolve_maps.h"
#include "config/source.h"
#include "model/kind.h"

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
	const char *problem = mim_pin_path_problem(resolve->want, raw->external);

	map->external = mim_resolve_keep(resolve, raw->external);
	if (problem)
		mim_wrong(resolve, map->origin, "external", MIM_CODE_BAD_PIN,
			  "external '%.200s' %s", raw->external, problem);
	else if (mim_topology_inside(resolve->want, raw->external))
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
	const struct mim_sized key = {"key", "key_size", raw->key, raw->key_size, &four};

	check_external(resolve, map, raw);
	if (!mim_resolve_size(resolve, map->origin, "an external outer map", &key,
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
		mim_resolve_node(&map->shape, from->numa_node);
		if (!(kind->flags & BPF_F_NUMA_NODE))
			mim_wrong(resolve, map->origin, "numa_node", MIM_CODE_BAD_FLAG,
				  "%s takes no numa_node", kind->name);
	}
	if (mim_said(from->max_entries)) {
		map->shape.max_entries = (uint32_t)mim_said_integer(from->max_entries);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/from.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "config/resolve_maps.h"
#include "config/source.h"
#include "model/kind.h"

/* Return: NULL when it cannot be read, which was reported here or before. */
static const struct mim_object_file *load(struct mim_resolve *resolve, const char *path,
					  struct mim_origin origin)
{
	struct mim_config *config = resolve->config;
	uint32_t index = mim_table_find(&resolve->objects, path), there;
	struct mim_object_file **object;
	int r;

	if (index != MIM_TABLE_NONE)
		return config->objects[index];
	object = mim_array_add(config->objects, config->n_objects);
	if (!object || mim_table_add(&resolve->objects, path,
				     (uint32_t)config->n_objects - 1, &there) < 0) {
		mim_resolve_oom(resolve);
		return NULL;
	}
	r = mim_object_load(path, MIM_SPOT(origin, "object"), resolve->diags, object);
	if (r < 0 && resolve->result != -ENOMEM)
		resolve->result = r == -ENOMEM ? r : -EINVAL;
	return *object;
}

const struct mim_object_file *mim_from_object(struct mim_resolve *resolve,
					      struct mim_origin map, const char *word)
{
	const char *path =
		mim_resolve_path(resolve, &resolve->config->sources[map.file - 1], word);

	if (path)
		return load(resolve, path, mim_from_origin(map));
	mim_resolve_oom(resolve);
	return NULL;
}

static void report_absent(struct mim_resolve *resolve, const struct mim_from *from,
			  const struct mim_object_file *object)
{
	const char *closest = mim_object_closest(object, from->name);

	mim_wrong(resolve, from->origin, "map", MIM_CODE_UNKNOWN_NAME,
		  object->n_maps ? "%.200s has no map '%.100s'"
				 : "%.200s defines no maps, and so no '%.100s'",
		  from->where, from->name);
	if (closest)
		mim_hint(resolve->diags, "did you mean '%s'?", closest);
}

static void find_in_object(struct mim_resolve *resolve, const struct mim_source *source,
			   const struct mim_raw_from *raw, struct mim_from *from)
{
	const struct mim_object_file *object;

	from->name = raw->map;
	from->key = "map";
	from->where = mim_resolve_path(resolve, source, raw->object);
	if (!from->where) {
		mim_resolve_oom(resolve);
		return;
	}
	object = load(resolve, from->where, from->origin);
	if (!object)
		return;
	from->map = mim_object_find(object, from->name);
	from->def = mim_object_def(object, from->name);
	if (!from->def)
		report_absent(resolve, from, object);
}

struct mim_from mim_from_find(struct mim_resolve *resolve, struct mim_origin origin,
			      const struct mim_raw_map *raw)
{
	const struct mim_source *source = &resolve->config->sources[origin.file - 1];
	const struct mim_raw_from *words = raw->from;
	struct mim_from from = {.origin = mim_from_origin(origin)};

	if (!words)
		return from;
	if (mim_said(words->pinned)) {
		mim_from_find_pinned(resolve, origin, words, &from);
		return from;
	}
	if (!words->pinned && !words->object)
		mim_need_key(resolve, from.origin, "'from'",
			     words->map ? "object" : "object' or 'pinned", NULL);
	if (!words->pinned && words->object)
		mim_need_key(resolve, from.origin, "'from'", "map", words->map);
	if (mim_said(words->object) && mim_said(words->map))
		find_in_object(resolve, source, words, &from);
	return from;
}

static void note_from(struct mim_resolve *resolve, const struct mim_from *from)
{
	mim_note(resolve->diags, MIM_SPOT(from->origin, from->key),
		 "'%.100s' is from %.200s", from->name, from->where);
}

/* A number or a word that the object has as well. */
static void beside_field(struct mim_resolve *resolve, struct mim_origin origin,
			 const struct mim_from *from, const struct mim_shape *given,
			 enum mim_field field)
{
	const struct mim_shape *shape = &from->def->shape;
	const char *key = mim_field_name(field);
	char there[MIM_FIELD_TEXT], here[MIM_FIELD_TEXT];
	uint32_t differs = mim_shape_differs(shape, given);

	mim_field_text(shape, field, there);
	mim_field_text(given, field, here);
	if ((differs & MIM_FIELD_BIT(field)) || strcmp(there, here) != 0)
		mim_wrong(resolve, origin, key, MIM_CODE_CONFLICTING_KEY,
			  "%s %s contradicts 'from': it is %s there", key, here, there);
	else
		mim_wrong(resolve, origin, key, MIM_CODE_CONFLICTING_KEY,
			  "%s is %s by 'from' already", key, there);
	note_from(resolve, from);
}

static void beside_size(struct mim_resolve *resolve, struct mim_origin origin,
			const struct mim_from *from, const char *word,
			enum mim_field field, uint32_t size)
{
	struct mim_shape given = from->def->shape;
	uint64_t number = 0;

	if (!mim_said(word) || size == 0)
		return;
	mim_num_u64(word, UINT32_MAX, &number);
	given.key_size = (uint32_t)number;
	given.value_size = (uint32_t)number;
	given.max_entries = (uint32_t)number;
	beside_field(resolve, origin, from, &given, field);
}

/* How bytes are written can be said where the bytes are the same. */
static void beside_type(struct mim_resolve *resolve, struct mim_origin origin,
			const struct mim_from *from, const char *key, const char *word,
			struct mim_type type, struct mim_type *ret_written)
{
	struct mim_type given = {0};

	if (!mim_said(word) || type.size == 0 ||
	    !mim_resolve_type(resolve, origin, key, word, &given))
		return;
	*ret_written = given;
	if (given.size != type.size)
		mim_wrong(resolve, origin, key, MIM_CODE_CONFLICTING_KEY,
			  "%s %s contradicts 'from': it has %u bytes there, not %u", key,
			  word, type.size, given.size);
	else if (mim_type_same(given, type))
		mim_wrong(resolve, origin, key, MIM_CODE_CONFLICTING_KEY,
			  "%s is %s by 'from' already", key, word);
	else
		return;
	note_from(resolve, from);
}

static void beside_node(struct mim_resolve *resolve, struct mim_origin origin,
			const struct mim_from *from, const char *word)
{
	struct mim_shape given = from->def->shape;
	uint64_t number = 0;

	if (!mim_said(word))
		return;
	mim_num_u64(word, UINT32_MAX, &number);
	given.numa_node = (uint32_t)number;
	if (given.flags & BPF_F_NUMA_NODE) {
		beside_field(resolve, origin, from, &given, MIM_FIELD_NUMA_NODE);
		return;
	}
	mim_wrong(resolve, origin, "numa_node", MIM_CODE_CONFLICTING_KEY,
		  "numa_node %s contradicts 'from': no node is given there", word);
	note_from(resolve, from);
}

/* Numbers and words that the object always says, by 0 or by nothing too. */
static void beside_rest(struct mim_resolve *resolve, struct mim_origin origin,
			const struct mim_raw_map *raw, const struct mim_from *from)
{
	struct mim_shape given = from->def->shape;

	if (mim_said(raw->type)) {
		given.type = mim_kind_by_name(raw->type)->type;
		beside_field(resolve, origin, from, &given, MIM_FIELD_TYPE);
	}
	if (raw->n_flags) {
		given.flags = 0;
		for (uint32_t i = 0; i < raw->n_flags; i++)
			if (mim_said(raw->flags[i]))
				given.flags |= mim_flag_by_name(raw->flags[i])->bit;
		beside_field(resolve, origin, from, &given, MIM_FIELD_FLAGS);
	}
	if (mim_said(raw->map_extra)) {
		mim_num_u64(raw->map_extra, UINT64_MAX, &given.map_extra);
		beside_field(resolve, origin, from, &given, MIM_FIELD_MAP_EXTRA);
	}
	beside_node(resolve, origin, from, raw->numa_node);
}

/* What an object leaves to its loader has to stand beside "from". */
static void need_entries(struct mim_resolve *resolve, struct mim_origin origin,
			 const struct mim_raw_map *raw, const struct mim_from *from)
{
	if (raw->max_entries || from->def->shape.max_entries)
		return;
	if (strcmp(from->key, "pinned") == 0)
		mim_wrong(resolve, origin, "from", MIM_CODE_MISSING_KEY,
			  "max_entries of what the slots of '%.100s' take is not known",
			  from->name);
	else
		mim_wrong(resolve, origin, "from", MIM_CODE_MISSING_KEY,
			  "'%.100s' of %.200s leaves max_entries to its loader",
			  from->name, from->where);
	mim_hint(resolve->diags, "give max_entries beside it");
}

void mim_from_beside(struct mim_resolve *resolve, struct mim_origin origin,
		     const struct mim_raw_map *raw, struct mim_from *from)
{
	const struct mim_object_def *def = from->def;
	const struct mim_shape *shape = &def->shape;

	beside_rest(resolve, origin, raw, from);
	beside_type(resolve, origin, from, "key", raw->key, def->key_type,
		    &from->key_type);
	beside_type(resolve, origin, from, "value", raw->value, def->value_type,
		    &from->value_type);
	beside_size(resolve, origin, from, raw->key_size, MIM_FIELD_KEY_SIZE,
		    shape->key_size);
	beside_size(resolve, origin, from, raw->value_size, MIM_FIELD_VALUE_SIZE,
		    shape->value_size);
	beside_size(resolve, origin, from, raw->max_entries, MIM_FIELD_MAX_ENTRIES,
		    shape->max_entries);
	need_entries(resolve, origin, raw, from);
}

const struct mim_kind *mim_from_kind(struct mim_resolve *resolve,
				     const struct mim_from *from)
{
	const struct mim_kind *kind = mim_kind_by_type(from->def->shape.type);

	if (!kind)
		mim_wrong(resolve, from->origin, from->key, MIM_CODE_BAD_TYPE,
			  "'%.100s' is of map type %u, which mimctl does not know",
			  from->name, from->def->shape.type);
	return kind;
}

bool mim_from_inner(const struct mim_from *from, struct mim_from *ret_inner)
{
	if (!from->map || !from->map->has_inner)
		return false;
	*ret_inner = (struct mim_from){
		.def = &from->map->inner,
		.name = from->map->inner_name,
		.key = from->key,
		.where = from->where,
		.origin = from->origin,
	};
	return true;
}

void mim_from_hint_inner(struct mim_resolve *resolve, const struct mim_from *from)
{
	struct mim_from inner;

	if (mim_from_inner(from, &inner))
		mim_hint(resolve->diags, "what its slots take is '%s'", inner.name);
}

void mim_from_agree(struct mim_resolve *resolve, struct mim_origin origin,
		    const struct mim_from *inner, const struct mim_template *template)
{
	struct mim_shape declared = template->shape, defined = inner->def->shape;
	const struct mim_host nowhere = {0};
	char here[MIM_FIELD_TEXT], there[MIM_FIELD_TEXT];
	enum mim_field field = 0;
	uint32_t differs;

	mim_shape_normalize(&declared, &nowhere);
	mim_shape_normalize(&defined, &nowhere);
	differs = template->shape.type ? mim_shape_differs(&declared, &defined) : 0;
	if (!differs)
		return;
	while (!(differs & MIM_FIELD_BIT(field)))
		field++;
	mim_wrong(resolve, origin, "template", MIM_CODE_TEMPLATE_MISFIT,
		  "template '%s' is not '%.100s', which the slots take by 'from': %s is "
		  "%s, "
		  "not %s",
		  template->name, inner->name, mim_field_name(field),
		  mim_field_text(&declared, field, here),
		  mim_field_text(&defined, field, there));
	note_from(resolve, inner);
	mim_note(resolve->diags, MIM_SPOT(template->origin, "name"),
		 "template '%s' is declared here", template->name);
}

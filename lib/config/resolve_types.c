/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "base/str.h"
#include "config/from.h"
#include "config/resolve.h"
#include "config/source.h"
#include "types/layout.h"
#include "types/scalar.h"

/* Levels of structs in structs; BTF has its own limit at 32. */
#define MOST_DEPTH 16

/* Where a type is named, and what it is for. */
struct use {
	struct mim_origin origin;
	const char *key;
	const char *noun;
};

static bool lay_out(struct mim_resolve *resolve, struct mim_declared *type,
		    uint32_t depth);

static void report_unknown(struct mim_resolve *resolve, const struct use *use,
			   const char *word)
{
	struct mim_str_closest closest = {.word = word};
	const char *name = mim_resolve_closest(resolve, &resolve->types, word);

	mim_wrong(resolve, use->origin, use->key, MIM_CODE_UNKNOWN_NAME,
		  "unknown %s '%.64s'", use->noun, word);
	if (name)
		mim_str_consider(&closest, name);
	for (size_t i = 0; (name = mim_scalar_each(i)); i++)
		mim_str_consider(&closest, name);
	if (closest.best)
		mim_hint(resolve->diags, "did you mean '%s'?", closest.best);
}

/* Return: levels of structs in the type; 0 for a scalar. -1: reported. */
static int find_struct(struct mim_resolve *resolve, const struct use *use,
		       const char *name, uint32_t depth, struct mim_type *ret_type)
{
	uint32_t index = mim_table_find(&resolve->types, name);
	struct mim_declared *type;

	if (index == MIM_TABLE_NONE) {
		report_unknown(resolve, use, name);
		return -1;
	}
	type = &resolve->declared[index];
	if (type->state == MIM_DECLARED_OPEN) {
		mim_wrong(resolve, use->origin, use->key, MIM_CODE_TYPE_NESTING,
			  "type '%s' contains itself", name);
		mim_note(resolve->diags, MIM_SPOT(type->origin, "name"),
			 "'%s' is declared here", name);
		return -1;
	}
	if (depth + 1 > MOST_DEPTH ||
	    (type->state == MIM_DECLARED_DONE && depth + type->depth > MOST_DEPTH)) {
		mim_wrong(resolve, use->origin, use->key, MIM_CODE_TYPE_NESTING,
			  "structs are nested more than %d levels deep", MOST_DEPTH);
		return -1;
	}
	if (!lay_out(resolve, type, depth + 1))
		return -1;
	*ret_type = (struct mim_type){MIM_TYPE_STRUCT, type->layout->size,
				      .fields = type->layout};
	return (int)type->depth;
}

/* Levels of structs in a type that comes out of an object. */
static int levels_of(struct mim_type type)
{
	int most = 0;

	if (type.kind == MIM_TYPE_ARRAY)
		return levels_of(*type.element);
	if (type.kind != MIM_TYPE_STRUCT)
		return 0;
	for (uint32_t i = 0; i < type.fields->n; i++) {
		int levels = levels_of(type.fields->members[i].type);

		most = levels > most ? levels : most;
	}
	return most + 1;
}

static int find_in_objects(struct mim_resolve *resolve, const struct use *use,
			   const char *name, uint32_t depth, struct mim_type *ret_type)
{
	int levels;

	if (!mim_from_struct(resolve, use->origin, use->key, name, ret_type))
		return -1;
	levels = levels_of(*ret_type);
	if (depth + (uint32_t)levels <= MOST_DEPTH)
		return levels;
	mim_wrong(resolve, use->origin, use->key, MIM_CODE_TYPE_NESTING,
		  "structs are nested more than %d levels deep", MOST_DEPTH);
	return -1;
}

static int find_single(struct mim_resolve *resolve, const struct use *use,
		       const char *word, uint32_t depth, struct mim_type *ret_type)
{
	int r = mim_scalar_type(word, ret_type);

	if (mim_str_starts(word, MIM_FROM_STRUCT))
		return find_in_objects(resolve, use, word + strlen(MIM_FROM_STRUCT),
				       depth, ret_type);

	if (r == -ENOENT)
		return find_struct(resolve, use, word, depth, ret_type);
	if (r == -ERANGE)
		mim_wrong(resolve, use->origin, use->key, MIM_CODE_BAD_VALUE,
			  "length in '%.64s' is not 1 to 65535", word);
	return r < 0 ? -1 : 0;
}

static int find_array(struct mim_resolve *resolve, const struct use *use,
		      const char *word, const char *bracket, uint32_t depth,
		      struct mim_type *ret_type)
{
	struct mim_arena *arena = &resolve->want->arena;
	struct mim_type *element = mim_arena_alloc(arena, sizeof(*element));
	char *name = mim_arena_strndup(arena, word, (size_t)(bracket - word));
	char *digits = mim_arena_strndup(arena, bracket + 1, strlen(bracket + 1) - 1);
	uint64_t n = 0;
	int found;

	if (!element || !name || !digits) {
		mim_resolve_oom(resolve);
		return -1;
	}
	found = find_single(resolve, use, name, depth, element);
	if (found < 0)
		return -1;
	if (mim_num_u64(digits, MIM_TYPE_MOST / element->size, &n) < 0 || n == 0) {
		mim_wrong(resolve, use->origin, use->key, MIM_CODE_BAD_VALUE,
			  "length in '%.64s' is not 1 to %u", word,
			  MIM_TYPE_MOST / element->size);
		return -1;
	}
	*ret_type = (struct mim_type){MIM_TYPE_ARRAY, element->size * (uint32_t)n,
				      .element = element};
	return found;
}

static int find_type(struct mim_resolve *resolve, const struct use *use, const char *word,
		     uint32_t depth, struct mim_type *ret_type)
{
	const char *bracket = strrchr(word, '[');
	bool is_list = bracket && bracket[strlen(bracket) - 1] == ']';

	if (is_list && memchr(word, '[', (size_t)(bracket - word))) {
		mim_wrong(resolve, use->origin, use->key, MIM_CODE_BAD_VALUE,
			  "'%.64s' has two lengths: an array has one dimension", word);
		return -1;
	}
	if (is_list && mim_scalar_type(word, ret_type) == -ENOENT)
		return find_array(resolve, use, word, bracket, depth, ret_type);
	return find_single(resolve, use, word, depth, ret_type);
}

bool mim_resolve_type(struct mim_resolve *resolve, struct mim_origin origin,
		      const char *key, const char *word, struct mim_type *ret_type)
{
	char noun[32];
	const struct use use = {origin, key, noun};

	snprintf(noun, sizeof(noun), "%s type", key);
	return find_type(resolve, &use, word, 0, ret_type) >= 0;
}

/* The name of a field, unique in its type. Return: false when it was reported. */
static bool name_field(struct mim_resolve *resolve, struct mim_origin origin,
		       const char *name, struct mim_table *names)
{
	struct mim_origin first = origin;
	int r;

	if (!mim_said(name))
		return false;
	r = mim_table_add(names, name, origin.part, &first.part);
	if (r == -ENOMEM)
		mim_resolve_oom(resolve);
	else if (r < 0)
		mim_resolve_again(resolve, origin, name, "field", first);
	return r == 0;
}

static bool add_field(struct mim_resolve *resolve, struct mim_declared *type, uint32_t i,
		      struct mim_table *names, uint32_t depth)
{
	const struct mim_raw_field *raw = &type->raw->fields[i];
	struct mim_member *member = &type->layout->members[i];
	const struct use use = {
		{type->origin.file, MIM_SECTION_FIELD, type->origin.item, i},
		"type",
		"type",
	};
	bool good = name_field(resolve, use.origin, raw->name, names);
	int levels = -1;

	member->name = mim_resolve_keep(resolve, raw->name);
	if (mim_said(raw->type))
		levels = find_type(resolve, &use, raw->type, depth, &member->type);
	if (levels >= (int)type->depth)
		type->depth = (uint32_t)levels + 1;
	return levels >= 0 && good;
}

static bool add_fields(struct mim_resolve *resolve, struct mim_declared *type,
		       uint32_t depth)
{
	mim_auto_table struct mim_table names = {0};
	struct mim_arena *arena = &resolve->want->arena;
	struct mim_struct *layout = mim_arena_alloc(arena, sizeof(*layout));
	bool good = true;

	if (layout)
		layout->members = mim_arena_array(arena, type->raw->n_fields,
						  sizeof(*layout->members));
	if (!layout || !layout->members) {
		mim_resolve_oom(resolve);
		return false;
	}
	layout->name = mim_resolve_keep(resolve, type->raw->name);
	layout->n = type->raw->n_fields;
	type->layout = layout;
	type->depth = 1;
	for (uint32_t i = 0; i < layout->n; i++)
		good &= add_field(resolve, type, i, &names, depth);
	return good;
}

/* Return: false when there is a mistake in the type or in one inside it. */
static bool lay_out(struct mim_resolve *resolve, struct mim_declared *type,
		    uint32_t depth)
{
	int r;

	if (type->state != MIM_DECLARED_NEW)
		return type->state == MIM_DECLARED_DONE;
	type->state = MIM_DECLARED_OPEN;
	if (!add_fields(resolve, type, depth)) {
		type->state = MIM_DECLARED_BROKEN;
		return false;
	}
	r = mim_layout_compute(
		type->layout, type->raw->packed && strcmp(type->raw->packed, "true") == 0,
		&resolve->want->arena);
	if (r == -ENOMEM)
		mim_resolve_oom(resolve);
	else if (r < 0)
		mim_wrong(resolve, type->origin, "name", MIM_CODE_BAD_SIZE,
			  "type '%s' has more than %u bytes", type->raw->name,
			  MIM_TYPE_MOST);
	type->state = r < 0 ? MIM_DECLARED_BROKEN : MIM_DECLARED_DONE;
	return r == 0;
}

static void declare(struct mim_resolve *resolve, struct mim_origin origin,
		    const struct mim_raw_type *raw)
{
	struct mim_declared *type = mim_array_add(resolve->declared, resolve->n_declared);
	struct mim_type built_in;
	uint32_t there;
	int r;

	if (!type) {
		mim_resolve_oom(resolve);
		return;
	}
	*type = (struct mim_declared){raw, origin};
	if (raw->fields && raw->n_fields == 0)
		mim_wrong(resolve, origin, "fields", MIM_CODE_BAD_VALUE,
			  "a type needs a field");
	if (!raw->n_fields)
		type->state = MIM_DECLARED_BROKEN;
	if (!mim_said(raw->name))
		return;
	if (mim_scalar_type(raw->name, &built_in) == 0 ||
	    strcmp(raw->name, "char") == 0 || strcmp(raw->name, "bytes") == 0) {
		mim_wrong(resolve, origin, "name", MIM_CODE_DUPLICATE_NAME,
			  "'%s' is a built-in type", raw->name);
		return;
	}
	r = mim_table_add(&resolve->types, raw->name, (uint32_t)resolve->n_declared - 1,
			  &there);
	if (r == -EEXIST)
		mim_resolve_again(resolve, origin, raw->name, "type",
				  resolve->declared[there].origin);
	else if (r < 0)
		mim_resolve_oom(resolve);
}

void mim_resolve_types(struct mim_resolve *resolve)
{
	for (size_t s = 0; s < resolve->config->n_sources; s++) {
		const struct mim_source *source = &resolve->config->sources[s];

		for (uint32_t i = 0; i < source->raw->n_types; i++)
			declare(resolve,
				(struct mim_origin){source->index, MIM_SECTION_TYPE, i,
						    MIM_WHOLE},
				&source->raw->types[i]);
	}
	for (size_t i = 0; i < resolve->n_declared; i++)
		lay_out(resolve, &resolve->declared[i], 1);
}

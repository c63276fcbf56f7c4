/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "config/filling.h"
#include "config/source.h"
#include "model/kind.h"
#include "types/value.h"

static const struct mim_raw_map *raw_of(const struct mim_resolve *resolve,
					const struct mim_map *map)
{
	const struct mim_raw *raw = resolve->config->sources[map->origin.file - 1].raw;

	return &raw->inner_maps[map->origin.item];
}

/* Return: false when it was reported. */
static bool read_word(const struct mim_filling *filling, uint32_t where, const char *noun,
		      struct mim_type type, const char *word, uint8_t *bytes)
{
	struct mim_resolve *resolve = filling->resolve;
	struct mim_value_problem problem;
	const char *meant;
	int r = mim_value_read(type, word, bytes, &problem);

	if (r == -ENOMEM)
		mim_resolve_oom(resolve);
	if (r != -EINVAL)
		return r == 0;
	mim_filling_wrong(filling, where, noun, MIM_CODE_BAD_ENTRY,
			  "%s '%.100s%s' of '%s' %s", noun, word,
			  strlen(word) > 100 ? "..." : "", filling->map->name,
			  problem.why);
	mim_part(resolve->diags, problem.at, problem.length);
	meant = resolve->diags->n_dropped ? NULL : mim_value_closest(&problem, word);
	if (meant)
		mim_hint(resolve->diags, "did you mean '%s'?", meant);
	return false;
}

/* Return: false when the key has a mistake, or should not be there. */
static bool read_key(const struct mim_filling *filling, uint32_t where,
		     const struct mim_raw_entry *raw, uint8_t *key)
{
	const char *kind = mim_kind_name(filling->map->shape.type);

	if (mim_kind_fill(filling->map->shape.type) == MIM_FILL_VALUES) {
		if (mim_said(raw->key))
			mim_filling_wrong(filling, where, "key", MIM_CODE_CONFLICTING_KEY,
					  "'%s' is a %s: its entries have no keys",
					  filling->map->name, kind);
		return !raw->key;
	}
	if (!raw->key)
		mim_filling_wrong(filling, where, NULL, MIM_CODE_MISSING_KEY,
				  "an entry of a %s needs the key 'key'", kind);
	return mim_said(raw->key) &&
	       read_word(filling, where, "key", filling->template->key_type, raw->key,
			 key);
}

static void read_entry(struct mim_filling *filling, uint32_t where,
		       const struct mim_raw_entry *raw)
{
	struct mim_elements *elements = filling->elements;
	bool good = read_key(filling, where, raw, mim_element_key(elements, elements->n));

	if (!mim_said(raw->value) ||
	    !read_word(filling, where, "value", filling->template->value_type, raw->value,
		       mim_element_value(elements, elements->n)) ||
	    !good)
		return;
	filling->where[elements->n++] = where;
}

static void read_entries(struct mim_filling *filling, const struct mim_raw_map *raw)
{
	if (!mim_filling_begin(filling, raw->n_entries))
		return;
	for (uint32_t i = 0; i < raw->n_entries; i++)
		read_entry(filling, i, &raw->entries[i]);
	mim_filling_end(filling);
}

static bool is_said(const char *word, const char *wanted)
{
	return mim_said(word) && strcmp(word, wanted) == 0;
}

/* What is to be kept has to be read, and the words about it have to go together. */
static void resolve_exact(struct mim_resolve *resolve, struct mim_map *map,
			  const struct mim_raw_map *raw)
{
	map->exact = is_said(raw->contents, "exact");
	map->update = is_said(raw->update, "swap")	 ? MIM_UPDATE_SWAP
		      : is_said(raw->update, "in_place") ? MIM_UPDATE_IN_PLACE
							 : MIM_UPDATE_UNSAID;
	if (mim_said(raw->update) && !map->exact && raw->contents != mim_raw_broken)
		mim_wrong(resolve, map->origin, "update", MIM_CODE_CONFLICTING_KEY,
			  "update needs contents: exact");
	if (!map->exact)
		return;
	if (mim_kind_fill(map->shape.type) != MIM_FILL_KEYS)
		mim_wrong(resolve, map->origin, "contents", MIM_CODE_NO_ENTRIES,
			  "'%s' is a %s: what is in it cannot be read, and so not kept",
			  map->name, mim_kind_name(map->shape.type));
	if (is_said(raw->on_replace, "copy"))
		mim_wrong(resolve, map->origin, "on_replace", MIM_CODE_CONFLICTING_KEY,
			  "on_replace: copy and contents: exact exclude each other");
	map->copy = false;
}

/* Return: false when a size was reported: neither words nor bytes fit it then. */
static bool has_sizes(const struct mim_map *map)
{
	char text[MIM_FIELD_TEXT];

	return !mim_shape_problem(&map->shape, MIM_FIELD_KEY_SIZE, text) &&
	       !mim_shape_problem(&map->shape, MIM_FIELD_VALUE_SIZE, text);
}

static void resolve_map(struct mim_resolve *resolve, struct mim_map *map)
{
	const struct mim_raw_map *raw = raw_of(resolve, map);
	struct mim_filling filling = {.resolve = resolve, .map = map};

	if (!map->external && map->template != MIM_NONE && map->shape.type)
		resolve_exact(resolve, map, raw);
	/* Nothing can be said of a map whose shape was reported. */
	if ((!raw->entries && !raw->entries_from) || map->external ||
	    map->template == MIM_NONE || !map->shape.type)
		return;
	if (mim_kind_fill(map->shape.type) == MIM_FILL_NOT) {
		mim_wrong(resolve, map->origin, raw->entries ? "entries" : "entries_from",
			  MIM_CODE_NO_ENTRIES,
			  "'%s' is a %s: what is in it cannot be declared", map->name,
			  mim_kind_name(map->shape.type));
		return;
	}
	if (!has_sizes(map))
		return;
	filling.template = &resolve->want->templates[map->template];
	if (raw->entries && mim_said(raw->entries_from))
		mim_wrong(resolve, map->origin, "entries_from", MIM_CODE_CONFLICTING_KEY,
			  "entries and entries_from exclude each other");
	else if (raw->entries)
		read_entries(&filling, raw);
	else if (mim_said(raw->entries_from))
		mim_resolve_csv(&filling, raw->entries_from);
}

/* The tables that a saved plan brought along. */
static void know_tables(struct mim_resolve *resolve)
{
	const struct mim_config *config = resolve->config;
	uint32_t there;

	for (size_t i = 0; i < config->n_tables; i++)
		if (mim_table_add(&resolve->tables, config->tables[i]->name, (uint32_t)i,
				  &there) == -ENOMEM)
			mim_resolve_oom(resolve);
}

void mim_resolve_entries(struct mim_resolve *resolve)
{
	know_tables(resolve);
	for (size_t i = 0; i < resolve->want->n_maps; i++) {
		struct mim_map *map = &resolve->want->maps[i];

		if (!map->outer && !map->own && resolve->result != -ENOMEM)
			resolve_map(resolve, map);
	}
}

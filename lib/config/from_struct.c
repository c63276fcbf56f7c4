/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/str.h"
#include "config/from.h"
#include "config/source.h"
#include "types/layout.h"

/* A struct that is sought, and where it was found. */
struct search {
	struct mim_resolve *resolve;
	struct mim_origin origin;
	const char *key;
	const char *name;
	const char *object;
	const char *looked_into;
	struct mim_type type;
	struct mim_str_closest closest;
	uint32_t n_objects;
	bool failed;
};

static void wrong(struct search *search, enum mim_code code, const char *format, ...)
	MIM_PRINTF(3, 4);

static void wrong(struct search *search, enum mim_code code, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	mim_wrong(search->resolve, search->origin, search->key, code, "%s", message);
	search->failed = true;
}

static void take(struct search *search, const char *object, struct mim_type type)
{
	if (!mim_layout_can_be_said(type)) {
		wrong(search, MIM_CODE_OBJECT,
		      "struct '%.64s' of %.200s is aligned or padded in a way of its own",
		      search->name, object);
		return;
	}
	if (search->object && !mim_type_same(search->type, type)) {
		wrong(search, MIM_CODE_OBJECT,
		      "struct '%.64s' is not the same in %.150s and in %.150s",
		      search->name, search->object, object);
		return;
	}
	search->object = object;
	search->type = type;
}

static void look_into(struct search *search, const struct mim_object_file *object)
{
	char why[MIM_BTF_WHY] = "";
	const char *closest;
	struct mim_type type;
	int r = mim_object_struct(object, search->name, &type, why);

	search->n_objects += search->looked_into != object->name;
	search->looked_into = object->name;
	switch (r) {
	case 0:
		take(search, object->name, type);
		return;
	case -ENOENT:
		closest = search->resolve->diags->n_dropped
				  ? NULL
				  : mim_object_closest_struct(object, search->name);
		if (closest)
			mim_str_consider(&search->closest, closest);
		return;
	case -EINVAL:
		wrong(search, MIM_CODE_OBJECT, "struct '%.64s' of %.150s: %s",
		      search->name, object->name, why);
		return;
	default:
		if (object->arena.full)
			wrong(search, MIM_CODE_LIMIT,
			      "the structs of %.200s take more than %zu MiB of memory",
			      object->name, object->arena.limit >> 20);
		else
			mim_resolve_oom(search->resolve);
		search->failed = true;
	}
}

/* One that cannot be read was reported: what is in it nobody knows. */
static void look_at(struct search *search, const struct mim_object_file *object)
{
	if (object)
		look_into(search, object);
	else
		search->failed = true;
}

/* Return: does the map name an object? Which is loaded then. */
static bool load(struct mim_resolve *resolve, uint16_t file, enum mim_section section,
		 uint32_t item, const struct mim_raw_map *raw,
		 const struct mim_object_file **ret_object)
{
	const struct mim_origin origin = {file, (uint16_t)section, item, MIM_WHOLE};

	if (!raw->from || !mim_said(raw->from->object))
		return false;
	*ret_object = mim_from_object(resolve, origin, raw->from->object);
	return true;
}

static const struct mim_raw_map *maps_of(const struct mim_raw *raw,
					 enum mim_section section, uint32_t *ret_n)
{
	*ret_n = section == MIM_SECTION_TEMPLATE ? raw->n_templates
		 : section == MIM_SECTION_OUTER	 ? raw->n_outer_maps
						 : raw->n_inner_maps;
	return section == MIM_SECTION_TEMPLATE ? raw->templates
	       : section == MIM_SECTION_OUTER  ? raw->outer_maps
					       : raw->inner_maps;
}

/* All objects that maps are from, once for all structs. */
static void load_all(struct mim_resolve *resolve)
{
	static const enum mim_section sections[] = {MIM_SECTION_TEMPLATE,
						    MIM_SECTION_OUTER, MIM_SECTION_INNER};
	const struct mim_config *config = resolve->config;
	const struct mim_object_file *object;

	resolve->has_objects = true;
	for (size_t s = 0; s < config->n_sources; s++)
		for (size_t k = 0; k < MIM_ARRAY_SIZE(sections); k++) {
			uint32_t n;
			const struct mim_raw_map *maps =
				maps_of(config->sources[s].raw, sections[k], &n);

			for (uint32_t i = 0; i < n; i++)
				load(resolve, config->sources[s].index, sections[k], i,
				     &maps[i], &object);
		}
}

static void look_everywhere(struct search *search)
{
	const struct mim_config *config = search->resolve->config;

	if (!search->resolve->has_objects)
		load_all(search->resolve);
	for (size_t i = 0; i < config->n_objects && !search->failed; i++)
		look_at(search, config->objects[i]);
}

/* The object that the map itself is from. Return: false when it is from none. */
static bool look_at_own(struct search *search)
{
	const struct mim_origin *origin = &search->origin;
	const struct mim_object_file *object;
	const struct mim_raw_map *maps;
	uint32_t n;

	if (origin->section != MIM_SECTION_TEMPLATE &&
	    origin->section != MIM_SECTION_OUTER && origin->section != MIM_SECTION_INNER)
		return false;
	maps = maps_of(search->resolve->config->sources[origin->file - 1].raw,
		       origin->section, &n);
	if (origin->item >= n || !load(search->resolve, origin->file, origin->section,
				       origin->item, &maps[origin->item], &object))
		return false;
	look_at(search, object);
	return true;
}

bool mim_from_struct(struct mim_resolve *resolve, struct mim_origin origin,
		     const char *key, const char *name, struct mim_type *ret_type)
{
	struct search search = {.resolve = resolve,
				.origin = origin,
				.key = key,
				.name = name,
				.closest = {.word = name}};

	if (!look_at_own(&search))
		look_everywhere(&search);
	if (search.failed)
		return false;
	if (search.object) {
		*ret_type = search.type;
		return true;
	}
	if (search.n_objects == 1)
		wrong(&search, MIM_CODE_UNKNOWN_NAME, "%.200s has no struct '%.64s'",
		      search.looked_into, name);
	else
		wrong(&search, MIM_CODE_UNKNOWN_NAME,
		      search.n_objects
			      ? "no object of the description has a struct '%.64s'"
			      : "no object is named that could have a struct '%.64s'",
		      name);
	if (search.closest.best)
		mim_hint(resolve->diags, "did you mean '" MIM_FROM_STRUCT "%s'?",
			 search.closest.best);
	else if (!search.n_objects)
		mim_hint(resolve->diags, "a map with from: {object: FILE, map: NAME} "
					 "names one");
	return false;
}

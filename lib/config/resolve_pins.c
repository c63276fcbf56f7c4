/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "config/pin_path.h"
#include "config/resolve.h"
#include "config/source.h"
#include "model/reserved.h"

static uint32_t octal(const char *word)
{
	uint32_t mode = 0;

	while (*word)
		mode = mode << 3 | (uint32_t)(*word++ - '0');
	return mode;
}

static bool is_reserved(const char *path)
{
	size_t length = strcspn(path, "/");

	return (length == strlen(MIM_MARKER_NAME) &&
		strncmp(path, MIM_MARKER_NAME, length) == 0) ||
	       (length == strlen(MIM_STATE_NAME) &&
		strncmp(path, MIM_STATE_NAME, length) == 0);
}

/* The absolute path of a pin. Return: NULL when it was reported, or memory ran out. */
static const char *resolve_path(struct mim_resolve *resolve, struct mim_origin origin,
				const char *word)
{
	struct mim_topology *want = resolve->want;
	const char *folder = want->scope.folder, *bpffs = want->scope.bpffs;
	const char *problem = mim_pin_path_problem(want, word);
	const char *relative = *word != '/' ? word
			       : mim_topology_inside(want, word)
				       ? word + strlen(folder) + 1
				       : NULL;
	const char *full;

	if (problem) {
		mim_wrong(resolve, origin, "path", MIM_CODE_BAD_PIN,
			  "pin path '%.200s' %s", word, problem);
		return NULL;
	}
	if (relative && is_reserved(relative)) {
		mim_wrong(resolve, origin, "path", MIM_CODE_BAD_PIN,
			  "pin path '%.200s' is mimctl's own", word);
		return NULL;
	}
	if (strcmp(word, bpffs) == 0) {
		mim_wrong(resolve, origin, "path", MIM_CODE_PIN_TAKEN,
			  "pin path '%.200s' is the root of bpffs itself", word);
		return NULL;
	}
	if (strcmp(word, folder) == 0) {
		mim_wrong(resolve, origin, "path", MIM_CODE_PIN_TAKEN,
			  "pin path '%.200s' is the folder of the scope itself", word);
		return NULL;
	}
	full = relative ? mim_arena_printf(&want->arena, "%s/%s", folder, relative)
			: word;
	if (!full)
		mim_resolve_oom(resolve);
	else if (strlen(full) >= PATH_MAX)
		mim_wrong(resolve, origin, "path", MIM_CODE_BAD_PIN,
			  "pin path '%.200s' is longer than 4095 bytes inside the scope",
			  word);
	else
		return full;
	return NULL;
}

static const char *path_key(const struct mim_pin *pin)
{
	return pin->origin.section == MIM_SECTION_PIN ? "path" : "name";
}

static void add_pin(struct mim_resolve *resolve, struct mim_table *paths, uint32_t map,
		    const char *path, struct mim_origin origin,
		    const struct mim_raw_pin *raw)
{
	struct mim_topology *want = resolve->want;
	struct mim_pin *pin = mim_topology_add_pin(want, map, path);
	uint32_t there;
	int r;

	if (!pin) {
		mim_resolve_oom(resolve);
		return;
	}
	pin->origin = origin;
	if (raw && mim_said(raw->mode))
		pin->mode = octal(raw->mode);
	if (raw && mim_said(raw->group))
		pin->group = mim_resolve_keep(resolve, raw->group);
	r = mim_table_add(paths, pin->path, (uint32_t)want->n_pins - 1, &there);
	if (r == -EEXIST) {
		const struct mim_pin *first = &want->pins[there];

		mim_wrong(resolve, origin, path_key(pin), MIM_CODE_PIN_TAKEN,
			  "pin path '%.200s' is taken", path);
		mim_note(resolve->diags, MIM_SPOT(first->origin, path_key(first)),
			 "'%s' is pinned there", want->maps[first->map].name);
	} else if (r < 0) {
		mim_resolve_oom(resolve);
	}
}

static void add_declared(struct mim_resolve *resolve, struct mim_table *paths,
			 const struct mim_source *source)
{
	for (uint32_t i = 0; i < source->raw->n_pins; i++) {
		const struct mim_raw_pin *raw = &source->raw->pins[i];
		struct mim_origin origin = {source->index, MIM_SECTION_PIN, i, MIM_WHOLE};
		uint32_t map = mim_resolve_name(resolve, &resolve->maps, raw->map, origin,
						"map", "map");
		const char *path = mim_said(raw->path)
					   ? resolve_path(resolve, origin, raw->path)
					   : NULL;

		if (map == MIM_NONE)
			continue;
		resolve->held[map] = true;
		if (path)
			add_pin(resolve, paths, map, path, origin, raw);
	}
}

/* An outer map that no pin names is pinned at its own name; it would be gone otherwise.
 */
static void add_default(struct mim_resolve *resolve, struct mim_table *paths,
			uint32_t map)
{
	struct mim_topology *want = resolve->want;
	const char *name = want->maps[map].name;
	struct mim_origin origin = want->maps[map].origin;
	const char *path;

	if (!mim_said(name))
		return;
	if (strchr(name, '.') || is_reserved(name)) {
		mim_wrong(resolve, origin, "name", MIM_CODE_BAD_PIN,
			  "outer map '%s' needs a pin: its own name is no pin path",
			  name);
		return;
	}
	path = mim_arena_printf(&want->arena, "%s/%s", want->scope.folder, name);
	if (path)
		add_pin(resolve, paths, map, path, origin, NULL);
	else
		mim_resolve_oom(resolve);
}

/* Where pins are, and the places of external maps, by path. */
struct places {
	struct mim_table pins;
	struct mim_table external;
};

static void release_places(struct places *places)
{
	mim_table_release(&places->pins);
	mim_table_release(&places->external);
}

/* An external map's place is taken as well: by its owner's pin. */
static void add_external(struct mim_resolve *resolve, struct places *places, uint32_t i)
{
	const struct mim_topology *want = resolve->want;
	const struct mim_map *map = &want->maps[i];
	uint32_t there;
	int r = mim_table_add(&places->external, map->external, i, &there);

	if (r == -EEXIST) {
		mim_wrong(resolve, map->origin, "external", MIM_CODE_PIN_TAKEN,
			  "external map at '%.200s' is declared twice", map->external);
		mim_note(resolve->diags, MIM_SPOT(want->maps[there].origin, "external"),
			 "'%s' is declared here", want->maps[there].name);
	} else if (r < 0) {
		mim_resolve_oom(resolve);
	}
	there = mim_table_find(&places->pins, map->external);
	if (there == MIM_TABLE_NONE)
		return;
	mim_wrong(resolve, map->origin, "external", MIM_CODE_PIN_TAKEN,
		  "external '%.200s' is a pin of this description", map->external);
	mim_note(resolve->diags, MIM_SPOT(want->pins[there].origin, "path"),
		 "'%s' is pinned there", want->maps[want->pins[there].map].name);
}

static void note_above(struct mim_resolve *resolve, const struct mim_map *map,
		       const char *path, struct mim_origin origin, const char *key)
{
	mim_note(resolve->diags, MIM_SPOT(origin, key), "'%s' is pinned at '%.200s'",
		 map->name, path);
}

/* A pin is a file: nothing can lie below it. @noun: of the path, at @key */
static void check_below(struct mim_resolve *resolve, const struct places *places,
			const char *full, struct mim_origin origin, const char *key,
			const char *noun)
{
	const struct mim_topology *want = resolve->want;
	char path[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "%s", full);
	while ((slash = strrchr(path, '/')) && slash > path) {
		uint32_t pin, map;

		*slash = '\0';
		pin = mim_table_find(&places->pins, path);
		map = mim_table_find(&places->external, path);
		if (pin == MIM_TABLE_NONE && map == MIM_TABLE_NONE)
			continue;
		mim_wrong(resolve, origin, key, MIM_CODE_PIN_TAKEN,
			  "%s '%.200s' lies below another pin", noun, full);
		if (pin != MIM_TABLE_NONE)
			note_above(resolve, &want->maps[want->pins[pin].map], path,
				   want->pins[pin].origin, path_key(&want->pins[pin]));
		else
			note_above(resolve, &want->maps[map], path,
				   want->maps[map].origin, "external");
		return;
	}
}

static void check_places(struct mim_resolve *resolve, struct places *places)
{
	const struct mim_topology *want = resolve->want;

	for (uint32_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].external)
			add_external(resolve, places, i);
	for (size_t i = 0; i < want->n_pins; i++)
		check_below(resolve, places, want->pins[i].path, want->pins[i].origin,
			    path_key(&want->pins[i]), "pin path");
	for (size_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].external)
			check_below(resolve, places, want->maps[i].external,
				    want->maps[i].origin, "external", "external");
}

static void check_held(struct mim_resolve *resolve)
{
	const struct mim_topology *want = resolve->want;

	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];

		if (map->outer || map->own || map->external || resolve->held[i] ||
		    !mim_said(map->name))
			continue;
		mim_wrong(resolve, map->origin, "name", MIM_CODE_UNHELD,
			  "nothing holds inner map '%s': no slot and no pin", map->name);
		mim_hint(resolve->diags,
			 "it would be gone when mimctl exits; bind it or pin it");
	}
}

void mim_resolve_pins(struct mim_resolve *resolve)
{
	mim_cleanup(release_places) struct places places = {0};
	struct mim_topology *want = resolve->want;

	if (resolve->result == -ENOMEM)
		return;
	for (size_t i = 0; i < resolve->config->n_sources; i++)
		add_declared(resolve, &places.pins, &resolve->config->sources[i]);
	for (size_t i = 0; i < want->n_maps && resolve->result != -ENOMEM; i++)
		if (want->maps[i].outer && !want->maps[i].external &&
		    want->maps[i].pins == MIM_NONE && !resolve->held[i])
			add_default(resolve, &places.pins, (uint32_t)i);
	check_places(resolve, &places);
	check_held(resolve);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "base/str.h"
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

/*
 * Parts of a path as bpffs takes them. Where the path begins above bpffs, only the last
 * part is bpffs's own for certain: a mount point may have a dot in its name.
 */
static const char *path_problem(const char *path, bool inside)
{
	const char *part = path;

	if (!*part)
		return "names no pin";
	if (strlen(path) >= PATH_MAX)
		return "is longer than 4095 bytes";
	for (;;) {
		size_t length = strcspn(part, "/");
		bool last = part[length] == '\0';

		if (length == 0)
			return "has an empty part";
		if (length > NAME_MAX)
			return "has a part of more than 255 bytes";
		if (length == 2 && part[0] == '.' && part[1] == '.')
			return "has a '..'";
		if ((inside || last || length == 1) && memchr(part, '.', length))
			return "has a dot, which bpffs does not take";
		if (last)
			return NULL;
		part += length + 1;
	}
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
	const char *folder = want->scope.folder, *bpffs = want->scope.bpffs, *problem;
	const char *relative = word, *full;
	bool below = mim_str_starts(word, bpffs) && word[strlen(bpffs)] == '/';

	if (*word == '/' && !mim_topology_inside(want, word)) {
		problem =
			path_problem(below ? word + strlen(bpffs) + 1 : word + 1, below);
		relative = NULL;
	} else {
		relative = *word == '/' ? word + strlen(folder) + 1 : word;
		problem = path_problem(relative, true);
	}
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

/* An external map's place is taken as well: by its owner's pin. */
static void check_external(struct mim_resolve *resolve, struct mim_table *paths)
{
	const struct mim_topology *want = resolve->want;
	mim_auto_table struct mim_table seen = {0};
	uint32_t there;

	for (size_t i = 0; i < want->n_maps; i++) {
		const struct mim_map *map = &want->maps[i];
		int r = map->external
				? mim_table_add(&seen, map->external, (uint32_t)i, &there)
				: 0;

		if (r == -EEXIST) {
			mim_wrong(resolve, map->origin, "external", MIM_CODE_PIN_TAKEN,
				  "external map at '%.200s' is declared twice",
				  map->external);
			mim_note(resolve->diags,
				 MIM_SPOT(want->maps[there].origin, "external"),
				 "'%s' is declared here", want->maps[there].name);
		} else if (r < 0) {
			mim_resolve_oom(resolve);
		}
		there = map->external ? mim_table_find(paths, map->external)
				      : MIM_TABLE_NONE;
		if (there == MIM_TABLE_NONE)
			continue;
		mim_wrong(resolve, map->origin, "external", MIM_CODE_PIN_TAKEN,
			  "external '%.200s' is a pin of this description",
			  map->external);
		mim_note(resolve->diags, MIM_SPOT(want->pins[there].origin, "path"),
			 "'%s' is pinned there", want->maps[want->pins[there].map].name);
	}
}

/* A pin is a file: nothing can lie below it. */
static void check_below(struct mim_resolve *resolve, const struct mim_table *paths)
{
	const struct mim_topology *want = resolve->want;

	for (size_t i = 0; i < want->n_pins; i++) {
		const struct mim_pin *pin = &want->pins[i], *above;
		char path[PATH_MAX], *slash;
		uint32_t there;

		snprintf(path, sizeof(path), "%s", pin->path);
		while ((slash = strrchr(path, '/')) && slash > path) {
			*slash = '\0';
			there = mim_table_find(paths, path);
			if (there == MIM_TABLE_NONE)
				continue;
			above = &want->pins[there];
			mim_wrong(resolve, pin->origin, path_key(pin), MIM_CODE_PIN_TAKEN,
				  "pin path '%.200s' lies below another pin", pin->path);
			mim_note(resolve->diags, MIM_SPOT(above->origin, path_key(above)),
				 "'%s' is pinned at '%.200s'",
				 want->maps[above->map].name, above->path);
			break;
		}
	}
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
	mim_auto_table struct mim_table paths = {0};
	struct mim_topology *want = resolve->want;

	if (resolve->result == -ENOMEM)
		return;
	for (size_t i = 0; i < resolve->config->n_sources; i++)
		add_declared(resolve, &paths, &resolve->config->sources[i]);
	for (size_t i = 0; i < want->n_maps && resolve->result != -ENOMEM; i++)
		if (want->maps[i].outer && !want->maps[i].external &&
		    want->maps[i].pins == MIM_NONE && !resolve->held[i])
			add_default(resolve, &paths, (uint32_t)i);
	check_external(resolve, &paths);
	check_below(resolve, &paths);
	check_held(resolve);
}

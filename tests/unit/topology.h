/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNIT_TOPOLOGY_H
#define UNIT_TOPOLOGY_H

#include <sys/mman.h>
#include "mim.h"
#include "unit.h"

/** unit_file() - a file that holds @text; Return: its path, until the test ends */
static inline const char *unit_file(const void *text, size_t length)
{
	static char path[64];
	int fd = memfd_create("unit", 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, length), (ssize_t)length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/** unit_diags() - every message with its line, for comparison */
static inline const char *unit_diags(const struct mim_diags *diags)
{
	static char text[16384];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < diags->n && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u: %s",
					 i ? "; " : "", diags->items[i].place.line,
					 diags->items[i].message);
	return text;
}

/** unit_load() - a description out of a text; what it declares borrows from @config */
static inline int unit_load(const char *text, struct mim_config *config,
			    struct mim_diags *diags)
{
	const char *path = unit_file(text, strlen(text));

	return mim_config_load(&path, 1, NULL, config, diags);
}

static inline void unit_load_good(const char *text, struct mim_config *config)
{
	struct mim_diags diags = {0};
	int r = unit_load(text, config, &diags);

	ck_assert_msg(r == 0, "%s", unit_diags(&diags));
	mim_diags_release(&diags);
}

/** map_named() - the declared map with that name */
static inline const struct mim_map *map_named(const struct mim_topology *want,
					      const char *name)
{
	for (size_t i = 0; i < want->n_maps; i++)
		if (strcmp(want->maps[i].name, name) == 0)
			return &want->maps[i];
	ck_abort_msg("no map '%s'", name);
	return NULL;
}

/**
 * struct unit_live - a map that is in the kernel
 * @name: in the kernel
 * @slots: outer maps: "key=id key=id", keys as host integers of the key's size
 * @pins: "path path", each relative to the scope's folder or absolute
 * @inner: outer maps: the template; no type: not known
 */
struct unit_live {
	uint32_t id;
	const char *name;
	struct mim_shape shape;
	const char *slots;
	const char *pins;
	struct mim_shape inner;
	uint32_t programs;
};

static inline void unit_slots(struct mim_topology *live, struct mim_map *map,
			      const char *text)
{
	struct mim_slots *slots = &map->outer->slots;
	unsigned long long key;
	unsigned int id;
	int used;

	slots->keys =
		mim_arena_array(&live->arena, strlen(text) + 1, map->shape.key_size);
	slots->inner = mim_arena_array(&live->arena, strlen(text) + 1, sizeof(uint32_t));
	for (; sscanf(text, " %lli=%u%n", (long long *)&key, &id, &used) == 2;
	     text += used) {
		slots->inner[slots->n] = mim_topology_by_id(live, id);
		ck_assert_uint_ne(slots->inner[slots->n], MIM_NONE);
		memcpy(slots->keys + slots->n++ * map->shape.key_size, &key,
		       map->shape.key_size);
	}
	ck_assert_int_eq(mim_slots_sort(slots, map->shape.key_size), 0);
}

static inline void unit_pins(struct mim_topology *live, uint32_t map, const char *text)
{
	char path[64], full[256];
	int used;

	for (; sscanf(text, " %63s%n", path, &used) == 1; text += used) {
		struct mim_pin *pin;

		snprintf(full, sizeof(full), "%s%s%s",
			 path[0] == '/' ? "" : live->scope.folder,
			 path[0] == '/' ? "" : "/", path);
		pin = mim_topology_add_pin(live, map, full);
		pin->mode = 0600;
		pin->group = "root";
	}
}

/** unit_live() - a kernel with these maps; the scope 'lb' is there when one is pinned */
static inline struct mim_topology *unit_live(const struct unit_live *maps, size_t n)
{
	struct mim_topology *live = mim_topology_empty("lb", "/sys/fs/bpf");

	live->host = (struct mim_host){4, 4096};
	live->boot_id = "boot";
	live->scope.mounted = true;
	live->programs = calloc(64, sizeof(*live->programs));
	for (uint32_t i = 0; i < n; i++) {
		struct mim_map *map = mim_topology_add_map(live, maps[i].name);
		struct mim_users *users;

		snprintf(map->kernel_name, sizeof(map->kernel_name), "%s", maps[i].name);
		map->id = maps[i].id;
		map->shape = maps[i].shape;
		users = mim_topology_make_users(live, map);
		users->programs = mim_arena_array(&live->arena, maps[i].programs,
						  sizeof(*users->programs));
		for (uint32_t p = 0; p < maps[i].programs; p++) {
			users->programs[users->n_programs++] = (uint32_t)live->n_programs;
			live->programs[live->n_programs] = (struct mim_program){
				900 + (uint32_t)live->n_programs, "xdp", "lb_main"};
			live->n_programs++;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		struct mim_map *map = &live->maps[i];

		unit_pins(live, i, maps[i].pins ? maps[i].pins : "");
		if (maps[i].pins && maps[i].pins[0] != '/')
			live->scope.exists = live->scope.marked = true;
		if (!maps[i].slots)
			continue;
		mim_topology_make_outer(live, map)->inner = maps[i].inner;
		map->outer->slots_read = true;
		map->outer->inner_known =
			maps[i].inner.type ? MIM_KNOWN_FULL : MIM_KNOWN_NOT;
		unit_slots(live, map, maps[i].slots);
	}
	live->scope.marker = (struct mim_marker){1, "0", "", 1700000000};
	return live;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/check.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

/* Where libbpf pins by name, and looks for what it pinned. */
#define LIBBPF_BPFFS "/sys/fs/bpf"

struct checking {
	const struct mim_object_file *object;
	const struct mim_topology *want;
	const struct mim_host *host;
	struct mim_arena *arena;
	/* declared maps by the paths of their pins, and by name */
	struct mim_table pins;
	struct mim_table names;
};

struct mim_host mim_object_host(void)
{
	int cpus = libbpf_num_possible_cpus();

	return (struct mim_host){cpus > 0 ? (uint32_t)cpus : 0,
				 (uint32_t)sysconf(_SC_PAGESIZE)};
}

void mim_object_checks_release(struct mim_object_checks *checks)
{
	free(checks->items);
	mim_arena_release(&checks->arena);
	*checks = (struct mim_object_checks){0};
}

static int table_wanted(struct checking *checking)
{
	const struct mim_topology *want = checking->want;
	uint32_t there;
	int r = 0;

	for (size_t i = 0; i < want->n_pins && r != -ENOMEM; i++)
		r = mim_table_add(&checking->pins, want->pins[i].path, want->pins[i].map,
				  &there);
	for (size_t i = 0; i < want->n_maps && r != -ENOMEM; i++) {
		const struct mim_map *map = &want->maps[i];

		if (map->external)
			r = mim_table_add(&checking->pins, map->external, (uint32_t)i,
					  &there);
		if (r != -ENOMEM && !map->own)
			r = mim_table_add(&checking->names, map->name, (uint32_t)i,
					  &there);
	}
	return r == -ENOMEM ? r : 0;
}

/* Where the declared map is: for one of somebody else's, where they pinned it. */
static const char *pin_of(const struct checking *checking, const struct mim_map *map)
{
	if (map->external)
		return map->external;
	return map->pins == MIM_NONE ? "" : checking->want->pins[map->pins].path;
}

static uint32_t find_pin(const struct checking *checking, const char *path)
{
	return mim_table_find(&checking->pins, path);
}

/* libbpf has its own idea of where bpffs is, unless it is told. */
static bool needs_telling(const struct checking *checking,
			  const struct mim_object_check *check)
{
	return check->way == MIM_WAY_NAME ||
	       (check->map->pinning == MIM_OBJECT_PIN_BY_NAME &&
		strcmp(checking->want->scope.bpffs, LIBBPF_BPFFS) != 0);
}

static int find_globals(struct checking *checking, struct mim_object_check *check)
{
	const char *path;

	if (checking->want->maps[check->want].external ||
	    (check->map->pinning != MIM_OBJECT_PIN_BY_NAME &&
	     check->map->pinning != MIM_OBJECT_PIN_GLOBAL))
		return 0;
	path = mim_arena_printf(checking->arena, "%s/tc/globals/%s",
				checking->want->scope.bpffs, check->map->name);
	if (!path)
		return -ENOMEM;
	if (find_pin(checking, path) != check->want)
		check->globals = path;
	return 0;
}

static int find_wanted(struct checking *checking, struct mim_object_check *check)
{
	char path[MIM_PATH_MOST] = "";

	check->pin = check->globals = "";
	mim_object_pin(checking->object, check->map, checking->want->scope.bpffs, path);
	check->look = mim_arena_strdup(checking->arena, path);
	if (!check->look)
		return -ENOMEM;
	check->want = find_pin(checking, check->look);
	check->way = MIM_WAY_PIN;
	if (check->want == MIM_TABLE_NONE) {
		check->want = mim_table_find(&checking->names, check->map->name);
		check->way = MIM_WAY_NAME;
	}
	if (check->want == MIM_TABLE_NONE) {
		check->want = MIM_NONE;
		check->way = MIM_WAY_NONE;
		return 0;
	}
	check->pin = check->way == MIM_WAY_PIN
			     ? check->look
			     : pin_of(checking, &checking->want->maps[check->want]);
	check->told = needs_telling(checking, check);
	return find_globals(checking, check);
}

static enum mim_object_answer answer(uint32_t differs)
{
	return differs ? MIM_ANSWER_NO : MIM_ANSWER_YES;
}

/* What a loader has to set before it loads the object. */
static uint32_t left_open(const struct mim_shape *shape)
{
	uint32_t open = 0;

	if (!shape->key_size)
		open |= MIM_FIELD_BIT(MIM_FIELD_KEY_SIZE);
	if (!shape->value_size)
		open |= MIM_FIELD_BIT(MIM_FIELD_VALUE_SIZE);
	if (!shape->max_entries)
		open |= MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES);
	return open;
}

/* libbpf compares what it was given with what the kernel tells, word for word. */
static void check_reuse(const struct checking *checking, const struct mim_map *map,
			struct mim_object_check *check)
{
	check->wanted = check->map->def.shape;
	if (check->wanted.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
	    !check->wanted.max_entries)
		check->wanted.max_entries = checking->host->possible_cpus;
	/* Somebody else's, or like a map that only the kernel knows. */
	if (!map->shape.type)
		return;
	check->is = map->shape;
	mim_shape_normalize(&check->is, checking->host);
	check->open =
		left_open(&check->wanted) & mim_shape_differs(&check->is, &check->wanted);
	check->reuse_differs =
		mim_shape_differs(&check->is, &check->wanted) & ~check->open;
	check->reuse = answer(check->reuse_differs);
}

static void check_template(const struct checking *checking, const struct mim_map *map,
			   struct mim_object_check *check)
{
	if (!map->outer || !check->map->has_inner || !map->outer->inner.type)
		return;
	check->inner_is = map->outer->inner;
	check->inner_wanted = check->map->inner.shape;
	mim_shape_normalize(&check->inner_is, checking->host);
	mim_shape_normalize(&check->inner_wanted, checking->host);
	check->template_differs =
		mim_shape_misfit(&check->inner_wanted, &check->inner_is);
	check->template = answer(check->template_differs);
}

static int check_map(struct checking *checking, struct mim_object_checks *checks,
		     struct mim_object_check *check)
{
	const struct mim_map *map;

	if (find_wanted(checking, check) < 0)
		return -ENOMEM;
	if (check->want == MIM_NONE)
		return 0;
	map = &checking->want->maps[check->want];
	check_reuse(checking, map, check);
	check_template(checking, map, check);
	checks->n_found++;
	if (check->reuse == MIM_ANSWER_NO || check->template == MIM_ANSWER_NO)
		checks->n_misfits++;
	return 0;
}

int mim_object_check(const struct mim_object_file *object,
		     const struct mim_topology *want, const struct mim_host *host,
		     struct mim_object_checks *checks)
{
	struct checking checking = {object, want, host, &checks->arena, {0}, {0}};
	int r;

	*checks = (struct mim_object_checks){0};
	r = table_wanted(&checking);
	checks->items = calloc(object->n_maps + 1, sizeof(*checks->items));
	if (!checks->items)
		r = -ENOMEM;
	for (uint32_t i = 0; i < object->n_maps && r == 0; i++) {
		checks->items[i].map = &object->maps[i];
		r = check_map(&checking, checks, &checks->items[i]);
		checks->n++;
	}
	mim_table_release(&checking.pins);
	mim_table_release(&checking.names);
	return r;
}

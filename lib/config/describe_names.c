/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/describing.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool mim_describing_is_scope(const struct mim_describing *describing)
{
	return describing->what->map == MIM_NONE;
}

bool mim_describing_is_ours(const struct mim_describing *describing,
			    const struct mim_pin *pin)
{
	if (mim_describing_is_scope(describing))
		return pin->watched;
	return !describing->what->in_scope[pin - describing->live->pins];
}

bool mim_describing_pin_before(const struct mim_describing *describing,
			       const struct mim_pin *a, const struct mim_pin *b)
{
	const struct mim_texts *protected = &describing->live->scope.protected;
	bool x = mim_texts_has(protected, a->path), y = mim_texts_has(protected, b->path);

	return x != y ? x : strcmp(a->path, b->path) < 0;
}

const struct mim_pin *mim_describing_pin(const struct mim_describing *describing,
					 uint32_t live, bool ours)
{
	const struct mim_topology *from = describing->live;
	const struct mim_pin *first = NULL;

	for (uint32_t p = from->maps[live].pins; p != MIM_NONE; p = from->pins[p].next) {
		const struct mim_pin *pin = &from->pins[p];

		if (mim_describing_is_ours(describing, pin) == ours &&
		    (!first || mim_describing_pin_before(describing, pin, first)))
			first = pin;
	}
	return first;
}

const char *mim_describing_name(struct mim_describing *describing,
				struct mim_table *taken, const char *like)
{
	struct mim_arena *arena = &describing->want->arena;
	char *name = mim_arena_printf(arena, "%.63s", *like ? like : "map");
	uint32_t there;
	int r;

	if (!name)
		return NULL;
	for (char *c = name; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("_.-", *c)) ||
		    (c == name && !isalpha(*c)))
			*c = '_';
	like = name;
	r = mim_table_add(taken, name, 0, &there);
	for (unsigned int i = 2; r == -EEXIST && name; i++) {
		name = mim_arena_printf(arena, "%.50s-%u", like, i);
		r = name ? mim_table_add(taken, name, 0, &there) : -ENOMEM;
	}
	return r < 0 ? NULL : name;
}

const char *mim_describing_name_like(const struct mim_describing *describing,
				     uint32_t live)
{
	const struct mim_topology *from = describing->live;
	const struct mim_pin *pin = mim_describing_pin(describing, live, true);
	char derived[MIM_KERNEL_NAME];

	for (uint32_t p = from->maps[live].pins; p != MIM_NONE; p = from->pins[p].next) {
		const char *name = strrchr(from->pins[p].path, '/') + 1;

		mim_name_kernel(name, derived);
		if (strcmp(derived, from->maps[live].kernel_name) == 0)
			return name;
	}

	if (!pin)
		pin = mim_describing_pin(describing, live, false);
	return pin ? strrchr(pin->path, '/') + 1 : describing->live->maps[live].name;
}

int mim_describing_take(struct mim_describing *describing, uint32_t live)
{
	const struct mim_map *map = &describing->live->maps[live];
	uint32_t there;
	int r;

	if (!mim_name_kernel_valid(map->kernel_name))
		return 0;
	r = mim_table_add(&describing->kernel_names, map->name, live, &there);
	return r == -ENOMEM ? r : r == 0;
}

/* Is something there, in bpffs, where the folder of a scope would be? */
static bool is_taken(const struct mim_topology *live, const char *folder)
{
	for (size_t i = 0; i < live->n_pins; i++)
		if (strcmp(live->pins[i].path, folder) == 0)
			return true;
	return mim_texts_has(&live->scope.folders, folder);
}

int mim_describing_name_scope(struct mim_describing *describing)
{
	const struct mim_describe *what = describing->what;
	char like[49], more[24], name[MIM_NAME_MOST + 16], folder[MIM_PATH_MOST];

	snprintf(like, sizeof(like), "%.48s",
		 mim_describing_name_like(describing, what->map));
	for (char *c = like; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && *c != '-' && *c != '_') ||
		    (c == like && !isalpha(*c)))
			*c = '_';
	for (unsigned int i = 0;; i++) {
		snprintf(more, sizeof(more), i < 2 ? "%s" : "%s-%u", i ? "-maps" : "", i);
		snprintf(name, sizeof(name), "%s%s", *like ? like : "map", more);
		snprintf(folder, sizeof(folder), "%s/%s", what->bpffs, name);
		if (!is_taken(describing->live, folder))
			break;
	}
	return mim_topology_set_scope(describing->want, name, what->bpffs);
}

/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Two descriptions with a line "#####" between them: the second one is what is in the
 * kernel. The last byte chooses options, and what is not as a good apply leaves it.
 */
#include <string.h>
#include "fuzz.h"

#define BETWEEN "\n#####\n"

static int load(unsigned int which, const uint8_t *data, size_t size,
		struct mim_config *config)
{
	const char *path = fuzz_file(which, data, size);
	struct mim_diags diags = {0};
	int r = mim_config_load(&path, 1, NULL, config, &diags);

	mim_diags_release(&diags);
	return r;
}

static void disturb(struct mim_topology *live, uint8_t choice)
{
	struct mim_map *map = live->n_maps ? &live->maps[choice % live->n_maps] : NULL;

	if (choice & 0x10)
		live->scope.marked = false;
	if (choice & 0x20 && live->n_pins)
		fuzz_law(mim_topology_add_text(live, &live->scope.foreign,
					       live->pins[0].path) == 0);
	if (choice & 0x40 && map && map->outer)
		map->outer->frozen = true;
	if (choice & 0x80 && map && map->outer)
		map->outer->inner_known = choice & MIM_KNOWN_FULL;
}

static void plan(struct mim_config *want, const struct mim_config *there, uint8_t choice)
{
	const struct mim_scope *scope = &want->want->scope;
	struct mim_topology *live = fuzz_as_live(there->want, scope), *nothing;
	struct mim_plan_options options = {
		.allow_empty = choice & 1,
		.allow_orphans = choice & 2,
		.adopt = choice & 4,
		.prune_limited = choice & 8,
		.prune_percent = choice & 2,
		.prune_limit = choice & 15,
	};

	disturb(live, choice);
	mim_plan_free(fuzz_plan(want, want->want, live, &options));
	nothing = mim_topology_empty(scope->name, scope->bpffs);
	options.destroy = true;
	mim_plan_free(fuzz_plan(want, nothing, live, &options));
	mim_topology_free(nothing);
	mim_topology_free(live);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *between = memmem(data, size, BETWEEN, strlen(BETWEEN)), *second;
	struct mim_config want = {0}, there = {0};

	if (!between || fuzz_is_large(data, size))
		return 0;
	second = between + strlen(BETWEEN);
	if (load(0, data, (size_t)(between - data), &want) == 0 &&
	    load(1, second, (size_t)(data + size - second), &there) == 0)
		plan(&want, &there, data[size - 1]);
	mim_config_release(&want);
	mim_config_release(&there);
	return 0;
}

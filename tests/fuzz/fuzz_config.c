/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any bytes as a description: read, checked, resolved, planned against an empty kernel
 * and against the one that it describes.
 */
#include "../unit/raw.h"
#include "config/load.h"
#include "config/tree.h"
#include "fuzz.h"

/* What libcyaml is trusted with, the strict check reads alike. */
static void read_both_ways(const char *path)
{
	struct mim_source fast = {.index = 1}, strict = {.index = 1};
	struct mim_diags diags = {0};

	fuzz_law(mim_source_read(&fast, path, &diags) == 0);
	fuzz_law(mim_source_read(&strict, path, &diags) == 0);
	if (mim_load(&fast, &diags) == 0) {
		fuzz_law(diags.n == 0);
		fuzz_law(mim_tree_load(&strict, &diags) == 0);
		fuzz_law(mim_tree_strict(&strict, &diags) == 0);
		fuzz_law(!unit_raw_differs(MIM_SECTION_ROOT, fast.raw, strict.raw));
	}
	mim_diags_release(&diags);
	mim_source_release(&fast);
	mim_source_release(&strict);
}

static void plan_both(struct mim_config *config)
{
	const struct mim_scope *scope = &config->want->scope;
	const struct mim_plan_options options = {0};
	struct mim_topology *empty = mim_topology_empty(scope->name, scope->bpffs);
	struct mim_topology *same = fuzz_as_live(config->want, scope);
	struct mim_plan *plan;

	fuzz_law(empty != NULL);
	empty->scope.mounted = true;
	plan = fuzz_plan(config, config->want, empty, &options);
	fuzz_law(plan && plan->changed == (config->want->n_maps > 0));
	mim_plan_free(plan);
	plan = fuzz_plan(config, config->want, same, &options);
	fuzz_law(plan && !plan->changed);
	mim_plan_free(plan);
	mim_topology_free(empty);
	mim_topology_free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mim_config config;
	struct mim_diags diags = {0};
	const char *path;
	int r;

	if (fuzz_is_large(data, size))
		return 0;
	path = fuzz_file(0, data, size);
	read_both_ways(path);
	r = mim_config_load(&path, 1, NULL, &config, &diags);
	fuzz_diags(&diags, r);
	if (r == 0)
		plan_both(&config);
	mim_diags_release(&diags);
	mim_config_release(&config);
	return 0;
}

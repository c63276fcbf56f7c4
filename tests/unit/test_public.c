/* SPDX-License-Identifier: BSD-2-Clause */

/* What another program can do with mim.h and the shared library, whose symbols are
 * hidden. */
#include <stdio.h>
#include <stdlib.h>
#include "mim.h"
#include "unit.h"

static const char description[] =
	"version: 1\nname: lb\n"
	"templates: [{name: t, type: hash, key: u32, value: u32, max_entries: 4}]\n"
	"outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: t}]\n"
	"bindings: [{outer: o, slots: [{keys: 0-3}]}]\n";

START_TEST(a_program_plans_with_the_shared_library)
{
	char path[] = "/tmp/mimctl-public-XXXXXX";
	const char *paths[] = {path};
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *plan = NULL;
	const struct mim_plan_options options = {0};
	struct mim_diags diags = {0};
	struct mim_config config;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, description, sizeof(description) - 1),
			 (ssize_t)sizeof(description) - 1);
	close(fd);
	ck_assert_int_eq(mim_config_load(paths, 1, NULL, &config, &diags), 0);
	live = mim_topology_empty("lb", MIM_BPFFS_DEFAULT);
	ck_assert(live != NULL);
	live->scope.mounted = true;
	ck_assert_int_eq(mim_plan_compute(config.want, live, &options, &diags, &plan), 0);
	ck_assert(plan->changed);
	ck_assert_uint_eq(plan->summary.outer_create, 1);
	ck_assert_uint_eq(plan->summary.inner_create, 4);
	ck_assert_uint_eq(diags.n, 0);
	mim_diags_release(&diags);
	mim_plan_free(TAKE_PTR(plan));
	mim_config_release(&config);
	unlink(path);
}
END_TEST

UNIT_MAIN("public", UNIT(a_program_plans_with_the_shared_library))

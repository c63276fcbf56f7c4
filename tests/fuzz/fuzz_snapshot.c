/* SPDX-License-Identifier: BSD-2-Clause */

/* Any bytes as what "show -o json" saved, and the plans of descriptions against it. */
#include <json-c/json.h>
#include <string.h>
#include "fuzz.h"
#include "render.h"

static const char *const descriptions[] = {
	"version: 1\nname: lb\n",
	"version: 1\nname: lb\n"
	"templates:\n"
	"  - {name: backends, type: array, value: u32, max_entries: 16}\n"
	"  - {name: acl, type: hash, key: u32, value: u64, max_entries: 8}\n"
	"outer_maps:\n"
	"  - {name: services, type: hash_of_maps, key: be16, max_entries: 4,\n"
	"     template: backends, protect: true, unlisted: keep}\n"
	"  - {name: tenants, type: array_of_maps, max_entries: 4, template: acl}\n"
	"  - {name: theirs, external: /sys/fs/bpf/theirs, key: u64, template: acl}\n"
	"inner_maps:\n"
	"  - {name: web, template: backends}\n"
	"  - {name: big, template: acl, max_entries: 9}\n"
	"  - {name: shared, external: /sys/fs/bpf/shared}\n"
	"bindings:\n"
	"  - {outer: services, slots: [{key: 80, inner: web}, {key: 443}]}\n"
	"  - {outer: tenants, slots: [{keys: 0-1}, {key: 2, inner: big}]}\n"
	"  - {outer: theirs, slots: [{key: 7, inner: shared}]}\n"
	"pins:\n"
	"  - {map: services, path: services}\n"
	"  - {map: web, path: inner/web, mode: \"0640\", group: \"0\"}\n"
	"  - {map: services, path: /sys/fs/bpf/services}\n",
};

#define N_DESCRIPTIONS (sizeof(descriptions) / sizeof(descriptions[0]))

static struct mim_config *load(void)
{
	static struct mim_config configs[N_DESCRIPTIONS];
	struct mim_diags diags = {0};

	for (unsigned int i = 0; i < N_DESCRIPTIONS && !configs[i].want; i++) {
		const char *path = fuzz_file(0, descriptions[i], strlen(descriptions[i]));

		fuzz_law(mim_config_load(&path, 1, NULL, &configs[i], &diags) == 0);
	}
	return configs;
}

static char *json_of(const struct mim_topology *live)
{
	bool *all = malloc(live->n_maps + 1);
	struct json_object *json;
	char *text;

	fuzz_law(all != NULL);
	memset(all, true, live->n_maps + 1);
	json = mim_snapshot_json(live, all);
	text = strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
	json_object_put(json);
	free(all);
	return text;
}

/* What is written is read back as the same. */
static void round_trip(const struct mim_topology *live)
{
	char *text = json_of(live), *again;
	struct mim_topology *second = NULL;
	struct mim_diags diags = {0};

	fuzz_law(mim_snapshot_read(fuzz_file(2, text, strlen(text)), &diags, &second) ==
		 0);
	again = json_of(second);
	fuzz_law(strcmp(text, again) == 0);
	mim_topology_free(second);
	mim_diags_release(&diags);
	free(text);
	free(again);
}

static void print(const struct mim_topology *live)
{
	bool *selected = mim_topology_select(live, false);
	FILE *out = fuzz_out();

	fuzz_law(selected != NULL);
	render_tree(&(struct render_tree){.live = live,
					  .selected = selected,
					  .verbose = true},
		    out);
	fuzz_printed(out);
	free(selected);
}

/* What is there has a description, or there are words why not; as YAML it is one. */
static void describe(struct mim_topology *live)
{
	const struct mim_describe what = {.live = live, .map = MIM_NONE};
	struct mim_topology *want = NULL;
	struct mim_diags diags = {0};
	FILE *out;
	int r;

	if (!live->scope.name)
		return;
	for (size_t i = 0; i < live->n_pins; i++)
		live->pins[i].watched = live->pins[i].inside;
	r = mim_describe(&what, &diags, &want);
	fuzz_law((r == 0) == (want != NULL));
	fuzz_diags(&diags, r);
	if (want) {
		out = fuzz_out();
		fuzz_law(render_json(render_config_json(want), OUTPUT_YAML, out) == 0);
		fuzz_printed(out);
	}
	mim_topology_free(want);
	mim_diags_release(&diags);
}

/* As the command does: only a snapshot of the scope in question. */
static bool is_of(const struct mim_topology *live, const struct mim_topology *want)
{
	return live->scope.name && strcmp(live->scope.name, want->scope.name) == 0 &&
	       strcmp(live->scope.bpffs, want->scope.bpffs) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mim_config *configs = load();
	struct mim_diags diags = {0};
	struct mim_topology *live = NULL;
	const struct mim_plan_options careful = {0}, bold = {.allow_empty = true,
							     .allow_orphans = true,
							     .adopt = true};
	int r = mim_snapshot_read(fuzz_file(1, data, size), &diags, &live);

	fuzz_diags(&diags, r);
	mim_diags_release(&diags);
	if (r < 0)
		return 0;
	round_trip(live);
	print(live);
	describe(live);
	for (size_t i = 0; i < N_DESCRIPTIONS; i++) {
		if (!is_of(live, configs[i].want))
			continue;
		mim_plan_free(fuzz_plan(&configs[i], configs[i].want, live, &careful));
		mim_plan_free(fuzz_plan(&configs[i], configs[i].want, live, &bold));
	}
	mim_topology_free(live);
	return 0;
}

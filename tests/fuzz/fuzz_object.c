/* SPDX-License-Identifier: BSD-2-Clause */

/* Any bytes as an object file, and the description that it stands for. */
#include "fuzz.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include "render.h"

static void check_maps(const struct mim_object_file *object)
{
	for (uint32_t i = 0; i < object->n_maps; i++) {
		const struct mim_object_map *map = &object->maps[i];

		fuzz_law(mim_object_find(object, map->name) == map);
		for (uint32_t slot = 0; slot < map->n_slots; slot++)
			fuzz_law(map->slots[slot].map < object->n_maps);
	}
}

/* What import prints, validate takes. */
static void check_description(const struct mim_topology *want)
{
	struct json_object *json = render_config_json(want);
	const char *text = json_object_to_json_string(json);
	const char *path = fuzz_file(0, text, strlen(text));
	struct mim_diags diags = {0};
	struct mim_config config;

	fuzz_law(mim_config_load(&path, 1, NULL, &config, &diags) == 0);
	mim_diags_release(&diags);
	mim_config_release(&config);
	json_object_put(json);
}

static void print(const struct mim_object_checks *checks, const struct mim_topology *want)
{
	FILE *out = fuzz_out();

	render_check_text(checks, want, "fuzz.o", out);
	fuzz_printed(out);
	out = fuzz_out();
	render_json(render_check_json(checks, want, "fuzz.o"), OUTPUT_JSON, out);
	fuzz_printed(out);
}

/* What an object stands for, its loader takes; but for what the kernel makes of it. */
static void check_fit(const struct mim_object_file *object,
		      const struct mim_topology *want)
{
	const uint32_t kernels =
		MIM_FIELD_BIT(MIM_FIELD_MAX_ENTRIES) | MIM_FIELD_BIT(MIM_FIELD_FLAGS);
	const struct mim_host host = {8, 4096};
	struct mim_object_checks checks;

	fuzz_law(mim_object_check(object, want, &host, &checks) == 0);
	fuzz_law(checks.n == object->n_maps && checks.n_found >= want->n_maps);
	for (uint32_t i = 0; i < checks.n; i++) {
		fuzz_law(checks.items[i].template != MIM_ANSWER_NO);
		fuzz_law(!(checks.items[i].reuse_differs & ~kernels));
	}
	print(&checks, want);
	mim_object_checks_release(&checks);
}

/* The same bytes as BTF of a live map: every struct can be shown, or there is a reason.
 */
static void check_types(const uint8_t *data, size_t size)
{
	struct mim_btf_types *types = NULL;
	struct mim_arena arena = {0};
	char why[MIM_BTF_WHY] = "";
	struct mim_type type;
	const char *name;
	uint32_t id = 0;

	if (mim_btf_types_read(data, (uint32_t)size, MIM_BTF_SHOW, &arena, &types) < 0)
		return;
	while ((id = mim_btf_types_each(types, id, &name))) {
		int r = mim_btf_types_find(types, id, &type, why);
		uint8_t *zero = r == 0 ? calloc(1, type.size) : NULL;

		fuzz_law(r == 0 || (r == -EINVAL && *why));
		if (zero)
			fuzz_law(mim_value_length(type, zero) > 0);
		free(zero);
	}
	mim_btf_types_free(types);
	mim_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;
	struct mim_topology *want = NULL;
	int r = mim_object_read("fuzz.o", data, size, MIM_NOWHERE, &diags, &object);

	/* Either an object, or words that say why not. */
	fuzz_law((r == 0) == (object != NULL));
	fuzz_law((r == 0) == (diags.n == 0));
	if (object) {
		check_maps(object);
		r = mim_object_topology(object, "scope", "/b", &diags, &want);
		fuzz_law((r == 0) == (want != NULL));
	}
	fuzz_diags(&diags, r);
	check_types(data, size);
	if (want) {
		mim_describe_types(want, &diags);
		check_description(want);
		check_fit(object, want);
	}
	mim_topology_free(want);
	mim_object_free(object);
	mim_diags_release(&diags);
	return 0;
}

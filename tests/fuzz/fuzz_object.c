/* SPDX-License-Identifier: BSD-2-Clause */

/* Any bytes as an object file. */
#include "fuzz.h"

static void check_maps(const struct mim_object_file *object)
{
	for (uint32_t i = 0; i < object->n_maps; i++) {
		const struct mim_object_map *map = &object->maps[i];

		fuzz_law(mim_object_find(object, map->name) == map);
		for (uint32_t slot = 0; slot < map->n_slots; slot++)
			fuzz_law(map->slots[slot].map < object->n_maps);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mim_diags diags = {0};
	struct mim_object_file *object = NULL;
	int r = mim_object_read("fuzz.o", data, size, MIM_NOWHERE, &diags, &object);

	/* Either an object, or words that say why not. */
	fuzz_law((r == 0) == (object != NULL));
	fuzz_law((r == 0) == (diags.n == 0));
	fuzz_diags(&diags, r);
	if (object)
		check_maps(object);
	mim_object_free(object);
	mim_diags_release(&diags);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "config/resolve.h"
#include "config/source.h"
#include "model/kind.h"

static const struct mim_raw *raw_of(const struct mim_resolve *resolve,
				    struct mim_origin origin)
{
	return resolve->config->sources[origin.file - 1].raw;
}

/* Return: what the word says, or @otherwise when it says nothing. */
static bool wants_copy(struct mim_resolve *resolve, const struct mim_raw_map *raw,
		       struct mim_origin origin, uint32_t type, bool otherwise)
{
	if (!mim_said(raw->on_replace))
		return otherwise;
	if (strcmp(raw->on_replace, "copy") != 0)
		return false;
	if (type && !mim_kind_can_copy(type))
		mim_wrong(resolve, origin, "on_replace", MIM_CODE_BAD_VALUE,
			  "what is in a map of type %s cannot be copied",
			  mim_kind_name(type));
	return true;
}

void mim_resolve_replace(struct mim_resolve *resolve)
{
	struct mim_topology *want = resolve->want;

	for (size_t i = 0; i < want->n_templates; i++) {
		struct mim_template *template = &want->templates[i];
		const struct mim_raw *raw = raw_of(resolve, template->origin);

		/* A map's "from" has no word on what was in the map before. */
		if (template->origin.section != MIM_SECTION_TEMPLATE)
			continue;
		template->copy =
			wants_copy(resolve, &raw->templates[template->origin.item],
				   template->origin, template->shape.type, false);
	}
	for (size_t i = 0; i < want->n_maps; i++) {
		struct mim_map *map = &want->maps[i];
		bool copy;

		if (map->outer || map->template == MIM_NONE)
			continue;
		copy = want->templates[map->template].copy;
		if (!map->own) {
			const struct mim_raw *raw = raw_of(resolve, map->origin);

			copy = wants_copy(resolve, &raw->inner_maps[map->origin.item],
					  map->origin, map->shape.type, copy);
		}
		map->copy = copy;
	}
}

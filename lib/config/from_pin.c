/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "base/array.h"
#include "config/from.h"
#include "config/pin_path.h"
#include "config/source.h"

/* Is a pin named as it can be? */
static bool is_pin(struct mim_resolve *resolve, struct mim_origin origin,
		   const struct mim_raw_from *raw)
{
	struct mim_origin from = mim_from_origin(origin);
	const char *problem = mim_pin_path_problem(resolve->want, raw->pinned);

	if (raw->object || raw->map) {
		mim_wrong(resolve, from, "pinned", MIM_CODE_CONFLICTING_KEY,
			  "pinned and %s exclude each other",
			  raw->object ? "object" : "map");
	} else if (origin.section != MIM_SECTION_TEMPLATE) {
		mim_wrong(resolve, from, "pinned", MIM_CODE_CONFLICTING_KEY,
			  "only a template has the shape of what is pinned");
		mim_hint(resolve->diags, "external declares a map that is there");
	} else if (mim_topology_inside(resolve->want, raw->pinned)) {
		mim_wrong(resolve, from, "pinned", MIM_CODE_BAD_PIN,
			  "'%.200s' lies in the scope, which is made from this",
			  raw->pinned);
	} else if (problem) {
		mim_wrong(resolve, from, "pinned", MIM_CODE_BAD_PIN, "pinned '%.200s' %s",
			  raw->pinned, problem);
	} else {
		return true;
	}
	return false;
}

static bool has_pin(const struct mim_raw_map *raw)
{
	return raw->from && mim_said(raw->from->pinned);
}

static void note_pin(struct mim_resolve *resolve, const char *path,
		     struct mim_origin origin)
{
	struct mim_config_pin *pin;
	uint32_t there;
	int r = mim_table_add(&resolve->pinned, path, (uint32_t)resolve->n_pins, &there);

	if (r == -EEXIST)
		return;
	pin = r == 0 ? mim_array_add(resolve->pins, resolve->n_pins) : NULL;
	if (!pin) {
		mim_resolve_oom(resolve);
		return;
	}
	pin->path = path;
	pin->spot = MIM_SPOT(mim_from_origin(origin), "pinned");
}

void mim_from_look(struct mim_resolve *resolve, const struct mim_config_look *look)
{
	const struct mim_config *config = resolve->config;
	int r;

	for (size_t s = 0; s < config->n_sources; s++) {
		const struct mim_raw *raw = config->sources[s].raw;

		for (uint32_t i = 0; i < raw->n_templates; i++) {
			struct mim_origin origin = {config->sources[s].index,
						    MIM_SECTION_TEMPLATE, i, MIM_WHOLE};

			if (has_pin(&raw->templates[i]) &&
			    is_pin(resolve, origin, raw->templates[i].from))
				note_pin(resolve, raw->templates[i].from->pinned, origin);
		}
	}
	if (!resolve->n_pins || resolve->result == -ENOMEM)
		return;
	r = look->look(look->data, &resolve->want->scope, resolve->pins, resolve->n_pins,
		       resolve->diags);
	if (r < 0 && resolve->result == 0)
		resolve->result = r;
}

/* A pin's shape as a definition: the kernel knows nothing of how it is written. */
void mim_from_find_pinned(struct mim_resolve *resolve, struct mim_origin origin,
			  const struct mim_raw_from *raw, struct mim_from *from)
{
	uint32_t index = mim_table_find(&resolve->pinned, raw->pinned);
	const struct mim_config_pin *pin;
	struct mim_object_def *def;

	/* Templates have been looked at before. */
	if (origin.section != MIM_SECTION_TEMPLATE && !is_pin(resolve, origin, raw))
		return;
	from->name = raw->pinned;
	from->key = "pinned";
	from->where = "the kernel";
	if (index == MIM_TABLE_NONE || resolve->pins[index].known == MIM_KNOWN_NOT)
		return;
	pin = &resolve->pins[index];
	def = mim_arena_alloc(&resolve->want->arena, sizeof(*def));
	if (!def) {
		mim_resolve_oom(resolve);
		return;
	}
	def->shape = pin->shape;
	if (pin->known != MIM_KNOWN_FULL)
		def->shape.max_entries = 0;
	def->key_type.size = pin->shape.key_size;
	def->value_type.size = pin->shape.value_size;
	from->def = def;
}

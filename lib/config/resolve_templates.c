/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include "base/array.h"
#include "config/resolve_maps.h"
#include "config/source.h"
#include "model/kind.h"

void mim_need_key(struct mim_resolve *resolve, struct mim_origin origin,
		  const char *owner, const char *key, const char *word)
{
	if (!word)
		mim_wrong(resolve, origin, NULL, MIM_CODE_MISSING_KEY,
			  "%s needs the key '%s'", owner, key);
}

/* The map type, from the file or from the object. Return: NULL: absent or reported. */
const struct mim_kind *mim_kind_of(struct mim_resolve *resolve,
				   const struct mim_raw_map *raw,
				   const struct mim_from *from)
{
	if (raw->from)
		return from->def ? mim_from_kind(resolve, from) : NULL;
	return mim_said(raw->type) ? mim_kind_by_name(raw->type) : NULL;
}

/* A size says nothing of what is in a key or a value. */
static void check_btf(struct mim_resolve *resolve, struct mim_origin origin,
		      const struct mim_raw_map *raw, const struct mim_from *from,
		      const struct mim_template *shaped)
{
	const struct mim_kind *kind = mim_kind_by_type(shaped->shape.type);
	const char *key = raw->key_size	    ? "key_size"
			  : raw->value_size ? "value_size"
					    : "key";

	if (!kind || kind->role != MIM_ROLE_NEEDS_BTF || raw->key == mim_raw_broken ||
	    raw->value == mim_raw_broken ||
	    (shaped->key_type.kind != MIM_TYPE_NONE &&
	     shaped->value_type.kind != MIM_TYPE_NONE))
		return;
	mim_wrong(resolve, raw->from ? from->origin : origin, raw->from ? from->key : key,
		  MIM_CODE_BAD_TYPE,
		  "%s is made with BTF only: its key, s32 or u32, and its value are "
		  "declared by their types, not their sizes",
		  kind->name);
}

/* The shape of a template, or of an inner map that is "from" an object. */
static void resolve_inner(struct mim_resolve *resolve, struct mim_origin origin,
			  const char *noun, const struct mim_raw_map *raw,
			  struct mim_from *from, struct mim_template *shaped)
{
	const struct mim_kind *kind = mim_kind_of(resolve, raw, from);
	char owner[96];
	uint32_t known;

	if (!kind)
		return;
	mim_check_role(resolve, raw->from ? from->origin : origin,
		       raw->from ? from->key : "type", kind);
	if (raw->from && kind->role == MIM_ROLE_OUTER) {
		mim_from_hint_inner(resolve, from);
		return;
	}
	if (raw->from)
		mim_from_beside(resolve, origin, raw, from);
	snprintf(owner, sizeof(owner), "%s of type %s", noun, kind->name);
	known = mim_resolve_shape(resolve, origin, owner, raw, from, kind, &shaped->shape,
				  &shaped->key_type, &shaped->value_type);
	mim_check_shape(resolve, origin, raw, &shaped->shape, known);
	check_btf(resolve, origin, raw, from, shaped);
	/* A shape with holes must not be compared with others: it was reported. */
	if (known !=
	    (MIM_FIELD_BIT(MIM_FIELD_COUNT) - 1) - MIM_FIELD_BIT(MIM_FIELD_NUMA_NODE))
		shaped->shape.type = 0;
}

uint32_t mim_add_template(struct mim_resolve *resolve, struct mim_origin origin,
			  const char *noun, const struct mim_raw_map *raw,
			  struct mim_from *from)
{
	struct mim_topology *want = resolve->want;
	struct mim_template *template = mim_array_add(want->templates, want->n_templates);

	if (!template) {
		mim_resolve_oom(resolve);
		return MIM_NONE;
	}
	template->name = mim_resolve_keep(resolve, from->name);
	template->origin = from->origin;
	resolve_inner(resolve, origin, noun, raw, from, template);
	return (uint32_t)want->n_templates - 1;
}

void mim_resolve_templates(struct mim_resolve *resolve, const struct mim_source *source)
{
	const struct mim_raw *raw = source->raw;

	for (uint32_t i = 0; i < raw->n_templates; i++) {
		const struct mim_raw_map *from = &raw->templates[i];
		struct mim_origin origin = {source->index, MIM_SECTION_TEMPLATE, i,
					    MIM_WHOLE};
		struct mim_template *template;
		struct mim_from object;

		template = mim_array_add(resolve->want->templates,
					 resolve->want->n_templates);
		if (!template) {
			mim_resolve_oom(resolve);
			return;
		}
		template->name = mim_resolve_keep(resolve, from->name);
		template->origin = origin;
		mim_name_template(resolve, origin, from->name);
		if (!from->from) {
			mim_need_key(resolve, origin, "a template", "type", from->type);
			mim_need_key(resolve, origin, "a template", "max_entries",
				     from->max_entries);
		}
		object = mim_from_find(resolve, origin, from);
		resolve_inner(resolve, origin, "a template", from, &object, template);
	}
}

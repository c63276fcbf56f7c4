/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include "config/describing.h"
#include "model/kind.h"
#include "types/layout.h"

int mim_describing_shape(struct mim_describing *describing, const char *owner,
			 struct mim_shape *shape)
{
	const struct mim_kind *kind = mim_kind_by_type(shape->type);
	char text[MIM_FIELD_TEXT];

	if (!kind)
		return mim_describing_refuse(
			describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
			"%s is of map type %u, which is newer than mimctl", owner,
			shape->type);
	/* The kernel adds them by itself, and does not take them at creation. */
	shape->flags &= ~kind->flags_added;
	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++)
		if (mim_shape_problem(shape, field, text))
			return mim_describing_refuse(
				describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
				"%s cannot be described: %s", owner, text);
	if (shape->flags & BPF_F_NUMA_NODE) {
		mim_warning(describing->diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
			    "%s has a NUMA node, and the kernel does not tell which: "
			    "described as numa_node 0",
			    owner);
		shape->numa_node = 0;
	}
	return 0;
}

/* The kernel reads the key of an array, and what is like one, as a number. */
static struct mim_type key_type(const struct mim_kind *kind, struct mim_type type)
{
	if (kind->key.most != sizeof(uint32_t) || type.kind == MIM_TYPE_NONE ||
	    type.kind == MIM_TYPE_SINT)
		return type;
	return (struct mim_type){MIM_TYPE_UINT, sizeof(uint32_t)};
}

static struct mim_type sized(struct mim_type type, uint32_t size)
{
	return type.size == size ? type : (struct mim_type){MIM_TYPE_NONE, size};
}

int mim_describing_template(struct mim_describing *describing, const char *owner,
			    const struct mim_shape *shape,
			    const struct mim_live_types *types, bool exactly,
			    uint32_t *ret_template)
{
	const struct mim_live_types unknown = {0};
	struct mim_template like = {.shape = *shape};
	const struct mim_kind *kind;
	char name[MIM_NAME_MOST + 1];
	size_t n = describing->want->n_templates;
	int r = mim_describing_shape(describing, owner, &like.shape);

	if (r < 0)
		return r;
	kind = mim_kind_by_type(shape->type);
	if (kind->role == MIM_ROLE_OUTER || kind->role == MIM_ROLE_REFUSED)
		return mim_describing_refuse(
			describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
			"%s is of type %s, and no inner map of a description can be",
			owner, kind->name);
	types = types ? types : &unknown;
	like.key_type = key_type(kind, sized(types->key, shape->key_size));
	like.value_type = sized(types->value, shape->value_size);
	/* By its size alone it could not be made again. */
	if (kind->role == MIM_ROLE_NEEDS_BTF &&
	    (like.key_type.kind == MIM_TYPE_NONE ||
	     like.value_type.kind == MIM_TYPE_NONE ||
	     !mim_layout_can_be_said(like.value_type)))
		return mim_describing_refuse(
			describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
			"%s is of type %s, and no description can say the type of its "
			"value",
			owner, kind->name);
	*ret_template = mim_topology_template(describing->want, &like, exactly);
	if (*ret_template == MIM_NONE)
		return -ENOMEM;
	if (describing->want->n_templates == n)
		return 0;
	snprintf(name, sizeof(name), "%s", owner);
	describing->want->templates[n].name =
		mim_describing_name(describing, &describing->template_names, name);
	return describing->want->templates[n].name ? 0 : -ENOMEM;
}

static void say_by_size(struct mim_type *type, const char *noun, const char *name,
			struct mim_diags *diags)
{
	if (mim_layout_can_be_said(*type))
		return;
	mim_warning(diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
		    "%s of '%s' is described by its size: C aligns or pads struct '%s' "
		    "in a way of its own",
		    noun, name,
		    type->kind == MIM_TYPE_ARRAY ? type->element->fields->name
						 : type->fields->name);
	*type = (struct mim_type){MIM_TYPE_NONE, type->size};
}

void mim_describe_types(struct mim_topology *want, struct mim_diags *diags)
{
	for (size_t i = 0; i < want->n_templates; i++) {
		struct mim_template *template = &want->templates[i];

		say_by_size(&template->key_type, "key", template->name, diags);
		say_by_size(&template->value_type, "value", template->name, diags);
	}
	for (size_t i = 0; i < want->n_maps; i++)
		if (want->maps[i].outer)
			say_by_size(&want->maps[i].outer->key_type, "key",
				    want->maps[i].name, diags);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include "config/resolve.h"
#include "model/kind.h"
#include "types/btf_build.h"

/* An array and a storage want an integer as their key, and a trie a struct. */
static bool is_key_taken(uint32_t type, struct mim_type key)
{
	const struct mim_kind *kind = mim_kind_by_type(type);

	if (kind && kind->role == MIM_ROLE_NEEDS_BTF)
		return key.kind == MIM_TYPE_UINT || key.kind == MIM_TYPE_SINT;
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return key.kind == MIM_TYPE_UINT || key.kind == MIM_TYPE_SINT;
	case BPF_MAP_TYPE_LPM_TRIE:
		return key.kind == MIM_TYPE_STRUCT || key.kind == MIM_TYPE_PREFIX4 ||
		       key.kind == MIM_TYPE_PREFIX6;
	default:
		return true;
	}
}

/* A value of which only the size is declared has nothing to tell. */
static bool has_types(const struct mim_template *template)
{
	return template->shape.type && template->value_type.kind != MIM_TYPE_NONE &&
	       mim_kind_takes_btf(template->shape.type) &&
	       is_key_taken(template->shape.type, template->key_type);
}

/* Return: 0, also for types that BTF cannot say: the map is made without. -ENOMEM. */
static int add_types(struct mim_btf_build *build, struct mim_template *template)
{
	int key = 0, value;

	if (template->key_type.size)
		key = mim_btf_build_type(build, template->key_type);
	value = key < 0 ? key : mim_btf_build_type(build, template->value_type);
	if (value < 0)
		return value == -E2BIG ? 0 : -ENOMEM;
	template->btf_key = (uint32_t)key;
	template->btf_value = (uint32_t)value;
	return 0;
}

void mim_resolve_btf(struct mim_resolve *resolve)
{
	struct mim_topology *want = resolve->want;
	mim_auto_btf_build struct mim_btf_build *build = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < want->n_templates; i++) {
		if (!has_types(&want->templates[i]))
			continue;
		if (!build)
			build = mim_btf_build_new();
		r = build ? add_types(build, &want->templates[i]) : -ENOMEM;
	}
	if (r == 0 && build)
		r = mim_btf_build_data(build, &want->arena, &want->btf.data,
				       &want->btf.size);
	if (r < 0)
		mim_resolve_oom(resolve);
}

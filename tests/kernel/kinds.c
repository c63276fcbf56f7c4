/* SPDX-License-Identifier: BSD-2-Clause */
#include "kinds.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint32_t middle(const struct mim_size_rule *rule)
{
	return rule->least <= 8 && rule->most >= 8 && 8 % rule->multiple == 0
		       ? 8
		       : rule->least;
}

struct mim_shape kind_plain(const struct mim_kind *kind)
{
	return (struct mim_shape){
		.type = kind->type,
		.key_size = middle(&kind->key),
		.value_size = kind->value.least == 4 ? 4 : middle(&kind->value),
		.max_entries = kind->entries == MIM_ENTRIES_BUFFER ? 4096
			       : kind->entries == MIM_ENTRIES_ZERO ? 0
								   : 2,
		.flags = kind->flags_needed,
	};
}

int kind_create(struct mim_kernel *kernel, const struct mim_shape *shape, int inner)
{
	return mim_kernel_call(kernel, map_create, shape, "kind", inner, NULL);
}

int kind_create_inner_of(struct mim_kernel *kernel, const struct mim_kind *kind)
{
	const struct mim_shape inner = {.type = BPF_MAP_TYPE_HASH,
					.key_size = 4,
					.value_size = 4,
					.max_entries = 1};

	return kind->role == MIM_ROLE_OUTER ? kind_create(kernel, &inner, -1) : -1;
}

static bool is_unknown(struct mim_kernel *kernel, const struct mim_kind *kind)
{
	const struct mim_shape shape = kind_plain(kind);
	int inner = kind_create_inner_of(kernel, kind),
	    fd = kind_create(kernel, &shape, inner);

	if (inner >= 0)
		close(inner);
	if (fd >= 0)
		close(fd);
	return fd == -EINVAL && kind->type > BPF_MAP_TYPE_RINGBUF;
}

bool kind_can_be_made(struct mim_kernel *kernel, const struct mim_kind *kind)
{
	return kind->role != MIM_ROLE_NEEDS_BTF &&
	       strcmp(kind->name, "struct_ops") != 0 && !is_unknown(kernel, kind);
}

bool kind_is_inner(const struct mim_kind *kind)
{
	return kind->role == MIM_ROLE_INNER || kind->role == MIM_ROLE_INNER_EQUAL;
}

const char *kind_template(const char *name, const struct mim_shape *shape, char *text)
{
	char flags[MIM_FLAGS_TEXT];

	snprintf(text, KIND_TEXT,
		 "{name: %s, type: %s, key_size: %u, value_size: %u, max_entries: %u, "
		 "flags: %s, map_extra: %lu}",
		 name, mim_kind_name(shape->type), shape->key_size, shape->value_size,
		 shape->max_entries, mim_flags_text(shape->flags, flags),
		 (unsigned long)shape->map_extra);
	return text;
}

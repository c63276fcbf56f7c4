// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/*
 * One record for each map of the kernel, with what bpf_map_info does not tell: the inner
 * template of an outer map, also of an empty one, and whether a map is frozen.
 *
 * The kernel's structs are declared as far as they are used; CO-RE finds the members
 * where the running kernel has them. Loads from 5.8 on.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel/record.h"

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

/* map_type has to be the enum: a relocation to a plain integer does not match. */
struct bpf_map {
	struct bpf_map *inner_map_meta;
	enum bpf_map_type map_type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u64 map_extra;
	__u32 map_flags;
	__u32 id;
	char name[MIM_RECORD_NAME_SIZE];
	_Bool frozen;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} __attribute__((preserve_access_index));

static __always_inline void take_shape(struct mim_record_shape *shape,
				       struct bpf_map *map)
{
	shape->type = map->map_type;
	shape->key_size = map->key_size;
	shape->value_size = map->value_size;
	shape->max_entries = map->max_entries;
	shape->flags = map->map_flags;
	/* 5.16 */
	if (bpf_core_field_exists(map->map_extra))
		shape->map_extra = map->map_extra;
}

SEC("iter/bpf_map")
int mimctl_maps(struct bpf_iter__bpf_map *ctx)
{
	struct mim_record record = {};
	struct bpf_map *map = ctx->map, *inner;

	if (!map)
		return 0;
	record.id = map->id;
	record.frozen = map->frozen;
	bpf_probe_read_kernel(record.name, sizeof(record.name), map->name);
	take_shape(&record.map, map);
	inner = map->inner_map_meta;
	if (inner) {
		record.has_inner = 1;
		take_shape(&record.inner, inner);
	}
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#ifndef MIM_KERNEL_RECORD_H
#define MIM_KERNEL_RECORD_H

#include <linux/types.h>

/**
 * DOC: what the iterator program writes for each map
 *
 * Shared between the program and the library; both sides of one build, so the layout can
 * change freely.
 */

#define MIM_RECORD_NAME_SIZE 16

struct mim_record_shape {
	__u64 map_extra;
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 flags;
	__u32 unused;
};

struct mim_record {
	__u32 id;
	__u32 frozen;
	__u32 has_inner;
	__u32 unused;
	char name[MIM_RECORD_NAME_SIZE];
	struct mim_record_shape map;
	struct mim_record_shape inner;
};

#endif

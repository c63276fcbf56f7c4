/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/kind.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

/* Newer than Debian 12's uapi headers: 6.9, 6.10. */
#define F_SEGV_ON_FAULT	  (1U << 17)
#define F_NO_USER_CONV	  (1U << 18)
#define TYPE_CGRP_STORAGE 32
#define TYPE_ARENA	  33

#define ACCESS	       (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
#define SYSCALL_ACCESS (BPF_F_RDONLY | BPF_F_WRONLY)
#define HASH	       (BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED | ACCESS)
#define LRU	       (BPF_F_NO_COMMON_LRU | BPF_F_ZERO_SEED | ACCESS)

/* Keys and values beyond this fail on every kernel (KMALLOC_MAX_SIZE). */
#define MOST_BYTES (4U << 20)

#define NONE                                                                             \
	{                                                                                \
		0, 0, 1                                                                  \
	}
#define FOUR                                                                             \
	{                                                                                \
		4, 4, 1                                                                  \
	}
#define FOUR_OR_EIGHT                                                                    \
	{                                                                                \
		4, 8, 4                                                                  \
	}
#define BYTES                                                                            \
	{                                                                                \
		1, MOST_BYTES, 1                                                         \
	}

/* The kernel keeps them with sockets, tasks and the like, in objects of 64 KiB at most.
 */
#define LOCAL (BPF_F_NO_PREALLOC | BPF_F_CLONE)
#define LOCAL_BYTES                                                                      \
	{                                                                                \
		1, UINT16_MAX, 1                                                         \
	}

static const struct mim_kind kinds[] = {
	{"hash", BPF_MAP_TYPE_HASH, MIM_ROLE_INNER, HASH | BPF_F_NUMA_NODE, 0, 0, BYTES,
	 BYTES, MIM_ENTRIES_POSITIVE},
	{"array", BPF_MAP_TYPE_ARRAY, MIM_ROLE_INNER_EQUAL,
	 ACCESS | BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_INNER_MAP, 0, 0, FOUR, BYTES,
	 MIM_ENTRIES_POSITIVE},
	{"prog_array", BPF_MAP_TYPE_PROG_ARRAY, MIM_ROLE_REFUSED,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE, 0, 0, FOUR, FOUR, MIM_ENTRIES_POSITIVE},
	{"perf_event_array", BPF_MAP_TYPE_PERF_EVENT_ARRAY, MIM_ROLE_INNER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE | BPF_F_PRESERVE_ELEMS, 0, 0, FOUR, FOUR,
	 MIM_ENTRIES_POSITIVE},
	{"percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, MIM_ROLE_INNER, HASH, 0, 0, BYTES,
	 BYTES, MIM_ENTRIES_POSITIVE},
	{"percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, MIM_ROLE_INNER, ACCESS, 0, 0, FOUR,
	 BYTES, MIM_ENTRIES_POSITIVE},
	{"stack_trace",
	 BPF_MAP_TYPE_STACK_TRACE,
	 MIM_ROLE_INNER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE | BPF_F_STACK_BUILD_ID,
	 0,
	 0,
	 FOUR,
	 {8, MOST_BYTES, 8},
	 MIM_ENTRIES_POSITIVE},
	{"cgroup_array", BPF_MAP_TYPE_CGROUP_ARRAY, MIM_ROLE_INNER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE, 0, 0, FOUR, FOUR, MIM_ENTRIES_POSITIVE},
	{"lru_hash", BPF_MAP_TYPE_LRU_HASH, MIM_ROLE_INNER, LRU | BPF_F_NUMA_NODE, 0, 0,
	 BYTES, BYTES, MIM_ENTRIES_POSITIVE},
	{"lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, MIM_ROLE_INNER, LRU, 0, 0,
	 BYTES, BYTES, MIM_ENTRIES_POSITIVE},
	{"lpm_trie",
	 BPF_MAP_TYPE_LPM_TRIE,
	 MIM_ROLE_INNER,
	 BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ACCESS,
	 BPF_F_NO_PREALLOC,
	 0,
	 {5, 260, 1},
	 BYTES,
	 MIM_ENTRIES_POSITIVE},
	{"array_of_maps", BPF_MAP_TYPE_ARRAY_OF_MAPS, MIM_ROLE_OUTER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE, 0, 0, FOUR, FOUR, MIM_ENTRIES_POSITIVE},
	{"hash_of_maps", BPF_MAP_TYPE_HASH_OF_MAPS, MIM_ROLE_OUTER,
	 HASH | BPF_F_NUMA_NODE, 0, 0, BYTES, FOUR, MIM_ENTRIES_POSITIVE},
	{"devmap", BPF_MAP_TYPE_DEVMAP, MIM_ROLE_INNER, SYSCALL_ACCESS | BPF_F_NUMA_NODE,
	 0, BPF_F_RDONLY_PROG, FOUR, FOUR_OR_EIGHT, MIM_ENTRIES_POSITIVE},
	{"sockmap", BPF_MAP_TYPE_SOCKMAP, MIM_ROLE_INNER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE, 0, 0, FOUR, FOUR_OR_EIGHT,
	 MIM_ENTRIES_POSITIVE},
	{"cpumap", BPF_MAP_TYPE_CPUMAP, MIM_ROLE_INNER, BPF_F_NUMA_NODE, 0, 0, FOUR,
	 FOUR_OR_EIGHT, MIM_ENTRIES_POSITIVE},
	{"xskmap", BPF_MAP_TYPE_XSKMAP, MIM_ROLE_INNER_EQUAL,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE, 0, 0, FOUR, FOUR, MIM_ENTRIES_POSITIVE},
	{"sockhash",
	 BPF_MAP_TYPE_SOCKHASH,
	 MIM_ROLE_INNER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE,
	 0,
	 0,
	 {1, 512, 1},
	 FOUR_OR_EIGHT,
	 MIM_ENTRIES_POSITIVE},
	{"cgroup_storage",
	 BPF_MAP_TYPE_CGROUP_STORAGE,
	 MIM_ROLE_REFUSED,
	 ACCESS | BPF_F_NUMA_NODE,
	 0,
	 0,
	 {8, 16, 8},
	 BYTES,
	 MIM_ENTRIES_ZERO},
	{"reuseport_sockarray", BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, MIM_ROLE_INNER,
	 ACCESS | BPF_F_NUMA_NODE, 0, 0, FOUR, FOUR_OR_EIGHT, MIM_ENTRIES_POSITIVE},
	{"percpu_cgroup_storage",
	 BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
	 MIM_ROLE_REFUSED,
	 ACCESS | BPF_F_NUMA_NODE,
	 0,
	 0,
	 {8, 16, 8},
	 BYTES,
	 MIM_ENTRIES_ZERO},
	{"queue", BPF_MAP_TYPE_QUEUE, MIM_ROLE_INNER, ACCESS | BPF_F_NUMA_NODE, 0, 0,
	 NONE, BYTES, MIM_ENTRIES_POSITIVE},
	{"stack", BPF_MAP_TYPE_STACK, MIM_ROLE_INNER, ACCESS | BPF_F_NUMA_NODE, 0, 0,
	 NONE, BYTES, MIM_ENTRIES_POSITIVE},
	{"sk_storage", BPF_MAP_TYPE_SK_STORAGE, MIM_ROLE_NEEDS_BTF, LOCAL,
	 BPF_F_NO_PREALLOC, 0, FOUR, LOCAL_BYTES, MIM_ENTRIES_ZERO},
	{"devmap_hash", BPF_MAP_TYPE_DEVMAP_HASH, MIM_ROLE_INNER,
	 SYSCALL_ACCESS | BPF_F_NUMA_NODE, 0, BPF_F_RDONLY_PROG, FOUR, FOUR_OR_EIGHT,
	 MIM_ENTRIES_POSITIVE},
	{"struct_ops", BPF_MAP_TYPE_STRUCT_OPS, MIM_ROLE_REFUSED, 0, 0, 0, FOUR, BYTES,
	 MIM_ENTRIES_POSITIVE},
	{"ringbuf", BPF_MAP_TYPE_RINGBUF, MIM_ROLE_INNER, BPF_F_NUMA_NODE, 0, 0, NONE,
	 NONE, MIM_ENTRIES_BUFFER},
	{"inode_storage", BPF_MAP_TYPE_INODE_STORAGE, MIM_ROLE_NEEDS_BTF, LOCAL,
	 BPF_F_NO_PREALLOC, 0, FOUR, LOCAL_BYTES, MIM_ENTRIES_ZERO},
	{"task_storage", BPF_MAP_TYPE_TASK_STORAGE, MIM_ROLE_NEEDS_BTF, LOCAL,
	 BPF_F_NO_PREALLOC, 0, FOUR, LOCAL_BYTES, MIM_ENTRIES_ZERO},
	{"bloom_filter", BPF_MAP_TYPE_BLOOM_FILTER, MIM_ROLE_INNER,
	 ACCESS | BPF_F_NUMA_NODE | BPF_F_ZERO_SEED, 0, 0, NONE, BYTES,
	 MIM_ENTRIES_POSITIVE},
	{"user_ringbuf", BPF_MAP_TYPE_USER_RINGBUF, MIM_ROLE_INNER, BPF_F_NUMA_NODE, 0, 0,
	 NONE, NONE, MIM_ENTRIES_BUFFER},
	{"cgrp_storage", TYPE_CGRP_STORAGE, MIM_ROLE_NEEDS_BTF, LOCAL, BPF_F_NO_PREALLOC,
	 0, FOUR, LOCAL_BYTES, MIM_ENTRIES_ZERO},
	{"arena", TYPE_ARENA, MIM_ROLE_INNER,
	 BPF_F_MMAPABLE | F_SEGV_ON_FAULT | F_NO_USER_CONV, BPF_F_MMAPABLE, 0, NONE, NONE,
	 MIM_ENTRIES_POSITIVE},
};

static const struct mim_flag flags_by_bit[] = {
	{"no_prealloc", BPF_F_NO_PREALLOC}, {"no_common_lru", BPF_F_NO_COMMON_LRU},
	{"numa_node", BPF_F_NUMA_NODE},	    {"rdonly", BPF_F_RDONLY},
	{"wronly", BPF_F_WRONLY},	    {"stack_build_id", BPF_F_STACK_BUILD_ID},
	{"zero_seed", BPF_F_ZERO_SEED},	    {"rdonly_prog", BPF_F_RDONLY_PROG},
	{"wronly_prog", BPF_F_WRONLY_PROG}, {"clone", BPF_F_CLONE},
	{"mmapable", BPF_F_MMAPABLE},	    {"preserve_elems", BPF_F_PRESERVE_ELEMS},
	{"inner_map", BPF_F_INNER_MAP},	    {"segv_on_fault", F_SEGV_ON_FAULT},
	{"no_user_conv", F_NO_USER_CONV},
};

enum mim_contents mim_kind_contents(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_DEVMAP_HASH:
		return MIM_CONTENTS_KEYS;
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_CPUMAP:
		return MIM_CONTENTS_ARRAY;
	default:
		return MIM_CONTENTS_HIDDEN;
	}
}

enum mim_fill mim_kind_fill(uint32_t type)
{
	if (mim_kind_contents(type) != MIM_CONTENTS_HIDDEN)
		return MIM_FILL_KEYS;
	return type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK ||
			       type == BPF_MAP_TYPE_BLOOM_FILTER
		       ? MIM_FILL_VALUES
		       : MIM_FILL_NOT;
}

bool mim_kind_is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool mim_kind_is_lru(uint32_t type)
{
	return type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool mim_kind_can_copy(uint32_t type)
{
	/* These give the id of a program where they want a descriptor. */
	return mim_kind_contents(type) != MIM_CONTENTS_HIDDEN &&
	       type != BPF_MAP_TYPE_DEVMAP && type != BPF_MAP_TYPE_DEVMAP_HASH &&
	       type != BPF_MAP_TYPE_CPUMAP;
}

bool mim_kind_takes_btf(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
	case BPF_MAP_TYPE_BLOOM_FILTER:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case TYPE_CGRP_STORAGE:
		return true;
	default:
		return false;
	}
}

const struct mim_kind *mim_kinds(size_t *ret_n)
{
	*ret_n = MIM_ARRAY_SIZE(kinds);
	return kinds;
}

const struct mim_kind *mim_kind_by_name(const char *name)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct mim_kind *mim_kind_by_type(uint32_t type)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

const char *mim_kind_name(uint32_t type)
{
	const struct mim_kind *kind = mim_kind_by_type(type);

	return kind ? kind->name : "unknown";
}

const struct mim_flag *mim_flags(size_t *ret_n)
{
	*ret_n = MIM_ARRAY_SIZE(flags_by_bit);
	return flags_by_bit;
}

const struct mim_flag *mim_flag_by_name(const char *name)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(flags_by_bit); i++)
		if (strcmp(flags_by_bit[i].name, name) == 0)
			return &flags_by_bit[i];
	return NULL;
}

const char *mim_flags_text(uint32_t flags, char *text)
{
	size_t used = 1;

	memcpy(text, "[", 2);
	for (size_t i = 0; i < MIM_ARRAY_SIZE(flags_by_bit); i++) {
		if (!(flags & flags_by_bit[i].bit))
			continue;
		used += (size_t)snprintf(text + used, MIM_FLAGS_TEXT - used, "%s%s",
					 used > 1 ? ", " : "", flags_by_bit[i].name);
		flags &= ~flags_by_bit[i].bit;
	}
	if (flags)
		used += (size_t)snprintf(text + used, MIM_FLAGS_TEXT - used, "%s0x%x",
					 used > 1 ? ", " : "", flags);
	snprintf(text + used, MIM_FLAGS_TEXT - used, "]");
	return text;
}

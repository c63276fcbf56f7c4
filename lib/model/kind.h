/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_KIND_H
#define MIM_MODEL_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"

/**
 * enum mim_role - what a map type can be in a hierarchy
 * @MIM_ROLE_INNER: any inner max_entries fits its template
 * @MIM_ROLE_INNER_EQUAL: max_entries must equal the template's; for array only unless
 *	both carry BPF_F_INNER_MAP (5.10, kernel commit 4a8f87e60f6d)
 * @MIM_ROLE_OUTER: array_of_maps and hash_of_maps; never inside another (EINVAL)
 * @MIM_ROLE_REFUSED: the kernel has no map_meta_equal for it, 524
 * @MIM_ROLE_NEEDS_BTF: inner too, but only created with BTF for its key, an integer of
 *	four bytes, and its value; max_entries is 0 (bpf_local_storage_map_alloc_check)
 */
enum mim_role {
	MIM_ROLE_INNER,
	MIM_ROLE_INNER_EQUAL,
	MIM_ROLE_OUTER,
	MIM_ROLE_REFUSED,
	MIM_ROLE_NEEDS_BTF,
};

/** enum mim_entries_rule - what the kernel wants of max_entries */
enum mim_entries_rule {
	MIM_ENTRIES_POSITIVE, /* 1 or more */
	MIM_ENTRIES_BUFFER,   /* bytes: a power of two and a multiple of the page size */
	MIM_ENTRIES_ZERO,     /* the kernel sizes it by itself */
};

/** struct mim_size_rule - which sizes, in bytes, a map type takes */
struct mim_size_rule {
	uint32_t least;
	uint32_t most;
	uint32_t multiple;
};

/**
 * struct mim_kind - a map type of the kernel
 * @name: as bpftool prints it
 * @type: BPF_MAP_TYPE_*
 * @flags: BPF_F_* that creation accepts (kernel 6.18; older kernels accept a subset)
 * @flags_needed: creation is refused without them
 * @flags_added: the kernel stores them by itself
 */
struct mim_kind {
	const char *name;
	uint32_t type;
	enum mim_role role;
	uint32_t flags;
	uint32_t flags_needed;
	uint32_t flags_added;
	struct mim_size_rule key;
	struct mim_size_rule value;
	enum mim_entries_rule entries;
};

/**
 * enum mim_contents - what user space can learn of what is in a map
 * @MIM_CONTENTS_KEYS: its keys can be walked, and each has a value
 * @MIM_CONTENTS_ARRAY: every index has a value from the start, all zero
 */
enum mim_contents { MIM_CONTENTS_HIDDEN, MIM_CONTENTS_KEYS, MIM_CONTENTS_ARRAY };

/** mim_kind_contents() - of a map of that type */
enum mim_contents mim_kind_contents(uint32_t type);

/**
 * enum mim_fill - what can be declared to be in a map
 * @MIM_FILL_NOT: what only the kernel or a descriptor can put there
 * @MIM_FILL_KEYS: keys and values
 * @MIM_FILL_VALUES: values, which are put in one after the other, and cannot be read back
 *	without taking them out
 */
enum mim_fill { MIM_FILL_NOT, MIM_FILL_KEYS, MIM_FILL_VALUES };

/** mim_kind_fill() - of a map of that type */
enum mim_fill mim_kind_fill(uint32_t type);

/** mim_kind_can_copy() - does a value that is read mean the same when it is written? */
bool mim_kind_can_copy(uint32_t type);

/**
 * mim_kind_is_lru() - does it evict entries, also before it is full?
 *
 * A CPU keeps up to 128 free elements for itself (kernel/bpf/bpf_lru_list.c).
 */
bool mim_kind_is_lru(uint32_t type);

/** mim_kind_is_per_cpu() - has each entry a value for each possible CPU? */
bool mim_kind_is_per_cpu(uint32_t type);

/**
 * mim_kind_takes_btf() - can such a map have BTF types for its key and value?
 *
 * Measured on Linux 6.18: perf_event_array, stack_trace, cgroup_array, devmaps, cpumap,
 * xskmap, sockmap and sockhash refuse them with 524, queue and stack with EINVAL.
 */
bool mim_kind_takes_btf(uint32_t type);

/** mim_kinds() - every map type that mimctl knows, in the kernel's order */
MIM_PUBLIC const struct mim_kind *mim_kinds(size_t *ret_n);

/** mim_kind_by_name() - Return: the map type called @name, or NULL */
const struct mim_kind *mim_kind_by_name(const char *name);

/** mim_kind_by_type() - Return: the map type with the kernel's number, or NULL */
const struct mim_kind *mim_kind_by_type(uint32_t type);

/** mim_kind_name() - Return: name of a map type, "unknown" for one newer than mimctl */
MIM_PUBLIC const char *mim_kind_name(uint32_t type);

/** struct mim_flag - a creation flag: the kernel's name in lower case without BPF_F_ */
struct mim_flag {
	const char *name;
	uint32_t bit;
};

MIM_PUBLIC const struct mim_flag *mim_flags(size_t *ret_n);

/** mim_flag_by_name() - Return: the flag, or NULL */
const struct mim_flag *mim_flag_by_name(const char *name);

/** enough for all flag names at once */
#define MIM_FLAGS_TEXT 256

/**
 * mim_flags_text() - names of the bits in @flags, "[a, b]", unknown bits in hex
 * @text: at least MIM_FLAGS_TEXT bytes
 * Return: @text.
 */
MIM_PUBLIC const char *mim_flags_text(uint32_t flags, char *text);

#endif

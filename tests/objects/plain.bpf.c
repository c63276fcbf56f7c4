// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/*
 * The structs that section "maps" has held: four numbers, libbpf's five, six and ten with
 * and without more, the seven of the kernel's samples, and iproute2's nine.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct definition {
	__u32 numbers[NUMBERS];
};

#define MAP(name_, ...) struct definition name_ SEC("maps") = {{__VA_ARGS__}}

#if NUMBERS == 4
MAP(first, BPF_MAP_TYPE_HASH, 4, 8, 16);
MAP(second, BPF_MAP_TYPE_ARRAY, 4, 12, 3);
#elif NUMBERS == 9
/* type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx */
MAP(inner, BPF_MAP_TYPE_ARRAY, 4, 8, 16, 0, 7, 0, 0, 2);
MAP(other, BPF_MAP_TYPE_ARRAY, 4, 8, 16, 0, 7, 0, 0, 0);
MAP(unbound, BPF_MAP_TYPE_ARRAY, 4, 8, 16, 0, 7, 0, 0, -1);
MAP(outer, BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 0, 4, 0, 0, 2, 7, 0);
MAP(by_hash, BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 4, BPF_F_NO_PREALLOC, 8, 1, 7, 0);
MAP(own, BPF_MAP_TYPE_HASH, 4, 4, 4, 0, 0, 1, 0, -1);
MAP(elsewhere, BPF_MAP_TYPE_HASH, 4, 4, 4, 0, 0, 12, 0, -1);
#else
MAP(first, BPF_MAP_TYPE_HASH, 4, 8, 16, BPF_F_NO_PREALLOC);
MAP(second, BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 3, 0 EXTRA);
#endif

char _license[] SEC("license") = "Dual BSD/GPL";

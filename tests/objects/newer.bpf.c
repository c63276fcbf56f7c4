// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* What libbpf takes from 1.5 on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* As __ulong(map_extra, 4) is written out. */
struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 10);
	__type(value, __u32);
	enum { hashes = 4 } map_extra;
} seen SEC(".maps");

char _license[] SEC("license") = "Dual BSD/GPL";

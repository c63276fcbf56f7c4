// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Reads a whole inner map in one run: are all its values of one generation? */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define KEYS 64

struct table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KEYS);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct table);
} tables SEC(".maps");

/* 0: runs; 1: of them with values of two generations; 2: with a key that is missing */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		*n += 1;
}

SEC("xdp")
int read_all(struct xdp_md *ctx)
{
	__u32 slot = 1;
	__u64 first = 0;
	void *table = bpf_map_lookup_elem(&tables, &slot);
	int mixed = 0, missing = 0;

	if (!table)
		return XDP_PASS;
	for (__u32 i = 0; i < KEYS; i++) {
		__u32 key = i;
		__u64 *value = bpf_map_lookup_elem(table, &key);

		if (!value) {
			missing = 1;
			continue;
		}
		if (i == 0)
			first = *value;
		if (*value != first)
			mixed = 1;
	}
	count(0);
	if (mixed)
		count(1);
	if (missing)
		count(2);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

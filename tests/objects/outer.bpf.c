// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Maps of maps as libbpf's users define them, with slots that libbpf fills. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Another build of the same program has other values. */
#ifndef VALUE
#define VALUE __u64
#endif

struct table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, VALUE);
};

struct table web SEC(".maps");
struct table mail SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 500);
	__type(key, __u32);
	__type(value, __u64);
} big SEC(".maps");

/* In no slot and not pinned: the loader's own. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__array(values, struct table);
} services SEC(".maps") = {
	.values = {[7] = &web, [2] = &mail, [9] = &web},
};

/* The other way to say what the slots take. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__uint(map_flags, BPF_F_NUMA_NODE);
	struct table *values[];
} tenants SEC(".maps") = {
	.values = {[0] = (void *)&big, [3] = &web},
};

/* What its slots take is given as a map is defined. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 32);
		__uint(map_flags, BPF_F_INNER_MAP);
		__type(key, int);
		__type(value, __be32);
	});
} routes SEC(".maps");

#ifndef WITHOUT_DYNAMIC
/* What its slots take, only the loader knows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __be16);
	__uint(value_size, 4);
} dynamic SEC(".maps");
#endif

SEC("tc") int lookup(struct __sk_buff *skb)
{
	__u32 key = skb->len;
	void *table = bpf_map_lookup_elem(&services, &key);
	VALUE *value = table ? bpf_map_lookup_elem(table, &key) : NULL;

	return value != NULL;
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Looks up every slot of two outer maps and counts what it does not find there. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "reader.h"

struct table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, READER_SLOTS);
	__type(key, __u32);
	__array(values, struct table);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, READER_SLOTS);
	__type(key, __u32);
	__array(values, struct table);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct reader_seen);
} seen SEC(".maps");

static __always_inline void look(void *outer, __u32 slot, struct reader_seen *seen)
{
	__u32 zero = 0;
	void *inner = bpf_map_lookup_elem(outer, &slot);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &zero) : 0;

	seen->lookups++;
	if (!value)
		seen->misses++;
	else if (*value == READER_VALUE(0, slot))
		seen->of_set[0]++;
	else if (*value == READER_VALUE(1, slot))
		seen->of_set[1]++;
	else
		seen->foreign++;
}

SEC("tc")
int read_slots(struct __sk_buff *skb)
{
	__u32 first = 0, second = 1;
	struct reader_seen *of_array = bpf_map_lookup_elem(&seen, &first);
	struct reader_seen *of_hash = bpf_map_lookup_elem(&seen, &second);

	if (!of_array || !of_hash)
		return 0;
	for (__u32 slot = 0; slot < READER_SLOTS; slot++) {
		look(&array, slot, of_array);
		look(&hash, slot, of_hash);
	}
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

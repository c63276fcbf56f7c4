// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Definitions that libbpf refuses, one for each CASE. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HASH                                                                             \
	__uint(type, BPF_MAP_TYPE_HASH);                                                 \
	__uint(max_entries, 8);                                                          \
	__type(key, __u32)

struct table {
	HASH;
	__type(value, __u32);
};

#if defined(CASE_no_type)
struct {
	__type(key, __u32);
} map SEC(".maps");
#elif defined(CASE_unknown_member)
struct {
	HASH;
	__uint(colour, 3);
} map SEC(".maps");
#elif defined(CASE_not_a_number)
struct {
	HASH;
	int *map_flags;
} map SEC(".maps");
#elif defined(CASE_not_a_pointer)
struct {
	HASH;
	int numa_node;
} map SEC(".maps");
#elif defined(CASE_not_a_type)
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	int key;
} map SEC(".maps");
#elif defined(CASE_no_size)
struct nowhere;
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct nowhere);
} map SEC(".maps");
#elif defined(CASE_sizes_differ)
struct {
	HASH;
	__uint(key_size, 8);
} map SEC(".maps");
#elif defined(CASE_pinning)
struct {
	HASH;
	__uint(pinning, 7);
} map SEC(".maps");
#elif defined(CASE_values_in_hash)
struct {
	HASH;
	__array(values, struct table);
} map SEC(".maps");
#elif defined(CASE_values_not_last)
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	struct table *values[0];
	__uint(max_entries, 8);
} map SEC(".maps");
#elif defined(CASE_values_of_int)
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__array(values, int);
} map SEC(".maps");
#elif defined(CASE_values_size)
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(value_size, 8);
	__array(values, struct table);
} map SEC(".maps");
#elif defined(CASE_two_levels)
struct level {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__array(values, struct table);
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__array(values, struct level);
} map SEC(".maps");
#elif defined(CASE_inner_pinning)
struct pinned {
	HASH;
	__uint(pinning, LIBBPF_PIN_BY_NAME);
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__array(values, struct pinned);
} map SEC(".maps");
#elif defined(CASE_static)
static struct table map SEC(".maps");
SEC("tc") int use(struct __sk_buff *skb)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&map, &key) != NULL;
}
#elif defined(CASE_not_a_struct)
int map SEC(".maps") = 1;
#elif defined(CASE_slot_past_end)
struct table inner SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__array(values, struct table);
} map SEC(".maps") = {.values = {[2] = &inner}};
#elif defined(CASE_slot_of_outer)
struct level {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__array(values, struct table);
} inner SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__array(values, struct table);
} map SEC(".maps") = {.values = {[1] = (void *)&inner}};
#elif defined(CASE_slot_elsewhere)
struct table inner SEC(".data");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__array(values, struct table);
} map SEC(".maps") = {.values = {[1] = &inner}};
#elif defined(CASE_no_slot)
struct table inner SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__array(values, struct table);
} map SEC(".maps") = {.key = (void *)&inner};
#elif defined(CASE_mixed_sizes)
struct {
	__u32 numbers[5];
} map SEC("maps") = {{BPF_MAP_TYPE_HASH, 4, 4, 4}};
struct {
	__u32 numbers[9];
} other SEC("maps") = {{BPF_MAP_TYPE_HASH, 4, 4, 4}};
#elif defined(CASE_too_small)
struct {
	__u32 numbers[3];
} map SEC("maps") = {{BPF_MAP_TYPE_HASH, 4, 4}};
#elif defined(CASE_inner_id)
struct {
	__u32 numbers[9];
} map SEC("maps") = {{BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4, 0, 0, 0, 3, 0}};
#elif defined(CASE_plain_no_type)
struct {
	__u32 numbers[5];
} map SEC("maps") = {{0, 4, 4, 4}};
#elif defined(CASE_same_slot)
struct definition {
	__u32 numbers[9];
};
struct definition one SEC("maps") = {{BPF_MAP_TYPE_HASH, 4, 4, 4, 0, 3, 0, 0, 1}};
struct definition two SEC("maps") = {{BPF_MAP_TYPE_HASH, 4, 4, 4, 0, 3, 0, 0, 1}};
struct definition map SEC("maps") = {
	{BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4, 0, 0, 0, 3, 0}};
#elif defined(CASE_no_btf) || defined(CASE_other_order)
struct table map SEC(".maps");
#else
#error "no such case"
#endif

char _license[] SEC("license") = "Dual BSD/GPL";

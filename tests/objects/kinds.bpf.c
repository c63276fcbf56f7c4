// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Maps of every kind that a BTF definition can say something of. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __be16 port_t;

struct address {
	__u8 bytes[16];
	__u32 scope;
};

enum color { RED, GREEN };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__type(key, const volatile port_t);
	__type(value, struct address);
} by_port SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 100);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, 8);
	__uint(value_size, 12);
} by_prefix SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 3);
	__type(key, char[16]);
	__type(value, __s64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} by_name SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 3);
	__type(key, __u8[6]);
	__type(value, enum color);
	__uint(pinning, LIBBPF_PIN_NONE);
} by_mac SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 64);
	__uint(map_extra, 3);
	__type(value, __u32);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} events SEC(".maps");

/* How many, the loader decides. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(key_size, 4);
	__type(key, __u32);
	__type(value, __u64[3]);
	__uint(value_size, 24);
	__uint(max_entries, 2);
} twice_the_same SEC(".maps");

int tail(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, 4);
	__uint(max_entries, 4);
	__array(values, int(struct __sk_buff *));
} calls SEC(".maps") = {
	.values = {[1] = &tail},
};

SEC("tc") int tail(struct __sk_buff *skb)
{
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/*
 * Three programs that look things up in one outer map, each for a loader of its own:
 * WHO counts the packets that it sees in the inner map for UDP port 80.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __u16);
#if WHO == 0
	/* tc has no other way to say where it is. */
	__uint(pinning, LIBBPF_PIN_BY_NAME);
#endif
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 3);
		__type(key, __u32);
		__type(value, __u64);
	});
} services SEC(".maps");

#if WHO == 0
#define SECTION "tc"
#define PROGRAM share_tc
#define PASS	0
#elif WHO == 1
#define SECTION "cgroup_skb/egress"
#define PROGRAM share_egress
#define PASS	1
#else
#define SECTION "cgroup_skb/ingress"
#define PROGRAM share_ingress
#define PASS	1
#endif

SEC(SECTION) int PROGRAM(struct __sk_buff *skb)
{
	__u16 port = 80;
	__u32 who = WHO;
	void *counters = bpf_map_lookup_elem(&services, &port);
	__u64 *count = counters ? bpf_map_lookup_elem(counters, &who) : NULL;

	if (count)
		__sync_fetch_and_add(count, 1);
	return PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

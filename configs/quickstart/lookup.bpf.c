/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Two lookups, as a load balancer does them: the packet's destination port finds a table
 * of backends in "services", and the table's first entry is the backend. The program
 * returns it, and leaves it in "result" as well; 0 when there is none.
 *
 * The declarations say what the program expects. The maps themselves are mimctl's: the
 * loader gives the program the outer map that is pinned, and makes only "result".
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Ethernet and IPv4 without options come before the ports, the source port first. */
#define DESTINATION_PORT (14 + 20 + 2)

struct backends {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __be32);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __be16);
	__array(values, struct backends);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} result SEC(".maps");

static __u32 find(struct __sk_buff *skb)
{
	__u32 first = 0;
	__be32 *backend;
	__be16 port;
	void *table;

	if (bpf_skb_load_bytes(skb, DESTINATION_PORT, &port, sizeof(port)) < 0)
		return 0;
	table = bpf_map_lookup_elem(&services, &port);
	if (!table)
		return 0;
	backend = bpf_map_lookup_elem(table, &first);
	return backend ? bpf_ntohl(*backend) : 0;
}

SEC("tc")
int lookup(struct __sk_buff *skb)
{
	__u32 first = 0, found = find(skb);

	bpf_map_update_elem(&result, &first, &found, BPF_ANY);
	return found;
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* A loader's map of maps, for the tests: pinned by libbpf under its own name. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__array(values, struct table);
} services SEC(".maps");

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Structs in all the ways that C lays them out, as keys and values of pinned maps. */
#include <linux/bpf.h>
#include <linux/in6.h>
#include <bpf/bpf_helpers.h>

typedef __be32 ipv4;

struct flow_key {
	__be32 source;
	ipv4 target;
	__be16 ports[2];
	__u8 protocol;
	char zone[7];
};

enum verdict { DROP, PASS };
enum signed_verdict { WORSE = -1, SAME, BETTER };

struct limits {
	__u64 rate;
	__u8 weights[2][3];
	__u32 bursts[2][3];
};

typedef struct {
	__u16 low;
	__u16 high;
} range_t;

struct __attribute__((packed)) tagged {
	__u8 tag;
	__u32 number;
	range_t range;
};

struct flow {
	struct limits limits;
	struct tagged tags[2];
	range_t range;
	enum verdict verdict;
	enum signed_verdict change;
	_Bool seen;
	struct in6_addr via;
	struct {
		__u16 inner;
		__s16 small;
	};
	struct {
		__u8 x;
	} dot;
};

struct with_union {
	__u32 kind;
	union {
		__u64 number;
		__u8 bytes[8];
	} value;
};

struct with_anonymous_union {
	__u32 kind;
	union {
		__u64 number;
		__u8 bytes[8];
	};
};

struct with_bits {
	__u32 low : 3;
	__u32 high : 29;
};

struct around_bits {
	__u16 port;
	struct with_bits bits;
};

struct with_pointer {
	void *next;
};

struct with_float {
	double number;
};

struct wide {
	__int128 number;
};

/* What is in it does not lie where its own fields would. */
struct spread {
	struct {
		__u16 inner;
		__s8 small;
	};
	__u8 last;
};

struct texts {
	char names[2][8];
};

struct aligned {
	__u32 number;
} __attribute__((aligned(32)));

struct mac {
	__u8 bytes[8];
};

#define MAP(name_, key_, value_)                                                         \
	struct {                                                                         \
		__uint(type, BPF_MAP_TYPE_HASH);                                         \
		__uint(max_entries, 8);                                                  \
		__uint(pinning, LIBBPF_PIN_BY_NAME);                                     \
		__type(key, key_);                                                       \
		__type(value, value_);                                                   \
	} name_ SEC(".maps")

MAP(flows, struct flow_key, struct flow);
MAP(again, struct flow_key, struct flow);
MAP(unions, __u32, struct with_union);
MAP(anonymous, __u32, struct with_anonymous_union);
MAP(bits, struct with_bits, struct around_bits);
MAP(pointers, __u32, struct with_pointer);
MAP(floats, __u32, struct with_float);
MAP(wides, __u32, struct wide);
MAP(aligneds, __u32, struct aligned);
MAP(spreads, __u32, struct spread);
MAP(textses, __u32, struct texts);
MAP(macs, struct mac, range_t);
MAP(lists, __u32, struct tagged[3]);

char _license[] SEC("license") = "Dual BSD/GPL";

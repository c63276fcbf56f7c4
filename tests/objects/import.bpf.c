// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)

/* Objects that a description cannot be made of, or not of all in them; one a CASE. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
};

#define OUTER(key_, entries_)                                                            \
	struct {                                                                         \
		__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);                                 \
		__uint(max_entries, entries_);                                           \
		__type(key, key_);                                                       \
		__array(values, struct table);                                           \
	}

struct table web SEC(".maps");
struct table mail SEC(".maps");

#if defined(CASE_wide_key)
OUTER(__u64, 8) outer SEC(".maps") = {.values = {[1] = &web}};
#elif defined(CASE_narrow_key)
OUTER(__u8, 8) outer SEC(".maps") = {.values = {[1] = &web, [257] = &mail}};
#elif defined(CASE_network_key)
OUTER(__be16, 8) outer SEC(".maps") = {.values = {[80] = &web}};
#elif defined(CASE_too_many)
OUTER(__u32, 1) outer SEC(".maps") = {.values = {[1] = &web, [2] = &mail}};
#elif defined(CASE_misfit)
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} other SEC(".maps");
OUTER(__u32, 4) outer SEC(".maps") = {.values = {[1] = (void *)&other}};
#elif defined(CASE_left_out)
/* The one that stays. */
OUTER(__u32, 4) outer SEC(".maps");
OUTER(__u32, 4) mimctl SEC(".maps");
OUTER(__u32, 4)
a_name_of_more_than_sixty_three_characters_is_taken_by_compilers_only SEC(".maps");
OUTER(__u32, 0) sized_by_the_loader SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u64);
	__array(values, struct table);
} wide_index SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
		__uint(max_entries, 4);
		__uint(key_size, 4);
		__uint(value_size, 4);
	});
} of_programs SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} calls SEC(".maps");
struct {
	__uint(type, 77);
	__uint(max_entries, 4);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} from_the_future SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4);
	__uint(key_size, 8);
	__uint(value_size, 4);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} no_flags SEC(".maps");
#elif defined(CASE_names)
struct table services_of_the_first SEC(".maps");
struct table services_of_the_second SEC(".maps");
OUTER(__u32, 4) services_of_the_third SEC(".maps") = {
	.values = {[1] = &services_of_the_first, [2] = &services_of_the_second}};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 4);
		__type(key, __u32);
		__type(value, __u32);
	});
} a_name_of_sixty_characters_to_which_nothing_can_be_added_any SEC(".maps");
#elif defined(CASE_cut_names)
struct table aaaaaaaaaaaaaaab SEC(".maps"), aaaaaaaaaaaaaaa SEC(".maps");
struct table tenants_12345678 SEC(".maps"), tenants_12345679 SEC(".maps");
struct table tenants__95dd74 SEC(".maps");
OUTER(__u32, 8) outer SEC(".maps") = {
	.values = {[0] = &aaaaaaaaaaaaaaab, [1] = &aaaaaaaaaaaaaaa,
		   [2] = &tenants_12345678, [3] = &tenants_12345679,
		   [4] = &tenants__95dd74}};
#elif defined(CASE_templates)
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} eight SEC(".maps"), nine_not SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 9);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} nine SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 9);
	__type(key, __u32);
	__type(value, __s64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} written_in_another_way SEC(".maps");
OUTER(__u32, 4) outer SEC(".maps") = {.values = {[3] = &web}};
#else
#error "no such case"
#endif

char _license[] SEC("license") = "Dual BSD/GPL";

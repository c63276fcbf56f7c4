/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include "model/kind.h"
#include "model/shape.h"
#include "unit.h"

#define BIT(field) MIM_FIELD_BIT(MIM_FIELD_##field)

static const struct {
	struct mim_shape shape;
	enum mim_field field;
	const char *problem;
} problems[] = {
	{{BPF_MAP_TYPE_ARRAY, 4, 8, 1}, MIM_FIELD_KEY_SIZE, NULL},
	{{BPF_MAP_TYPE_ARRAY, 8, 8, 1},
	 MIM_FIELD_KEY_SIZE,
	 "key_size of array must be 4, not 8"},
	{{BPF_MAP_TYPE_HASH, 0, 8, 1},
	 MIM_FIELD_KEY_SIZE,
	 "key_size of hash must be 1 to 4194304, not 0"},
	{{BPF_MAP_TYPE_HASH, 1, 8, 1}, MIM_FIELD_KEY_SIZE, NULL},
	{{BPF_MAP_TYPE_HASH, 4, 0, 1},
	 MIM_FIELD_VALUE_SIZE,
	 "value_size of hash must be 1 to 4194304, not 0"},
	{{BPF_MAP_TYPE_LPM_TRIE, 5, 1, 1}, MIM_FIELD_KEY_SIZE, NULL},
	{{BPF_MAP_TYPE_LPM_TRIE, 260, 1, 1}, MIM_FIELD_KEY_SIZE, NULL},
	{{BPF_MAP_TYPE_LPM_TRIE, 4, 1, 1},
	 MIM_FIELD_KEY_SIZE,
	 "key_size of lpm_trie must be 5 to 260, not 4"},
	{{BPF_MAP_TYPE_LPM_TRIE, 261, 1, 1},
	 MIM_FIELD_KEY_SIZE,
	 "key_size of lpm_trie must be 5 to 260, not 261"},
	{{BPF_MAP_TYPE_DEVMAP, 4, 4, 1}, MIM_FIELD_VALUE_SIZE, NULL},
	{{BPF_MAP_TYPE_DEVMAP, 4, 8, 1}, MIM_FIELD_VALUE_SIZE, NULL},
	{{BPF_MAP_TYPE_DEVMAP, 4, 6, 1},
	 MIM_FIELD_VALUE_SIZE,
	 "value_size of devmap must be 4 or 8, not 6"},
	{{BPF_MAP_TYPE_STACK_TRACE, 4, 12, 1},
	 MIM_FIELD_VALUE_SIZE,
	 "value_size of stack_trace must be a multiple of 8, not 12"},
	{{BPF_MAP_TYPE_QUEUE, 4, 4, 1},
	 MIM_FIELD_KEY_SIZE,
	 "key_size of queue must be 0, not 4"},
	{{BPF_MAP_TYPE_HASH, 4, 4, 0},
	 MIM_FIELD_MAX_ENTRIES,
	 "max_entries of hash must be at least 1"},
	{{BPF_MAP_TYPE_HASH, 4, 4, 1}, MIM_FIELD_MAX_ENTRIES, NULL},
	{{BPF_MAP_TYPE_HASH, 4, 4, UINT32_MAX}, MIM_FIELD_MAX_ENTRIES, NULL},
	{{BPF_MAP_TYPE_SK_STORAGE, 4, 4, 1},
	 MIM_FIELD_MAX_ENTRIES,
	 "max_entries of sk_storage must be 0"},
	{{BPF_MAP_TYPE_RINGBUF, 0, 0, 4096}, MIM_FIELD_MAX_ENTRIES, NULL},
	{{BPF_MAP_TYPE_RINGBUF, 0, 0, 1U << 31}, MIM_FIELD_MAX_ENTRIES, NULL},
	{{BPF_MAP_TYPE_RINGBUF, 0, 0, 2048},
	 MIM_FIELD_MAX_ENTRIES,
	 "max_entries of ringbuf is its size in bytes and must be a power of two and a "
	 "multiple of the page size, not 2048"},
	{{BPF_MAP_TYPE_RINGBUF, 0, 0, 12288},
	 MIM_FIELD_MAX_ENTRIES,
	 "max_entries of ringbuf is its size in bytes and must be a power of two and a "
	 "multiple of the page size, not 12288"},
	{{BPF_MAP_TYPE_RINGBUF, 0, 0, 0},
	 MIM_FIELD_MAX_ENTRIES,
	 "max_entries of ringbuf is its size in bytes and must be a power of two and a "
	 "multiple of the page size, not 0"},
	{{BPF_MAP_TYPE_LPM_TRIE, 8, 4, 1, BPF_F_NO_PREALLOC}, MIM_FIELD_FLAGS, NULL},
	{{BPF_MAP_TYPE_LPM_TRIE, 8, 4, 1, 0},
	 MIM_FIELD_FLAGS,
	 "lpm_trie needs flags [no_prealloc]"},
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 1, BPF_F_NO_PREALLOC},
	 MIM_FIELD_FLAGS,
	 "array does not take flags [no_prealloc]"},
	{{BPF_MAP_TYPE_HASH, 4, 4, 1, BPF_F_MMAPABLE | BPF_F_INNER_MAP},
	 MIM_FIELD_FLAGS,
	 "hash does not take flags [mmapable, inner_map]"},
	{{BPF_MAP_TYPE_HASH, 4, 4, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG},
	 MIM_FIELD_FLAGS,
	 "flags rdonly_prog and wronly_prog exclude each other"},
	{{BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 1, 0, 0, 15}, MIM_FIELD_MAP_EXTRA, NULL},
	{{BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 1, 0, 0, 16},
	 MIM_FIELD_MAP_EXTRA,
	 "map_extra of bloom_filter is the number of hash functions, at most 15"},
	{{BPF_MAP_TYPE_HASH, 4, 4, 1, 0, 0, 1},
	 MIM_FIELD_MAP_EXTRA,
	 "hash takes no map_extra"},
	/* a type newer than mimctl is the kernel's to judge */
	{{4711, 0, 0, 0, UINT32_MAX}, MIM_FIELD_FLAGS, NULL},
};

START_TEST(what_the_kernel_refuses_is_said_in_words)
{
	char text[MIM_FIELD_TEXT] = "";
	bool found = mim_shape_problem(&problems[_i].shape, problems[_i].field, text);

	ck_assert_pstr_eq(found ? text : NULL, problems[_i].problem);
}
END_TEST

static const struct mim_shape some_hash = {BPF_MAP_TYPE_HASH, 4, 8, 100, 0, 0, 0};

static const struct {
	struct mim_shape other;
	uint32_t differs;
} differences[] = {
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, 0, 0, 0}, 0},
	{{BPF_MAP_TYPE_ARRAY, 4, 8, 100, 0, 0, 0}, BIT(TYPE)},
	{{BPF_MAP_TYPE_HASH, 2, 8, 100, 0, 0, 0}, BIT(KEY_SIZE)},
	{{BPF_MAP_TYPE_HASH, 4, 4, 100, 0, 0, 0}, BIT(VALUE_SIZE)},
	{{BPF_MAP_TYPE_HASH, 4, 8, 101, 0, 0, 0}, BIT(MAX_ENTRIES)},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, 1, 0, 0}, BIT(FLAGS)},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, 0, 3, 0}, 0}, /* the kernel does not tell it */
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, 0, 0, 1ULL << 40}, BIT(MAP_EXTRA)},
	{{BPF_MAP_TYPE_ARRAY, 2, 4, 1, 1, 0, 1},
	 BIT(TYPE) | BIT(KEY_SIZE) | BIT(VALUE_SIZE) | BIT(MAX_ENTRIES) | BIT(FLAGS) |
		 BIT(MAP_EXTRA)},
};

START_TEST(shapes_differ_in_every_attribute_but_the_numa_node)
{
	ck_assert_uint_eq(mim_shape_differs(&some_hash, &differences[_i].other),
			  differences[_i].differs);
	ck_assert_uint_eq(mim_shape_differs(&differences[_i].other, &some_hash),
			  differences[_i].differs);
}
END_TEST

static const struct {
	struct mim_shape template;
	struct mim_shape inner;
	uint32_t misfit;
} fits[] = {
	{{BPF_MAP_TYPE_HASH, 4, 8, 100}, {BPF_MAP_TYPE_HASH, 4, 8, 5}, 0},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100}, {BPF_MAP_TYPE_LRU_HASH, 4, 8, 100}, BIT(TYPE)},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100}, {BPF_MAP_TYPE_HASH, 8, 8, 100}, BIT(KEY_SIZE)},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100}, {BPF_MAP_TYPE_HASH, 4, 4, 100}, BIT(VALUE_SIZE)},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100}, {BPF_MAP_TYPE_HASH, 4, 8, 100, 1}, BIT(FLAGS)},
	/* map_extra is not compared by the kernel */
	{{BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 100, 0, 0, 3},
	 {BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 100, 0, 0, 5},
	 0},
	{{BPF_MAP_TYPE_ARRAY, 4, 8, 100}, {BPF_MAP_TYPE_ARRAY, 4, 8, 100}, 0},
	{{BPF_MAP_TYPE_ARRAY, 4, 8, 100},
	 {BPF_MAP_TYPE_ARRAY, 4, 8, 101},
	 BIT(MAX_ENTRIES)},
	{{BPF_MAP_TYPE_ARRAY, 4, 8, 100, BPF_F_INNER_MAP},
	 {BPF_MAP_TYPE_ARRAY, 4, 8, 101, BPF_F_INNER_MAP},
	 0},
	{{BPF_MAP_TYPE_ARRAY, 4, 8, 100, BPF_F_INNER_MAP},
	 {BPF_MAP_TYPE_ARRAY, 4, 8, 101, 0},
	 BIT(MAX_ENTRIES) | BIT(FLAGS)},
	{{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 100}, {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1}, 0},
	{{BPF_MAP_TYPE_XSKMAP, 4, 4, 100},
	 {BPF_MAP_TYPE_XSKMAP, 4, 4, 1},
	 BIT(MAX_ENTRIES)},
	{{BPF_MAP_TYPE_RINGBUF, 0, 0, 4096}, {BPF_MAP_TYPE_RINGBUF, 0, 0, 8192}, 0},
};

START_TEST(an_inner_map_fits_as_the_kernel_has_it)
{
	ck_assert_uint_eq(mim_shape_misfit(&fits[_i].template, &fits[_i].inner),
			  fits[_i].misfit);
}
END_TEST

static const struct {
	struct mim_shape shape;
	uint32_t cpus;
	uint32_t flags;
	uint32_t max_entries;
} stored[] = {
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, BPF_F_NO_PREALLOC}, 8, BPF_F_NO_PREALLOC, 100},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, BPF_F_RDONLY}, 8, 0, 100},
	{{BPF_MAP_TYPE_HASH, 4, 8, 100, BPF_F_WRONLY | BPF_F_RDONLY_PROG},
	 8,
	 BPF_F_RDONLY_PROG,
	 100},
	{{BPF_MAP_TYPE_DEVMAP, 4, 4, 100}, 8, BPF_F_RDONLY_PROG, 100},
	{{BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 100}, 8, BPF_F_RDONLY_PROG, 100},
	{{BPF_MAP_TYPE_LRU_HASH, 4, 8, 100}, 8, 0, 100},
	{{BPF_MAP_TYPE_LRU_HASH, 4, 8, 100, BPF_F_NO_COMMON_LRU},
	 8,
	 BPF_F_NO_COMMON_LRU,
	 104},
	{{BPF_MAP_TYPE_LRU_HASH, 4, 8, 104, BPF_F_NO_COMMON_LRU},
	 8,
	 BPF_F_NO_COMMON_LRU,
	 104},
	{{BPF_MAP_TYPE_LRU_HASH, 4, 8, 100, BPF_F_NO_COMMON_LRU},
	 0, /* not known: nothing is rounded */
	 BPF_F_NO_COMMON_LRU,
	 100},
};

START_TEST(a_shape_becomes_what_the_kernel_stores)
{
	struct mim_host host = {stored[_i].cpus, 4096};
	struct mim_shape shape = stored[_i].shape;

	mim_shape_normalize(&shape, &host);
	ck_assert_uint_eq(shape.flags, stored[_i].flags);
	ck_assert_uint_eq(shape.max_entries, stored[_i].max_entries);
}
END_TEST

START_TEST(every_attribute_has_a_name_and_a_text)
{
	static const struct {
		const char *name;
		const char *text;
	} fields[] = {
		{"type", "hash"},	{"key_size", "4"}, {"value_size", "8"},
		{"max_entries", "100"}, {"flags", "[]"},   {"numa_node", "0"},
		{"map_extra", "0"},
	};
	char text[MIM_FIELD_TEXT];

	for (enum mim_field f = 0; f < MIM_FIELD_COUNT; f++) {
		ck_assert_str_eq(mim_field_name(f), fields[f].name);
		ck_assert_str_eq(mim_field_text(&some_hash, f, text), fields[f].text);
	}
}
END_TEST

static const struct {
	struct mim_shape template;
	struct mim_shape inner;
	enum mim_field cause;
	bool inner_map;
} causes[] = {
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 8},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 9},
	 MIM_FIELD_MAX_ENTRIES,
	 true},
	/* flags before max_entries: they decide whether that counts */
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 8, BPF_F_INNER_MAP},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 9},
	 MIM_FIELD_FLAGS,
	 true},
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 8},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 9, BPF_F_INNER_MAP},
	 MIM_FIELD_FLAGS,
	 true},
	/* of one size, the flag is no advantage to speak of */
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 8},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 8, BPF_F_INNER_MAP},
	 MIM_FIELD_FLAGS,
	 false},
	/* it mends nothing else */
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 8},
	 {BPF_MAP_TYPE_ARRAY, 4, 8, 9},
	 MIM_FIELD_VALUE_SIZE,
	 false},
	{{BPF_MAP_TYPE_ARRAY, 4, 4, 8},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 9, BPF_F_MMAPABLE},
	 MIM_FIELD_FLAGS,
	 false},
	{{BPF_MAP_TYPE_HASH, 4, 4, 8},
	 {BPF_MAP_TYPE_ARRAY, 4, 4, 9},
	 MIM_FIELD_TYPE,
	 false},
	/* and is for array only */
	{{BPF_MAP_TYPE_XSKMAP, 4, 4, 8},
	 {BPF_MAP_TYPE_XSKMAP, 4, 4, 9},
	 MIM_FIELD_MAX_ENTRIES,
	 false},
};

START_TEST(a_misfit_has_a_cause_and_perhaps_a_remedy)
{
	const struct mim_shape *a = &causes[_i].template, *b = &causes[_i].inner;
	uint32_t misfit = mim_shape_misfit(a, b);

	ck_assert_uint_ne(misfit, 0);
	ck_assert_int_eq(mim_shape_cause(misfit), causes[_i].cause);
	ck_assert_int_eq(mim_shape_wants_inner_map(a, b, misfit), causes[_i].inner_map);
}
END_TEST

UNIT_MAIN("shape", UNIT_EACH(what_the_kernel_refuses_is_said_in_words, problems),
	  UNIT_EACH(shapes_differ_in_every_attribute_but_the_numa_node, differences),
	  UNIT_EACH(an_inner_map_fits_as_the_kernel_has_it, fits),
	  UNIT_EACH(a_misfit_has_a_cause_and_perhaps_a_remedy, causes),
	  UNIT_EACH(a_shape_becomes_what_the_kernel_stores, stored),
	  UNIT(every_attribute_has_a_name_and_a_text))

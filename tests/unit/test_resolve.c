/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include "topology.h"

/* Texts of refusals, with their places, are in tests/bad: here is what comes out. */

#define HEAD "version: 1\nname: lb\n"
#define BACKENDS                                                                         \
	"templates:\n"                                                                   \
	"  - {name: backends, type: array, value: u32, max_entries: 16}\n"
#define SERVICES                                                                         \
	"outer_maps:\n"                                                                  \
	"  - {name: services, type: hash_of_maps, key: be16, max_entries: 64,"           \
	" template: backends}\n"

static const struct {
	const char *template;
	struct mim_shape shape;
} shapes[] = {
	{"type: array, value: u64, max_entries: 0x10", {BPF_MAP_TYPE_ARRAY, 4, 8, 16}},
	{"type: hash, key: be16, value_size: 12, max_entries: 1",
	 {BPF_MAP_TYPE_HASH, 2, 12, 1}},
	{"type: lpm_trie, key: ipv4_prefix, value: u8, max_entries: 9, "
	 "flags: [no_prealloc]",
	 {BPF_MAP_TYPE_LPM_TRIE, 8, 1, 9, BPF_F_NO_PREALLOC}},
	{"type: hash, key: 'char[16]', value: 'bytes[3]', max_entries: 9, "
	 "flags: [no_prealloc, rdonly_prog]",
	 {BPF_MAP_TYPE_HASH, 16, 3, 9, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG}},
	{"type: hash, key: mac, value: ipv6, max_entries: 4294967295, numa_node: 1",
	 {BPF_MAP_TYPE_HASH, 6, 16, UINT32_MAX, BPF_F_NUMA_NODE, 1}},
	{"type: ringbuf, max_entries: 4096", {BPF_MAP_TYPE_RINGBUF, 0, 0, 4096}},
	{"type: queue, value: u32, max_entries: 8", {BPF_MAP_TYPE_QUEUE, 0, 4, 8}},
	{"type: devmap, value_size: 8, max_entries: 8", {BPF_MAP_TYPE_DEVMAP, 4, 8, 8}},
	{"type: bloom_filter, value: u32, max_entries: 8, map_extra: 15",
	 {BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 8, 0, 0, 15}},
	{"type: percpu_array, key_size: 4, value: s64, max_entries: 8",
	 {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 8}},
};

START_TEST(a_template_becomes_its_shape)
{
	struct mim_config config;
	const struct mim_shape *shape;
	char text[512];

	snprintf(text, sizeof(text), HEAD "templates:\n  - {name: t, %s}\n",
		 shapes[_i].template);
	unit_load_good(text, &config);
	ck_assert_uint_eq(config.want->n_templates, 1);
	shape = &config.want->templates[0].shape;
	ck_assert_uint_eq(mim_shape_differs(shape, &shapes[_i].shape), 0);
	ck_assert_uint_eq(shape->numa_node, shapes[_i].shape.numa_node);
	mim_config_release(&config);
}
END_TEST

START_TEST(scope_and_bpffs_become_a_folder)
{
	struct mim_config config;

	unit_load_good(HEAD, &config);
	ck_assert_str_eq(config.want->scope.folder, "/sys/fs/bpf/lb");
	mim_config_release(&config);
	unit_load_good(HEAD "bpffs: /run/bpf/\n", &config);
	ck_assert_str_eq(config.want->scope.folder, "/run/bpf/lb");
	mim_config_release(&config);
}
END_TEST

START_TEST(an_option_overrides_bpffs)
{
	struct mim_diags diags = {0};
	struct mim_config config;
	const char *path = unit_file(HEAD "bpffs: /run/bpf\n", 36);

	ck_assert_int_eq(mim_config_load(&path, 1, "/mnt", &config, &diags), 0);
	ck_assert_str_eq(config.want->scope.folder, "/mnt/lb");
	mim_config_release(&config);
}
END_TEST

START_TEST(slots_are_sorted_bytes_with_their_inner_maps)
{
	struct mim_config config;
	const struct mim_map *outer;
	static const uint8_t keys[][2] = {{0, 80}, {1, 0xbb}, {0x1f, 0x90}};

	unit_load_good(HEAD BACKENDS SERVICES
		       "inner_maps: [{name: web, template: backends},"
		       " {name: big, template: backends}]\n"
		       "bindings: [{outer: services, slots: [{key: 8080, inner: web},"
		       " {key: 0x1bb, inner: web}]},\n"
		       " {outer: services, slots: [{key: 80, inner: big}]}]\n",
		       &config);
	outer = map_named(config.want, "services");
	ck_assert_uint_eq(outer->shape.key_size, 2);
	ck_assert_uint_eq(outer->shape.value_size, 4);
	ck_assert_uint_eq(outer->outer->slots.n, 3);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t at = mim_slots_find(outer, keys[i]);

		ck_assert_uint_ne(at, MIM_NONE);
		ck_assert_str_eq(config.want->maps[outer->outer->slots.inner[at]].name,
				 i == 0 ? "big" : "web");
	}
	mim_config_release(&config);
}
END_TEST

static const struct {
	const char *outer;
	const char *slot;
	uint32_t n;
	const char *first;
	const char *last;
	const char *kernel_name;
} runs[] = {
	{"type: array_of_maps, max_entries: 64", "keys: 0-31", 32, "t[0]", "t[31]",
	 "t.0"},
	{"type: array_of_maps, max_entries: 64", "keys: 63-63", 1, "t[63]", "t[63]",
	 "t.63"},
	{"type: array_of_maps, max_entries: 64", "keys: 0x10-0x1f", 16, "t[16]", "t[31]",
	 "t.16"},
	{"type: array_of_maps, max_entries: 64", "key: 7", 1, "t[7]", "t[7]", "t.7"},
	{"type: hash_of_maps, key: be16, max_entries: 64", "keys: 250-260", 11, "t[250]",
	 "t[260]", "t.250"},
	{"type: hash_of_maps, key: u64, max_entries: 64",
	 "keys: 18446744073709551614-18446744073709551615", 2, "t[18446744073709551614]",
	 "t[18446744073709551615]", NULL},
	{"type: hash_of_maps, key: ipv4, max_entries: 64", "key: 10.0.0.1", 1,
	 "t[10.0.0.1]", "t[10.0.0.1]", "t.10.0.0.1"},
	{"type: hash_of_maps, key: ipv4_prefix, max_entries: 64", "key: 10.0.0.0/8", 1,
	 "t[10.0.0.0/8]", "t[10.0.0.0/8]", "t.10.0.0.0_8"},
	{"type: hash_of_maps, key_size: 3, max_entries: 64", "key: 0x0a0b0c", 1,
	 "t[0a 0b 0c]", "t[0a 0b 0c]", "t.0a_0b_0c"},
};

START_TEST(a_slot_without_inner_has_a_map_of_its_own)
{
	struct mim_config config;
	const struct mim_map *own;
	char text[1024];

	snprintf(text, sizeof(text),
		 HEAD BACKENDS "outer_maps: [{name: t, template: backends, %s}]\n"
			       "bindings: [{outer: t, slots: [{%s}]}]\n",
		 runs[_i].outer, runs[_i].slot);
	unit_load_good(text, &config);
	ck_assert_uint_eq(config.want->n_maps, 1 + runs[_i].n);
	ck_assert_uint_eq(config.want->maps[0].outer->slots.n, runs[_i].n);
	own = map_named(config.want, runs[_i].first);
	ck_assert(own->own);
	ck_assert_uint_eq(own->shape.type, BPF_MAP_TYPE_ARRAY);
	if (runs[_i].kernel_name)
		ck_assert_str_eq(own->kernel_name, runs[_i].kernel_name);
	map_named(config.want, runs[_i].last);
	mim_config_release(&config);
}
END_TEST

START_TEST(an_outer_map_is_pinned_at_its_name_unless_a_pin_names_it)
{
	struct mim_config config;
	const struct mim_topology *want;

	unit_load_good(HEAD BACKENDS SERVICES
		       "  - {name: routes, type: array_of_maps, max_entries: 1,"
		       " template: backends}\n"
		       "pins: [{map: routes, path: a/b, mode: '0640', group: netops},"
		       " {map: routes, path: /sys/fs/bpf/x}]\n",
		       &config);
	want = config.want;
	ck_assert_uint_eq(want->n_pins, 3);
	ck_assert_str_eq(want->pins[0].path, "/sys/fs/bpf/lb/a/b");
	ck_assert_uint_eq(want->pins[0].mode, 0640);
	ck_assert_str_eq(want->pins[0].group, "netops");
	ck_assert(want->pins[0].inside);
	ck_assert_str_eq(want->pins[1].path, "/sys/fs/bpf/x");
	ck_assert_uint_eq(want->pins[1].mode, MIM_MODE_ANY);
	ck_assert(!want->pins[1].inside);
	ck_assert_str_eq(want->pins[2].path, "/sys/fs/bpf/lb/services");
	mim_config_release(&config);
}
END_TEST

START_TEST(an_inner_map_has_its_own_entries_node_and_kernel_name)
{
	struct mim_config config;
	const struct mim_map *map;

	unit_load_good(HEAD "templates: [{name: t, type: hash, key: u32, value: u32,"
			    " max_entries: 5, numa_node: 0}]\n"
			    "inner_maps: [{name: one, template: t, max_entries: 7,"
			    " numa_node: 1, kernel_name: uno}]\n"
			    "pins: [{map: one, path: one}]\n",
		       &config);
	map = map_named(config.want, "one");
	ck_assert_uint_eq(map->shape.max_entries, 7);
	ck_assert_uint_eq(map->shape.numa_node, 1);
	ck_assert_uint_eq(map->shape.flags, BPF_F_NUMA_NODE);
	ck_assert_str_eq(map->kernel_name, "uno");
	mim_config_release(&config);
}
END_TEST

static const struct {
	const char *words;
	enum mim_protect protect;
	bool keep;
} outer_words[] = {
	{"", MIM_PROTECT_UNSAID, false},
	{", protect: true", MIM_PROTECT_YES, false},
	{", protect: false", MIM_PROTECT_NO, false},
	{", unlisted: keep", MIM_PROTECT_UNSAID, true},
	{", unlisted: remove", MIM_PROTECT_UNSAID, false},
};

START_TEST(an_outer_map_says_protect_and_unlisted)
{
	struct mim_config config;
	char text[512];

	snprintf(text, sizeof(text),
		 HEAD BACKENDS
		 "outer_maps: [{name: o, type: array_of_maps, max_entries: 1,"
		 " template: backends%s}]\n",
		 outer_words[_i].words);
	unit_load_good(text, &config);
	ck_assert_int_eq(config.want->maps[0].outer->protect, outer_words[_i].protect);
	ck_assert_int_eq(config.want->maps[0].outer->keep_unlisted, outer_words[_i].keep);
	mim_config_release(&config);
}
END_TEST

/* What the kernel stores alike fits, however it is written. */
START_TEST(flags_of_the_creating_descriptor_are_no_misfit)
{
	struct mim_diags diags = {0};
	struct mim_config config;
	int r = unit_load(HEAD
			  "templates:\n"
			  "  - {name: a, type: hash, key: u32, value: u32,"
			  " max_entries: 5}\n"
			  "  - {name: b, type: hash, key: u32, value: u32,"
			  " max_entries: 5, flags: [rdonly]}\n"
			  "outer_maps: [{name: o, type: array_of_maps, max_entries: 1,"
			  " template: a}]\n"
			  "inner_maps: [{name: i, template: b}]\n"
			  "bindings: [{outer: o, slots: [{key: 0, inner: i}]}]\n",
			  &config, &diags);

	ck_assert_msg(r == 0, "%s", unit_diags(&diags));
	ck_assert_uint_eq(diags.n, 1); /* the warning that rdonly has no lasting effect */
	ck_assert_int_eq(diags.items[0].severity, MIM_WARNING);
	mim_diags_release(&diags);
	mim_config_release(&config);
}
END_TEST

START_TEST(several_files_are_one_description)
{
	struct mim_diags diags = {0};
	struct mim_config config;
	static const char *const texts[] = {
		HEAD BACKENDS SERVICES,
		("version: 1\ninner_maps: [{name: web, template: backends}]\n"
		 "bindings: [{outer: services, slots: [{key: 80, inner: web}]}]\n"),
		"version: 1\nname: lb\npins: [{map: web, path: web}]\n",
	};
	char paths[MIM_ARRAY_SIZE(texts)][64];
	const char *list[MIM_ARRAY_SIZE(texts)];

	for (size_t i = 0; i < MIM_ARRAY_SIZE(texts); i++) {
		strcpy(paths[i], unit_file(texts[i], strlen(texts[i])));
		list[i] = paths[i];
	}
	ck_assert_int_eq(mim_config_load(list, 3, NULL, &config, &diags), 0);
	ck_assert_uint_eq(config.want->n_maps, 2);
	ck_assert_uint_eq(config.want->maps[0].outer->slots.n, 1);
	ck_assert_uint_eq(config.want->maps[0].outer->slots.origins[0].file, 2);
	ck_assert_uint_eq(config.want->n_pins, 2);
	mim_config_release(&config);
	mim_diags_release(&diags);
}
END_TEST

UNIT_MAIN("resolve", UNIT_EACH(a_template_becomes_its_shape, shapes),
	  UNIT(scope_and_bpffs_become_a_folder), UNIT(an_option_overrides_bpffs),
	  UNIT(slots_are_sorted_bytes_with_their_inner_maps),
	  UNIT_EACH(a_slot_without_inner_has_a_map_of_its_own, runs),
	  UNIT(an_outer_map_is_pinned_at_its_name_unless_a_pin_names_it),
	  UNIT(an_inner_map_has_its_own_entries_node_and_kernel_name),
	  UNIT_EACH(an_outer_map_says_protect_and_unlisted, outer_words),
	  UNIT(flags_of_the_creating_descriptor_are_no_misfit),
	  UNIT(several_files_are_one_description))

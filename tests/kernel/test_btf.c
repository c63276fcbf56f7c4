/* SPDX-License-Identifier: BSD-2-Clause */

/* Maps have the types that their description declares: bpftool prints them by field. */
#include <bpf/bpf.h>
#include <endian.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

/* The key and value as a program written in C has them. */
struct vip {
	uint32_t address;
	uint16_t port;
	uint8_t proto;
};

struct part {
	uint8_t level;
	uint32_t words[2];
};

struct backend {
	uint8_t mac[6];
	uint8_t address[16] __attribute__((aligned(4)));
	int64_t weight;
	char zone[8];
	uint8_t cookie[3];
	struct part parts[2];
};

#define TYPES                                                                            \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"types:\n"                                                                       \
	"  - {name: vip, fields: [{name: address, type: ipv4}, {name: port, type: "      \
	"be16}, {name: proto, type: u8}]}\n"                                             \
	"  - {name: a.part, fields: [{name: level, type: u8}, {name: words, type: "      \
	"'u32[2]'}]}\n"                                                                  \
	"  - {name: backend, fields: [{name: mac, type: mac}, {name: address, type: "    \
	"ipv6}, {name: weight, type: s64}, {name: zone, type: 'char[8]'}, {name: "       \
	"cookie, type: 'bytes[3]'}, {name: parts, type: 'a.part[2]'}]}\n"

static int open_map(const char *name)
{
	int fd = bpf_obj_get(pin(name));

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void put(const char *name, const void *key, const void *value)
{
	int fd = open_map(name);

	ck_assert_int_eq(bpf_map_update_elem(fd, key, value, 0), 0);
	close(fd);
}

/* What bpftool makes of the first element of a map, by its BTF. */
static void is_formatted(const char *name, const char *wanted)
{
	struct json_object *dump, *expected = json_tokener_parse(wanted), *formatted;

	bpftool("-j", "map", "dump", "pinned", pin(name));
	dump = json_tokener_parse(bench.out);
	ck_assert_msg(dump && json_object_array_length(dump) > 0, "%s", bench.out);
	ck_assert_msg(json_object_object_get_ex(json_object_array_get_idx(dump, 0),
						"formatted", &formatted),
		      "%s has no types:\n%s", name, bench.out);
	ck_assert_ptr_nonnull(expected);
	ck_assert_msg(json_object_equal(formatted, expected), "%s\nnot\n%s",
		      json_object_to_json_string(formatted), wanted);
	json_object_put(dump);
	json_object_put(expected);
}

static bool has_types(const char *name)
{
	struct json_object *map = show_json(name), *id;
	bool has = json_object_object_get_ex(map, "btf_id", &id) &&
		   json_object_get_int64(id) > 0;

	json_object_put(map);
	return has;
}

START_TEST(structs_are_dumped_by_field)
{
	const struct vip key = {htobe32(0x0a000001), htobe16(443), 6};
	struct backend value = {.mac = {2, 0, 0, 0, 0, 1},
				.address = {0x20, 1},
				.weight = -7,
				.zone = "eu",
				.cookie = {1, 2, 255},
				.parts = {{1, {2, 3}}, {4, {5, UINT32_MAX}}}};
	char wanted[512];

	bench_write(TYPES "templates: [{name: k, type: hash, key: vip, value: backend, "
			  "max_entries: 4}]\n"
			  "outer_maps: [{name: o, type: hash_of_maps, key: vip, "
			  "max_entries: 4, template: k}]\n"
			  "inner_maps: [{name: x, template: k, max_entries: 8}]\n"
			  "bindings: [{outer: o, slots: [{key: 'address=10.0.0.1 port=1 "
			  "proto=6', inner: x}, {key: 'address=10.0.0.2 port=1 "
			  "proto=6'}]}]\n"
			  "pins: [{map: x, path: x}]\n");
	apply();
	put("t/x", &key, &value);
	/* Network order is shown as the machine reads it. */
	snprintf(
		wanted, sizeof(wanted),
		"{\"key\":{\"address\":%u,\"port\":%u,\"proto\":6},"
		"\"value\":{\"mac\":[2,0,0,0,0,1],\"address\":{\"s6_addr\":[32,1,0,0,0,0,"
		"0,0,0,0,0,0,0,0,0,0]},\"weight\":-7,\"zone\":\"eu\",\"cookie\":[1,2,"
		"255],\"parts\":[{\"level\":1,\"words\":[2,3]},{\"level\":4,\"words\":[5,"
		"4294967295]}]}}",
		key.address, key.port);
	is_formatted("t/x", wanted);
}
END_TEST

static const struct {
	const char *type;
	const char *key;
	const char *flags;
	const char *formatted;
} kinds[] = {
	{"hash", "u32", "", "{\"key\":1,\"value\":{\"level\":9,\"words\":[8,7]}}"},
	{"lru_hash", "be32", "", "{\"key\":1,\"value\":{\"level\":9,\"words\":[8,7]}}"},
	{"array", "u32", "", "{\"key\":0,\"value\":{\"level\":0,\"words\":[0,0]}}"},
	{"lpm_trie", "ipv4_prefix", "no_prealloc",
	 "{\"key\":{\"length\":1,\"address\":[0,0,0,0]},\"value\":{\"level\":9,"
	 "\"words\":[8,7]}}"},
};

START_TEST(every_kind_with_types_is_dumped_by_field)
{
	const struct part value = {9, {8, 7}};
	const uint32_t key[2] = {1, 0};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char yaml[2048];

		snprintf(yaml, sizeof(yaml),
			 TYPES "templates: [{name: k, type: %s, key: %s, value: a.part, "
			       "max_entries: 4, flags: [%s]}]\n"
			       "outer_maps: [{name: o, type: array_of_maps, max_entries: "
			       "4, template: k}]\n"
			       "inner_maps: [{name: x, template: k}]\n"
			       "bindings: [{outer: o, slots: [{key: 0}, {key: 1, inner: "
			       "x}]}]\npins: [{map: x, path: x}]\n",
			 bench.bpffs, kinds[i].type, kinds[i].key, kinds[i].flags);
		bench_write(yaml);
		apply();
		put("t/x", key, &value);
		is_formatted("t/x", kinds[i].formatted);
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

START_TEST(a_kind_that_takes_no_types_is_made_without)
{
	static const char *const types[] = {"queue", "stack", "stack_trace", "cpumap"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 TYPES "templates: [{name: k, type: %s, value: %s, max_entries: "
			       "1}]\n"
			       "inner_maps: [{name: x, template: k}]\n"
			       "pins: [{map: x, path: x}]\n",
			 bench.bpffs, types[i],
			 strcmp(types[i], "stack_trace") ? "u32" : "u64");
		bench_write(yaml);
		ck_assert_int_eq(mimctl("apply", "-v", "-f", bench.file), 0);
		/* This is how it is, and nothing to tell. */
		lacks(bench.err, "BTF of their types");
		ck_assert(!has_types("t/x"));
		plan_is_empty();
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

#define PLAIN                                                                            \
	TYPES "templates: [{name: k, type: hash, key: u32, value: a.part, max_entries: " \
	      "4}]\n"                                                                    \
	      "outer_maps: [{name: o, type: array_of_maps, max_entries: 40, template: "  \
	      "k}]\n"                                                                    \
	      "inner_maps: [{name: x, template: k}]\n"                                   \
	      "bindings: [{outer: o, slots: [{keys: 0-30}, {key: 31, inner: x}]}]\n"     \
	      "pins: [{map: x, path: x}]\n"

/* Where the BTF is refused, or the maps that have it: all are made without, and fit. */
START_TEST(a_kernel_that_refuses_types_gets_maps_without)
{
	static const char *const refusals[] = {"btf_load:1:22", "btf_load:1:1",
					       "map_create:1:22", "map_create:1:524"};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		bench_write(PLAIN);
		ck_assert_int_eq(faulty(refusals[i], "apply", "-v", "-f", bench.file), 0);
		has(bench.err, "note: maps were made without the BTF of their types: ");
		ck_assert(!has_types("t/x"));
		plan_is_empty();
		ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
	ck_assert_int_eq(faulty("btf_load:1:12", "apply", "-f", bench.file), 1);
	has(bench.err, "out of memory");
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

/* Types may be declared later: what is there keeps those it was made with, and fits. */
START_TEST(other_types_of_the_same_size_change_nothing)
{
	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: k, type: hash, key: u32, value_size: 12, "
		    "max_entries: 4}]\n"
		    "outer_maps: [{name: o, type: array_of_maps, max_entries: 40, "
		    "template: k}]\n"
		    "inner_maps: [{name: x, template: k}]\n"
		    "bindings: [{outer: o, slots: [{keys: 0-30}, {key: 31, inner: "
		    "x}]}]\npins: [{map: x, path: x}]\n");
	apply();
	ck_assert(!has_types("t/x"));
	bench_write(PLAIN);
	plan_is_empty();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		structs_are_dumped_by_field,
		every_kind_with_types_is_dumped_by_field,
		a_kind_that_takes_no_types_is_made_without,
		a_kernel_that_refuses_types_gets_maps_without,
		other_types_of_the_same_size_change_nothing,
	};

	return bench_suite("btf", tests, sizeof(tests) / sizeof(tests[0]));
}

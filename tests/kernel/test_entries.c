/* SPDX-License-Identifier: BSD-2-Clause */

/* What a description says is in an inner map is in it. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"types: [{name: pair, fields: [{name: packets, type: u64}, {name: bytes, type: " \
	"u64}]}]\n"

static int open_map(const char *name)
{
	int fd = bpf_obj_get(pin(name));

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
	return fd;
}

/* One inner map called x, pinned, with what @entries says. */
static void write_one(const char *template, const char *entries)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
		 HEAD "templates: [{name: k, %s}]\n"
		      "inner_maps: [{name: x, template: k, %s}]\n"
		      "pins: [{map: x, path: x}]\n",
		 bench.bpffs, template, entries);
	bench_write(yaml);
}

static void destroy(void)
{
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
}

/* Keys and values of four and eight bytes, in the form of each kind. */
static const struct {
	const char *template;
	const char *entries;
	struct {
		uint32_t key[2];
		uint64_t value;
	} holds[3];
	uint32_t absent[2];
} kinds[] = {
	{"type: hash, key: u32, value: u64, max_entries: 4",
	 "entries: [{key: 300, value: 3}, {key: 1, value: 0x100000000}, {key: 2, value: "
	 "2}]",
	 {{{300}, 3}, {{1}, 0x100000000}, {{2}, 2}},
	 {3}},
	{"type: percpu_hash, key: u32, value: u64, max_entries: 4",
	 "entries: [{key: 2, value: 3}, {key: 1, value: 4}], contents: seed",
	 {{{2}, 3}, {{1}, 4}},
	 {3}},
	{"type: lru_hash, key: u32, value: u64, max_entries: 64",
	 "entries: [{key: 2, value: 3}, {key: 1, value: 4}]",
	 {{{2}, 3}, {{1}, 4}},
	 {3}},
	{"type: lru_percpu_hash, key: u32, value: u64, max_entries: 64",
	 "entries: [{key: 2, value: 3}, {key: 1, value: 4}]",
	 {{{2}, 3}, {{1}, 4}},
	 {3}},
	{"type: array, value: u64, max_entries: 4",
	 "entries: [{key: 3, value: 3}, {key: 1, value: 4}]",
	 {{{3}, 3}, {{1}, 4}, {{0}, 0}},
	 {4}},
	{"type: percpu_array, value: u64, max_entries: 4",
	 "entries: [{key: 3, value: 3}, {key: 1, value: 4}]",
	 {{{3}, 3}, {{1}, 4}, {{0}, 0}},
	 {4}},
	{"type: lpm_trie, key: ipv4_prefix, value: u64, max_entries: 4, flags: "
	 "[no_prealloc]",
	 "entries: [{key: 0.0.0.1/32, value: 3}, {key: 0.0.0.0/0, value: 4}]",
	 {{{32, 0x01000000}, 3}, {{32, 0x02000000}, 4}}},
	{"type: devmap, value: u32, max_entries: 4",
	 "entries: [{key: 3, value: 1}]",
	 {{{3}, 1}},
	 {0}},
	{"type: devmap_hash, key: u32, value: u32, max_entries: 4",
	 "entries: [{key: 300, value: 1}]",
	 {{{300}, 1}},
	 {0}},
	{"type: cpumap, value: u32, max_entries: 2",
	 "entries: [{key: 0, value: 192}]",
	 {{{0}, 192}},
	 {1}},
};

static void holds(int fd, const uint32_t *key, uint64_t wanted, bool per_cpu)
{
	uint64_t values[512] = {0};

	ck_assert_int_eq(bpf_map_lookup_elem(fd, key, values), 0);
	ck_assert_uint_eq(values[0], wanted);
	for (long cpu = 1; per_cpu && cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++)
		ck_assert_uint_eq(values[cpu], wanted);
}

START_TEST(every_kind_is_made_with_its_entries)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool per_cpu = strstr(kinds[i].template, "percpu");
		uint64_t values[512];
		int fd;

		write_one(kinds[i].template, kinds[i].entries);
		apply();
		fd = open_map("t/x");
		for (size_t e = 0; e < 3 && (e == 0 || kinds[i].holds[e].key[0]); e++)
			holds(fd, kinds[i].holds[e].key, kinds[i].holds[e].value,
			      per_cpu);
		if (!strstr(kinds[i].template, "lpm_trie"))
			ck_assert_int_lt(bpf_map_lookup_elem(fd, kinds[i].absent, values),
					 0);
		close(fd);
		destroy();
	}
}
END_TEST

START_TEST(values_without_keys_are_put_in_in_their_order)
{
	static const struct {
		const char *type;
		uint32_t out[3];
	} ways[] = {{"queue", {7, 9, 5}}, {"stack", {5, 9, 7}}};
	uint32_t value;
	int fd;

	for (size_t i = 0; i < 2; i++) {
		char template[128];

		snprintf(template, sizeof(template),
			 "type: %s, value: u32, max_entries: 4", ways[i].type);
		write_one(template, "entries: [{value: 7}, {value: 9}, {value: 5}]");
		apply();
		fd = open_map("t/x");
		for (size_t e = 0; e < 3; e++) {
			ck_assert_int_eq(bpf_map_lookup_and_delete_elem(fd, NULL, &value),
					 0);
			ck_assert_uint_eq(value, ways[i].out[e]);
		}
		close(fd);
		destroy();
	}
	/* Since 5.16. */
	fd = bpf_map_create(BPF_MAP_TYPE_BLOOM_FILTER, "b", 0, 4, 1, NULL);
	if (fd < 0)
		return;
	close(fd);
	write_one("type: bloom_filter, value: u32, max_entries: 4",
		  "entries: [{value: 7}, {value: 9}]");
	apply();
	fd = open_map("t/x");
	value = 7;
	ck_assert_int_eq(bpf_map_lookup_elem(fd, NULL, &value), 0);
	value = 9;
	ck_assert_int_eq(bpf_map_lookup_elem(fd, NULL, &value), 0);
	close(fd);
}
END_TEST

/* What programs make of it afterwards is theirs. */
START_TEST(a_seed_is_written_once)
{
	uint32_t key = 1;
	uint64_t value = 77;
	int fd;

	write_one("type: hash, key: u32, value: u64, max_entries: 4",
		  "contents: seed, entries: [{key: 1, value: 3}]");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "+ inner  x                hash  max_entries 4, 1 entry");
	apply();
	fd = open_map("t/x");
	holds(fd, &key, 3, false);
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, &value, 0), 0);
	plan_is_empty();
	apply();
	holds(fd, &key, 77, false);
	close(fd);
	/* A map that takes its place is made anew, and begins with it again. */
	write_one("type: hash, key: u32, value: u64, max_entries: 8",
		  "contents: seed, entries: [{key: 1, value: 3}]");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "its 1 entry is lost; the new map begins with the 1 that is "
		       "declared\n");
	apply();
	fd = open_map("t/x");
	holds(fd, &key, 3, false);
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, &value, 0), 0);
	close(fd);
	/* Unless it takes over what was in the old one. */
	write_one("type: hash, key: u32, value: u64, max_entries: 16",
		  "on_replace: copy, entries: [{key: 1, value: 3}]");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "its 1 entry goes to the new map\n");
	apply();
	fd = open_map("t/x");
	holds(fd, &key, 77, false);
	close(fd);
}
END_TEST

START_TEST(what_the_kernel_refuses_is_told_and_nothing_is_changed)
{
	write_one("type: devmap, value: u32, max_entries: 4",
		  "entries: [{key: 1, value: 1}, {key: 3, value: 123456}]");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 1);
	has(bench.err, "cannot write entry 3 of 'x': ");
	has(bench.err, "there is no device with that number");
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
	write_one("type: hash, key: u32, value: u64, max_entries: 4",
		  "entries: [{key: 1, value: 3}, {key: 2, value: 3}]");
	ck_assert_int_eq(faulty("map_update_batch:1:12", "apply", "-f", bench.file), 1);
	has(bench.err, "out of memory");
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
	/* Without batch calls it is one after the other. */
	ck_assert_int_eq(faulty("map_update_batch:1:524,map_update:2:7", "apply", "-f",
				bench.file),
			 1);
	has(bench.err, "cannot write entry 2 of 'x'");
	ck_assert_int_eq(faulty("map_update_batch:1:524", "apply", "-f", bench.file), 0);
	plan_is_empty();
}
END_TEST

static void write_table(const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/table.csv", bench.folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(a_table_comes_from_a_file_and_with_a_saved_plan)
{
	const uint32_t key = 443;
	uint64_t values[2];
	char saved[128];
	int fd;

	snprintf(saved, sizeof(saved), "%s/saved.plan", bench.folder);
	write_one("type: hash, key: u32, value: pair, max_entries: 4",
		  "entries_from: table.csv");
	write_table("bytes,key,packets\n1,80,2\n3,443,4\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file, "--out", saved), 0);
	write_table("bytes,key,packets\n5,443,x\n");
	ck_assert_int_eq(mimctl("plan", "-f", bench.file), 65);
	has(bench.err, "table.csv:2:7: error: packets 'x' of 'x' is no integer");
	ck_assert_int_eq(mimctl("apply", saved), 0);
	fd = open_map("t/x");
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, values), 0);
	ck_assert_uint_eq(values[0], 4);
	ck_assert_uint_eq(values[1], 3);
	close(fd);
	write_table("bytes,key,packets\n1,80,2\n3,443,4\n");
	plan_is_empty();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_kind_is_made_with_its_entries,
		values_without_keys_are_put_in_in_their_order,
		a_seed_is_written_once,
		a_table_comes_from_a_file_and_with_a_saved_plan,
		what_the_kernel_refuses_is_told_and_nothing_is_changed,
	};

	return bench_suite("entries", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-2-Clause */

/* What is in the inner maps: by field, through BTF or through the declared types. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

/* mimctl get PIN KEY, and perhaps more, and the status that it is to end with. */
#define expect_get(wanted, ...)                                                          \
	ck_assert_msg(mimctl("get", "--bpffs", bench.bpffs, __VA_ARGS__) == (wanted),    \
		      "%d: %s%s", bench.status, bench.out, bench.err)

static struct json_object *json(void)
{
	struct json_object *root = json_tokener_parse(bench.out);

	ck_assert_msg(root != NULL, "no JSON: %s", bench.out);
	return root;
}

/* A key and a value, written into a map that somebody has pinned. */
static void write_map(const char *name, const void *key, const void *value)
{
	int fd = bpf_obj_get(pin(name));

	ck_assert_msg(fd >= 0, "%s", name);
	ck_assert_int_eq(bpf_map_update_elem(fd, key, value, 0), 0);
	close(fd);
}

static void make_scope(const char *template, const char *key)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "types:\n"
		 "  - name: flow\n"
		 "    fields: [{name: port, type: be16}, {name: count, type: u64},"
		 " {name: of, type: 'u32[2]'}]\n"
		 "templates: [{name: it, %s}]\n"
		 "outer_maps: [{name: o, type: hash_of_maps, key: %s, max_entries: 8,"
		 " template: it}]\n"
		 "inner_maps: [{name: i, template: it}]\n"
		 "bindings: [{outer: o, slots: [{key: 80, inner: i}, {key: 443,"
		 " inner: i}, {key: 7}]}]\n"
		 "pins: [{map: i, path: i}]\n",
		 bench.bpffs, template, key);
	bench_write(yaml);
	apply();
}

struct flow {
	uint16_t port;
	uint64_t count;
	uint32_t of[2];
};

static void make_flows(void)
{
	struct flow flow = {0};

	make_scope("type: hash, key: u32, value: flow, max_entries: 20", "be16");
	for (uint32_t key = 10; key > 0; key--) {
		uint32_t spread = key << 12;

		flow.port = (uint16_t)(key << 8);
		flow.count = key * 1000000000ULL;
		flow.of[1] = key;
		write_map("t/i", &spread, &flow);
	}
}

START_TEST(entries_are_told_by_field_in_the_order_of_their_keys)
{
	make_flows();
	expect_get(0, "t/o", "80", "-f", bench.file);
	has(bench.out, "slot   80           i (id ");
	has(bench.out, ")  hash  key 4  value 24  max_entries 20\n"
		       "  entry  4096         port=1 count=1000000000 of=[0,1]\n"
		       "  entry  8192         port=2 count=2000000000 of=[0,2]\n"
		       "  entry  12288        port=3");
	has(bench.out, "  entry  40960        port=10 count=10000000000 of=[0,10]\n");
	ck_assert_str_eq(bench.err, "");
	expect_get(0, pin("t/o"), "443", "-f", bench.file, "--limit", "3");
	has(bench.out, "of=[0,3]\n  7 more entries\n");
	expect_get(0, "t/o", "7", "-f", bench.file);
	has(bench.out, "\n  no entries\n");
}
END_TEST

START_TEST(as_json_they_are_objects)
{
	struct json_object *root, *entries, *value;

	make_flows();
	expect_get(0, "t/o", "80", "-f", bench.file, "-o", "json", "--limit", "2");
	root = json();
	ck_assert_int_eq(json_object_get_int(json_object_object_get(root, "n_entries")),
			 10);
	ck_assert_int_eq(json_object_get_int(json_object_object_get(root, "key")), 80);
	entries = json_object_object_get(root, "entries");
	ck_assert_uint_eq(json_object_array_length(entries), 2);
	value = json_object_object_get(json_object_array_get_idx(entries, 1), "value");
	ck_assert_str_eq(json_object_to_json_string_ext(value, 0),
			 "{\"port\":2,\"count\":2000000000,\"of\":[0,2]}");
	json_object_put(root);
	expect_get(0, "t/o", "80", "-f", bench.file, "-o", "yaml", "--limit", "1");
	has(bench.out, "entries:\n- key: 4096\n  value:\n    port: 1\n"
		       "    count: 1000000000\n    of: [0, 1]\n");
}
END_TEST

/* Without the description: the key as a number, and the fields that BTF has. */
START_TEST(a_description_says_where_pins_lie)
{
	make_flows();
	ck_assert_int_eq(mimctl("get", "t/o", "80", "-f", bench.file), 0);
	has(bench.out, "slot   80           i (id ");
	ck_assert_int_eq(mimctl("show", "t/o", "-f", bench.file), 0);
	has(bench.out, "slot   80 ");
}
END_TEST

START_TEST(without_a_description_btf_tells)
{
	make_flows();
	expect_get(1, "t/o", "80");
	has(bench.err, "error: slot 80 (bytes 50 00) of ");
	has(bench.err, "/t/o is empty");
	has(bench.err, "KEY was read as a u16; with -f it is read as the description");
	expect_get(1, "t/o", "81", "-f", bench.file);
	has(bench.err, "error: slot 81 (bytes 00 51) of ");
	lacks(bench.err, "KEY was read as");
	expect_get(0, "t/o", "00 50");
	has(bench.out, "slot   00 50        i (id ");
	has(bench.out, "entry  4096         port=1");
	expect_get(1, "t/o", "00 51");
	has(bench.err, "error: slot 00 51 of ");
	expect_get(64, "t/o", "00 50 00");
	has(bench.err, "KEY '00 50 00' has 3 bytes where 2 are wanted");
	expect_get(64, "t/o", "00 50", "-f", bench.file);
	expect_get(0, "t/o", "0x5000");
	has(bench.out, "port=1 count=1000000000 of=[0,1]\n");
}
END_TEST

/* Maps of a loader, with all that C has. */
START_TEST(what_has_no_form_is_shown_as_bytes)
{
	static const struct {
		const char *map;
		const char *says;
	} maps[] = {
		{"unions", "entry  5            kind=9 value=0xab00000000000000\n"},
		{"anonymous", "entry  5            kind=9 union_8=0xab00000000000000\n"},
		{"pointers", "entry  5            next=0x0900000000000000\n"},
		{"bits", "entry  05 00 00 00  port=9 bits=0x00000000\n"},
	};
	struct bpf_object_open_opts opts = {.sz = sizeof(opts),
					    .pin_root_path = bench.bpffs};
	struct bpf_object *object;
	uint8_t value[104] = {9};
	uint32_t key = 5;
	char path[512];

	snprintf(path, sizeof(path), "%s/types.bpf.o", bench_program("OBJECTS"));
	object = bpf_object__open_file(path, &opts);
	ck_assert_int_eq(bpf_object__load(object), 0);
	bpf_object__close(object);
	value[8] = 0xab;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		write_map(maps[i].map, &key, value);
		ck_assert_int_eq(mimctl("show", pin(maps[i].map), "--entries"), 0);
		has(bench.out, maps[i].says);
	}
}
END_TEST

START_TEST(of_a_per_cpu_map_each_cpu_is_told)
{
	uint32_t cpus = (uint32_t)libbpf_num_possible_cpus(), key = 3;
	int64_t *values = calloc(cpus, sizeof(*values));
	struct json_object *root, *list;

	make_scope("type: percpu_array, value: s64, max_entries: 4", "u16");
	for (uint32_t i = 0; i < cpus; i++)
		values[i] = -5 - (int64_t)i;
	write_map("t/i", &key, values);
	expect_get(0, "t/o", "80", "-f", bench.file);
	has(bench.out, "  entry  3\n    cpu 0   -5\n");
	lacks(bench.out, "entry  2");
	expect_get(0, "t/o", "80", "-f", bench.file, "-o", "json");
	root = json();
	list = json_object_object_get(
		json_object_array_get_idx(json_object_object_get(root, "entries"), 0),
		"values");
	ck_assert_uint_eq(json_object_array_length(list), cpus);
	for (uint32_t i = 0; i < cpus; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		ck_assert_int_eq(
			json_object_get_int64(json_object_object_get(one, "cpu")), i);
		ck_assert_int_eq(
			json_object_get_int64(json_object_object_get(one, "value")),
			values[i]);
	}
	json_object_put(root);
	free(values);
}
END_TEST

START_TEST(what_cannot_be_looked_into_is_said)
{
	struct json_object *root;

	make_scope("type: queue, value: u32, max_entries: 4", "u16");
	expect_get(0, "t/o", "80");
	has(bench.out, "entries cannot be read: the kernel does not let user space look");
	expect_get(0, "t/o", "80", "-o", "json");
	root = json();
	ck_assert(json_object_object_get(root, "unreadable") != NULL);
	ck_assert(json_object_object_get(root, "entries") == NULL);
	json_object_put(root);
}
END_TEST

START_TEST(what_is_wrong_names_the_argument)
{
	make_scope("type: hash, key: u32, value: u32, max_entries: 4", "u16");
	bpftool("map", "create", pin("array"), "type", "array_of_maps", "key", "4",
		"value", "4", "entries", "3", "name", "a", "inner_map", "pinned",
		pin("t/i"));
	expect_get(64, "t/o", "65536");
	has(bench.err, "KEY '65536' is ");
	expect_get(64, "t/o", "x");
	has(bench.err, "KEY 'x' ");
	expect_get(64, "array", "3");
	has(bench.err, "PIN 'array' has no slash");
	expect_get(64, pin("array"), "3");
	has(bench.err, "KEY 3 is past the last slot of ");
	expect_get(1, pin("array"), "2");
	has(bench.err, "error: slot 2 of ");
	has(bench.err, "/array is empty");
	lacks(bench.err, "KEY was read as");
	expect_get(1, "t/o", "81");
	expect_get(1, "t/nothing", "81");
	has(bench.err, "error: there is no pin ");
	has(bench.err, "\n1 error\n");
	expect_get(1, "t/i", "81");
	has(bench.err, "/t/i is no outer map: hash");
	expect_get(65, pin("array"), "2", "-f", bench.file);
	has(bench.err, "the description has no outer map at ");
	expect_get(65, "t/o", "80", "-f", "nowhere.yaml");
	expect_get(64, "t/o", "80", "-o", "summary");
	expect_get(64, "t/o");
	expect_get(64, "t/o", "1", "2");
	ck_assert_int_eq(mimctl("get", "-h"), 0);
	has(bench.out, "usage: mimctl get PIN KEY");
	has(bench.out, "example: mimctl get ");
}
END_TEST

#define faulty_get(faults, wanted)                                                       \
	ck_assert_msg(faulty(faults, "get", "t/o", "80", "--bpffs", bench.bpffs) ==      \
			      (wanted),                                                  \
		      "%s: %d: %s%s", faults, bench.status, bench.out, bench.err)

/* The map left the slot between two calls, and nothing else holds it. */
START_TEST(a_slot_that_changes_is_tried_again)
{
	make_scope("type: hash, key: u32, value: u32, max_entries: 4", "u16");
	faulty_get("map_open:1:2", 0);
	faulty_get("map_open:1+:2", 75);
	has(bench.err, "changed while it was read");
	faulty_get("map_open:1+:1", 77);
	faulty_get("map_lookup:1+:5", 1);
	has(bench.err, "cannot read slot 80 of ");
	faulty_get("map_lookup_batch:1+:1", 1);
	has(bench.err, "cannot read what is in map id ");
	/* Without BTF there are numbers and bytes. */
	faulty_get("btf_read:1+:2", 0);
	ck_assert_int_eq(faulty("map_lookup_batch:1+:1", "show", "t/i", "--entries",
				"--bpffs", bench.bpffs),
			 0);
	has(bench.out, "entries cannot be read: Operation not permitted");
}
END_TEST

START_TEST(show_prints_entries_when_asked)
{
	struct json_object *root, *maps;
	bool found = false;

	make_flows();
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	lacks(bench.out, "entry");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	has(bench.out, "max_entries 20  10 entries\n");
	has(bench.out, "max_entries 20  0 entries\n");
	ck_assert_int_eq(
		mimctl("show", "t", "--bpffs", bench.bpffs, "--entries", "--limit", "2"),
		0);
	has(bench.out, "port=2 count=2000000000 of=[0,2]\n      8 more entries\n");
	has(bench.out, "      entries as above\n");
	ck_assert_int_eq(mimctl("show", "t/o", "--bpffs", bench.bpffs, "--entries",
				"--limit", "0", "-o", "json"),
			 0);
	root = json();
	maps = json_object_object_get(root, "maps");
	for (size_t i = 0; i < json_object_array_length(maps); i++) {
		struct json_object *map = json_object_array_get_idx(maps, i), *list;

		list = json_object_object_get(map, "entries");
		if (json_object_get_int(json_object_object_get(map, "n_entries")) != 10)
			continue;
		ck_assert_uint_eq(json_object_array_length(list), 10);
		found = true;
	}
	ck_assert(found);
	json_object_put(root);
	ck_assert_int_eq(mimctl("show", "t", "--limit", "2"), 64);
	ck_assert_int_eq(mimctl("show", "t", "--entries", "-o", "summary"), 64);
	ck_assert_int_eq(mimctl("show", "t", "--entries", "--limit", "x"), 64);
}
END_TEST

/* A snapshot with entries is still one that a plan can be made against. */
START_TEST(a_snapshot_with_entries_is_a_snapshot)
{
	char path[128];
	FILE *file;

	make_flows();
	ck_assert_int_eq(
		mimctl("show", "t", "--bpffs", bench.bpffs, "--entries", "-o", "json"),
		0);
	snprintf(path, sizeof(path), "%s/live.json", bench.folder);
	file = fopen(path, "w");
	fputs(bench.out, file);
	fclose(file);
	ck_assert_msg(mimctl("plan", "-f", bench.file, "--live", path,
			     "--detailed-exitcode") == 0,
		      "%s%s", bench.out, bench.err);
	unlink(path);
}
END_TEST

/* Keys that are as wide as the column, that widen it, and that stand out of it. */
START_TEST(what_follows_a_key_stands_apart)
{
	const int widths[] = {11, 12, 40, 41, 64};
	char yaml[1024], key[65], line[128];

	memset(key, 'k', sizeof(key));
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		snprintf(yaml, sizeof(yaml),
			 "version: 1\nname: t\nbpffs: %s\n"
			 "templates: [{name: it, type: hash, key: 'char[64]', value: u32,"
			 " max_entries: 4}]\n"
			 "outer_maps: [{name: o%d, type: hash_of_maps, key: 'char[64]',"
			 " max_entries: 4, template: it}]\n"
			 "inner_maps: [{name: i%d, template: it, entries:"
			 " [{key: %.*s, value: 7}]}]\n"
			 "bindings: [{outer: o%d, slots: [{key: %.*s, inner: i%d}]}]\n",
			 bench.bpffs, widths[i], widths[i], widths[i], key, widths[i],
			 widths[i], key, widths[i]);
		bench_write(yaml);
		apply();
		ck_assert_int_eq(mimctl("show", "-f", bench.file, "--entries"), 0);
		snprintf(line, sizeof(line), "    slot   %.*s  i%d (", widths[i], key,
			 widths[i]);
		has(bench.out, line);
		snprintf(line, sizeof(line), "      entry  %.*s  7\n", widths[i], key);
		has(bench.out, line);
		key[widths[i]] = '\0';
		snprintf(line, sizeof(line), "t/o%d", widths[i]);
		ck_assert_int_eq(mimctl("get", line, key, "-f", bench.file), 0);
		snprintf(line, sizeof(line), "slot   %s  i%d (", key, widths[i]);
		has(bench.out, line);
		key[widths[i]] = 'k';
	}
}
END_TEST

START_TEST(show_takes_a_pin_or_an_id)
{
	char id[16];

	make_flows();
	snprintf(id, sizeof(id), "%ld", (long)map_number("t/o", "id"));
	ck_assert_int_eq(mimctl("show", "t/o", "--bpffs", bench.bpffs), 0);
	has(bench.out, "  outer  o (id ");
	has(bench.out, "    slot   ");
	lacks(bench.out, "every outer map");
	ck_assert_int_eq(mimctl("show", id, "--bpffs", bench.bpffs), 0);
	has(bench.out, "  outer  o (id ");
	ck_assert_int_eq(mimctl("show", "t/nothing", "--bpffs", bench.bpffs), 1);
	ck_assert_int_eq(mimctl("show", "4294967295"), 1);
	ck_assert_int_eq(mimctl("show", "0"), 64);
	ck_assert_int_eq(mimctl("show", "a.b"), 64);
}
END_TEST

/* Keys of slots and entries as the description says, where the maps have no BTF. */
START_TEST(show_writes_as_the_description_says)
{
	uint8_t key[8] = {24, 0, 0, 0, 10, 1, 2, 0};
	uint32_t value = 7;
	char yaml[1024];

	bpftool("map", "create", pin("theirs"), "type", "lpm_trie", "key", "8", "value",
		"4", "entries", "8", "name", "theirs", "flags", "1");
	bpftool("map", "create", pin("o"), "type", "hash_of_maps", "key", "2", "value",
		"4", "entries", "4", "name", "o", "inner_map", "pinned", pin("theirs"));
	bpftool("map", "update", "pinned", pin("o"), "key", "0", "80", "value", "pinned",
		pin("theirs"));
	write_map("theirs", key, &value);
	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates: [{name: it, type: lpm_trie, key: ipv4_prefix, value: u32,"
		 " max_entries: 8, flags: [no_prealloc]}]\n"
		 "outer_maps: [{name: o, type: hash_of_maps, key: be16, max_entries: 4,"
		 " template: it}]\n"
		 "inner_maps: [{name: theirs, template: it}]\n"
		 "bindings: [{outer: o, slots: [{key: 80, inner: theirs}]}]\n"
		 "pins: [{map: o, path: %s}, {map: theirs, path: %s}]\n",
		 bench.bpffs, pin("o"), pin("theirs"));
	bench_write(yaml);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--adopt"), 0);
	ck_assert_int_eq(mimctl("show", "-f", bench.file, "--entries"), 0);
	has(bench.out, "    slot   80           theirs (id ");
	has(bench.out, "      entry  10.1.2.0/24  7\n");
	ck_assert_int_eq(mimctl("show", pin("o"), "-f", bench.file, "--entries"), 0);
	has(bench.out, "    slot   80           theirs (id ");
	has(bench.out, "      entry  10.1.2.0/24  7\n");
	ck_assert_int_eq(mimctl("show", "t", "--bpffs", bench.bpffs, "--entries"), 0);
	has(bench.out, "    slot   00 50        theirs (id ");
	lacks(bench.out, "10.1.2.0/24");
	ck_assert_int_eq(mimctl("show", "u", "-f", bench.file), 64);
	has(bench.err, "the description is of 't', not 'u'");
	ck_assert_int_eq(mimctl("show", "-f", "nowhere.yaml"), 65);
}
END_TEST

/* Puts entries in and takes others out, for ever; those below 10000 stay. */
static void disturb(int fd)
{
	for (uint32_t key = 0;; key++) {
		uint32_t other = key % 10000 + 10000, gone = (key + 5000) % 10000 + 10000;
		uint64_t value = key;

		bpf_map_update_elem(fd, &other, &value, 0);
		bpf_map_delete_elem(fd, &gone);
	}
}

/* Those that nobody touches are all there. */
START_TEST(a_large_map_that_changes_is_read_to_its_end)
{
	int status, fd;
	pid_t writer;

	make_scope("type: hash, key: u32, value: u64, max_entries: 20000", "u16");
	fd = bpf_obj_get(pin("t/i"));
	for (uint32_t key = 0; key < 10000; key++) {
		uint64_t value = key;

		ck_assert_int_eq(bpf_map_update_elem(fd, &key, &value, 0), 0);
	}
	writer = fork();
	ck_assert_int_ge(writer, 0);
	if (writer == 0)
		disturb(fd);
	expect_get(0, "t/o", "80");
	kill(writer, SIGKILL);
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	for (uint32_t key = 0; key < 10000; key += 1111) {
		char line[64];

		snprintf(line, sizeof(line), "  entry  %-12u %u\n", key, key);
		has(bench.out, line);
	}
	close(fd);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		entries_are_told_by_field_in_the_order_of_their_keys,
		as_json_they_are_objects,
		a_description_says_where_pins_lie,
		without_a_description_btf_tells,
		what_has_no_form_is_shown_as_bytes,
		of_a_per_cpu_map_each_cpu_is_told,
		what_cannot_be_looked_into_is_said,
		what_is_wrong_names_the_argument,
		a_slot_that_changes_is_tried_again,
		show_prints_entries_when_asked,
		a_snapshot_with_entries_is_a_snapshot,
		what_follows_a_key_stands_apart,
		show_takes_a_pin_or_an_id,
		show_writes_as_the_description_says,
		a_large_map_that_changes_is_read_to_its_end,
	};

	return bench_suite("get", tests, sizeof(tests) / sizeof(tests[0]));
}

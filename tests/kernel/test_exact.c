/* SPDX-License-Identifier: BSD-2-Clause */

/* What is declared to be in a map stays in it, and changes in one moment. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define HEAD "version: 1\nname: t\nbpffs: %s\n"

static int open_map(const char *name)
{
	int fd = bpf_obj_get(pin(name));

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
	return fd;
}

static int open_slot(uint32_t slot)
{
	uint32_t id = slot_id("t/o", slot);
	int fd = bpf_map_get_fd_by_id(id);

	ck_assert_msg(fd >= 0, "id %u: %s", id, strerror(errno));
	return fd;
}

static void expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%s%s", status, wanted,
		      bench.out, bench.err);
}

/* An outer map with the inner map x in slots 0 and 1, and in a pin if @pins says so. */
static void write_x(const char *template, const char *entries, const char *pins)
{
	char yaml[4096];

	snprintf(yaml, sizeof(yaml),
		 HEAD "templates: [{name: k, %s}]\n"
		      "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
		      "template: k}]\n"
		      "inner_maps: [{name: x, template: k, contents: exact, %s}]\n"
		      "bindings: [{outer: o, slots: [{key: 0, inner: x}, {key: 1, inner: "
		      "x}]}]\npins: [%s]\n",
		 bench.bpffs, template, entries, pins);
	bench_write(yaml);
}

#define TABLE  "type: hash, key: u32, value: u64, max_entries: 4"
#define ONE    "entries: [{key: 1, value: 10}, {key: 2, value: 20}]"
#define OTHER  "entries: [{key: 3, value: 30}, {key: 2, value: 21}]"
#define PINNED "{map: x, path: x}"

static void holds(int fd, uint32_t key, uint64_t wanted)
{
	uint64_t value = 0;

	if (bpf_map_lookup_elem(fd, &key, &value) < 0)
		value = 0;
	ck_assert_msg(value == wanted, "%u: %lu, not %lu", key, (unsigned long)value,
		      (unsigned long)wanted);
}

START_TEST(what_is_only_bound_is_swapped)
{
	uint32_t before;
	int old, new;

	write_x(TABLE, ONE, "");
	apply();
	before = slot_id("t/o", 0);
	old = open_slot(0);
	write_x(TABLE, OTHER, "");
	expect(mimctl("plan", "-f", bench.file, "-v"), 0);
	has(bench.out, "~ inner  x ");
	has(bench.out,
	    "entries: 1 to add, 1 to change, 1 to remove, in a new map that takes "
	    "its place");
	has(bench.out, "\nEntries: 1 to add, 1 to change, 1 to remove\n");
	has(bench.out, "- entry  1            10\n");
	has(bench.out, "~ entry  2            20 -> 21\n");
	has(bench.out, "+ entry  3            30\n");
	apply();
	ck_assert_uint_ne(slot_id("t/o", 0), before);
	ck_assert_uint_eq(slot_id("t/o", 0), slot_id("t/o", 1));
	new = open_slot(1);
	holds(new, 1, 0);
	holds(new, 2, 21);
	holds(new, 3, 30);
	/* Who still has the old one sees what was in it. */
	holds(old, 1, 10);
	holds(old, 2, 20);
	close(old);
	close(new);
	map_is_gone(before);
}
END_TEST

START_TEST(what_is_pinned_or_used_changes_in_place)
{
	uint32_t id;
	int fd, program;

	write_x(TABLE, ONE, PINNED);
	apply();
	fd = open_map("t/x");
	id = slot_id("t/o", 0);
	write_x(TABLE, OTHER, PINNED);
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "entries: 1 to add, 1 to change, 1 to remove, in place");
	apply();
	ck_assert_uint_eq(slot_id("t/o", 0), id);
	holds(fd, 1, 0);
	holds(fd, 2, 21);
	holds(fd, 3, 30);
	/* Without its pin, but with a program that has it. */
	program = load_user("t/x");
	write_x(TABLE, OTHER, "");
	apply();
	write_x(TABLE, ONE, "");
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "in place");
	/* Whoever wants it swapped all the same is told who is left behind. */
	write_x(TABLE, ONE ", update: swap", "");
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "in a new map that takes its place");
	has(bench.out, " goes on using id ");
	apply();
	ck_assert_uint_ne(slot_id("t/o", 0), id);
	holds(fd, 3, 30);
	close(program);
	close(fd);
	/* And the other way round. */
	id = slot_id("t/o", 0);
	write_x(TABLE, OTHER ", update: in_place", "");
	apply();
	ck_assert_uint_eq(slot_id("t/o", 0), id);
}
END_TEST

/* Keys of four or eight bytes, values of eight; what a program makes of them. */
static const struct {
	const char *template;
	const char *entries;
	uint32_t kept[2];
	uint32_t extra[2];
	uint64_t value;
} kinds[] = {
	{TABLE, "entries: [{key: 1, value: 10}, {key: 2, value: 20}]", {1}, {9}, 10},
	{"type: percpu_hash, key: u32, value: u64, max_entries: 4",
	 "entries: [{key: 1, value: 10}, {key: 2, value: 20}]",
	 {1},
	 {9},
	 10},
	{"type: lru_hash, key: u32, value: u64, max_entries: 64",
	 "entries: [{key: 1, value: 10}, {key: 2, value: 20}]",
	 {1},
	 {9},
	 10},
	{"type: array, value: u64, max_entries: 4",
	 "entries: [{key: 1, value: 10}, {key: 2, value: 20}]",
	 {1},
	 {3},
	 10},
	{"type: percpu_array, value: u64, max_entries: 4",
	 "entries: [{key: 1, value: 10}, {key: 2, value: 20}]",
	 {1},
	 {3},
	 10},
	{"type: lpm_trie, key: ipv4_prefix, value: u64, max_entries: 4, flags: "
	 "[no_prealloc]",
	 "entries: [{key: 10.0.0.0/8, value: 10}, {key: 0.0.0.0/0, value: 20}]",
	 {8, 0x0000000a},
	 {16, 0x0000010a},
	 10},
	{"type: devmap_hash, key: u32, value: u32, max_entries: 4",
	 "entries: [{key: 7, value: 1}]",
	 {7},
	 {9},
	 1},
};

static uint64_t read_one(int fd, const uint32_t *key)
{
	uint64_t values[512] = {0};

	return bpf_map_lookup_elem(fd, key, values) < 0 ? 0 : values[0];
}

START_TEST(what_programs_change_is_put_right_in_every_kind)
{
	static const char *const updates[] = {"swap", "in_place"};

	for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t values[512];
		char entries[256];
		uint32_t id;
		int fd;

		for (size_t v = 0; v < 512; v++)
			values[v] = strstr(kinds[i / 2].template, "devmap") ? 1 : 77;
		snprintf(entries, sizeof(entries), "update: %s, %s", updates[i % 2],
			 kinds[i / 2].entries);
		write_x(kinds[i / 2].template, entries, "");
		apply();
		id = slot_id("t/o", 0);
		fd = open_slot(0);
		ck_assert_int_eq(bpf_map_update_elem(fd, kinds[i / 2].extra, values, 0),
				 0);
		if (strstr(kinds[i / 2].template, "array"))
			ck_assert_int_eq(
				bpf_map_update_elem(fd, kinds[i / 2].kept, values, 0), 0);
		else
			bpf_map_delete_elem(fd, kinds[i / 2].kept);
		close(fd);
		expect(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 2);
		apply();
		ck_assert_int_eq(slot_id("t/o", 0) == id, i % 2);
		fd = open_slot(0);
		ck_assert_uint_eq(read_one(fd, kinds[i / 2].kept), kinds[i / 2].value);
		/* Of a trie, the wider prefix is found instead. */
		if (strstr(kinds[i / 2].template, "lpm_trie"))
			ck_assert_uint_eq(read_one(fd, kinds[i / 2].extra), 10);
		else
			ck_assert_uint_eq(read_one(fd, kinds[i / 2].extra), 0);
		close(fd);
		expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

/* One CPU is enough to be different. */
START_TEST(one_value_stands_for_all_cpus)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t values[512];
	uint32_t key = 1;
	int fd;

	write_x("type: percpu_hash, key: u32, value: u64, max_entries: 4", ONE, PINNED);
	apply();
	fd = open_map("t/x");
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, values), 0);
	values[cpus - 1] = 11;
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, values, 0), 0);
	expect(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 2);
	if (cpus > 1)
		has(bench.out, "~ entry  1            (one for each CPU) -> 10");
	apply();
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, values), 0);
	for (long cpu = 0; cpu < cpus; cpu++)
		ck_assert_uint_eq(values[cpu], 10);
	close(fd);
}
END_TEST

/* More than there is room for beside what goes. */
START_TEST(a_full_map_changes_in_place)
{
	int fd;

	write_x("type: hash, key: u32, value: u64, max_entries: 2", ONE, PINNED);
	apply();
	write_x("type: hash, key: u32, value: u64, max_entries: 2",
		"entries: [{key: 8, value: 80}, {key: 9, value: 90}]", PINNED);
	apply();
	fd = open_map("t/x");
	holds(fd, 8, 80);
	holds(fd, 9, 90);
	/* Nothing is declared to be in it: nothing is. */
	write_x("type: hash, key: u32, value: u64, max_entries: 2", "entries: []",
		PINNED);
	apply();
	holds(fd, 8, 0);
	holds(fd, 9, 0);
	close(fd);
}
END_TEST

static void is_one(int fd)
{
	holds(fd, 1, 10);
	holds(fd, 2, 20);
	holds(fd, 3, 0);
}

START_TEST(what_changed_in_place_goes_back)
{
	char command[256];
	pid_t child;
	int fd, status;

	write_x(TABLE, ONE, PINNED);
	apply();
	fd = open_map("t/x");
	write_x(TABLE, OTHER, PINNED);
	/* Half of it is done. */
	expect(faulty("map_delete_batch:1:12,map_delete:1:12", "apply", "-f", bench.file),
	       1);
	is_one(fd);
	expect(faulty("map_update_batch:1:524,map_update:2:12", "apply", "-f",
		      bench.file),
	       1);
	is_one(fd);
	/* Nobody confirms it. */
	expect(mimctl("apply", "-f", bench.file, "--confirm", "1"), 5);
	is_one(fd);
	/* The one who did it is gone. */
	child = fork();
	if (child == 0)
		_exit(mimctl("apply", "-f", bench.file, "--confirm", "60"));
	for (int tries = 0;
	     tries < 1000 && access(pin("t/mimctl~/pending"), F_OK) != 0 &&
	     faccessat(-1, pin("t/mimctl~/pending"), F_OK, AT_SYMLINK_NOFOLLOW) != 0;
	     tries++)
		usleep(10000);
	holds(fd, 3, 30);
	ck_assert(signal_holder("t/mimctl~/pending", SIGKILL));
	waitpid(child, &status, 0);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	is_one(fd);
	/* Somebody writes into it while it is being verified. */
	snprintf(command, sizeof(command),
		 "%s map update pinned %s key 2 0 0 0 value 1 0 0 0 0 0 0 0",
		 bench_program("BPFTOOL"), pin("t/x"));
	setenv("MIMCTL_COMMAND", command, 1);
	expect(faulty("map_lookup_batch@map_delete_batch:1:c", "apply", "-f", bench.file),
	       4);
	is_one(fd);
	close(fd);
}
END_TEST

START_TEST(a_saved_plan_is_stale_when_an_entry_has_changed)
{
	uint32_t key = 2;
	uint64_t value = 5;
	char saved[128];
	int fd;

	snprintf(saved, sizeof(saved), "%s/saved.plan", bench.folder);
	write_x(TABLE, ONE, PINNED);
	apply();
	fd = open_map("t/x");
	write_x(TABLE, OTHER, PINNED);
	expect(mimctl("plan", "-f", bench.file, "--out", saved), 0);
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, &value, 0), 0);
	expect(mimctl("apply", saved), 75);
	holds(fd, 2, 5);
	value = 20;
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, &value, 0), 0);
	expect(mimctl("apply", saved), 0);
	holds(fd, 3, 30);
	close(fd);
}
END_TEST

START_TEST(a_snapshot_does_not_tell_what_is_in_a_map)
{
	char saved[128];
	FILE *file;

	snprintf(saved, sizeof(saved), "%s/live.json", bench.folder);
	write_x(TABLE, ONE, PINNED);
	apply();
	expect(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 0);
	file = fopen(saved, "w");
	ck_assert_ptr_nonnull(file);
	fputs(bench.out, file);
	fclose(file);
	write_x(TABLE, OTHER, PINNED);
	expect(mimctl("plan", "-f", bench.file, "--live", saved, "--detailed-exitcode"),
	       0);
	has(bench.err, "warning: what is in 'x' (id ");
	has(bench.err, "is not compared");
}
END_TEST

/* A reader of the whole table, on a CPU of its own. */
struct reader {
	int program;
	bool stop;
};

static void *read_on(void *data)
{
	struct reader *reader = data;
	char packet[64] = {0};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((int)sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	while (!__atomic_load_n(&reader->stop, __ATOMIC_RELAXED)) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = sizeof(packet), .repeat = 200);

		if (bpf_prog_test_run_opts(reader->program, &opts) < 0)
			return (void *)"test run";
	}
	return NULL;
}

static void write_generation(unsigned int generation, const char *update)
{
	char *entries = NULL;
	size_t length;
	FILE *out = open_memstream(&entries, &length);

	fprintf(out, "update: %s, entries: [", update);
	for (unsigned int key = 0; key < 64; key++)
		fprintf(out, "%s{key: %u, value: %u}", key ? ", " : "", key, generation);
	fputc(']', out);
	fclose(out);
	write_x("type: hash, key: u32, value: u64, max_entries: 64", entries, "");
	free(entries);
}

static uint64_t count_of(int counts, uint32_t what)
{
	uint64_t n = 0;

	ck_assert_int_eq(bpf_map_lookup_elem(counts, &what, &n), 0);
	return n;
}

START_TEST(nobody_sees_old_and_new_together)
{
	struct bpf_object *object = bpf_object__open(getenv("GENERATIONS_OBJECT"));
	struct reader reader = {-1, false};
	int outer, counts;
	pthread_t thread;
	void *problem;

	write_generation(1, "swap");
	apply();
	outer = open_map("t/o");
	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(
		bpf_map__reuse_fd(bpf_object__find_map_by_name(object, "tables"), outer),
		0);
	ck_assert_int_eq(bpf_object__load(object), 0);
	reader.program =
		bpf_program__fd(bpf_object__find_program_by_name(object, "read_all"));
	counts = bpf_object__find_map_fd_by_name(object, "counts");
	ck_assert_int_eq(pthread_create(&thread, NULL, read_on, &reader), 0);
	/* However fast an apply is, and however slow the reader. */
	for (unsigned int generation = 2; generation < 8 || count_of(counts, 0) <= 5000;
	     generation++) {
		ck_assert_uint_lt(generation, 1000);
		write_generation(generation, "swap");
		expect(mimctl("apply", "-f", bench.file), 0);
	}
	ck_assert_uint_eq(count_of(counts, 1), 0);
	ck_assert_uint_eq(count_of(counts, 2), 0);
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, &problem);
	ck_assert_ptr_null(problem);
	bpf_object__close(object);
	close(outer);
}
END_TEST

/* The kernel would write past the end of a guess. */
START_TEST(without_the_number_of_cpus_no_values_of_theirs_are_read)
{
	if (!bench_is_private || unshare(CLONE_NEWNS) < 0)
		return;
	write_x("type: percpu_hash, key: u32, value: u64, max_entries: 4", ONE, PINNED);
	apply();
	ck_assert_int_eq(mount("none", "/sys/devices/system/cpu", "tmpfs", 0, NULL), 0);
	expect(mimctl("plan", "-f", bench.file), 1);
	has(bench.err, "how many CPUs there can be is not known");
	expect(mimctl("get", pin("t/o"), "0"), 1);
	has(bench.err, "how many CPUs there can be is not known");
	/* Who has no such map needs not know, nor who takes one away. */
	expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	write_x(TABLE, ONE, PINNED);
	apply();
}
END_TEST

/* Before 6.13 such a trie takes no new value for what it has. */
START_TEST(a_full_trie_changes_in_place)
{
	static const char trie[] =
		"type: lpm_trie, key: ipv4_prefix, value: u32, max_entries: 2, flags: "
		"[no_prealloc]";
	struct {
		uint32_t length;
		uint8_t address[4];
	} key = {8, {10, 0, 0, 0}};
	uint32_t value = 0;
	int fd;

	write_x(trie,
		"entries: [{key: 10.0.0.0/8, value: 1}, {key: 11.0.0.0/8, value: 2}]",
		PINNED);
	apply();
	fd = open_map("t/x");
	write_x(trie,
		"entries: [{key: 10.0.0.0/8, value: 3}, {key: 11.0.0.0/8, value: 4}]",
		PINNED);
	apply();
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, &value), 0);
	ck_assert_uint_eq(value, 3);
	key.address[0] = 11;
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, &value), 0);
	ck_assert_uint_eq(value, 4);
	close(fd);
}
END_TEST

/* The kernel tells its id and wants a descriptor: going back could not give it back. */
START_TEST(a_program_of_a_device_is_not_taken_away)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_XDP_DEVMAP);
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_devmap_val value = {.ifindex = 1};
	uint32_t key = 7;
	int fd;

	write_x("type: devmap_hash, key: u32, value: u64, max_entries: 4",
		"entries: [{key: 7, value: 1}]", PINNED);
	apply();
	fd = open_map("t/x");
	value.bpf_prog.fd =
		bpf_prog_load(BPF_PROG_TYPE_XDP, "d", "GPL", code, 2, &options);
	ck_assert_int_ge(value.bpf_prog.fd, 0);
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, &value, 0), 0);
	close(value.bpf_prog.fd);
	expect(mimctl("apply", "-f", bench.file), 78);
	has(bench.err, "an entry of 'x' (id ");
	has(bench.err, " has program id ");
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, &value), 0);
	ck_assert_int_ne(value.bpf_prog.id, 0);
	ck_assert_int_eq(bpf_map_delete_elem(fd, &key), 0);
	apply();
	close(fd);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_only_bound_is_swapped,
		what_is_pinned_or_used_changes_in_place,
		what_programs_change_is_put_right_in_every_kind,
		one_value_stands_for_all_cpus,
		a_full_map_changes_in_place,
		what_changed_in_place_goes_back,
		a_saved_plan_is_stale_when_an_entry_has_changed,
		a_snapshot_does_not_tell_what_is_in_a_map,
		nobody_sees_old_and_new_together,
		without_the_number_of_cpus_no_values_of_theirs_are_read,
		a_full_trie_changes_in_place,
		a_program_of_a_device_is_not_taken_away,
	};

	return bench_suite("exact", tests, sizeof(tests) / sizeof(tests[0]));
}

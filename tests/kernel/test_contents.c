/* SPDX-License-Identifier: BSD-2-Clause */

/* What is in an inner map is not lost without a word, and kept where that is declared. */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

static void expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%s%s", status, wanted,
		      bench.out, bench.err);
}

static void write_kind(const char *type, const char *flags, unsigned int max_entries,
		       const char *on_replace)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %s\n"
		 "templates:\n"
		 "  - {name: k, type: %s, key_size: %u, value: u64, max_entries: %u, "
		 "flags: [%s], on_replace: %s}\n"
		 "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: "
		 "k}]\n"
		 "inner_maps: [{name: x, template: k}]\n"
		 "bindings: [{outer: o, slots: [{key: 0}, {key: 1, inner: x}]}]\n"
		 "pins: [{map: x, path: x}]\n",
		 bench.bpffs, type, strcmp(type, "lpm_trie") ? 4 : 8, max_entries, flags,
		 on_replace);
	bench_write(yaml);
}

static int open_map(const char *name)
{
	int fd = bpf_obj_get(pin(name));

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int open_slot(uint32_t slot)
{
	int outer = open_map("t/o"), fd;
	uint32_t id;

	ck_assert_int_eq(bpf_map_lookup_elem(outer, &slot, &id), 0);
	close(outer);
	fd = bpf_map_get_fd_by_id(id);
	ck_assert_int_ge(fd, 0);
	return fd;
}

struct key {
	uint32_t a;
	uint32_t b;
};

static struct key key_of(const char *type, uint32_t i)
{
	/* Of a trie: a prefix of 32 bits, and the address. */
	return strcmp(type, "lpm_trie") ? (struct key){i, 0} : (struct key){32, i};
}

static void fill(int fd, const char *type, uint32_t n, uint64_t first)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t values[512];
		struct key key = key_of(type, i);

		for (size_t v = 0; v < 512; v++)
			values[v] = first + i;
		ck_assert_int_eq(bpf_map_update_elem(fd, &key, values, 0), 0);
	}
}

static void holds(int fd, const char *type, uint32_t n, uint64_t first)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t values[512] = {0};
		struct key key = key_of(type, i);

		ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, values), 0);
		ck_assert_uint_eq(values[0], first + i);
		if (strstr(type, "percpu"))
			ck_assert_uint_eq(values[1], first + i);
	}
}

static const struct {
	const char *type;
	const char *flags;
} kinds[] = {
	{"hash", ""},
	{"array", ""},
	{"lru_hash", ""},
	{"percpu_hash", ""},
	{"percpu_array", ""},
	{"lru_percpu_hash", ""},
	{"lpm_trie", "no_prealloc"},
};

START_TEST(entries_go_to_the_map_that_takes_the_place)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *type = kinds[i].type;
		int fd;

		write_kind(type, kinds[i].flags, 64, "copy");
		apply();
		fd = open_map("t/x");
		fill(fd, type, 20, 1000);
		close(fd);
		fd = open_slot(0);
		fill(fd, type, 7, 5000);
		close(fd);
		write_kind(type, kinds[i].flags, 128, "copy");
		expect(mimctl("plan", "-f", bench.file), 0);
		has(bench.out, "20 entries go to the new map");
		has(bench.out, "7 entries go to the new map");
		lacks(bench.out, "lost");
		apply();
		fd = open_map("t/x");
		holds(fd, type, 20, 1000);
		close(fd);
		fd = open_slot(0);
		holds(fd, type, 7, 5000);
		close(fd);
		expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	}
}
END_TEST

START_TEST(entries_that_are_lost_are_counted)
{
	int fd;

	write_kind("hash", "", 64, "discard");
	apply();
	fd = open_map("t/x");
	fill(fd, "hash", 20, 1000);
	close(fd);
	fd = open_slot(0);
	fill(fd, "hash", 1, 5000);
	close(fd);
	write_kind("hash", "", 128, "discard");
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "20 entries are lost");
	has(bench.out, "1 entry is lost");
	has(bench.out, "Destructive: ");
	has(bench.out, ", 21 entries lost");
	expect(mimctl("plan", "-f", bench.file, "-o", "json"), 0);
	has(bench.out, "\"entries_lost\":21");
	expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 0);
	has(bench.out, ", 21 entries lost");
}
END_TEST

START_TEST(what_does_not_fit_is_refused_before_anything_changes)
{
	int fd;

	write_kind("hash", "", 64, "copy");
	apply();
	fd = open_map("t/x");
	fill(fd, "hash", 20, 1000);
	write_kind("hash", "", 10, "copy");
	expect(mimctl("apply", "-f", bench.file), 1);
	has(bench.err, "max_entries 10 is too few for them");
	holds(fd, "hash", 20, 1000);
	write_kind("percpu_hash", "", 64, "copy");
	expect(mimctl("plan", "-f", bench.file), 78);
	has(bench.err, "cannot be copied into a map of another type");
	write_kind("queue", "", 64, "copy");
	expect(mimctl("validate", "-f", bench.file), 65);
	close(fd);
	write_kind("hash", "", 64, "copy");
	plan_is_empty();
}
END_TEST

static bool holder_is_stopped(void)
{
	char target[512], path[64], state = 0;
	unsigned int pid;
	ssize_t n = readlink(pin("t/mimctl~/holder"), target, sizeof(target) - 1);
	FILE *file;

	target[n > 0 ? n : 0] = '\0';
	if (sscanf(target, "pid=%u ", &pid) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'T';
}

/* Pins are moved to their places after the copy. */
static pid_t stop_after_copy(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(faulty("rename@map_lookup*:1:s19", "apply", "-f", bench.file));
	for (int tries = 0; tries < 1000 && !holder_is_stopped(); tries++)
		usleep(10000);
	ck_assert(holder_is_stopped());
	return child;
}

static void go_on(pid_t child)
{
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		signal_holder("t/mimctl~/holder", SIGCONT);
		usleep(10000);
	}
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* Between the copy and the switch: a process stopped there, and what others do meanwhile.
 */
START_TEST(what_changes_until_the_switch_comes_along)
{
	uint32_t key;
	uint64_t value;
	int old, new;
	pid_t child;

	write_kind("hash", "", 64, "copy");
	apply();
	old = open_map("t/x");
	fill(old, "hash", 20, 1000);
	write_kind("hash", "", 128, "copy");
	child = stop_after_copy();
	key = 3, value = 7;
	ck_assert_int_eq(bpf_map_update_elem(old, &key, &value, 0), 0);
	key = 30;
	ck_assert_int_eq(bpf_map_update_elem(old, &key, &value, 0), 0);
	key = 5;
	ck_assert_int_eq(bpf_map_delete_elem(old, &key), 0);
	go_on(child);
	new = open_map("t/x");
	key = 3;
	ck_assert_int_eq(bpf_map_lookup_elem(new, &key, &value), 0);
	ck_assert_uint_eq(value, 7);
	key = 30;
	ck_assert_int_eq(bpf_map_lookup_elem(new, &key, &value), 0);
	key = 5;
	ck_assert_int_ne(bpf_map_lookup_elem(new, &key, &value), 0);
	key = 6;
	ck_assert_int_eq(bpf_map_lookup_elem(new, &key, &value), 0);
	ck_assert_uint_eq(value, 1006);
	close(old);
	close(new);
}
END_TEST

/* Whoever writes a prefix with other bits behind it writes the same entry. */
START_TEST(a_prefix_stays_one_entry_whatever_is_behind_it)
{
	struct key key = {16, 0x04030201};
	uint64_t value = 1;
	int old, new;
	pid_t child;

	write_kind("lpm_trie", "no_prealloc", 64, "copy");
	apply();
	old = open_map("t/x");
	ck_assert_int_eq(bpf_map_update_elem(old, &key, &value, 0), 0);
	write_kind("lpm_trie", "no_prealloc", 128, "copy");
	child = stop_after_copy();
	/* The kernel keeps the key as it was written last. */
	key.b = 0x05050201;
	value = 2;
	ck_assert_int_eq(bpf_map_update_elem(old, &key, &value, 0), 0);
	go_on(child);
	new = open_map("t/x");
	key.a = 32;
	ck_assert_int_eq(bpf_map_lookup_elem(new, &key, &value), 0);
	ck_assert_uint_eq(value, 2);
	close(old);
	close(new);
}
END_TEST

/* Who could open the map that was there can open the one that takes its place. */
START_TEST(a_pin_keeps_its_mode_and_group)
{
	struct stat st;

	write_kind("hash", "", 64, "copy");
	apply();
	ck_assert_int_eq(chmod(pin("t/x"), 0640), 0);
	ck_assert_int_eq(chown(pin("t/x"), 12345, 54321), 0);
	plan_is_empty();
	write_kind("hash", "", 128, "copy");
	apply();
	ck_assert_int_eq(stat(pin("t/x"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 54321);
	plan_is_empty();
}
END_TEST

static uint32_t count(int fd)
{
	struct key key;
	uint32_t n = 0;

	while (bpf_map_get_next_key(fd, n ? &key : NULL, &key) == 0)
		n++;
	return n;
}

/* Each CPU keeps some of the room for itself. */
START_TEST(what_an_lru_map_evicts_is_told)
{
	char words[64];
	uint32_t before, after;
	int fd;

	write_kind("lru_hash", "", 1000, "copy");
	apply();
	fd = open_map("t/x");
	fill(fd, "lru_hash", 1000, 1000);
	before = count(fd);
	close(fd);
	write_kind("lru_hash", "", 1001, "copy");
	expect(mimctl("apply", "-f", bench.file), 0);
	has(bench.out, "entries go to the new map, as many as an LRU map keeps");
	fd = open_map("t/x");
	after = count(fd);
	close(fd);
	snprintf(words, sizeof(words), "'x' keeps %u: an LRU map evicts some", after);
	if (after < before)
		has(bench.err, words);
	else
		lacks(bench.err, "evicts");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		entries_go_to_the_map_that_takes_the_place,
		entries_that_are_lost_are_counted,
		what_does_not_fit_is_refused_before_anything_changes,
		what_changes_until_the_switch_comes_along,
		a_prefix_stays_one_entry_whatever_is_behind_it,
		a_pin_keeps_its_mode_and_group,
		what_an_lru_map_evicts_is_told,
	};

	return bench_suite("contents", tests, sizeof(tests) / sizeof(tests[0]));
}

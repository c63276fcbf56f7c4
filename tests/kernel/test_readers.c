/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A program looks up every slot, again and again, while apply after apply gives each of
 * them another map. It never misses one, and never finds what is for another slot: in an
 * array_of_maps on any kernel, in a hash_of_maps from 6.16 on.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "harness.h"
#include "reader.h"

/* Runs of the program for one system call. */
#define REPEAT 200

static const char *const names[] = {"array", "hash"};

static char *description(int set)
{
	char *yaml = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&yaml, &size);

	fputs("version: 1\nname: t\nbpffs: %s\n"
	      "templates: [{name: table, type: array, value: u64, max_entries: 1}]\n"
	      "outer_maps:\n",
	      out);
	fprintf(out,
		"  - {name: array, type: array_of_maps, max_entries: %d, template: "
		"table}\n"
		"  - {name: hash, type: hash_of_maps, key: u32, max_entries: %d, "
		"template: table}\n",
		READER_SLOTS, READER_SLOTS);
	fputs("inner_maps:\n", out);
	for (int i = 0; i < 2 * READER_SLOTS; i++)
		fprintf(out, "  - {name: s%d-%d, template: table}\n", i / READER_SLOTS,
			i % READER_SLOTS);
	fputs("bindings:\n", out);
	for (int o = 0; o < 2; o++) {
		fprintf(out, "  - outer: %s\n    slots:\n", names[o]);
		for (int i = 0; i < READER_SLOTS; i++)
			fprintf(out, "      - {key: %d, inner: s%d-%d}\n", i, set, i);
	}
	fputs("pins:\n  - {map: array, path: array}\n  - {map: hash, path: hash}\n", out);
	for (int i = 0; i < 2 * READER_SLOTS; i++)
		fprintf(out, "  - {map: s%d-%d, path: s%d/%d}\n", i / READER_SLOTS,
			i % READER_SLOTS, i / READER_SLOTS, i % READER_SLOTS);
	fclose(out);
	return yaml;
}

static void fill_maps(void)
{
	for (int i = 0; i < 2 * READER_SLOTS; i++) {
		int set = i / READER_SLOTS, slot = i % READER_SLOTS, fd;
		uint64_t value = READER_VALUE((uint64_t)set, (uint64_t)slot);
		uint32_t zero = 0;
		char name[32];

		snprintf(name, sizeof(name), "t/s%d/%d", set, slot);
		fd = bpf_obj_get(pin(name));
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(bpf_map_update_elem(fd, &zero, &value, 0), 0);
		close(fd);
	}
}

struct reader {
	struct bpf_object *object;
	int program;
	int seen;
	bool stop;
	pthread_t thread;
};

static void load(struct reader *reader)
{
	libbpf_set_print(NULL);
	reader->object = bpf_object__open_file(bench_program("READER_OBJECT"), NULL);
	ck_assert(reader->object != NULL);
	for (int o = 0; o < 2; o++) {
		struct bpf_map *map =
			bpf_object__find_map_by_name(reader->object, names[o]);
		char name[32];
		int fd;

		snprintf(name, sizeof(name), "t/%s", names[o]);
		fd = bpf_obj_get(pin(name));
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(bpf_map__reuse_fd(map, fd), 0);
		close(fd);
	}
	ck_assert_int_eq(bpf_object__load(reader->object), 0);
	reader->program = bpf_program__fd(
		bpf_object__find_program_by_name(reader->object, "read_slots"));
	reader->seen = bpf_object__find_map_fd_by_name(reader->object, "seen");
	ck_assert_int_ge(reader->program, 0);
	ck_assert_int_ge(reader->seen, 0);
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *read_on(void *data)
{
	struct reader *reader = data;
	char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = sizeof(packet), .repeat = REPEAT);
	long r = 0;

	stay_on(0);
	while (r == 0 && !__atomic_load_n(&reader->stop, __ATOMIC_RELAXED))
		r = bpf_prog_test_run_opts(reader->program, &opts) < 0 ? -errno : 0;
	return (void *)(r == -EINTR ? 0 : r);
}

static struct reader_seen seen_of(const struct reader *reader, uint32_t outer)
{
	struct reader_seen seen;

	ck_assert_int_eq(bpf_map_lookup_elem(reader->seen, &outer, &seen), 0);
	return seen;
}

/* What is written while the other set is bound is no part of a swap. */
static void swap_all(int applies)
{
	char *yaml[2] = {description(0), description(1)};

	for (int i = 1; i <= applies; i++) {
		bench_write(yaml[i % 2]);
		ck_assert_msg(mimctl("apply", "-f", bench.file, "-q") == 0, "%s",
			      bench.err);
		bench_count("applies swapped all slots under a running program");
	}
	free(yaml[0]);
	free(yaml[1]);
}

static bool replaces_in_place(void)
{
	int major = 0, minor = 0;
	struct utsname system;

	ck_assert_int_eq(uname(&system), 0);
	ck_assert_int_eq(sscanf(system.release, "%d.%d", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 16);
}

static void check(const struct reader *reader, uint32_t outer, bool atomic)
{
	struct reader_seen seen = seen_of(reader, outer);

	printf("# %s_of_maps: %llu misses and %llu foreign values in %llu lookups\n",
	       names[outer], seen.misses, seen.foreign, seen.lookups);
	/* Otherwise it has not seen a swap. */
	ck_assert_uint_gt(seen.of_set[0], 0);
	ck_assert_uint_gt(seen.of_set[1], 0);
	/*
	 * Before 6.16 a hash deletes and inserts, and an element that is freed may be
	 * another slot's before a reader is through with it: then both are only counted.
	 */
	if (!atomic)
		return;
	ck_assert_uint_eq(seen.misses, 0);
	ck_assert_uint_eq(seen.foreign, 0);
}

START_TEST(a_program_misses_no_slot_while_all_are_swapped)
{
	/* Where every step takes seconds, there are fewer of them. */
	int applies = bench_is_long() ? 1000 : bench_stride(1) > 1 ? 6 : 30;
	char *first = description(0);
	struct reader reader = {0};
	void *result;

	bench_write(first);
	apply();
	fill_maps();
	load(&reader);
	ck_assert_int_eq(pthread_create(&reader.thread, NULL, read_on, &reader), 0);
	/* The applies have the other CPU, where there is one. */
	stay_on(1);
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	swap_all(applies);
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	ck_assert_int_eq(pthread_join(reader.thread, &result), 0);
	ck_assert_msg(result == NULL, "test run: %s", strerror(-(int)(long)result));
	check(&reader, 0, true);
	check(&reader, 1, replaces_in_place());
	bpf_object__close(reader.object);
	free(first);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_program_misses_no_slot_while_all_are_swapped,
	};

	return bench_suite("readers", tests, sizeof(tests) / sizeof(tests[0]));
}

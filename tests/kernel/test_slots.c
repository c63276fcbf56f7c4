/* SPDX-License-Identifier: BSD-2-Clause */

/* Slots in bulk: whatever batch calls a kernel has, what is written is what is read. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"
#include "kernel/slots.h"
#include "kernel/workers.h"

#define N 300U

static struct mim_kernel kernel;

/* One outer map with @N inner maps, of which every third slot stays empty. */
struct table {
	int outer;
	int inner[N];
	uint32_t ids[N];
	uint32_t keys[N];
	struct mim_shape shape;
	uint32_t bad;
	bool ours;
};

/* How kernels answer: 5.10 knows no batches, and up to 6.1 lookups wait. */
struct way {
	int batch;
	bool lookups_wait;
	atomic_uint n_batches;
};

static int answer(void *data, const char *op, uint64_t call)
{
	struct way *way = data;

	(void)call;
	if (way->lookups_wait && strcmp(op, "map_lookup") == 0)
		usleep(2000);
	if (!strstr(op, "_batch"))
		return 0;
	way->n_batches += strcmp(op, "map_update_batch") == 0;
	return way->batch;
}

static struct table *make(uint32_t type)
{
	const struct mim_shape inner = {BPF_MAP_TYPE_HASH, 4, 4, 1, 0, 0, 0};
	struct table *table = calloc(1, sizeof(*table));
	struct mim_map_info info;

	table->shape = (struct mim_shape){type, 4, 4, N, 0, 0, 0};
	table->bad = UINT32_MAX;
	for (uint32_t i = 0; i < N; i++) {
		table->keys[i] = i;
		table->inner[i] =
			mim_kernel_call(&kernel, map_create, &inner, "i", -1, NULL);
		ck_assert_int_ge(table->inner[i], 0);
		ck_assert_int_eq(
			mim_kernel_call(&kernel, map_info, table->inner[i], &info), 0);
		table->ids[i] = info.id;
	}
	table->outer = mim_kernel_call(&kernel, map_create, &table->shape, "o",
				       table->inner[0], NULL);
	ck_assert_int_ge(table->outer, 0);
	return table;
}

static void drop(struct table *table)
{
	close(table->outer);
	for (uint32_t i = 0; i < N; i++)
		close(table->inner[i]);
	free(table);
}

static bool is_used(uint32_t i)
{
	return i % 3 != 2;
}

static const uint8_t *key_of(void *data, uint32_t i)
{
	struct table *table = data;

	return is_used(i) ? (const uint8_t *)&table->keys[i] : NULL;
}

static int open_inner(void *data, uint32_t i, bool *ret_ours)
{
	struct table *table = data;

	if (i == table->bad)
		return -ENFILE;
	*ret_ours = table->ours;
	return table->ours ? dup(table->inner[i]) : table->inner[i];
}

static int write_all(struct table *table, uint32_t descriptors, uint32_t *ret_failed)
{
	mim_cleanup(mim_slot_room_release) struct mim_slot_room room = {0};
	const struct mim_slot_source source = {N, key_of, open_inner, table};

	ck_assert_int_eq(mim_slot_room_init(&room, 4, descriptors), 0);
	return mim_slots_write(&kernel, table->outer, 4, &source, &room, ret_failed);
}

static int delete_all(struct table *table, uint32_t *ret_failed)
{
	mim_cleanup(mim_slot_room_release) struct mim_slot_room room = {0};
	const struct mim_slot_source source = {N, key_of, NULL, table};

	ck_assert_int_eq(mim_slot_room_init(&room, 4, 1024), 0);
	return mim_slots_delete(&kernel, table->outer, 4, &source, &room, ret_failed);
}

/* Return: how many were there, each of which is what was written. */
static uint32_t read_all(const struct table *table)
{
	mim_cleanup(mim_slot_ids_release) struct mim_slot_ids slots = {0};
	bool seen[N] = {false};

	ck_assert_int_eq(mim_slots_read(&kernel, table->outer, &table->shape, &slots), 0);
	for (uint32_t i = 0; i < slots.n; i++) {
		uint32_t key;

		memcpy(&key, slots.keys + (size_t)i * 4, 4);
		ck_assert_uint_lt(key, N);
		ck_assert(is_used(key) && !seen[key]);
		ck_assert_uint_eq(slots.ids[i], table->ids[key]);
		seen[key] = true;
	}
	return slots.n;
}

/* By two threads the same is read, but where batches are refused or wait. */
static void read_by_two(const struct table *table, uint32_t parts)
{
	mim_cleanup(mim_slot_ids_release) struct mim_slot_ids one = {0}, two = {0};
	int r = mim_slots_read_by_two(&kernel, table->outer, &table->shape, parts, &two);

	ck_assert_int_eq(mim_slots_read(&kernel, table->outer, &table->shape, &one), 0);
	/* -EINTR: as in mim_slots_read() before 6.14, where some slots are empty. */
	if (r == -MIM_ENOTSUPP || r == -EINTR)
		return;
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(two.n, one.n);
	ck_assert_mem_eq(two.keys, one.keys, (size_t)one.n * 4);
	ck_assert_mem_eq(two.ids, one.ids, (size_t)one.n * 4);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void each_way(void (*test)(struct table *table))
{
	static struct way ways[] = {
		{0, false, 0}, {0, true, 0}, {-MIM_ENOTSUPP, true, 0}};
	static const uint32_t types[] = {BPF_MAP_TYPE_ARRAY_OF_MAPS,
					 BPF_MAP_TYPE_HASH_OF_MAPS};

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		for (size_t t = 0; t < 2; t++) {
			struct table *table = make(types[t]);

			kernel.fault = answer;
			kernel.fault_data = &ways[w];
			test(table);
			kernel.fault = NULL;
			drop(table);
		}
	}
}

static void goes_round(struct table *table)
{
	uint32_t failed;
	int before = open_descriptors();

	ck_assert_uint_eq(read_all(table), 0);
	for (int i = 0; i < 2; i++) {
		table->ours = i;
		ck_assert_int_eq(write_all(table, i ? 8 : 100000, &failed), 0);
		ck_assert_uint_eq(read_all(table), N - N / 3);
		for (uint32_t parts = 0; parts <= MIM_SLOT_PARTS; parts++)
			read_by_two(table, parts);
		ck_assert_int_eq(delete_all(table, &failed), 0);
		ck_assert_uint_eq(read_all(table), 0);
		/* What is empty already is no error. */
		ck_assert_int_eq(delete_all(table, &failed), 0);
	}
	ck_assert_int_eq(open_descriptors(), before);
}

START_TEST(what_is_written_is_read_and_deleted)
{
	each_way(goes_round);
}
END_TEST

static void names_the_one_that_fails(struct table *table)
{
	uint32_t failed = 0;

	table->bad = 130;
	ck_assert_int_eq(write_all(table, 1000, &failed), -ENFILE);
	ck_assert_uint_eq(failed, 130);
	table->bad = UINT32_MAX;
	table->keys[97] = table->shape.type == BPF_MAP_TYPE_ARRAY_OF_MAPS ? N + 5 : 97;
	close(table->inner[97]);
	table->inner[97] = open("/dev/null", O_RDONLY);
	ck_assert_int_lt(write_all(table, 1000, &failed), 0);
	ck_assert_uint_eq(failed, 97);
}

START_TEST(an_error_names_the_slot)
{
	each_way(names_the_one_that_fails);
}
END_TEST

/* Three empty slots in a row end a batch before 6.14. */
START_TEST(a_batch_that_stops_at_empty_slots_is_done_otherwise)
{
	static struct way way = {.batch = -EINTR};
	struct table *table = make(BPF_MAP_TYPE_ARRAY_OF_MAPS);
	uint32_t failed;

	ck_assert_int_eq(write_all(table, 1000, &failed), 0);
	kernel.fault = answer;
	kernel.fault_data = &way;
	ck_assert_uint_eq(read_all(table), N - N / 3);
	kernel.fault = NULL;
	drop(table);
}
END_TEST

static unsigned int count_batches(struct table *table, bool lookups_wait)
{
	struct way way = {.lookups_wait = lookups_wait};
	uint32_t failed;

	kernel.fault = answer;
	kernel.fault_data = &way;
	ck_assert_int_eq(write_all(table, 1000, &failed), 0);
	kernel.fault = NULL;
	return way.n_batches;
}

/* Where batches wait for each element many share the waiting; elsewhere it is done once.
 */
START_TEST(only_where_lookups_wait_many_write)
{
	struct table *table = make(BPF_MAP_TYPE_HASH_OF_MAPS);
	bool waits = mim_slot_lookup_waits(&kernel, table->outer, table->keys);

	/* On a machine that is busy as well: who is held up does not wait. */
	for (int i = 0; i < 20; i++) {
		unsigned int n = count_batches(table, false);

		ck_assert(waits ? n > 32 : n == 1);
	}
	ck_assert_uint_gt(count_batches(table, true), 32);
	drop(table);
}
END_TEST

static int mark(void *data, uint32_t worker, uint32_t first, uint32_t n)
{
	uint8_t *seen = data;

	ck_assert_uint_lt(worker, MIM_WORKERS_MOST);
	ck_assert_uint_gt(n, 0);
	for (uint32_t i = first; i < first + n; i++)
		seen[i]++;
	return first <= 70 && 70 < first + n ? -EIO : 0;
}

START_TEST(workers_share_all_work_once)
{
	static const uint32_t counts[] = {0, 1, 2, 63, 64, 65, 1000};

	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		for (uint32_t workers = 1; workers < 300; workers += 37) {
			uint8_t seen[1000] = {0};
			int r = mim_workers_run(workers, counts[c], mark, seen);

			ck_assert_int_eq(r, counts[c] > 70 ? -EIO : 0);
			for (uint32_t i = 0; i < 1000; i++)
				ck_assert_uint_eq(seen[i], i < counts[c]);
		}
	}
}
END_TEST

static void describe(const char *type, uint32_t slots, uint32_t entries)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "version: 1\nname: t\nbpffs: %%s\n"
		 "templates: [{name: table, type: hash, key: u32, value: u32, "
		 "max_entries: %u, flags: [no_prealloc]}]\n"
		 "outer_maps: [{name: o, type: %s, key: u32, max_entries: %u, "
		 "template: table}]\n"
		 "bindings: [{outer: o, slots: [{keys: 0-%u}]}]\n",
		 entries, type, slots, slots - 1);
	bench_write(yaml);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Insists that it succeeds, and tells how long it took, which nothing depends on. */
static void take(uint32_t slots, const char *type, const char *job)
{
	double began = now();
	struct rusage used;
	int status = strcmp(job, "destroy") == 0
			     ? mimctl("destroy", "t", "--bpffs", bench.bpffs)
			     : mimctl("apply", "-q", "-f", bench.file);

	ck_assert_msg(status == 0, "%s of %u: status %d: %.1000s", job, slots, status,
		      bench.err);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("# %s, %u slots, %s: %.2f s; most memory until now %ld MiB\n", type, slots,
	       job, now() - began, used.ru_maxrss / 1024);
	fflush(stdout);
}

static const char *const outer_types[] = {"array_of_maps", "hash_of_maps"};

START_TEST(a_thousand_slots)
{
	for (size_t i = 0; i < 2; i++) {
		describe(outer_types[i], 1000, 8);
		take(1000, outer_types[i], "cold apply");
		take(1000, outer_types[i], "nothing to do");
		plan_is_empty();
		take(1000, outer_types[i], "destroy");
	}
}
END_TEST

/* Every step goes in pieces: ten times as many maps as there may be descriptors. */
START_TEST(many_more_slots_than_descriptors)
{
	uint32_t slots = bench_is_long() ? 1000000 : 2000;
	const struct rlimit few = {bench_is_long() ? 1024 : 128,
				   bench_is_long() ? 1024 : 128};
	struct rlimit before;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < 2; i++) {
		describe(outer_types[i], slots, 8);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		take(slots, outer_types[i], "cold apply");
		take(slots, outer_types[i], "nothing to do");
		describe(outer_types[i], slots, 16);
		take(slots, outer_types[i], "rebind all");
		plan_is_empty();
		take(slots, outer_types[i], "destroy");
		setrlimit(RLIMIT_NOFILE, &before);
	}
}
END_TEST

/* What one park takes need not fit into another: pinned maps have sizes of their own. */
START_TEST(more_pinned_maps_than_descriptors)
{
	static char yaml[16384];
	const struct rlimit few = {64, 64};
	struct rlimit before;
	size_t n =
		(size_t)snprintf(yaml, sizeof(yaml), "%s",
				 "version: 1\nname: t\nbpffs: %s\ntemplates: [{name: a, "
				 "type: array, value: u32, max_entries: 4}]\n"
				 "inner_maps:\n");

	for (int i = 0; i < 90; i++)
		n += (size_t)snprintf(yaml + n, sizeof(yaml) - n,
				      "  - {name: m%d, template: a, max_entries: %d}\n",
				      i, 4 + i % 3);
	n += (size_t)snprintf(yaml + n, sizeof(yaml) - n, "pins:\n");
	for (int i = 0; i < 90; i++)
		n += (size_t)snprintf(yaml + n, sizeof(yaml) - n,
				      "  - {map: m%d, path: m%d}\n", i, i);
	bench_write(yaml);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	apply();
	setrlimit(RLIMIT_NOFILE, &before);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_written_is_read_and_deleted,
		an_error_names_the_slot,
		only_where_lookups_wait_many_write,
		a_batch_that_stops_at_empty_slots_is_done_otherwise,
		workers_share_all_work_once,
		a_thousand_slots,
		many_more_slots_than_descriptors,
		more_pinned_maps_than_descriptors,
	};

	mim_kernel_init(&kernel);
	return bench_suite("slots", tests, sizeof(tests) / sizeof(tests[0]));
}

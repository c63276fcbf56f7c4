/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Eight applies at once, of three descriptions of one scope, while two processes change
 * slots by hand. Every exit status is true, and in the end one apply puts all right.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"
#include "scenarios.h"

#define APPLIES	     8
#define HANDS	     2
#define DESCRIPTIONS 3

/* What all of them have seen. */
static struct seen {
	bool stop;
	unsigned int n[256];
	unsigned int by_hand;
	int wrong;
	char told[4096];
} * seen;

static const char *file_of(int description)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%d.yaml", bench.folder, description);
	return path;
}

static void write_descriptions(void)
{
	const char *const texts[DESCRIPTIONS] = {
		scenario_change.before, scenario_change.after, scenario_swap.after};

	for (int i = 0; i < DESCRIPTIONS; i++) {
		bench_write(texts[i]);
		ck_assert_int_eq(rename(bench.file, file_of(i)), 0);
	}
}

static void remove_descriptions(void)
{
	for (int i = 0; i < DESCRIPTIONS; i++)
		unlink(file_of(i));
}

static int apply_one(int description, const char *lock_timeout)
{
	return mimctl("apply", "-q", "-f", file_of(description), "--detailed-exitcode",
		      "--allow-orphans", "--lock-timeout", lock_timeout);
}

/* What each status claims must be what is said. */
static bool is_true(int status)
{
	switch (status) {
	case 0:
	case 2:
		return !strstr(bench.err, "error:");
	case 1:
	case 3:
		return strstr(bench.err, "cannot ") != NULL;
	case 4:
		return strstr(bench.err, "read back") != NULL;
	case 75:
		return strstr(bench.err, "is locked by") ||
		       strstr(bench.err, "since it was read") ||
		       strstr(bench.err, "meanwhile") ||
		       strstr(bench.err, "while it was read");
	}
	return false;
}

static void work(int number)
{
	unsigned int seed = (unsigned int)number;

	while (!__atomic_load_n(&seen->stop, __ATOMIC_RELAXED)) {
		int status = apply_one((int)(rand_r(&seed) % DESCRIPTIONS),
				       rand_r(&seed) % 2 ? "0" : "60");

		bench_count("applies at once");
		__atomic_add_fetch(&seen->n[status & 255], 1, __ATOMIC_RELAXED);
		if (!is_true(status) &&
		    !__atomic_exchange_n(&seen->wrong, status + 1, __ATOMIC_RELAXED))
			snprintf(seen->told, sizeof(seen->told), "%s", bench.err);
	}
}

/* A slot gets a map that fits, or none; whoever has the outer map by now. */
static void change_slot(const char *outer, uint32_t key, bool fill)
{
	int fd = bpf_obj_get(pin(outer));
	char name[16];

	if (fd < 0)
		return;
	if (fill) {
		int inner;

		snprintf(name, sizeof(name), "m%d", getppid());
		inner = bpf_map_create(BPF_MAP_TYPE_HASH, name, 4, 4, 8, NULL);
		if (inner >= 0 && bpf_map_update_elem(fd, &key, &inner, 0) == 0)
			__atomic_add_fetch(&seen->by_hand, 1, __ATOMIC_RELAXED);
		close(inner);
	} else if (bpf_map_delete_elem(fd, &key) == 0) {
		__atomic_add_fetch(&seen->by_hand, 1, __ATOMIC_RELAXED);
	}
	close(fd);
}

static void meddle(int number)
{
	unsigned int seed = (unsigned int)number;

	while (!__atomic_load_n(&seen->stop, __ATOMIC_RELAXED)) {
		change_slot(rand_r(&seed) % 2 ? "t/a" : "t/b",
			    (uint32_t)rand_r(&seed) % 10, rand_r(&seed) % 2);
		usleep(20000 + (unsigned int)rand_r(&seed) % 100000);
	}
}

static pid_t start(void (*job)(int number), int number)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		job(number);
		_exit(0);
	}
	return child;
}

static uint64_t generation(void)
{
	char target[512] = "";
	unsigned long long number = 0;

	ck_assert_int_gt(readlink(pin("t/mimctl"), target, sizeof(target) - 1), 0);
	ck_assert_int_eq(sscanf(target, "mimctl 1 generation=%llu", &number), 1);
	return number;
}

static void report(void)
{
	printf("# slots changed by hand: %u; statuses:", seen->by_hand);
	for (int i = 0; i < 256; i++)
		if (seen->n[i])
			printf(" %u x %d", seen->n[i], i);
	printf("\n");
	fflush(stdout);
}

/* Each apply that says that it changed something has counted the generation up by one. */
static void check_generation(uint64_t before)
{
	uint64_t counted = generation() - before;

	ck_assert_uint_ge(counted, seen->n[2]);
	ck_assert_uint_le(counted, seen->n[2] + seen->n[3]);
}

START_TEST(eight_applies_and_two_processes_by_hand)
{
	pid_t children[APPLIES + HANDS];
	uint64_t before;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(seen != MAP_FAILED);
	scenario_prepare(&scenario_change);
	hurry(true);
	write_descriptions();
	ck_assert_int_eq(apply_one(0, "0"), 2);
	before = generation();
	for (int i = 0; i < APPLIES + HANDS; i++)
		children[i] = start(i < APPLIES ? work : meddle, i);
	sleep(bench_is_long() ? 60 : 5);
	__atomic_store_n(&seen->stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < APPLIES + HANDS; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	report();
	ck_assert_msg(!seen->wrong, "status %d:\n%s", seen->wrong - 1, seen->told);
	ck_assert_uint_gt(seen->n[2], 0);
	ck_assert_uint_gt(seen->n[75], 0);
	ck_assert_uint_gt(seen->by_hand, 0);
	check_generation(before);
	remove_descriptions();
	ck_assert_int_eq(scenario_run(&scenario_change, NULL), 0);
	scenario_is_done(&scenario_change);
	scenario_begin(&scenario_create);
	at_most_maps(0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		eight_applies_and_two_processes_by_hand,
	};

	return bench_suite("concurrency", tests, sizeof(tests) / sizeof(tests[0]));
}

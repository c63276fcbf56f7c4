/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every call that apply makes fails once. Then either everything is as before, or the
 * status says that it is not; and the next apply, without failures, converges.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: u32, value: u32, max_entries: 8}\n"          \
	"  - {name: wide, type: hash, key: u32, value: u64, max_entries: 8}\n"

#define A_AND_B                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table}\n"     \
	     "  - {name: b, type: hash_of_maps, key: u32, max_entries: 4, template: "    \
	     "table}\n"                                                                  \
	     "inner_maps: [{name: x, template: table}, {name: y, template: table}]\n"    \
	     "bindings:\n"                                                               \
	     "  - {outer: a, slots: [{keys: 0-1}, {key: 2, inner: x}]}\n"                \
	     "  - {outer: b, slots: [{key: 7, inner: y}]}\n"                             \
	     "pins: [{map: x, path: in/x}, {map: a, path: a}]\n"

#define CHANGED                                                                          \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: a, type: array_of_maps, max_entries: 4, template: table, "      \
	     "protect: true}\n"                                                          \
	     "  - {name: b, type: hash_of_maps, key: u32, max_entries: 8, template: "    \
	     "wide}\n"                                                                   \
	     "inner_maps: [{name: x, template: table}, {name: z, template: wide}]\n"     \
	     "bindings:\n"                                                               \
	     "  - {outer: a, slots: [{key: 0, inner: x}, {key: 3}]}\n"                   \
	     "  - {outer: b, slots: [{keys: 7-8}, {key: 9, inner: z}]}\n"                \
	     "pins: [{map: x, path: other/deep/x, mode: \"0640\", group: \"0\"},\n"      \
	     "       {map: a, path: a, mode: \"0644\"}, {map: a, path: also/a}]\n"

#define NOTHING HEAD

static void write_and_apply(const char *yaml)
{
	bench_write(yaml);
	ck_assert_msg(mimctl("apply", "-f", bench.file, "--allow-empty",
			     "--allow-orphans") == 0,
		      "%s", bench.err);
}

static bool plan_differs(const char *yaml)
{
	int status;

	bench_write(yaml);
	status = mimctl("plan", "-f", bench.file, "--detailed-exitcode", "--allow-empty");
	ck_assert_msg(status == 0 || status == 2, "plan: %d\n%s", status, bench.err);
	return status == 2;
}

static void forget_protection(void)
{
	bench_write(HEAD "outer_maps: [{name: a, type: array_of_maps, max_entries: 4, "
			 "template: table, protect: false}]\n");
	mimctl("apply", "-f", bench.file);
}

/* Return: whether the run went through untouched, which ends the loop. */
static bool fail_one(const char *before, const char *after, int k, int error)
{
	char faults[32];
	int status;

	if (before)
		write_and_apply(before);
	bench_write(after);
	snprintf(faults, sizeof(faults), "*:%d:%d", k, error);
	status = faulty(faults, "apply", "-f", bench.file, "--allow-empty",
			"--allow-orphans");
	/* What only could not be opened or removed for tidiness need not fail the run. */
	if (status == 0) {
		ck_assert(!plan_differs(after));
	} else {
		lacks(bench.err, "applied;");
		if (status != 3) {
			char told[4096];

			snprintf(told, sizeof(told), "%.4095s", bench.err);
			if (before)
				ck_assert_msg(!plan_differs(before),
					      "call %d: status %d, but:\n%s\n%s", k,
					      status, bench.out, told);
			else
				ck_assert_msg(
					access(pin("t"), F_OK) != 0,
					"call %d: status %d, but the scope is there\n%s",
					k, status, told);
		}
	}
	write_and_apply(after);
	ck_assert(!plan_differs(after));
	ck_assert_int_ne(
		faccessat(AT_FDCWD, pin("t/mimctl~/staged-0"), F_OK, AT_SYMLINK_NOFOLLOW),
		0);
	return status == 0;
}

static void fail_all(const char *before, const char *after, int error)
{
	/* Where every step takes seconds, only one call in so many fails. */
	const char *text = getenv("MIMCTL_FAULT_STRIDE");
	int stride = text ? atoi(text) : 1, untouched = 0;

	/* Some calls may fail without harm: the end is a run of many good ones. */
	for (int k = 1; untouched < 12 / stride + 2; k += stride) {
		ck_assert_int_lt(k, 2000);
		untouched = fail_one(before, after, k, error) ? untouched + 1 : 0;
		forget_protection();
		mimctl("destroy", "t", "--bpffs", bench.bpffs);
		ck_assert_msg(access(pin("t"), F_OK) != 0, "call %d: %s%s", k, bench.out,
			      bench.err);
	}
}

START_TEST(creating_fails_at_every_call)
{
	fail_all(NULL, A_AND_B, 5);
}
END_TEST

START_TEST(changing_fails_at_every_call)
{
	fail_all(A_AND_B, CHANGED, 5);
}
END_TEST

START_TEST(changing_runs_out_of_memory_at_every_call)
{
	fail_all(A_AND_B, CHANGED, 12);
}
END_TEST

START_TEST(changing_back_fails_at_every_call)
{
	fail_all(CHANGED, A_AND_B "", 1);
}
END_TEST

START_TEST(removing_everything_fails_at_every_call)
{
	fail_all(A_AND_B, NOTHING, 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		creating_fails_at_every_call,
		changing_fails_at_every_call,
		changing_runs_out_of_memory_at_every_call,
		changing_back_fails_at_every_call,
		removing_everything_fails_at_every_call,
	};

	return bench_suite("fault", tests, sizeof(tests) / sizeof(tests[0]));
}

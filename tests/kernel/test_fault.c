/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every call that apply makes fails once, with each errno that it can give, and so does
 * every allocation. Then everything is as before, or it is applied and the status says
 * so; and the next apply, without failures, converges.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "errors.h"
#include "harness.h"
#include "listing.h"
#include "scenarios.h"

#define TOLD "%s: status %d\n%.1500s\n%.1500s"

/* What is told last, when all is done already, may be lost for want of memory. */
static bool is_applied(int status, const char *said)
{
	return status == 0 ||
	       (status == 3 && strstr(said, "applied, but the result cannot be told"));
}

static void check_changed(const struct scenario *scenario, int status, const char *faults)
{
	char said[4096];

	snprintf(said, sizeof(said), "%.4095s", bench.err);
	if (is_applied(status, said))
		ck_assert_msg(scenario_is_after(scenario), TOLD, faults, status,
			      bench.out, said);
	else
		ck_assert_msg(scenario_is_before(scenario), TOLD, faults, status,
			      bench.out, said);
	ck_assert_msg(scenario_run(scenario, NULL) == 0, TOLD, faults, bench.status,
		      bench.out, bench.err);
	scenario_is_done(scenario);
	scenario_begin(scenario);
}

/*
 * All is as the scenario has it at first, and is so again afterwards. Where nothing at
 * all has changed, the next apply is the one that has been seen to converge.
 */
static void fail_one(const struct scenario *scenario, const char *faults)
{
	char *before = list_bench(), *now;
	int status = scenario_run(scenario, faults);

	ck_assert_msg(is_documented(status), TOLD, faults, status, bench.out, bench.err);
	if (status != 0) {
		lacks(bench.err, "applied;");
		ck_assert_msg(*bench.err, TOLD, faults, status, bench.out, "not a word");
	}
	now = list_bench();
	if (strcmp(before, now) != 0)
		check_changed(scenario, status, faults);
	else
		ck_assert_msg(!is_applied(status, bench.err), TOLD, faults, status,
			      bench.out, bench.err);
	free(before);
	free(now);
}

static void tell_struck(char *path, size_t size)
{
	snprintf(path, size, "%s/struck", bench.folder);
	setenv("MIMCTL_STRUCK", path, 1);
}

/* Return: the operation that failed, NULL when it was never called; lives until the next
 * call. */
static const char *read_struck(const char *path)
{
	static char op[32];
	ssize_t n;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return NULL;
	unlink(path);
	n = read(file, op, sizeof(op) - 1);
	close(file);
	ck_assert_int_gt(n, 0);
	op[n] = '\0';
	bench_count("calls and allocations failed");
	return op;
}

static const char *fail_and_tell(const struct scenario *scenario, const char *faults)
{
	char path[96];

	tell_struck(path, sizeof(path));
	fail_one(scenario, faults);
	return read_struck(path);
}

static void begin(const struct scenario *scenario)
{
	scenario_prepare(scenario);
	scenario_begin(scenario);
	ck_assert_msg(scenario_run(scenario, NULL) == 0, "%.1500s", bench.err);
	scenario_is_done(scenario);
	scenario_begin(scenario);
}

static const char *fail_call(const struct scenario *scenario, int k, int which)
{
	char faults[32];

	snprintf(faults, sizeof(faults), "*:%d:e%d", k, which);
	return fail_and_tell(scenario, faults);
}

/* Each errno, or one after the other from call to call. */
static void fail_calls_with(const struct scenario *scenario, int stride, bool each)
{
	const char *op;
	int k;

	begin(scenario);
	for (k = 1; (op = fail_call(scenario, k, each ? 0 : k));
	     k += bench_stride(stride)) {
		int n = each ? errors_count(op) : 0;

		for (int which = 1; which < n; which++)
			fail_call(scenario, k, which);
	}
	/* An apply takes more calls than that, whatever the scenario is. */
	ck_assert_int_gt(k, 60);
}

static void fail_calls(const struct scenario *scenario, int stride)
{
	fail_calls_with(scenario, stride, bench_is_long());
}

static bool starve(const struct scenario *scenario, int k, bool onwards)
{
	char faults[32];

	snprintf(faults, sizeof(faults), "malloc:%d%s:12", k, onwards ? "+" : "");
	return fail_and_tell(scenario, faults) != NULL;
}

/* There are some three of them to a call. */
static void fail_allocations(const struct scenario *scenario, int stride)
{
	int step = bench_is_long() ? 1 : 3 * bench_stride(stride), k;

	begin(scenario);
	for (k = 1; starve(scenario, k, false); k += step)
		starve(scenario, k + step / 2, true);
	ck_assert_int_gt(k, 60);
}

#define FAIL_ALL(calls, allocations, scenario)                                           \
	START_TEST(calls)                                                                \
	{                                                                                \
		fail_calls(&(scenario), 3);                                              \
	}                                                                                \
	END_TEST                                                                         \
	START_TEST(allocations)                                                          \
	{                                                                                \
		fail_allocations(&(scenario), 31);                                       \
	}                                                                                \
	END_TEST

FAIL_ALL(creating_fails_at_every_call, creating_fails_at_every_allocation,
	 scenario_create)
FAIL_ALL(changing_fails_at_every_call, changing_fails_at_every_allocation,
	 scenario_change)
FAIL_ALL(changing_back_fails_at_every_call, changing_back_fails_at_every_allocation,
	 scenario_change_back)
FAIL_ALL(removing_everything_fails_at_every_call,
	 removing_everything_fails_at_every_allocation, scenario_empty)
FAIL_ALL(destroying_fails_at_every_call, destroying_fails_at_every_allocation,
	 scenario_destroy)
FAIL_ALL(pins_outside_fail_at_every_call, pins_outside_fail_at_every_allocation,
	 scenario_outside)
FAIL_ALL(copying_fails_at_every_call, copying_fails_at_every_allocation, scenario_copy)
FAIL_ALL(changing_entries_fails_at_every_call, changing_entries_fails_at_every_allocation,
	 scenario_entries)
FAIL_ALL(swapping_fails_at_every_call, swapping_fails_at_every_allocation, scenario_swap)
FAIL_ALL(slots_of_others_fail_at_every_call, slots_of_others_fail_at_every_allocation,
	 scenario_external)

/* A thousand calls, each of which is one of many alike. */
START_TEST(parking_fails_at_every_call)
{
	fail_calls_with(&scenario_many, 23, false);
}
END_TEST

/*
 * An apply was killed while it waited, and what goes back for it, or keeps what it did,
 * fails: it says so, and once more it does what was asked for.
 */
static const char *fail_decision(const char *command, bool back, int k, int which)
{
	const struct scenario *scenario = &scenario_change;
	uint32_t before[MOST_KEPT_SLOTS] = {0}, after[MOST_KEPT_SLOTS] = {0};
	uint32_t now[MOST_KEPT_SLOTS] = {0};
	char faults[32], path[96];
	int status;

	scenario_begin(scenario);
	scenario_slots(scenario, before);
	scenario_abandon(scenario);
	scenario_slots(scenario, after);
	snprintf(faults, sizeof(faults), "*:%d:e%d", k, which);
	tell_struck(path, sizeof(path));
	status = faulty(faults, command, "t", "--bpffs", bench.bpffs);
	ck_assert_msg(is_documented(status) && (status == 0 || *bench.err), TOLD, faults,
		      status, bench.out, bench.err);
	status = mimctl(command, "t", "--bpffs", bench.bpffs);
	ck_assert_msg(status <= 1, TOLD, faults, status, bench.out, bench.err);
	scenario_slots(scenario, now);
	ck_assert_mem_eq(now, back ? before : after, sizeof(now));
	/* What could not be cleaned up is no harm. */
	bench_write(back ? scenario->before : scenario->after);
	apply();
	ck_assert(!is_there("t/mimctl~/journal"));
	return read_struck(path);
}

static void fail_decisions(const char *command, bool back, int stride)
{
	bool each = bench_is_long();
	const char *op;
	int k;

	scenario_prepare(&scenario_change);
	for (k = 1; (op = fail_decision(command, back, k, each ? 0 : k));
	     k += bench_stride(stride)) {
		int n = each ? errors_count(op) : 0;

		for (int which = 1; which < n; which++)
			fail_decision(command, back, k, which);
	}
	ck_assert_int_gt(k, 10);
}

START_TEST(going_back_fails_at_every_call)
{
	fail_decisions("rollback", true, 7);
}
END_TEST

START_TEST(keeping_fails_at_every_call)
{
	fail_decisions("confirm", false, 5);
}
END_TEST

START_TEST(mounting_fails_at_every_call)
{
	/* To unmount it where others see that would take away what they have there. */
	if (bench_is_private)
		fail_calls(&scenario_mount, 3);
}
END_TEST

START_TEST(mounting_fails_at_every_allocation)
{
	if (bench_is_private)
		fail_allocations(&scenario_mount, 31);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		creating_fails_at_every_call,
		mounting_fails_at_every_call,
		changing_fails_at_every_call,
		changing_back_fails_at_every_call,
		removing_everything_fails_at_every_call,
		destroying_fails_at_every_call,
		pins_outside_fail_at_every_call,
		copying_fails_at_every_call,
		changing_entries_fails_at_every_call,
		slots_of_others_fail_at_every_call,
		swapping_fails_at_every_call,
		parking_fails_at_every_call,
		going_back_fails_at_every_call,
		keeping_fails_at_every_call,
		creating_fails_at_every_allocation,
		mounting_fails_at_every_allocation,
		changing_fails_at_every_allocation,
		changing_back_fails_at_every_allocation,
		removing_everything_fails_at_every_allocation,
		destroying_fails_at_every_allocation,
		pins_outside_fail_at_every_allocation,
		copying_fails_at_every_allocation,
		changing_entries_fails_at_every_allocation,
		slots_of_others_fail_at_every_allocation,
		swapping_fails_at_every_allocation,
	};

	return bench_suite("fault", tests, sizeof(tests) / sizeof(tests[0]));
}

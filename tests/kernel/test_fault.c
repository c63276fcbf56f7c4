/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every call that apply makes fails once. Then either everything is as before, or the
 * status says that it is not; and the next apply, without failures, converges.
 */
#include <stdio.h>
#include <string.h>
#include "harness.h"
#include "scenarios.h"

/* Return: whether the run went through untouched. */
static bool fail_one(const struct scenario *scenario, int k, int error)
{
	char faults[32], told[4096];
	int status;

	scenario_begin(scenario);
	snprintf(faults, sizeof(faults), "*:%d:%d", k, error);
	status = scenario_run(scenario, faults);
	bench_count("calls failed");
	snprintf(told, sizeof(told), "%.4095s", bench.err);
	if (status != 0)
		lacks(bench.err, "applied;");
	/* What only could not be opened or removed for tidiness need not fail the run. */
	if (status == 0)
		ck_assert(scenario_is_after(scenario));
	else if (status != 3)
		ck_assert_msg(scenario_is_before(scenario),
			      "call %d: status %d, but:\n%.1500s\n%s", k, status,
			      bench.out, told);
	ck_assert_msg(scenario_run(scenario, NULL) == 0, "call %d: %.1500s", k,
		      bench.err);
	scenario_is_done(scenario);
	return status == 0;
}

static void fail_all(const struct scenario *scenario, int error)
{
	/*
	 * On the fake kernel every call fails (tests/unit/test_anomaly.c); here, in the
	 * short form, one in so many.
	 */
	int stride = bench_stride(5), untouched = 0;

	scenario_prepare(scenario);
	/* Some calls may fail without harm: the end is a run of many good ones. */
	for (int k = 1; untouched < 12 / stride + 2; k += stride) {
		ck_assert_int_lt(k, 4000);
		untouched = fail_one(scenario, k, error) ? untouched + 1 : 0;
	}
}

START_TEST(creating_fails_at_every_call)
{
	fail_all(&scenario_create, 5);
}
END_TEST

START_TEST(changing_fails_at_every_call)
{
	fail_all(&scenario_change, 5);
}
END_TEST

START_TEST(changing_runs_out_of_memory_at_every_call)
{
	fail_all(&scenario_change, 12);
}
END_TEST

START_TEST(changing_back_fails_at_every_call)
{
	fail_all(&scenario_change_back, 1);
}
END_TEST

START_TEST(removing_everything_fails_at_every_call)
{
	fail_all(&scenario_empty, 5);
}
END_TEST

START_TEST(destroying_fails_at_every_call)
{
	fail_all(&scenario_destroy, 5);
}
END_TEST

START_TEST(pins_outside_fail_at_every_call)
{
	fail_all(&scenario_outside, 5);
}
END_TEST

START_TEST(copying_fails_at_every_call)
{
	fail_all(&scenario_copy, 5);
}
END_TEST

START_TEST(changing_entries_fails_at_every_call)
{
	fail_all(&scenario_entries, 5);
}
END_TEST

START_TEST(slots_of_others_fail_at_every_call)
{
	fail_all(&scenario_external, 5);
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
		destroying_fails_at_every_call,
		pins_outside_fail_at_every_call,
		copying_fails_at_every_call,
		changing_entries_fails_at_every_call,
		slots_of_others_fail_at_every_call,
	};

	return bench_suite("fault", tests, sizeof(tests) / sizeof(tests[0]));
}

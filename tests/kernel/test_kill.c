/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * mimctl is killed at every call that it makes. What a program finds in the slots that
 * are to stay, it finds; the next apply converges; and nothing is left over.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"
#include "listing.h"
#include "scenarios.h"

#define KILLED (256 + SIGKILL)
#define TOLD   "call %d: status %d\n%.1500s\n%.1500s"

static void describe(int k, int status, int wanted)
{
	ck_assert_msg(status == wanted, TOLD ", not %d", k, status, bench.out, bench.err,
		      wanted);
}

/* Return: whether there was a @k-th call to be killed at. */
static bool kill_run(const struct scenario *scenario, int k)
{
	char faults[32];
	int status;

	snprintf(faults, sizeof(faults), "*:%d:s9", k);
	status = scenario_run(scenario, faults);
	if (status != KILLED)
		describe(k, status, 0);
	else
		bench_count("runs killed");
	scenario_keeps(scenario);
	return status == KILLED;
}

/* Return: how many maps there are to be when it has gone well. */
static size_t begin(const struct scenario *scenario)
{
	size_t n;

	scenario_prepare(scenario);
	scenario_begin(scenario);
	describe(0, scenario_run(scenario, NULL), 0);
	scenario_is_done(scenario);
	/* Those that it replaced may not be gone yet. */
	n = count_maps();
	for (int i = 0; i < 20; i++) {
		usleep(20000);
		n = at_most_maps(n);
	}
	return n;
}

static void converges(const struct scenario *scenario, int k, size_t n)
{
	describe(k, scenario_run(scenario, k % 2 ? "" : NULL), 0);
	scenario_is_done(scenario);
	at_most_maps(n);
}

/* So many runs in a row may be killed before they changed anything. */
#define MOST_IN_VAIN 8

/*
 * Return: whether it was killed before it had changed anything. Then there is nothing but
 * its name left, for the next run to take away.
 */
static bool kill_in_vain(const struct scenario *scenario, int k, bool *ret_more)
{
	char *before = list_bench(), *now;
	size_t n = count_maps();
	bool same;

	*ret_more = kill_run(scenario, k);
	now = list_bench();
	same = strcmp(before, now) == 0;
	if (same)
		at_most_maps(n);
	free(before);
	free(now);
	return same && *ret_more;
}

static void kill_all(const struct scenario *scenario, int stride)
{
	size_t n = begin(scenario);
	int in_vain = 0, k;
	bool more = true;

	scenario_begin(scenario);
	for (k = 1; more; k += bench_stride(stride)) {
		in_vain = kill_in_vain(scenario, k, &more) ? in_vain + 1 : 0;
		if (in_vain % MOST_IN_VAIN)
			continue;
		converges(scenario, k, n);
		scenario_begin(scenario);
	}
	/* An apply takes more calls than that, whatever the scenario is. */
	ck_assert_int_gt(k, 60);
}

#define KILL_ALL(name, scenario, stride)                                                 \
	START_TEST(name)                                                                 \
	{                                                                                \
		kill_all(&(scenario), stride);                                           \
	}                                                                                \
	END_TEST

KILL_ALL(creating_is_killed_at_every_call, scenario_create, 47)
KILL_ALL(changing_is_killed_at_every_call, scenario_change, 47)
KILL_ALL(changing_back_is_killed_at_every_call, scenario_change_back, 61)
KILL_ALL(emptying_is_killed_at_every_call, scenario_empty, 61)
KILL_ALL(destroying_is_killed_at_every_call, scenario_destroy, 47)
KILL_ALL(pins_outside_are_killed_at_every_call, scenario_outside, 47)
KILL_ALL(copying_is_killed_at_every_call, scenario_copy, 47)
KILL_ALL(changing_entries_is_killed_at_every_call, scenario_entries, 47)
KILL_ALL(slots_of_others_are_killed_at_every_call, scenario_external, 47)
KILL_ALL(parking_is_killed_at_every_call, scenario_many, 211)

START_TEST(mounting_is_killed_at_every_call)
{
	/* To unmount it where others see that would take away what they have there. */
	if (bench_is_private)
		kill_all(&scenario_mount, 47);
}
END_TEST

/* What puts right what a killed run has left is killed as well, and again. */
START_TEST(recovery_is_killed_at_every_call)
{
	const struct scenario *scenario = &scenario_change;
	size_t n = begin(scenario);
	int stride = bench_is_long() ? 7 : bench_stride(97);

	for (int first = 11, more = true; more; first += stride) {
		scenario_begin(scenario);
		more = kill_run(scenario, first);
		kill_run(scenario, first * 5 % 200 + 1);
		kill_run(scenario, first * 3 % 200 + 1);
		converges(scenario, first, n);
	}
}
END_TEST

static void slots_are(const struct scenario *scenario, const uint32_t *wanted)
{
	uint32_t ids[MOST_KEPT_SLOTS] = {0};

	scenario_slots(scenario, ids);
	for (int i = 0; scenario->kept[i].outer; i++)
		ck_assert_uint_eq(ids[i], wanted[i]);
}

static bool kill_command(const char *command, int k)
{
	char faults[32];

	snprintf(faults, sizeof(faults), "*:%d:s9", k);
	if (faulty(faults, command, "t", "--bpffs", bench.bpffs) != KILLED) {
		describe(k, bench.status, 0);
		return false;
	}
	bench_count("runs killed");
	return true;
}

static bool is_undecided(void)
{
	return is_there("t/mimctl~/pending") || is_there("t/mimctl~/going-back");
}

/* The mark is gone last: it may be that there is nothing any more to decide. */
static void decide_again(const char *command, int k)
{
	int wanted = is_undecided() ? 0 : 1;

	describe(k, mimctl(command, "t", "--bpffs", bench.bpffs), wanted);
}

/*
 * An apply that waited was killed, and so is what goes back for it, or keeps what it did:
 * the same again goes on with it, and the maps are those that were there.
 */
static void kill_decision(const char *command, bool back, int stride)
{
	const struct scenario *scenario = &scenario_change;
	size_t n = begin(scenario);
	bool more = true;

	for (int k = 1; more; k += bench_stride(stride)) {
		uint32_t ids[MOST_KEPT_SLOTS];

		scenario_begin(scenario);
		if (back)
			scenario_slots(scenario, ids);
		scenario_abandon(scenario);
		if (!back)
			scenario_slots(scenario, ids);
		more = kill_command(command, k);
		scenario_keeps(scenario);
		if (more)
			decide_again(command, k);
		slots_are(scenario, ids);
		if (back)
			scenario_begin(scenario);
		if (back)
			slots_are(scenario, ids);
		converges(scenario, k, n);
	}
}

START_TEST(going_back_is_killed_at_every_call)
{
	kill_decision("rollback", true, 19);
}
END_TEST

START_TEST(keeping_is_killed_at_every_call)
{
	kill_decision("confirm", false, 17);
}
END_TEST

/*
 * An apply that waits is killed before, while and after it is told what to do. Whoever
 * tells it so is told the truth.
 */
static void kill_waiting(const char *command, bool back, int stride)
{
	const struct scenario *scenario = &scenario_change;
	size_t n = begin(scenario);
	bool more = true;

	for (int k = 1; more; k += bench_stride(stride)) {
		uint32_t before[MOST_KEPT_SLOTS], after[MOST_KEPT_SLOTS];
		char faults[32];
		int status;
		pid_t child;

		scenario_begin(scenario);
		scenario_slots(scenario, before);
		snprintf(faults, sizeof(faults), "*:%d:s9", k);
		status = scenario_wait(scenario, faults, &child);
		if (status == 0) {
			scenario_slots(scenario, after);
			status = mimctl(command, "t", "--bpffs", bench.bpffs);
			ck_assert(!is_undecided());
			if (status == 0)
				slots_are(scenario, back ? before : after);
			else
				describe(k, status, 1);
			status = end_of(child);
		}
		more = status == KILLED;
		if (more)
			bench_count("runs killed");
		scenario_keeps(scenario);
		converges(scenario, k, n);
	}
}

START_TEST(waiting_is_killed_at_every_call_before_it_goes_back)
{
	kill_waiting("rollback", true, 61);
}
END_TEST

START_TEST(waiting_is_killed_at_every_call_before_it_is_kept)
{
	kill_waiting("confirm", false, 61);
}
END_TEST

/* The last one, so that it can count what the others did. */
START_TEST(enough_were_killed)
{
	ck_assert(bench_is_counted(bench_is_long() ? 500 : 60));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		creating_is_killed_at_every_call,
		mounting_is_killed_at_every_call,
		changing_is_killed_at_every_call,
		changing_back_is_killed_at_every_call,
		emptying_is_killed_at_every_call,
		destroying_is_killed_at_every_call,
		pins_outside_are_killed_at_every_call,
		copying_is_killed_at_every_call,
		changing_entries_is_killed_at_every_call,
		slots_of_others_are_killed_at_every_call,
		parking_is_killed_at_every_call,
		recovery_is_killed_at_every_call,
		going_back_is_killed_at_every_call,
		keeping_is_killed_at_every_call,
		waiting_is_killed_at_every_call_before_it_goes_back,
		waiting_is_killed_at_every_call_before_it_is_kept,
		enough_were_killed,
	};

	return bench_suite("kill", tests, sizeof(tests) / sizeof(tests[0]));
}

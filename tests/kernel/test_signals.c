/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT before any call: all is put back, nothing is left,
 * and the status tells the signal. Others that come meanwhile change nothing of that.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "harness.h"
#include "scenarios.h"

#define TOLD "call %d: status %d\n%.1500s\n%.1500s"

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define N_NUMBERS ((int)(sizeof(numbers) / sizeof(numbers[0])))

/* Return: false when the signal came too late to change anything. */
static bool interrupt(const struct scenario *scenario, int k)
{
	int number = numbers[k % N_NUMBERS], other = numbers[(k + 1) % N_NUMBERS], status;
	char faults[64];

	scenario_begin(scenario);
	/* From the third call after it on, every call brings another one. */
	snprintf(faults, sizeof(faults), "*:%d:s%d,*:%d+:s%d", k, number, k + 3, other);
	status = scenario_run(scenario, faults);
	bench_count("runs interrupted");
	if (status == 0) {
		scenario_is_done(scenario);
		return false;
	}
	/* Of two that come at once, to several threads, either may be the first. */
	ck_assert_msg(status == 128 + number || status == 128 + other, TOLD, k, status,
		      bench.out, bench.err);
	ck_assert_msg(scenario_is_before(scenario), TOLD, k, status, bench.out,
		      bench.err);
	nothing_is_left();
	return true;
}

static void interrupt_all(const struct scenario *scenario, int stride)
{
	int k;

	scenario_prepare(scenario);
	/* What comes with the first call is too early for every scenario. */
	for (k = 1; interrupt(scenario, k); k += bench_stride(stride))
		ck_assert_int_lt(k, 4000);
	ck_assert_int_gt(k, 60);
}

#define INTERRUPT_ALL(name, scenario, stride)                                            \
	START_TEST(name)                                                                 \
	{                                                                                \
		interrupt_all(&(scenario), stride);                                      \
	}                                                                                \
	END_TEST

INTERRUPT_ALL(creating_is_interrupted_at_every_call, scenario_create, 47)
INTERRUPT_ALL(changing_is_interrupted_at_every_call, scenario_change, 31)
INTERRUPT_ALL(destroying_is_interrupted_at_every_call, scenario_destroy, 47)
INTERRUPT_ALL(pins_outside_are_interrupted_at_every_call, scenario_outside, 47)
INTERRUPT_ALL(copying_is_interrupted_at_every_call, scenario_copy, 61)
INTERRUPT_ALL(slots_of_others_are_interrupted_at_every_call, scenario_external, 47)
INTERRUPT_ALL(parking_is_interrupted_at_every_call, scenario_many, 149)

START_TEST(mounting_is_interrupted_at_every_call)
{
	/* To unmount it where others see that would take away what they have there. */
	if (bench_is_private)
		interrupt_all(&scenario_mount, 47);
}
END_TEST

static pid_t apply_waiting(const char *after)
{
	pid_t child;

	bench_write(after);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(mimctl("apply", "-q", "-f", bench.file, "--confirm", "3600",
			     "--allow-orphans"));
	while (!is_there("t/mimctl~/pending"))
		usleep(5000);
	return child;
}

static void slots_are(const struct scenario *scenario, const uint32_t *wanted)
{
	uint32_t ids[MOST_KEPT_SLOTS] = {0};

	scenario_slots(scenario, ids);
	for (int i = 0; scenario->kept[i].outer; i++)
		ck_assert_uint_eq(ids[i], wanted[i]);
}

START_TEST(who_waits_for_confirmation_goes_back)
{
	const struct scenario *scenario = &scenario_change;

	for (int i = 0; i < N_NUMBERS; i++) {
		uint32_t ids[MOST_KEPT_SLOTS];
		pid_t child;

		scenario_begin(scenario);
		scenario_slots(scenario, ids);
		child = apply_waiting(scenario->after);
		ck_assert(signal_holder("t/mimctl~/pending", numbers[i]));
		while (is_there("t/mimctl~/pending"))
			usleep(1000);
		/* It is at it, or done. */
		if (is_there("t/mimctl~/holder"))
			signal_holder("t/mimctl~/holder", numbers[(i + 1) % N_NUMBERS]);
		ck_assert_int_eq(end_of(child), 128 + numbers[i]);
		slots_are(scenario, ids);
		ck_assert(scenario_is_before(scenario));
		nothing_is_left();
	}
}
END_TEST

/* Of what was there before, nothing is half back. */
START_TEST(going_back_is_not_interrupted)
{
	const struct scenario *scenario = &scenario_change;

	for (int k = 1, status = 0; status == 0 && k < 400; k += bench_stride(61)) {
		uint32_t ids[MOST_KEPT_SLOTS];
		char faults[32];
		pid_t child;

		scenario_begin(scenario);
		scenario_slots(scenario, ids);
		child = apply_waiting(scenario->after);
		signal_holder("t/mimctl~/pending", SIGKILL);
		end_of(child);
		snprintf(faults, sizeof(faults), "*:%d:s%d", k, numbers[k % N_NUMBERS]);
		status = faulty(faults, "rollback", "t", "--bpffs", bench.bpffs);
		ck_assert_msg(status == 0, TOLD, k, status, bench.out, bench.err);
		bench_count("runs interrupted");
		slots_are(scenario, ids);
		ck_assert(scenario_is_before(scenario));
		nothing_is_left();
	}
}
END_TEST

START_TEST(going_back_stops_waiting_for_the_lock)
{
	const struct scenario *scenario = &scenario_change;
	pid_t child, back;
	int folder;

	scenario_begin(scenario);
	child = apply_waiting(scenario->after);
	signal_holder("t/mimctl~/pending", SIGKILL);
	end_of(child);
	folder = open(pin("t"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(flock(folder, LOCK_EX), 0);
	back = fork();
	ck_assert_int_ge(back, 0);
	if (back == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		execl(bench_program("MIMCTL"), "mimctl", "rollback", "t", "--bpffs",
		      bench.bpffs, "--lock-timeout", "3600", NULL);
		_exit(127);
	}
	/* It has asked the process that waited, and waits for it in turn. */
	while (!is_there("t/mimctl~/rollback"))
		usleep(5000);
	kill(back, SIGINT);
	ck_assert_int_eq(end_of(back), 130);
	close(folder);
	ck_assert(is_there("t/mimctl~/pending"));
	ck_assert_int_eq(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	ck_assert(scenario_is_before(scenario));
	nothing_is_left();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		creating_is_interrupted_at_every_call,
		mounting_is_interrupted_at_every_call,
		changing_is_interrupted_at_every_call,
		destroying_is_interrupted_at_every_call,
		pins_outside_are_interrupted_at_every_call,
		copying_is_interrupted_at_every_call,
		slots_of_others_are_interrupted_at_every_call,
		parking_is_interrupted_at_every_call,
		who_waits_for_confirmation_goes_back,
		going_back_is_not_interrupted,
		going_back_stops_waiting_for_the_lock,
	};

	return bench_suite("signals", tests, sizeof(tests) / sizeof(tests[0]));
}

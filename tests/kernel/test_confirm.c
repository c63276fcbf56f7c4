/* SPDX-License-Identifier: BSD-2-Clause */

/* Going back after an apply: by itself, when asked, and when the process is gone. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define HEAD                                                                             \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates:\n"                                                                   \
	"  - {name: table, type: hash, key: u32, value: u32, max_entries: 8}\n"          \
	"  - {name: wide, type: hash, key: u32, value: u64, max_entries: 8}\n"

#define BEFORE                                                                           \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: o, type: array_of_maps, max_entries: 4, template: table}\n"     \
	     "  - {name: gone, type: hash_of_maps, key: u32, max_entries: 4, template: " \
	     "table}\n"                                                                  \
	     "  - {name: grows, type: hash_of_maps, key: u32, max_entries: 4, "          \
	     "template: "                                                                \
	     "table}\n"                                                                  \
	     "inner_maps: [{name: x, template: table}]\n"                                \
	     "bindings:\n"                                                               \
	     "  - {outer: o, slots: [{keys: 0-1}, {key: 2, inner: x}]}\n"                \
	     "  - {outer: gone, slots: [{key: 7}]}\n"                                    \
	     "  - {outer: grows, slots: [{key: 7}]}\n"                                   \
	     "pins: [{map: x, path: in/deep/x, mode: \"0640\"}]\n"

/* Slots change and go, an outer map is replaced, one is removed, pins move. */
#define AFTER                                                                            \
	HEAD "outer_maps:\n"                                                             \
	     "  - {name: o, type: array_of_maps, max_entries: 4, template: table, "      \
	     "protect: true}\n"                                                          \
	     "  - {name: grows, type: hash_of_maps, key: u32, max_entries: 8, "          \
	     "template: "                                                                \
	     "wide}\n"                                                                   \
	     "inner_maps: [{name: x, template: table}, {name: y, template: table}]\n"    \
	     "bindings:\n"                                                               \
	     "  - {outer: o, slots: [{key: 0, inner: y}, {key: 2, inner: x}, {key: "     \
	     "3}]}\n"                                                                    \
	     "  - {outer: grows, slots: [{keys: 7-8}]}\n"                                \
	     "pins: [{map: x, path: else/x}, {map: y, path: y}]\n"

/* An outer map with maps of its own, all of which another template replaces. */
#define MANY(template)                                                                   \
	"outer_maps: [{name: o, type: hash_of_maps, key: u32, max_entries: 300, "        \
	"template: " template "}]\nbindings: [{outer: o, slots: [{keys: 0-299}]}]\n"

static int expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%s%s", status, wanted,
		      bench.out, bench.err);
	return status;
}

/* What a person would compare: ids, pins, modes. */
static char *state(void)
{
	char *text;

	expect(mimctl("show", "t", "--bpffs", bench.bpffs, "-v"), 0);
	/* The first two lines tell of the marker's time. */
	text = strdup(strstr(bench.out, "\n  "));
	ck_assert(text != NULL);
	return text;
}

/* @faults: of faulty(), or "" */
static pid_t apply_waiting_with(const char *faults, const char *seconds)
{
	pid_t child = fork();

	if (child == 0)
		_exit(faulty(faults, "apply", "-f", bench.file, "--confirm", seconds,
			     "--allow-orphans"));
	for (int tries = 0; tries < 1000; tries++) {
		if (is_there("t/mimctl~/pending"))
			return child;
		usleep(10000);
	}
	ck_abort_msg("the apply does not wait");
}

static pid_t apply_waiting(const char *seconds)
{
	return apply_waiting_with("", seconds);
}

static void signal_apply(int number)
{
	ck_assert(signal_holder("t/mimctl~/pending", number));
}

/* An apply waits, and nobody is there any more to go back. */
static void be_killed_waiting(const char *seconds)
{
	pid_t child = apply_waiting(seconds);

	signal_apply(SIGKILL);
	ck_assert_int_eq(end_of(child), SIGKILL);
}

static char *begin(const char *before)
{
	bench_write(before);
	apply();
	return state();
}

static void is_as_it_was(char *before)
{
	char *now = state();

	ck_assert_str_eq(now, before);
	free(now);
	free(before);
	ck_assert(!is_there("t/mimctl~"));
	bench_write(BEFORE);
	plan_is_empty();
}

/* Of a process: a line of /proc/PID/status as a number. */
static unsigned long long status_of(unsigned int pid, const char *key, const char *format)
{
	char path[64], line[256];
	unsigned long long value = ~0ULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	file = fopen(path, "r");
	ck_assert(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			sscanf(line + strlen(key), format, &value);
	fclose(file);
	return value;
}

/* sys_admin, bpf, perfmon, net_admin, dac_override, dac_read_search, chown, fowner, ...
 */
#define MOST_KEPT                                                                        \
	(1ULL << 21 | 1ULL << 39 | 1ULL << 38 | 1ULL << 12 | 1ULL << 1 | 1ULL << 2 | 1 | \
	 1ULL << 3 | 1ULL << 24 | 1ULL << 19)

START_TEST(what_it_cannot_use_it_gave_up)
{
	unsigned int pid = 0;
	char target[512];
	pid_t child;
	ssize_t n;

	bench_write(BEFORE);
	child = apply_waiting("60");
	n = readlink(pin("t/mimctl~/pending"), target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	ck_assert_int_eq(sscanf(target, "pid=%u ", &pid), 1);
	ck_assert_uint_eq(status_of(pid, "CapPrm:", "%llx") & ~MOST_KEPT, 0);
	ck_assert_uint_eq(status_of(pid, "CapInh:", "%llx"), 0);
	ck_assert_uint_eq(status_of(pid, "NoNewPrivs:", "%llu"), 1);
	expect(mimctl("confirm", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(end_of(child), 0);
}
END_TEST

START_TEST(asked_to_go_back_it_does)
{
	char *before = begin(BEFORE);
	pid_t child;

	bench_write(AFTER);
	child = apply_waiting("60");
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(end_of(child), 5);
	is_as_it_was(before);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 1);
	has(bench.err, "no apply of 't' waits for confirmation");
}
END_TEST

START_TEST(the_end_of_the_terminal_goes_back)
{
	char *before = begin(BEFORE);
	pid_t child;

	bench_write(AFTER);
	child = apply_waiting("60");
	signal_apply(SIGHUP);
	ck_assert_int_eq(end_of(child), 129);
	is_as_it_was(before);
}
END_TEST

START_TEST(killed_it_can_still_go_back)
{
	char *before = begin(BEFORE);
	pid_t child;

	bench_write(AFTER);
	child = apply_waiting("60");
	signal_apply(SIGKILL);
	ck_assert_int_eq(end_of(child), SIGKILL);
	ck_assert(is_there("t/y"));
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	is_as_it_was(before);
}
END_TEST

/* What was there when the switch came to it is somebody else's. */
START_TEST(what_there_was_no_need_for_is_not_taken_back)
{
	pid_t child;

	bench_write(BEFORE);
	apply();
	bench_write(AFTER);
	bench_command("mkdir P/t/else");
	child = apply_waiting_with("pin:1:c", "60");
	signal_apply(SIGKILL);
	end_of(child);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	ck_assert(is_there("t/else") && !is_there("t/else/x"));
	bench_write(BEFORE);
	plan_is_empty();
}
END_TEST

/* The limit that counts is the hard one, for the way back as for the way there. */
START_TEST(many_slots_go_back_with_a_low_soft_limit)
{
	struct rlimit limit;
	rlim_t before;

	bench_write(HEAD MANY("table"));
	apply();
	bench_write(HEAD MANY("wide"));
	be_killed_waiting("60");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	limit.rlim_cur = before;
	setrlimit(RLIMIT_NOFILE, &limit);
	bench_write(HEAD MANY("table"));
	plan_is_empty();
}
END_TEST

/* When the time is over and nobody is there to go back, that is told. */
START_TEST(what_nobody_confirmed_is_told)
{
	free(begin(BEFORE));
	bench_write(AFTER);
	be_killed_waiting("2");
	sleep(3);
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.err, "nobody confirmed in time what was applied by pid ");
	has(bench.err, "mimctl rollback t --bpffs ");
	expect(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	has(bench.out, "not confirmed: ");
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	bench_write(BEFORE);
	plan_is_empty();
	lacks(bench.err, "nobody confirmed");
}
END_TEST

START_TEST(killed_it_can_still_be_kept)
{
	free(begin(BEFORE));
	bench_write(AFTER);
	be_killed_waiting("60");
	expect(mimctl("confirm", "t", "--bpffs", bench.bpffs), 0);
	plan_is_empty();
	ck_assert(!is_there("t/mimctl~/journal"));
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 1);
}
END_TEST

START_TEST(a_first_apply_goes_back_to_nothing)
{
	bench_write(BEFORE);
	be_killed_waiting("60");
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	ck_assert(!is_there("t"));
}
END_TEST

START_TEST(others_are_told_who_waits_and_until_when)
{
	char pid[32], command[160];
	pid_t child;

	free(begin(BEFORE));
	bench_write(AFTER);
	child = apply_waiting("60");
	expect(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 75);
	has(bench.err, "waits until 20");
	has(bench.err, "apply -f ");
	snprintf(command, sizeof(command), "mimctl rollback t --bpffs %s undoes",
		 bench.bpffs);
	has(bench.err, command);
	/* Reading needs no lock, and what waits there is no leftover. */
	expect(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 0);
	lacks(bench.out, "leftover");
	has(bench.err, "waits until 20");
	signal_apply(SIGKILL);
	end_of(child);
	/* Nobody has the lock any more. */
	expect(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 75);
	has(bench.err, "waits until 20");
	snprintf(pid, sizeof(pid), "by pid ");
	has(bench.err, pid);
	expect(mimctl("destroy", "t", "--bpffs", bench.bpffs), 75);
	expect(mimctl("show", "t", "--bpffs", bench.bpffs), 0);
	has(bench.out, "waits until 20");
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	bench_write(BEFORE);
	plan_is_empty();
}
END_TEST

START_TEST(a_file_names_the_scope_as_well)
{
	pid_t child;

	free(begin(BEFORE));
	bench_write(AFTER);
	child = apply_waiting("60");
	expect(mimctl("rollback", "-f", bench.file), 0);
	ck_assert_int_eq(end_of(child), 5);
	child = apply_waiting("60");
	expect(mimctl("confirm", "-f", bench.file), 0);
	ck_assert_int_eq(end_of(child), 0);
	plan_is_empty();
	expect(mimctl("confirm", "t", "-f", bench.file), 64);
	expect(mimctl("rollback"), 64);
	expect(mimctl("rollback", "a.b"), 64);
}
END_TEST

/* Another bpffs may have one. */
START_TEST(where_there_is_no_scope_it_is_said)
{
	const char *const commands[] = {"confirm", "rollback", "show", "destroy"};
	char absent[160];

	snprintf(absent, sizeof(absent), "there is no scope 't' in %s", bench.bpffs);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		expect(mimctl(commands[i], "t", "--bpffs", bench.bpffs), i < 3);
		has(bench.err, absent);
		has(bench.err, "hint: elsewhere: --bpffs DIR");
	}
	expect(mimctl("show", "t", "--bpffs", bench.bpffs, "-o", "json"), 1);
	has(bench.err, absent);
	has(bench.err, "\n1 error\n");
	has(bench.out, "\"exists\":false");
}
END_TEST

/* The folder of the scope lets nobody else in. */
START_TEST(who_may_not_is_told_what_is_missing)
{
	const char *const commands[] = {"confirm", "rollback", "apply"};

	bench_write(BEFORE);
	apply();
	chmod(bench.folder, 0755);
	chmod(bench.bpffs, 0755);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		expect(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
			   "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
			   bench_program("MIMCTL"), commands[i], "-f", bench.file, NULL),
		       77);
		has(bench.err, "Permission denied");
		has(bench.err, "CAP_DAC_OVERRIDE");
	}
}
END_TEST

/* It is not begun with what it cannot bring to its end. */
START_TEST(without_a_capability_nothing_is_put_back)
{
	char *before = begin(BEFORE);

	bench_write(AFTER);
	be_killed_waiting("60");
	expect(run("/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all",
		   bench_program("MIMCTL"), "rollback", "-f", bench.file, NULL),
	       77);
	has(bench.err, "CAP_SYS_ADMIN");
	ck_assert(is_there("t/mimctl~/pending"));
	expect(mimctl("rollback", "-f", bench.file), 0);
	is_as_it_was(before);
}
END_TEST

START_TEST(when_its_time_is_over_the_next_apply_goes_on)
{
	pid_t child;

	free(begin(BEFORE));
	bench_write(AFTER);
	child = apply_waiting("3");
	signal_apply(SIGKILL);
	end_of(child);
	sleep(4);
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "leftover of an interrupted apply");
	apply();
	ck_assert(!is_there("t/mimctl~/pending") && !is_there("t/mimctl~/journal"));
}
END_TEST

START_TEST(a_journal_that_is_none_is_refused)
{
	free(begin(BEFORE));
	bench_write(AFTER);
	be_killed_waiting("60");
	ck_assert_int_eq(unlink(pin("t/mimctl~/journal")), 0);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 69);
	has(bench.err, "cannot read how 't' was before");
	bpftool("map", "create", pin("t/mimctl~/journal"), "type", "array", "key", "4",
		"value", "32768", "entries", "1", "name", "j");
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 69);
	expect(mimctl("confirm", "t", "--bpffs", bench.bpffs), 0);
	plan_is_empty();
}
END_TEST

START_TEST(who_has_the_lock_is_told)
{
	int status = -1;
	pid_t child;

	free(begin(BEFORE));
	bench_write(AFTER);
	child = fork();
	/* Stops itself in the middle, and goes on when it is told to. */
	if (child == 0)
		_exit(faulty("rename:1:s19", "apply", "-f", bench.file,
			     "--allow-orphans"));
	for (int tries = 0; tries < 1000 && !is_there("t/mimctl~/holder"); tries++)
		usleep(10000);
	expect(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 75);
	has(bench.err, "'t' is locked by pid ");
	has(bench.err, "mimctl-faulty apply -f ");
	has(bench.err, " on host ");
	/* It may not have stopped yet. */
	for (int tries = 0; tries < 1000 && waitpid(child, &status, WNOHANG) == 0;
	     tries++) {
		if (is_there("t/mimctl~/holder"))
			signal_holder("t/mimctl~/holder", SIGCONT);
		usleep(10000);
	}
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	plan_is_empty();
}
END_TEST

/* Half of the way back was gone: who applies now is told what he gives up. */
START_TEST(a_way_back_that_was_broken_off_is_told)
{
	free(begin(BEFORE));
	bench_write(AFTER);
	be_killed_waiting("60");
	/* The first one says that the way back was begun. */
	expect(faulty("rename:3:s9", "rollback", "t", "--bpffs", bench.bpffs),
	       256 + SIGKILL);
	ck_assert(is_there("t/mimctl~/going-back"));
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.err, "the way back from what was applied by pid ");
	has(bench.err, "was not gone to its end, and with the next apply it is gone");
	has(bench.err, "mimctl rollback t --bpffs ");
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	bench_write(BEFORE);
	plan_is_empty();
}
END_TEST

/* An apply that comes to nothing does not take the way back away. */
START_TEST(the_way_back_outlives_an_apply_that_fails)
{
	char *before = begin(BEFORE);

	bench_write(AFTER);
	be_killed_waiting("1");
	sleep(2);
	bench_write(BEFORE);
	expect(faulty("map_create:1+:12", "apply", "-f", bench.file, "--allow-orphans"),
	       1);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	is_as_it_was(before);
}
END_TEST

#define AT_HOME "../../../sys/fs/bpf/mimctl-test/mimctl~/pending"

/* Not even the mount is left, whoever holds it by a descriptor of his own. */
START_TEST(a_first_apply_that_mounted_goes_back_to_nothing)
{
	struct stat before, after;
	pid_t child;

	/* Unmounting it where others see that would take away what they have there. */
	if (!bench_is_private)
		return;
	umount2("/sys/fs/bpf", MNT_DETACH);
	ck_assert_int_eq(stat("/sys/fs/bpf", &before), 0);
	bench_write("version: 1\nname: mimctl-test\n"
		    "templates: [{name: table, type: hash, key: u32, value: u32, "
		    "max_entries: 8}]\n" MANY("table"));
	child = fork();
	if (child == 0)
		_exit(mimctl("apply", "-f", bench.file, "--confirm", "60"));
	for (int tries = 0; tries < 1000 && !is_there(AT_HOME); tries++)
		usleep(10000);
	ck_assert(signal_holder(AT_HOME, SIGKILL));
	ck_assert_int_eq(end_of(child), SIGKILL);
	expect(mimctl("rollback", "mimctl-test", "--bpffs", "/sys/fs/bpf/"), 0);
	ck_assert_str_eq(bench.err, "");
	ck_assert_int_eq(stat("/sys/fs/bpf", &after), 0);
	ck_assert_uint_eq(before.st_dev, after.st_dev);
}
END_TEST

/* In a folder that others may write in somebody may have made what tells the way back. */
START_TEST(a_way_back_of_somebody_elses_is_not_gone)
{
	free(begin(BEFORE));
	bench_write(AFTER);
	be_killed_waiting("60");
	ck_assert_int_eq(chown(pin("t/mimctl~"), 12345, 12345), 0);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 77);
	expect(mimctl("confirm", "t", "--bpffs", bench.bpffs), 77);
	expect(mimctl("apply", "-f", bench.file), 78);
	ck_assert_int_eq(chown(pin("t/mimctl~"), 0, 0), 0);
	expect(mimctl("rollback", "t", "--bpffs", bench.bpffs), 0);
	bench_write(BEFORE);
	plan_is_empty();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_it_cannot_use_it_gave_up,
		asked_to_go_back_it_does,
		the_end_of_the_terminal_goes_back,
		killed_it_can_still_go_back,
		what_there_was_no_need_for_is_not_taken_back,
		many_slots_go_back_with_a_low_soft_limit,
		what_nobody_confirmed_is_told,
		killed_it_can_still_be_kept,
		a_first_apply_goes_back_to_nothing,
		others_are_told_who_waits_and_until_when,
		a_file_names_the_scope_as_well,
		where_there_is_no_scope_it_is_said,
		who_may_not_is_told_what_is_missing,
		without_a_capability_nothing_is_put_back,
		when_its_time_is_over_the_next_apply_goes_on,
		a_journal_that_is_none_is_refused,
		who_has_the_lock_is_told,
		a_way_back_that_was_broken_off_is_told,
		the_way_back_outlives_an_apply_that_fails,
		a_first_apply_that_mounted_goes_back_to_nothing,
		a_way_back_of_somebody_elses_is_not_gone,
	};

	return bench_suite("confirm", tests, sizeof(tests) / sizeof(tests[0]));
}

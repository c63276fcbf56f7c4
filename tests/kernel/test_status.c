/* SPDX-License-Identifier: BSD-2-Clause */

/* Every exit status of mimctl, and what the kernel holds when it is returned. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define TEMPLATES                                                                        \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n"
#define HEAD "version: 1\nname: t\nbpffs: %s\n" TEMPLATES
#define OUTER                                                                            \
	"outer_maps: [{name: o, type: array_of_maps, max_entries: 4, template: "         \
	"table}]\n"
#define ONE HEAD OUTER "bindings: [{outer: o, slots: [{key: 0}]}]\n"
#define TWO                                                                              \
	HEAD OUTER "inner_maps: [{name: a, template: table}]\n"                          \
		   "bindings: [{outer: o, slots: [{key: 0, inner: a}, {key: 1}]}]\n"     \
		   "pins: [{map: o, path: o}, {map: a, path: in/a}]\n"

static void expect(int status, int wanted)
{
	ck_assert_msg(status == wanted, "status %d, not %d:\n%s%s", status, wanted,
		      bench.out, bench.err);
}

/* Applies ONE, and then TWO in a way that fails: the slot and the pins have to be as
 * before. */
static void expect_put_back(const char *faults, int wanted)
{
	uint32_t slot;

	bench_write(ONE);
	apply();
	slot = slot_id("t/o", 0);
	bench_write(TWO);
	expect(faulty(faults, "apply", "-f", bench.file), wanted);
	ck_assert_uint_eq(slot_id("t/o", 0), slot);
	ck_assert_uint_eq(slot_id("t/o", 1), 0);
	ck_assert_int_ne(access(pin("t/in"), F_OK), 0);
	ck_assert_int_ne(faccessat(AT_FDCWD, pin("t/mimctl~"), F_OK, AT_SYMLINK_NOFOLLOW),
			 0);
	bench_write(ONE);
	plan_is_empty();
}

START_TEST(status_0_done_and_nothing_to_do)
{
	bench_write(ONE);
	expect(mimctl("apply", "-f", bench.file, "--detailed-exitcode"), 2);
	expect(mimctl("apply", "-f", bench.file, "--detailed-exitcode"), 0);
	expect(mimctl("apply", "-f", bench.file), 0);
	expect(mimctl("validate", "-f", bench.file), 0);
	ck_assert_str_eq(bench.out, "");
	ck_assert_str_eq(bench.err, "");
}
END_TEST

START_TEST(status_2_changes)
{
	bench_write(ONE);
	expect(mimctl("plan", "-f", bench.file), 0);
	expect(mimctl("plan", "-f", bench.file, "--detailed-exitcode"), 2);
}
END_TEST

START_TEST(status_1_a_kernel_refusal_is_undone)
{
	expect_put_back("rename:1:5", 1);
	expect_put_back("rename:2:5", 1);
	expect_put_back("make_folder@map_update*:1:28", 1);
}
END_TEST

START_TEST(status_1_names_object_call_and_line)
{
	bench_write(HEAD "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
			 "template: table}]\n"
			 "pins:\n"
			 "  - {map: o, path: o, group: no-such-group}\n");
	expect(mimctl("apply", "-f", bench.file), 1);
	has(bench.err, "test.yaml:7:30: error: there is no group 'no-such-group'");
	has(bench.err, "the kernel is as it was before");
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

START_TEST(status_3_what_could_not_be_put_back_is_listed)
{
	bench_write(ONE);
	apply();
	bench_write(TWO);
	/* The new pin's place in the folder fails, and then emptying the slots again. */
	expect(faulty("rename:1:5,map_delete:1+:5", "apply", "-f", bench.file), 3);
	has(bench.err, "cannot put back outer map 'o' (id ");
	/* The next run brings it to what is declared all the same. */
	apply();
}
END_TEST

START_TEST(status_4_verification_fails_and_it_is_put_back)
{
	expect_put_back("prog_next_id@rename:1:5", 4);
}
END_TEST

START_TEST(without_verification_nothing_is_read_back)
{
	bench_write(ONE);
	apply();
	bench_write(TWO);
	expect(faulty("prog_next_id@rename:1+:5", "apply", "-f", bench.file,
		      "--no-verify"),
	       0);
	plan_is_empty();
}
END_TEST

START_TEST(forms_of_output_are_what_they_say)
{
	struct json_object *object;

	bench_write(ONE);
	expect(mimctl("plan", "-f", bench.file, "-o", "summary"), 0);
	has(bench.out, "create outer o\n");
	has(bench.out, "Plan: 1 outer map to create");
	lacks(bench.out, "slot   ");
	expect(mimctl("plan", "-f", bench.file, "--color", "always"), 0);
	has(bench.out, "\033[32m+");
	expect(mimctl("plan", "-f", bench.file, "--color", "never"), 0);
	lacks(bench.out, "\033");
	expect(mimctl("plan", "-f", bench.file, "-o", "yaml"), 0);
	has(bench.out, "changed: true");
	expect(mimctl("apply", "-f", bench.file, "-q"), 0);
	ck_assert_str_eq(bench.out, "");
	ck_assert_str_eq(bench.err, "");
	expect(mimctl("apply", "-f", bench.file, "-o", "json"), 0);
	object = json_tokener_parse(bench.out);
	ck_assert(object != NULL);
	json_object_put(object);
	expect(mimctl("plan", "-f", bench.file, "-v"), 0);
	has(bench.out, "    outer  o");
	expect(mimctl("validate", "-f", bench.file, "-v"), 0);
	has(bench.out, "t: valid: 1 outer maps, 1 inner maps, 1 slots, 1 pins");
}
END_TEST

START_TEST(status_5_not_confirmed_and_put_back)
{
	char command[160];
	uint32_t slot;

	bench_write(ONE);
	apply();
	slot = slot_id("t/o", 0);
	bench_write(TWO);
	expect(mimctl("apply", "-f", bench.file, "--confirm", "1"), 5);
	snprintf(command, sizeof(command), "mimctl confirm t --bpffs %s  (1 seconds)",
		 bench.bpffs);
	has(bench.err, command);
	ck_assert_uint_eq(slot_id("t/o", 0), slot);
	ck_assert_int_ne(access(pin("t/in"), F_OK), 0);
	expect(mimctl("confirm", "t", "--bpffs", bench.bpffs), 1);
}
END_TEST

START_TEST(confirm_in_time_keeps_it)
{
	pid_t child;
	int status;

	bench_write(TWO);
	child = fork();
	if (child == 0)
		_exit(mimctl("apply", "-f", bench.file, "--confirm", "30"));
	for (int tries = 0; tries < 500; tries++) {
		usleep(20000);
		if (mimctl("confirm", "t", "--bpffs", bench.bpffs) == 0)
			break;
	}
	ck_assert_int_eq(bench.status, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	plan_is_empty();
}
END_TEST

/* Whoever removes the mark first decides: there is no moment for both. */
START_TEST(confirm_and_the_end_of_the_time_agree)
{
	for (int i = 0; i < 5; i++) {
		pid_t child;
		int status;

		bench_write(ONE);
		apply();
		bench_write(TWO);
		child = fork();
		if (child == 0)
			_exit(mimctl("apply", "-f", bench.file, "--confirm", "1"));
		usleep(950000 + 30000 * i);
		mimctl("confirm", "t", "--bpffs", bench.bpffs);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(WEXITSTATUS(status), bench.status == 0 ? 0 : 5);
		bench_write(bench.status == 0 ? TWO : ONE);
		plan_is_empty();
	}
}
END_TEST

START_TEST(status_77_what_cannot_be_opened_is_not_absent)
{
	bench_write(ONE);
	apply();
	chmod(bench.folder, 0755);
	chmod(bench.bpffs, 0755);
	expect(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		   "--inh-caps=-all,+sys_admin", "--ambient-caps=-all,+sys_admin",
		   "--bounding-set=-all,+sys_admin", bench_program("MIMCTL"), "plan",
		   "-f", bench.file, NULL),
	       77);
	has(bench.err, "CAP_DAC_OVERRIDE");
}
END_TEST

START_TEST(status_143_while_waiting_for_the_lock)
{
	int folder, status;
	pid_t child;

	bench_write(ONE);
	apply();
	folder = open(pin("t"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(flock(folder, LOCK_EX), 0);
	child = fork();
	if (child == 0) {
		close(folder);
		execl(bench_program("MIMCTL"), "mimctl", "apply", "-q", "-f", bench.file,
		      "--lock-timeout", "60", NULL);
		_exit(127);
	}
	usleep(300000);
	kill(child, SIGTERM);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 143);
	close(folder);
}
END_TEST

/* The first attempt to write tells why, whoever flushes after it. */
START_TEST(status_1_the_result_cannot_be_written)
{
	const char *const commands[] = {"plan", "show", "doctor"};

	bench_write(ONE);
	setenv("FILE", bench.file, 1);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		setenv("COMMAND", commands[i], 1);
		expect(run("/bin/sh", "-c",
			   "test $COMMAND = plan && set -- -f $FILE;"
			   "exec $MIMCTL $COMMAND \"$@\" >/dev/full",
			   NULL),
		       1);
		has(bench.err, "mimctl: cannot write the result: No space left");
	}
}
END_TEST

START_TEST(status_64_usage)
{
	bench_write(ONE);
	expect(mimctl("plan", "-f", bench.file, "--out", "-"), 64);
	has(bench.err, "--out saves into a file; a plan is printed with -o json");
	ck_assert_int_ne(access("-", F_OK), 0);
	expect(run(bench_program("MIMCTL"), NULL), 64);
	expect(mimctl("aply"), 64);
	has(bench.err, "did you mean 'apply'?");
	expect(mimctl("plan"), 64);
	expect(mimctl("plan", "--no-such-option"), 64);
	expect(mimctl("plan", "-f"), 64);
	expect(mimctl("plan", "-f", bench.file, "-o", "xml"), 64);
	expect(mimctl("apply", "-f", bench.file, "--ask"), 64);
	expect(mimctl("apply", "-f", bench.file, "--prune-limit", "x"), 64);
	expect(mimctl("apply", "-f", bench.file, "--prune-limit", "500%"), 64);
	has(bench.err, "--prune-limit takes a number, or 0% to 100%, not '500%'");
	expect(mimctl("apply", "-f", bench.file, "--confirm", "0"), 64);
	has(bench.err, "--confirm takes 1 to 86400 seconds, not '0'");
	expect(mimctl("apply", "-f", bench.file, "--lock-timeout", "86401"), 64);
	has(bench.err, "--lock-timeout takes 0 to 86400 seconds, not '86401'");
	expect(mimctl("plan", "-xq"), 64);
	has(bench.err, "unknown option '-x'");
	expect(mimctl("plan", "--quiet=1"), 64);
	has(bench.err, "'--quiet=1': the option takes no argument");
	expect(mimctl("plan", "-f", bench.file, "--out", "/nonexistent/x"), 1);
	expect(mimctl("doctor", "-q"), 0);
	ck_assert_str_eq(bench.out, "");
	expect(mimctl("destroy"), 64);
	expect(mimctl("show", "a b"), 64);
}
END_TEST

START_TEST(status_65_the_description_is_wrong)
{
	bench_write(ONE "nonsense: 1\n");
	expect(mimctl("validate", "-f", bench.file), 65);
	expect(mimctl("plan", "-f", bench.file), 65);
	expect(mimctl("apply", "-f", bench.file), 65);
	has(bench.err, "unknown key 'nonsense'");
	expect(mimctl("apply", bench.file), 65);
	has(bench.err, "is no saved plan: ");
	has(bench.err, "hint: a description? mimctl apply -f /");
	ck_assert_int_ne(access(pin("t"), F_OK), 0);
}
END_TEST

/* Not everything in it: the file. */
START_TEST(status_65_a_file_is_given_twice)
{
	char other[128];

	bench_write(ONE);
	snprintf(other, sizeof(other), "%s/./test.yaml", bench.folder);
	expect(mimctl("validate", "-f", bench.file, "-f", bench.file), 65);
	has(bench.err, "test.yaml:1:1: error: the file is given twice\n");
	has(bench.err, "\n1 error; ");
	expect(mimctl("validate", "-f", bench.file, "-f", other), 65);
	has(bench.err, "/./test.yaml:1:1: error: the file is given twice: it is /");
	has(bench.err, "\n1 error; ");
	expect(mimctl("validate", "-f", "-", "-f", "-"), 65);
	has(bench.err, "<stdin>: error: the file is given twice\n");
}
END_TEST

START_TEST(status_69_no_bpffs)
{
	char yaml[1024], hint[128];

	/* The folder that bpffs is mounted in is none. */
	snprintf(yaml, sizeof(yaml), "version: 1\nname: t\nbpffs: %s\n" TEMPLATES OUTER,
		 bench.folder);
	snprintf(hint, sizeof(hint), "mount -t bpf bpf %s\n", bench.folder);
	bench_write(yaml);
	expect(mimctl("plan", "-f", bench.file), 69);
	has(bench.err, hint);
	expect(mimctl("apply", "-f", bench.file), 69);
}
END_TEST

START_TEST(doctor_says_what_works)
{
	expect(mimctl("doctor", "--bpffs", bench.bpffs), 0);
	has(bench.out, "ok   maps-of-maps");
	has(bench.out, "mimctl can do its work here.");
	expect(mimctl("doctor", "--bpffs", bench.bpffs, "-o", "json"), 0);
	has(bench.out, "\"works\":true");
	expect(mimctl("doctor", "--bpffs", "/tmp"), 69);
	has(bench.out, "mount -t bpf bpf /tmp");
	expect(faulty("map_create:1+:1", "doctor", "--bpffs", bench.bpffs), 69);
	setenv("MIMCTL_NO_ITERATOR", "1", 1);
	expect(mimctl("doctor", "--bpffs", bench.bpffs), 0);
	has(bench.out, "note iterator");
}
END_TEST

START_TEST(status_75_locked)
{
	char owner[64];
	int folder;

	bench_write(ONE);
	apply();
	folder = open(pin("t"), O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(flock(folder, LOCK_EX), 0);
	expect(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 75);
	/* It has signed nothing, and has it all the same. */
	snprintf(owner, sizeof(owner), "'t' is locked by pid %d on host ", getpid());
	has(bench.err, owner);
	/* Reading needs no lock. */
	expect(mimctl("plan", "-f", bench.file), 0);
	close(folder);
	expect(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 0);
}
END_TEST

START_TEST(status_77_a_capability_is_missing)
{
	bench_write(ONE);
	chmod(bench.folder, 0755);
	chmod(bench.bpffs, 0777);
	expect(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		   "--bounding-set=-all", "--inh-caps=-all", bench_program("MIMCTL"),
		   "plan", "-f", bench.file, NULL),
	       77);
	has(bench.err, "CAP_SYS_ADMIN");
	expect(run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		   "--bounding-set=-all", "--inh-caps=-all", bench_program("MIMCTL"),
		   "validate", "-f", bench.file, NULL),
	       0);
}
END_TEST

START_TEST(status_130_interrupted_and_put_back)
{
	/* Before the pin is moved in place, with the slots changed already. */
	expect_put_back("rename:1:s2", 130);
}
END_TEST

/* EINTR of a call, with no signal to tell of. */
START_TEST(status_1_a_call_is_interrupted)
{
	bench_write(ONE);
	expect(faulty("lock:2:4", "apply", "-f", bench.file), 1);
	has(bench.err, "Interrupted system call");
	lacks(bench.err, "interrupted;");
}
END_TEST

START_TEST(status_143_interrupted_and_put_back)
{
	expect_put_back("map_update*:1:s15", 143);
}
END_TEST

START_TEST(a_well_known_bpffs_is_mounted_and_unmounted_again)
{
	struct stat before, after;

	/* Unmounting it where others see that would take away what they have there. */
	if (!bench_is_private || stat("/sys/fs/bpf", &before) < 0)
		return;
	umount2("/sys/fs/bpf", MNT_DETACH);
	ck_assert_int_eq(stat("/sys/fs/bpf", &before), 0);
	bench_write("version: 1\nname: mimctl-test\n" TEMPLATES OUTER);
	expect(mimctl("plan", "-f", bench.file), 0);
	has(bench.out, "+ bpffs  /sys/fs/bpf      not mounted");
	expect(faulty("rename:2:5", "apply", "-f", bench.file), 1);
	ck_assert_int_eq(stat("/sys/fs/bpf", &after), 0);
	ck_assert_uint_eq(before.st_dev, after.st_dev);
	expect(mimctl("apply", "-f", bench.file), 0);
	ck_assert_int_eq(stat("/sys/fs/bpf", &after), 0);
	ck_assert_uint_ne(before.st_dev, after.st_dev);
	plan_is_empty();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		status_0_done_and_nothing_to_do,
		status_1_a_kernel_refusal_is_undone,
		status_1_names_object_call_and_line,
		status_2_changes,
		status_3_what_could_not_be_put_back_is_listed,
		status_4_verification_fails_and_it_is_put_back,
		without_verification_nothing_is_read_back,
		forms_of_output_are_what_they_say,
		status_5_not_confirmed_and_put_back,
		confirm_in_time_keeps_it,
		confirm_and_the_end_of_the_time_agree,
		status_77_what_cannot_be_opened_is_not_absent,
		status_143_while_waiting_for_the_lock,
		status_1_the_result_cannot_be_written,
		status_64_usage,
		status_65_the_description_is_wrong,
		status_65_a_file_is_given_twice,
		status_69_no_bpffs,
		doctor_says_what_works,
		status_75_locked,
		status_77_a_capability_is_missing,
		status_130_interrupted_and_put_back,
		status_1_a_call_is_interrupted,
		status_143_interrupted_and_put_back,
		a_well_known_bpffs_is_mounted_and_unmounted_again,
	};

	return bench_suite("status", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Two containers that share a bpffs: processes with mounts, host names and numbers of
 * their own. One of them has a scope's lock, and the other one waits for it, or is told
 * who that is. With the process the lock is gone.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"
#include "scenarios.h"

/* In the container, the first process of which is no one that could be stopped. */
static int inside(const char *host)
{
	int status;
	pid_t child;

	if ((host && sethostname(host, strlen(host)) < 0) ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 120;
	/* The same bpffs, in another place. */
	if (mkdir(bench.other, 0700) < 0 ||
	    mount(bench.bpffs, bench.other, NULL, MS_BIND, NULL) < 0 ||
	    umount2(bench.bpffs, MNT_DETACH) < 0)
		return 121;
	child = fork();
	if (child == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		setenv("MIMCTL_FAULTS", "rename:1:s19", 1);
		execl(bench_program("MIMCTL_FAULTY"), "mimctl-in-a-container", "apply",
		      "-q", "-f", bench.file, "--bpffs", bench.other, "--allow-orphans",
		      NULL);
		_exit(122);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 123;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

/* What it takes to reach a process in the container from outside. */
static pid_t container(const char *host)
{
	pid_t child = fork(), first;
	int status;

	ck_assert_int_ge(child, 0);
	if (child)
		return child;
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | (host ? CLONE_NEWUTS : 0)) < 0)
		_exit(124);
	first = fork();
	if (first == 0)
		_exit(inside(host));
	if (first < 0 || waitpid(first, &status, 0) != first)
		_exit(125);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 101);
}

/* Of the only child of the only child; 0 while that is not there. */
static pid_t child_of(pid_t pid)
{
	char path[64];
	FILE *file;
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &child) != 1)
		child = 0;
	fclose(file);
	return child;
}

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (file)
		fclose(file);
	return state;
}

/* Return: the apply in the container, stopped in the middle of what it does. */
static pid_t stopped_in(pid_t outside)
{
	for (;;) {
		pid_t first = child_of(outside), apply = first ? child_of(first) : 0;
		int status;

		if (apply && state_of(apply) == 'T')
			return apply;
		if (waitpid(outside, &status, WNOHANG) == outside)
			ck_abort_msg("the container has ended: %d", status);
		usleep(5000);
	}
}

static pid_t start(const struct scenario *scenario, const char *host, pid_t *ret_apply)
{
	pid_t outside;

	scenario_begin(scenario);
	bench_write(scenario->after);
	outside = container(host);
	*ret_apply = stopped_in(outside);
	return outside;
}

static void is_told(const char *who)
{
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 75);
	has(bench.err, who);
	has(bench.err, " since 20");
	has(bench.err, ": mimctl-in-a-container apply -q -f ");
	has(bench.err, "--lock-timeout");
}

START_TEST(who_has_the_lock_in_another_container_is_told)
{
	pid_t apply, outside = start(&scenario_swap, "container-a", &apply);

	is_told("'t' is locked by pid 2 of another pid namespace on host container-a");
	kill(apply, SIGCONT);
	ck_assert_int_eq(end_of(outside), 0);
	scenario_is_done(&scenario_swap);
}
END_TEST

/* Containers may share the name of the host, and still have numbers of their own. */
START_TEST(who_has_the_lock_in_a_container_with_the_name_of_the_host_is_told)
{
	pid_t apply, outside = start(&scenario_swap, NULL, &apply);

	is_told("'t' is locked by pid 2 of another pid namespace on host ");
	kill(apply, SIGCONT);
	ck_assert_int_eq(end_of(outside), 0);
	scenario_is_done(&scenario_swap);
}
END_TEST

START_TEST(one_waits_for_the_other_container)
{
	pid_t apply, outside = start(&scenario_swap, "container-a", &apply), other;

	other = fork();
	ck_assert_int_ge(other, 0);
	if (other == 0)
		_exit(mimctl("apply", "-f", bench.file, "--lock-timeout", "3600",
			     "--allow-orphans"));
	/* However long it takes, it does not get the lock before the other is done. */
	usleep(300000);
	ck_assert_int_eq(waitpid(other, NULL, WNOHANG), 0);
	kill(apply, SIGCONT);
	ck_assert_int_eq(end_of(outside), 0);
	ck_assert_int_eq(end_of(other), 0);
	scenario_is_done(&scenario_swap);
}
END_TEST

START_TEST(the_lock_of_a_killed_container_is_free)
{
	pid_t apply, outside = start(&scenario_swap, "container-a", &apply);

	kill(apply, SIGKILL);
	ck_assert_int_eq(end_of(outside), 100);
	/* Its name is still there, and nobody is deceived by it. */
	ck_assert(is_there("t/mimctl~/holder"));
	scenario_keeps(&scenario_swap);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--lock-timeout", "0",
				"--allow-orphans"),
			 0);
	scenario_is_done(&scenario_swap);
}
END_TEST

/* While there is no scope the lock is on what it will lie in. */
START_TEST(two_containers_do_not_make_one_scope_twice)
{
	pid_t apply, outside = start(&scenario_create, "container-a", &apply);

	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 75);
	kill(apply, SIGKILL);
	ck_assert_int_eq(end_of(outside), 100);
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--lock-timeout", "0"), 0);
	scenario_is_done(&scenario_create);
}
END_TEST

/* The same bpffs by another path, as a container has it. */
static void see_it_elsewhere(void)
{
	ck_assert_int_eq(mkdir(bench.other, 0700), 0);
	ck_assert_int_eq(mount(bench.bpffs, bench.other, NULL, MS_BIND, NULL), 0);
}

#define KEPT(entries)                                                                    \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: k, type: hash, key: u32, value: u32, max_entries: 8}]\n"     \
	"outer_maps: [{name: o, type: array_of_maps, max_entries: " #entries             \
	", template: k, protect: true}]\n"                                               \
	"bindings: [{outer: o, slots: [{key: 0}]}]\n"                                    \
	"pins: [{map: o, path: o}, {map: o, path: %s/tc/o}]\n"

static void write_as(const char *bpffs, const char *format)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml), format, bpffs, bpffs);
	bench_write(yaml);
}

/* What is protected, and what was pinned outside the scope. */
START_TEST(records_hold_where_bpffs_is_mounted_elsewhere)
{
	see_it_elsewhere();
	write_as(bench.bpffs, KEPT(4));
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	write_as(bench.other, KEPT(4));
	plan_is_empty();
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 0);
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.other), 78);
	has(bench.err, "is protected");
	write_as(bench.other, KEPT(8));
	ck_assert_int_eq(mimctl("apply", "-f", bench.file), 78);
	write_as(bench.bpffs, KEPT(4));
	plan_is_empty();
	bench_write("version: 1\nname: t\nbpffs: %s\n"
		    "templates: [{name: k, type: hash, key: u32, value: u32, "
		    "max_entries: 8}]\n"
		    "outer_maps: [{name: o, type: array_of_maps, max_entries: 4, "
		    "template: k, protect: false}]\n");
	ck_assert_int_eq(mimctl("apply", "-f", bench.file, "--bpffs", bench.other), 0);
	ck_assert(!is_there("tc/o"));
	ck_assert(!is_there("t/mimctl~"));
	ck_assert_int_eq(mimctl("destroy", "t", "--bpffs", bench.other), 0);
	ck_assert(!is_there("t"));
}
END_TEST

/* Killed in one container, it is gone back from another one. */
START_TEST(the_way_back_leads_from_where_bpffs_is_mounted_elsewhere)
{
	pid_t child;

	see_it_elsewhere();
	write_as(bench.bpffs, KEPT(4));
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(mimctl("apply", "-f", bench.file, "--confirm", "60"));
	for (int tries = 0; tries < 1000 && !is_there("t/mimctl~/pending"); tries++)
		usleep(10000);
	ck_assert(is_there("tc/o") && is_there("t/o"));
	ck_assert(signal_holder("t/mimctl~/pending", SIGKILL));
	ck_assert_int_eq(end_of(child), SIGKILL);
	ck_assert_int_eq(umount2(bench.bpffs, MNT_DETACH), 0);
	ck_assert_int_eq(mimctl("rollback", "t", "--bpffs", bench.other), 0);
	ck_assert_int_eq(mount(bench.other, bench.bpffs, NULL, MS_BIND, NULL), 0);
	ck_assert(!is_there("tc/o") && !is_there("tc") && !is_there("t"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_has_the_lock_in_another_container_is_told,
		who_has_the_lock_in_a_container_with_the_name_of_the_host_is_told,
		one_waits_for_the_other_container,
		the_lock_of_a_killed_container_is_free,
		two_containers_do_not_make_one_scope_twice,
		records_hold_where_bpffs_is_mounted_elsewhere,
		the_way_back_leads_from_where_bpffs_is_mounted_elsewhere,
	};

	return bench_suite("lock", tests, sizeof(tests) / sizeof(tests[0]));
}

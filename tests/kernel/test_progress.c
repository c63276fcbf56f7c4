/* SPDX-License-Identifier: BSD-2-Clause */

/* What a terminal shows of an apply that takes a while, and what it does not. */
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#define SLOTS 40
#define DESCRIPTION                                                                      \
	"version: 1\nname: t\nbpffs: %s\n"                                               \
	"templates: [{name: table, type: hash, key: u32, value: u32, max_entries: 8}]\n" \
	"outer_maps: [{name: o, type: array_of_maps, max_entries: 40, "                  \
	"template: table}]\n"                                                            \
	"bindings: [{outer: o, slots: [{keys: 0-39}]}]\n"

/* Before the second map is made, more than a second passes. */
#define SLOW "map_create:2:c"

static char shown[65536];

static void read_all(int terminal)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = read(terminal, shown + used, sizeof(shown) - 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		/* EIO: nobody has the other end any more. */
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	shown[used] = '\0';
}

/* Applies with stderr at a terminal, or not; stdout is not looked at. Into @shown. */
static int apply_shown(const char *faults, bool terminal, bool quiet)
{
	int master, status, ends[2];
	pid_t pid;

	setenv("MIMCTL_FAULTS", faults, 1);
	setenv("MIMCTL_COMMAND", "sleep 1.1", 1);
	if (!terminal)
		ck_assert_int_eq(pipe(ends), 0);
	pid = terminal ? forkpty(&master, NULL, NULL, NULL) : fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (!terminal)
			dup2(ends[1], STDERR_FILENO);
		if (!freopen("/dev/null", "w", stdout))
			_exit(99);
		execl(bench_program("MIMCTL_FAULTY"), "mimctl", "apply", "-f", bench.file,
		      quiet ? "-q" : "--color=never", NULL);
		_exit(98);
	}
	if (!terminal) {
		close(ends[1]);
		master = ends[0];
	}
	read_all(master);
	close(master);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The last thing on the line is blanks, and the cursor is back at its start. */
static void is_cleared(void)
{
	char *end = shown + strlen(shown), *at;

	ck_assert(end > shown);
	ck_assert_int_eq(end[-1], '\r');
	end[-1] = '\0';
	at = strrchr(shown, '\r');
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(strspn(at + 1, " "), strlen(at + 1));
	ck_assert_uint_ge(strlen(at + 1), strlen("1 of 2 steps, 1 a second"));
}

START_TEST(what_takes_over_a_second_is_told_at_a_terminal)
{
	unsigned int done, total, rate;

	bench_write(DESCRIPTION);
	ck_assert_int_eq(apply_shown(SLOW, true, false), 0);
	ck_assert_msg(
		sscanf(shown, "\r%u of %u steps, %u a second", &done, &total, &rate) == 3,
		"'%s'", shown);
	/* The slots, and a few steps beside them. */
	ck_assert_uint_ge(total, SLOTS + 3);
	ck_assert_uint_le(total, SLOTS + 20);
	ck_assert_uint_ge(done, 1);
	ck_assert_uint_le(done, total);
	is_cleared();
	plan_is_empty();
}
END_TEST

START_TEST(nothing_is_told_of_what_is_quick)
{
	bench_write(DESCRIPTION);
	ck_assert_int_eq(apply_shown("map_create:2000:c", true, false), 0);
	/* Unless the machine was so slow that it took more than a second. */
	if (*shown)
		is_cleared();
}
END_TEST

START_TEST(quiet_is_quiet)
{
	bench_write(DESCRIPTION);
	ck_assert_int_eq(apply_shown(SLOW, true, true), 0);
	ck_assert_str_eq(shown, "");
}
END_TEST

START_TEST(a_file_gets_no_progress)
{
	bench_write(DESCRIPTION);
	ck_assert_int_eq(apply_shown(SLOW, false, false), 0);
	ck_assert_str_eq(shown, "");
}
END_TEST

START_TEST(a_failure_stands_on_a_line_of_its_own)
{
	char *at;

	bench_write(DESCRIPTION);
	ck_assert_int_eq(apply_shown(SLOW ",rename:1:5", true, false), 1);
	at = strstr(shown, "error: ");
	ck_assert_ptr_nonnull(at);
	/* What was shown before was cleared. */
	while (at > shown && at[-1] != '\r' && at[-1] != '\n')
		at--;
	ck_assert_ptr_null(memmem(at, strcspn(at, "\n"), " steps, ", 8));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_takes_over_a_second_is_told_at_a_terminal,
		nothing_is_told_of_what_is_quick,
		quiet_is_quiet,
		a_file_gets_no_progress,
		a_failure_stands_on_a_line_of_its_own,
	};

	return bench_suite("progress", tests, sizeof(tests) / sizeof(*tests));
}

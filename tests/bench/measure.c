// SPDX-License-Identifier: BSD-2-Clause
/*
 * measure FILE COMMAND...: runs a command and writes what it took into a file, as JSON.
 *
 * A program of its own because the kernel counts the memory of whoever starts a command,
 * an interpreter say, into the most that the command had.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int run(char **command, int *ret_status, struct rusage *ret_usage)
{
	pid_t pid = fork();

	if (pid == 0) {
		execvp(command[0], command);
		fprintf(stderr, "measure: %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	return pid < 0 ? -1 : wait4(pid, ret_status, 0, ret_usage);
}

int main(int argc, char **argv)
{
	double began = now(), ended;
	struct rusage usage;
	int status;
	FILE *out;

	if (argc < 3 || run(argv + 2, &status, &usage) < 0)
		return 125;
	ended = now();
	out = fopen(argv[1], "we");
	if (!out)
		return 125;
	fprintf(out,
		"{\"wall\": %.6f, \"process\": %.6f, \"memory\": %ld, \"status\": %d}\n",
		ended - began, seconds(usage.ru_utime) + seconds(usage.ru_stime),
		usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return fclose(out) == 0 ? 0 : 125;
}

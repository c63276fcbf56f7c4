/* SPDX-License-Identifier: BSD-2-Clause */

/* Every example in configs/ is applied, and the plan after it is empty. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

static void try(const char *path, const char *name)
{
	ck_assert_msg(mimctl("validate", "-f", path) == 0, "%s", bench.err);
	ck_assert_str_eq(bench.err, "");
	ck_assert_msg(mimctl("apply", "-f", path, "--bpffs", bench.bpffs) == 0, "%s\n%s",
		      bench.out, bench.err);
	ck_assert_msg(mimctl("plan", "-f", path, "--bpffs", bench.bpffs,
			     "--detailed-exitcode") == 0,
		      "%s: %s\n%s", name, bench.out, bench.err);
	ck_assert_msg(mimctl("destroy", "-f", path, "--bpffs", bench.bpffs) == 0, "%s",
		      bench.err);
}

START_TEST(every_example_is_applied_and_then_unchanged)
{
	const char *folder = bench_program("CONFIGS");
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int n = 0;

	ck_assert(dir != NULL);
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (length < 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
			continue;
		try(path, entry->d_name);
		n++;
	}
	closedir(dir);
	ck_assert_int_ge(n, 4);
}
END_TEST

START_TEST(rules_split_over_files_are_one_description)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tenants", bench_program("CONFIGS"));
	try(path, "tenants");
}
END_TEST

START_TEST(the_quickstart_swaps_one_slot)
{
	char first[4096], second[4096];

	snprintf(first, sizeof(first), "%s/quickstart/quickstart.yaml",
		 bench_program("CONFIGS"));
	snprintf(second, sizeof(second), "%s/quickstart/quickstart-swapped.yaml",
		 bench_program("CONFIGS"));
	ck_assert_int_eq(mimctl("apply", "-f", first, "--bpffs", bench.bpffs), 0);
	ck_assert_int_eq(mimctl("apply", "-f", second, "--bpffs", bench.bpffs), 0);
	has(bench.out, "0 outer maps to create");
	ck_assert_int_eq(mimctl("destroy", "-f", second, "--bpffs", bench.bpffs), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_example_is_applied_and_then_unchanged,
		rules_split_over_files_are_one_description,
		the_quickstart_swaps_one_slot,
	};

	return bench_suite("configs", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the kernel refuses: the table that tests/unit/test_fake.c holds the fake kernel
 * to, which stands for the real one where thousands of applies fail.
 */
#include <stdio.h>
#include <unistd.h>
#include "harness.h"
#include "refusals.h"

START_TEST(the_kernel_refuses_what_the_fake_refuses)
{
	struct mim_kernel kernel;
	int refused = 0;

	mim_kernel_init(&kernel);
	for (size_t i = 0; i < refusals_count(); i++) {
		const char *name;
		int expected, r;

		r = refusals_try(&kernel, bench.bpffs, bench.folder, i, &name, &expected);
		ck_assert_msg(r == expected, "%s: %d, not %d", name, r, expected);
		refused += r < 0;
	}
	ck_assert_int_gt(refused, 50);
	mim_kernel_release(&kernel);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_kernel_refuses_what_the_fake_refuses};

	return bench_suite("refusals", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/cleanup.h"

/**
 * DOC: one suite in one program
 *
 * A test over a table runs once for each case, in a process of its own, with the case's
 * index in _i: what one case breaks does not hide the next.
 */
struct unit_case {
	const TTest *test;
	int n;
};

#define UNIT(test)                                                                       \
	{                                                                                \
		test, 1                                                                  \
	}
#define UNIT_EACH(test, table)                                                           \
	{                                                                                \
		test, MIM_ARRAY_SIZE(table)                                              \
	}

#define UNIT_MAIN(name, ...)                                                             \
	int main(void)                                                                   \
	{                                                                                \
		const struct unit_case unit_[] = {__VA_ARGS__};                          \
                                                                                         \
		return unit_run(name, unit_, MIM_ARRAY_SIZE(unit_));                     \
	}

static inline int unit_run(const char *name, const struct unit_case *cases, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *group = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < n; i++)
		tcase_add_loop_test(group, cases[i].test, 0, cases[i].n);
	suite_add_tcase(suite, group);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

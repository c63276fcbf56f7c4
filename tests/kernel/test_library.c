/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A process that applies again and again through libmim, as an agent does: whether calls
 * fail or not, it has as many descriptors open afterwards as before.
 */
#include <stdio.h>
#include "harness.h"
#include "scenarios.h"
#include "scenes.h"
#include "trouble.h"

static const struct scenario *const scenario = &scenario_change;

static void load(const char *yaml, struct mim_config *config)
{
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};
	const char *path = bench.file;

	bench_write(yaml);
	ck_assert_msg(mim_config_load(&path, 1, NULL, config, &diags) == 0, "%s",
		      diags.n ? diags.items[0].message : "");
}

static enum mim_outcome apply_text(struct mim_kernel *kernel, const char *yaml)
{
	mim_cleanup(mim_config_release) struct mim_config config = {0};
	mim_cleanup(mim_diags_release) struct mim_diags diags = {0};
	mim_cleanup(mim_applied_release) struct mim_applied applied = {0};
	struct mim_apply_options options = {
		.plan = {.allow_orphans = true},
		.verify = true,
		.revision = "",
	};

	load(yaml, &config);
	options.digest = config.digest;
	mim_apply(kernel, config.want, &options, &diags, &applied);
	return applied.outcome;
}

static void begin(struct mim_kernel *kernel)
{
	mim_kernel_init(kernel);
	ck_assert_int_eq(apply_text(kernel, scenario->after), MIM_OUTCOME_DONE);
	ck_assert_int_eq(apply_text(kernel, scenario->before), MIM_OUTCOME_DONE);
}

START_TEST(applies_of_one_process_leave_nothing_open)
{
	size_t at_first = count_descriptors(), n;
	struct mim_kernel kernel;

	begin(&kernel);
	n = count_descriptors();
	for (int i = 0; i < (bench_is_long() ? 200 : 10); i++) {
		ck_assert_int_eq(
			apply_text(&kernel, i % 2 ? scenario->before : scenario->after),
			MIM_OUTCOME_DONE);
		ck_assert_uint_eq(count_descriptors(), n);
		bench_count("applies in one process");
	}
	mim_kernel_release(&kernel);
	ck_assert_uint_eq(count_descriptors(), at_first);
}
END_TEST

/* Return: whether there was a @k-th call to fail. */
static bool fail_one(struct mim_kernel *kernel, uint64_t k)
{
	struct trouble trouble = {.first = k, .which = (int)k};
	size_t n = count_descriptors();

	kernel->fault = trouble_strike;
	kernel->fault_data = &trouble;
	apply_text(kernel, scenario->after);
	kernel->fault = NULL;
	ck_assert_msg(count_descriptors() == n, "call %lu (%s): %zu descriptors, not %zu",
		      (unsigned long)k, trouble.op, count_descriptors(), n);
	bench_count("applies in one process");
	return trouble.op != NULL;
}

START_TEST(failed_applies_of_one_process_leave_nothing_open)
{
	size_t at_first = count_descriptors();
	struct mim_kernel kernel;
	enum mim_outcome outcome;

	begin(&kernel);
	for (uint64_t k = 1; fail_one(&kernel, k); k += (uint64_t)bench_stride(13)) {
		outcome = apply_text(&kernel, scenario->after);
		ck_assert(outcome == MIM_OUTCOME_DONE || outcome == MIM_OUTCOME_SAME);
		ck_assert_int_eq(apply_text(&kernel, scenario->before), MIM_OUTCOME_DONE);
	}
	mim_kernel_release(&kernel);
	ck_assert_uint_eq(count_descriptors(), at_first);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		applies_of_one_process_leave_nothing_open,
		failed_applies_of_one_process_leave_nothing_open,
	};

	return bench_suite("library", tests, sizeof(tests) / sizeof(tests[0]));
}

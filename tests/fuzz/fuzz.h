/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "mim.h"

/**
 * DOC: fuzz targets
 *
 * A target is one file with LLVMFuzzerTestOneInput(), and its name in meson.build. It is
 * built twice: as fuzz_NAME with libFuzzer (option "fuzz"), and as replay_NAME, which is
 * a test that runs every file of corpus/NAME, with any compiler.
 *
 * Beyond what the sanitizers see, a target states laws: what must hold for any bytes.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** fuzz_law() - end the run, with the condition, when it does not hold */
#define fuzz_law(condition)                                                              \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: broken law: %s\n", __FILE__, __LINE__,   \
				#condition);                                             \
			abort();                                                         \
		}                                                                        \
	} while (0)

/** fuzz_file() - a file in memory, one for each @which from 0 to 3; Return: its path */
const char *fuzz_file(unsigned int which, const void *data, size_t size);

/**
 * fuzz_out() - a stream to print to
 *
 * fuzz_printed() closes it and insists on text that harms no terminal: UTF-8, and no
 * control characters but the ends of lines.
 */
FILE *fuzz_out(void);
void fuzz_printed(FILE *out);

/** fuzz_diags() - print diagnostics in every form; they have to fit the result @r */
void fuzz_diags(const struct mim_diags *diags, int r);

/**
 * fuzz_plan() - plan, and print the plan in every form
 * @config: where @want comes from
 * Return: owned by the caller; NULL when there is none.
 */
struct mim_plan *fuzz_plan(struct mim_config *config, const struct mim_topology *want,
			   const struct mim_topology *live,
			   const struct mim_plan_options *options);

/**
 * fuzz_is_large() - does a description ask for so many slots that it only takes time?
 *
 * Runs of keys are added up; what is beyond the language's own limit is refused at once
 * and is not large.
 */
bool fuzz_is_large(const uint8_t *data, size_t size);

/**
 * fuzz_as_live() - the kernel as it is when @want has been applied
 * @scope: name and bpffs of the result
 * Return: owned by the caller, and borrowing from @want.
 */
struct mim_topology *fuzz_as_live(const struct mim_topology *want,
				  const struct mim_scope *scope);

#endif

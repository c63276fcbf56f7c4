/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAKE_ERRORS_H
#define TESTS_FAKE_ERRORS_H

/**
 * DOC: what the calls of struct mim_kernel_ops can fail with
 *
 * One table for the tests on the fake kernel and on the real one.
 */

/** errors_count() - how many numbers of errno an operation can give */
int errors_count(const char *op);

/** errors_of() - the @which-th of them, from the first again after the last */
int errors_of(const char *op, int which);

#endif

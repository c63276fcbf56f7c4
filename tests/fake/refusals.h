/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAKE_REFUSALS_H
#define TESTS_FAKE_REFUSALS_H

#include "kernel/kernel.h"

/**
 * DOC: what the kernel refuses
 *
 * One table of cases, an operation under circumstances and what comes of it, that both
 * the fake and the real kernel are held to.
 */

/** refusals_count() - how many cases there are */
size_t refusals_count(void);

/**
 * refusals_try() - one of them
 * @bpffs: mount point of an empty bpffs
 * @other: a folder in no bpffs
 * @ret_name: the case in words
 * @ret_expected: 0 or a negative errno
 *
 * What it makes for the purpose is gone afterwards, but for what lies in @bpffs.
 *
 * Return: what came of it; a descriptor counts as 0.
 */
int refusals_try(struct mim_kernel *kernel, const char *bpffs, const char *other,
		 size_t i, const char **ret_name, int *ret_expected);

#endif

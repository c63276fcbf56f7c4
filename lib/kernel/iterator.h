/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_ITERATOR_H
#define MIM_KERNEL_ITERATOR_H

#include <stddef.h>
#include "kernel/record.h"

struct mim_iterator;

/**
 * mim_iterator_new() - load the program that walks all maps
 *
 * Needs kernel BTF and CAP_BPF with CAP_PERFMON (or CAP_SYS_ADMIN); takes 2 ms from 5.17
 * on and 20 ms before, so it is loaded at most once a run.
 *
 * Return: 0; -EOPNOTSUPP when it was not built in (no clang or bpftool at build time);
 * what loading gives: -EPERM, -ESRCH or -ENOENT without kernel BTF, ...
 */
int mim_iterator_new(struct mim_iterator **ret_iterator);

/** mim_take_iterated - gets one map after the other; Return: 0, or what ends the pass */
typedef int mim_take_iterated(void *context, const struct mim_record *record);

/**
 * mim_iterator_read() - one pass over all maps of the kernel, in the order of their ids
 *
 * Return: 0, what @take returned, or a negative errno of the kernel's.
 */
int mim_iterator_read(struct mim_iterator *iterator, mim_take_iterated *take,
		      void *context);

void mim_iterator_free(struct mim_iterator *iterator);

#endif

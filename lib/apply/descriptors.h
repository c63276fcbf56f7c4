/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_DESCRIPTORS_H
#define MIM_APPLY_DESCRIPTORS_H

#include "plan/plan.h"

struct mim_run;

/**
 * mim_descriptors_raise() - raise RLIMIT_NOFILE to the hard limit, where it is allowed
 * Return: how many descriptors this process may have now; at most 1,048,576.
 */
uint32_t mim_descriptors_raise(void);

/**
 * mim_descriptors_needed() - for a plan each of whose maps is to be held by one
 * Return: at most so many.
 */
uint64_t mim_descriptors_needed(const struct mim_plan *plan);

/**
 * mim_descriptors_grow() - make the table of descriptors as large as a run needs it
 * @needed: what mim_descriptors_needed() gave
 * @limit: what mim_descriptors_raise() gave
 *
 * Each time it doubles while there are threads, the kernel waits for a grace period
 * (expand_files() in fs/file.c). Does nothing where bpffs is still to be mounted.
 */
void mim_descriptors_grow(const struct mim_run *run, uint64_t needed, uint32_t limit);

#endif

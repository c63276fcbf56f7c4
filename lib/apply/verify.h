/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_VERIFY_H
#define MIM_APPLY_VERIFY_H

#include "apply/apply.h"
#include "kernel/without.h"

struct mim_run;

/**
 * mim_verify() - read everything again: what is left to do now was not done
 * Return: 0; -EUCLEAN with a diagnostic when something is; what mim_plan_live() gives.
 */
int mim_verify(struct mim_run *run);

/**
 * mim_plan_live_without() - mim_plan_live() with some maps left out
 * @without: as for mim_live_read_without()
 */
int mim_plan_live_without(struct mim_kernel *kernel, const struct mim_topology *want,
			  const struct mim_plan_options *options,
			  const struct mim_without *without, struct mim_diags *diags,
			  struct mim_topology **ret_live, struct mim_plan **ret_plan);

#endif

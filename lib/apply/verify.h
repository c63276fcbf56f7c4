/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_VERIFY_H
#define MIM_APPLY_VERIFY_H

struct mim_run;

/**
 * mim_verify() - read everything again: what is left to do now was not done
 * Return: 0; -EUCLEAN with a diagnostic when something is; what mim_plan_live() gives.
 */
int mim_verify(struct mim_run *run);

#endif

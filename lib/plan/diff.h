/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_PLAN_DIFF_H
#define MIM_PLAN_DIFF_H

#include "plan/match.h"

/**
 * mim_refill_compute() - in which entries maps with exact contents differ
 *
 * A map that is to be swapped is no longer what is there, and takes its place.
 *
 * Return: 0 or -ENOMEM.
 */
int mim_refill_compute(struct mim_plan *plan);

/** mim_diff_compute() - fill @plan's changes and summary; Return: 0 or -ENOMEM */
int mim_diff_compute(const struct mim_match *match, struct mim_plan *plan);

/** mim_freed_compute() - fill @plan->freed; Return: 0 or -ENOMEM */
int mim_freed_compute(struct mim_plan *plan);

/** mim_freed_contents() - what becomes of the entries of old maps; Return: 0 or -ENOMEM
 */
int mim_freed_contents(struct mim_plan *plan);

/** mim_stay_compute() - fill @plan->stays and what goes with it; Return: 0 or -ENOMEM */
int mim_stay_compute(struct mim_plan *plan);

/** mim_explain_program() - "prog 31 xdp 'lb_main' (pinned at /sys/fs/bpf/lb)" */
void mim_explain_program(const struct mim_program *program, FILE *out);

/** mim_order_compute() - fill @plan's steps and writes; Return: 0 or -ENOMEM */
int mim_order_compute(struct mim_plan *plan, const struct mim_plan_options *options);

/** mim_guard_check() - set @plan->refused and say why */
void mim_guard_check(struct mim_plan *plan, const struct mim_plan_options *options,
		     struct mim_diags *diags);

/** mim_guard_refuse() - an error that stands against the plan */
void mim_guard_refuse(struct mim_plan *plan, struct mim_diags *diags,
		      struct mim_spot spot, enum mim_code code, const char *format, ...)
	MIM_PRINTF(5, 6);

/**
 * mim_fit_check() - refuse what the kernel would refuse of somebody else's maps
 *
 * External maps have to be there and of the declared role; the template of an outer one
 * has to be the declared one, and an inner one has to fit the slots that it is bound to:
 * what only the live maps tell, so that validation could not.
 */
void mim_fit_check(struct mim_plan *plan, struct mim_diags *diags);

/**
 * mim_diff_is_ours() - did mimctl make the pin?
 *
 * Inside a scope that is marked, or being adopted, every map's pin is ours; outside, one
 * that is recorded with the id of the map that it holds.
 */
bool mim_diff_is_ours(const struct mim_plan *plan, const struct mim_pin *pin);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_ENTRIES_H
#define MIM_APPLY_ENTRIES_H

struct mim_run;
struct mim_step;

/**
 * mim_entries_seed() - write what is declared into a new map
 * Return: 0; -ENOMEM, or what opening and writing it give, with a diagnostic.
 */
int mim_entries_seed(struct mim_run *run, const struct mim_step *step);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_COPY_H
#define MIM_APPLY_COPY_H

#include <stddef.h>

struct mim_run;
struct mim_step;

/**
 * mim_copy() - what is in the replaced map goes into the new one, which nobody sees yet
 * @i: a step MIM_STEP_COPY; what was copied is kept for mim_copy_again()
 * Return: 0 or a negative errno with a diagnostic.
 */
int mim_copy(struct mim_run *run, size_t i);

/**
 * mim_copy_again() - what programs changed in the replaced map until the switch
 * @i: a step MIM_STEP_COPY_AGAIN
 *
 * An entry that the new map's users have changed since wins over the old map's.
 *
 * Return: as mim_copy().
 */
int mim_copy_again(struct mim_run *run, size_t i);

/**
 * mim_carry_again() - slots that no file lists, as they are by now in the replaced map
 * @step: a MIM_STEP_CARRY_AGAIN
 *
 * The new map was filled with them as they were read, before others could see it. A slot
 * that the new map's users have changed since wins over the old map's.
 *
 * Return: as mim_copy().
 */
int mim_carry_again(struct mim_run *run, const struct mim_step *step);

#endif

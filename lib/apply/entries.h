/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_ENTRIES_H
#define MIM_APPLY_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mim_run;
struct mim_step;

/**
 * mim_entries_seed() - write what is declared into a new map
 * Return: 0; -ENOMEM, or what opening and writing it give, with a diagnostic.
 */
int mim_entries_seed(struct mim_run *run, const struct mim_step *step);

/** mim_entries_is_array() - is what such a map does not hold zero, instead of absent? */
bool mim_entries_is_array(uint32_t type);

/**
 * mim_entries_gather() - get ready what step @i writes and takes out
 * Return: 0 or -ENOMEM with a diagnostic.
 */
int mim_entries_gather(struct mim_run *run, size_t i);

/**
 * mim_entries_refill() - change the entries of a live map
 * Return: as mim_entries_seed(); allocates nothing but what an error says.
 */
int mim_entries_refill(struct mim_run *run, size_t i);

#endif

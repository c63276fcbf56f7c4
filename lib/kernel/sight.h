/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_SIGHT_H
#define MIM_KERNEL_SIGHT_H

#include "kernel/kernel.h"

/**
 * mim_sight_read() - all maps with their templates, where the iterator program can run
 * @take: may have got some of them when it ends early
 *
 * Return: 0; 1 when it cannot: @kernel->blind says why, and map ids tell the rest;
 * -ENOMEM.
 */
int mim_sight_read(struct mim_kernel *kernel, mim_take_record *take, void *context);

/** enough for mim_sight_reason() */
#define MIM_SIGHT_TEXT 128

/**
 * mim_sight_reason() - why the iterator program could not run
 * @text: at least MIM_SIGHT_TEXT bytes
 * Return: @text; NULL when it ran, or nobody has asked for it yet.
 */
MIM_PUBLIC const char *mim_sight_reason(const struct mim_kernel *kernel, char *text);

/** MIM_SIGHT_LOST - what is lost without it, for people */
#define MIM_SIGHT_LOST                                                                   \
	"templates are read off filled slots, and of empty outer maps only the key and " \
	"value size and, in a plan for a hash_of_maps, whether the declared one fits"

#endif

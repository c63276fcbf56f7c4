/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_GROUP_H
#define MIM_KERNEL_GROUP_H

#include <stdint.h>
#include "base/arena.h"

/**
 * mim_group_name() - the name of a group, or its number where it has none
 * @ret_name: in @arena
 *
 * Return: 0; -ENOMEM; what reading the groups gives (-EMFILE, ...).
 */
int mim_group_name(struct mim_arena *arena, uint32_t gid, const char **ret_name);

/**
 * mim_group_id() - the number that a group's name, or its number as text, stands for
 * Return: 0; -ESRCH when there is no such group; otherwise as mim_group_name().
 */
int mim_group_id(const char *group, uint32_t *ret_gid);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_OWN_H
#define MIM_CONFIG_OWN_H

#include "base/arena.h"
#include "model/name.h"
#include "model/type.h"

/**
 * mim_own_name() - what one slot's own map is called
 * @outer: name of the outer map
 * @type: how its keys are written
 * @ret_kernel_name: MIM_KERNEL_NAME bytes
 *
 * "outer[key]"; and for the kernel's name, which takes no brackets, "outer.key". The
 * latter is part of the map's identity.
 *
 * Return: the name, in @arena; NULL when out of memory.
 */
char *mim_own_name(struct mim_arena *arena, const char *outer, struct mim_type type,
		   const void *key, char *ret_kernel_name);

#endif

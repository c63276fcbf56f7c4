/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_NAME_H
#define MIM_MODEL_NAME_H

#include <stdbool.h>
#include "base/cleanup.h"

/** bytes of a kernel object name with its NUL: BPF_OBJ_NAME_LEN */
#define MIM_KERNEL_NAME 16

/** most characters of a name in the configuration */
#define MIM_NAME_MOST 63

/** mim_name_valid() - is it [A-Za-z_][A-Za-z0-9_.-]{0,62}? */
MIM_PUBLIC bool mim_name_valid(const char *name);

/** mim_name_field_valid() - is it a C identifier of at most 63 characters? */
bool mim_name_field_valid(const char *name);

/** mim_name_kernel_valid() - is it 1 to 15 characters of [A-Za-z0-9_.]? */
bool mim_name_kernel_valid(const char *name);

/**
 * mim_name_kernel() - the name in the kernel that a declared name stands for
 * @ret_name: MIM_KERNEL_NAME bytes
 *
 * Characters the kernel refuses become '_'. A name of more than 15 characters keeps its
 * first 8, then '_' and 6 hex digits of a hash of the whole. The result is part of a
 * map's identity: it never changes from one version of mimctl to the next.
 */
MIM_PUBLIC void mim_name_kernel(const char *name, char *ret_name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_SCALAR_H
#define MIM_TYPES_SCALAR_H

#include <stddef.h>
#include "base/cleanup.h"
#include "model/type.h"

/** enough for why a text is no value of a type */
#define MIM_SCALAR_WHY 160

/**
 * mim_scalar_type() - read the name of a built-in type: "u32", "be16", "char[16]"
 *
 * Return: 0, -ENOENT when there is no such type, -ERANGE when N in char[N] or bytes[N]
 * is not 1 to 65535.
 */
int mim_scalar_type(const char *name, struct mim_type *ret_type);

/** mim_scalar_each() - Return: the @i-th type name as people write it, or NULL */
const char *mim_scalar_each(size_t i);

/**
 * mim_scalar_read() - bytes of a value as people write it
 * @bytes: @type.size bytes; padding is zeroed
 * @why: MIM_SCALAR_WHY bytes; what is wrong with @text
 *
 * Return: 0 or -EINVAL with @why set.
 */
int mim_scalar_read(struct mim_type type, const char *text, void *bytes, char *why);

/**
 * mim_scalar_print() - the value as people write it; reading it gives the same bytes
 * @text: @length bytes; cut short when it does not fit (4 x @type.size + 16 always does)
 *
 * Return: @text.
 */
MIM_PUBLIC const char *mim_scalar_print(struct mim_type type, const void *bytes,
					char *text, size_t length);

/** mim_scalar_print_size() - bytes that mim_scalar_print() needs for any value */
static inline size_t mim_scalar_print_size(struct mim_type type)
{
	return 4 * (size_t)type.size + 16;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_SCALAR_H
#define MIM_TYPES_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cleanup.h"
#include "model/type.h"
#include "types/writer.h"

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

/** mim_scalar_has_rest() - is one of @bits bits of an address set after @prefix of them?
 */
bool mim_scalar_has_rest(const uint8_t *address, uint32_t bits, uint32_t prefix);

/**
 * mim_scalar_put() - the value as people write it; reading it gives the same bytes
 * @inside: part of a struct or a list: without spaces, text in quotes where it needs them
 */
void mim_scalar_put(struct mim_writer *out, struct mim_type type, const void *bytes,
		    bool inside);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_VALUE_H
#define MIM_TYPES_VALUE_H

#include <stddef.h>
#include "base/cleanup.h"
#include "model/type.h"

/**
 * DOC: keys and values as people write them
 *
 * A scalar is one word. A struct is "field=value field=value", every field named once, in
 * any order; inside another value it stands in braces. An array is "[value,value]", with
 * as many values as it has elements; spaces beside the commas are allowed.
 */

/** enough for why a text is no value of a type */
#define MIM_VALUE_WHY 256

/**
 * struct mim_value_problem - what is wrong with a text
 * @why: goes after the text: "is more than 255", "has no field 'prot'"
 * @sought_in: the struct that has no field of that name, or NULL
 * @at, @length: the bytes of the text that are meant; all of it when @length is 0
 */
struct mim_value_problem {
	char why[MIM_VALUE_WHY];
	const struct mim_struct *sought_in;
	size_t at;
	size_t length;
};

/**
 * mim_value_read() - bytes of a value as people write it
 * @bytes: @type.size bytes; padding is zeroed
 * @problem: set on -EINVAL
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int mim_value_read(struct mim_type type, const char *text, void *bytes,
		   struct mim_value_problem *problem);

/** mim_value_closest() - Return: the field that was probably meant in @text, or NULL */
const char *mim_value_closest(const struct mim_value_problem *problem, const char *text);

/**
 * mim_value_print() - the value as people write it; reading it gives the same bytes
 * @text: @length bytes; cut short when it does not fit
 *
 * A struct whose padding is not zero, which nobody can write, comes out as hex bytes.
 *
 * Return: @text.
 */
MIM_PUBLIC const char *mim_value_print(struct mim_type type, const void *bytes,
				       char *text, size_t length);

/** mim_value_put() - the same; Return: bytes of all of it, as snprintf(3) does */
size_t mim_value_put(struct mim_type type, const void *bytes, char *text, size_t length);

/** mim_value_length() - bytes of what mim_value_print() gives, without the NUL */
MIM_PUBLIC size_t mim_value_length(struct mim_type type, const void *bytes);

#endif

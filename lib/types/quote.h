/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_QUOTE_H
#define MIM_TYPES_QUOTE_H

#include <stdbool.h>
#include <stdint.h>
#include "types/writer.h"

/**
 * DOC: text in char[N]
 *
 * Text stands as it is. In quotes, \" and \\ and \xNN (two hex digits) stand for one byte
 * each, so that any bytes can be written. Inside a struct or a list whatever is not a
 * plain word stands in quotes.
 */

/**
 * mim_quote_read() - bytes of a text that begins with a quote
 * @bytes: @size of them; those after the text are left alone
 * @ret_length: bytes of the text, also when they do not fit
 *
 * Return: 0; -EINVAL when the quote does not end, something follows it, or a backslash
 * stands before something else; -ERANGE when the text has more than @size bytes.
 */
int mim_quote_read(const char *text, uint8_t *bytes, uint32_t size, size_t *ret_length);

/**
 * mim_quote_put() - the text in @bytes, which end with as many NULs as there are
 * @inside: part of a struct or a list
 */
void mim_quote_put(struct mim_writer *out, const uint8_t *bytes, uint32_t size,
		   bool inside);

#endif

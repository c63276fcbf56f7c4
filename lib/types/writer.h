/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_WRITER_H
#define MIM_TYPES_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"

/**
 * struct mim_writer - a text in a buffer of fixed size, as snprintf() does it
 * @text: @length bytes, ends with a NUL unless @length is 0
 * @used: bytes that the whole text has, also those that did not fit
 */
struct mim_writer {
	char *text;
	size_t length;
	size_t used;
};

/** mim_write_bytes() - @n characters as they are */
void mim_write_bytes(struct mim_writer *out, const char *bytes, size_t n);

/** mim_write_u64() - as "%lu" does, many times as fast: there may be a million slots */
void mim_write_u64(struct mim_writer *out, uint64_t value);

void mim_write(struct mim_writer *out, const char *format, ...) MIM_PRINTF(2, 3);

#endif

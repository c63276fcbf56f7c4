/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void mim_write(struct mim_writer *out, const char *format, ...)
{
	size_t room = out->used < out->length ? out->length - out->used : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room ? out->text + out->used : NULL, room, format, args);
	va_end(args);
	if (n > 0)
		out->used += (size_t)n;
}

void mim_write_bytes(struct mim_writer *out, const char *bytes, size_t n)
{
	size_t room = out->used < out->length ? out->length - out->used : 0;
	size_t fits = n < room ? n : room ? room - 1 : 0;

	if (room) {
		memcpy(out->text + out->used, bytes, fits);
		out->text[out->used + fits] = '\0';
	}
	out->used += n;
}

void mim_write_u64(struct mim_writer *out, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	mim_write_bytes(out, at, (size_t)(digits + sizeof(digits) - at));
}

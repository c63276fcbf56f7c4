/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/writer.h"

#include <stdarg.h>
#include <stdio.h>

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

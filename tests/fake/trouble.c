/* SPDX-License-Identifier: BSD-2-Clause */
#include "trouble.h"

#include <stdlib.h>
#include <string.h>
#include "errors.h"

int trouble_strike(void *data, const char *op, uint64_t call)
{
	struct trouble *trouble = data;
	uint64_t calls = __atomic_add_fetch(&trouble->calls, 1, __ATOMIC_RELAXED);

	(void)call;
	if (calls < trouble->first || !trouble->first)
		return 0;
	if (calls == trouble->first) {
		trouble->op = op;
		trouble->error = -errors_of(op, trouble->which);
		return trouble->error;
	}
	if (trouble->second && calls == trouble->first + trouble->second)
		trouble->broken = op;
	if (trouble->onwards || (trouble->broken && strcmp(trouble->broken, op) == 0))
		return -errors_of(op, trouble->which);
	return 0;
}

bool trouble_is_long(void)
{
	const char *text = getenv("MIMCTL_LONG");

	return text && *text;
}

uint64_t trouble_stride(void)
{
	const char *text = getenv("MIMCTL_STRIDE");
	int n = text ? atoi(text) : trouble_is_long() ? 1 : 20;

	return n > 0 ? (uint64_t)n : 1;
}

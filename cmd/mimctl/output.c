/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <stdio.h>

int output_flush(void)
{
	/* Once told, why is forgotten: after that the stream has only the mark. */
	static int failed;
	int r = fflush(stdout) == 0 ? 0 : -errno;

	if (!ferror(stdout))
		failed = 0;
	else if (failed == 0)
		failed = r < 0 ? r : -EIO;
	return failed;
}

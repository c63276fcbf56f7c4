/* SPDX-License-Identifier: BSD-2-Clause */
#include <malloc.h>
#include "command.h"

int main(int argc, char **argv)
{
	struct mim_kernel kernel;
	int status;

	/* Lists of maps go back to the kernel when they are done with: otherwise the
	 * first one to go makes malloc(3) keep the others.
	 */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mim_kernel_init(&kernel);
	status = mimctl_main(argc, argv, &kernel);
	mim_kernel_release(&kernel);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

int main(int argc, char **argv)
{
	struct mim_kernel kernel;
	int status;

	mim_kernel_init(&kernel);
	status = mimctl_main(argc, argv, &kernel);
	mim_kernel_release(&kernel);
	return status;
}

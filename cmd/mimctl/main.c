/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

int main(int argc, char **argv)
{
	struct mim_kernel kernel;

	mim_kernel_init(&kernel);
	return mimctl_main(argc, argv, &kernel);
}

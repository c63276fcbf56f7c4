/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/libbpf.h>
#include "command.h"
#include "status.h"

static int run(const struct options *options, struct mim_kernel *kernel)
{
	(void)options;
	(void)kernel;
	printf("mimctl %s (libbpf %s)\n", MIMCTL_VERSION, libbpf_version_string());
	return STATUS_OK;
}

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.summary = "version of mimctl and of libbpf",
	.help = "example: mimctl version\n",
	.options = OPTIONS_COMMON,
	.run = run,
};

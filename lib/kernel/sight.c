/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/sight.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "base/diag.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

int mim_sight_read(struct mim_kernel *kernel, mim_take_record *take, void *context)
{
	kernel->blind = kernel->no_iterator
				? -ECANCELED
				: mim_kernel_call(kernel, map_iterate, take, context);
	if (kernel->blind == -ENOMEM)
		return -ENOMEM;
	return kernel->blind < 0 ? 1 : 0;
}

const char *mim_sight_reason(const struct mim_kernel *kernel, char *text)
{
	const char *reason = mim_errno_text(kernel->blind);

	if (kernel->blind == 0)
		return NULL;
	if (kernel->blind == -ECANCELED)
		reason = "it is switched off by MIMCTL_NO_ITERATOR";
	else if (kernel->blind == -EOPNOTSUPP)
		reason = "it was not built in, for want of clang or bpftool";
	else if (kernel->blind == -EPERM || kernel->blind == -EACCES)
		reason = "it needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN";
	else if (access(KERNEL_BTF, R_OK) < 0)
		reason = "the kernel has no type information in " KERNEL_BTF;
	snprintf(text, MIM_SIGHT_TEXT, "%s", reason);
	return text;
}

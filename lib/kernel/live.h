/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_LIVE_H
#define MIM_KERNEL_LIVE_H

#include "base/diag.h"
#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * mim_live_read() - what is in the kernel
 * @name: the scope; NULL for the whole machine without one
 * @bpffs: mount point of the bpffs that holds the scope
 *
 * Enumerates map ids, reads the slots of outer maps, the pins of every bpffs mount and
 * the programs that use the maps. Needs CAP_SYS_ADMIN, which BPF_MAP_GET_NEXT_ID and
 * BPF_MAP_GET_FD_BY_ID ask for. With a scope the kernel is read twice and compared, at
 * most three times over.
 *
 * Return: 0; -EPERM with the capability that is missing; -EAGAIN when the scope changed
 * during every read; -ENOMEM; what the calls give. A bpffs that is not mounted is no
 * error: see mim_scope.mounted.
 */
MIM_PUBLIC int mim_live_read(struct mim_kernel *kernel, const char *name,
			     const char *bpffs, struct mim_diags *diags,
			     struct mim_topology **ret_live);

/**
 * mim_live_read_processes() - which processes hold descriptors of the live maps
 *
 * Walks /proc, once for a topology, and leaves out the caller. What cannot be read (a
 * process that ends, or one of another user without CAP_SYS_PTRACE) is left out.
 *
 * Return: 0 or -ENOMEM.
 */
MIM_PUBLIC int mim_live_read_processes(struct mim_topology *live);

#endif

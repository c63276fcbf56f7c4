/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_PROGRAMS_H
#define MIM_KERNEL_PROGRAMS_H

#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * mim_programs_read() - all loaded programs, and which of the live maps they use
 *
 * One that vanishes meanwhile was never there. One that may not be opened is an error: it
 * may use a map that is to be replaced.
 *
 * Return: 0, -ENOMEM, what the calls give.
 */
int mim_programs_read(struct mim_kernel *kernel, struct mim_topology *live);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_AHEAD_H
#define MIM_KERNEL_AHEAD_H

#include "kernel/kernel.h"

/**
 * DOC: reading ahead
 *
 * A long description takes as long to parse as the kernel takes to be read. A thread
 * lists the maps and reads the slots of the scope meanwhile; the next mim_live_read()
 * begins with that, reads programs and pins, and looks at the slots once more as ever.
 * What is read ahead is older than the lock: mim_apply() does with it only if there is
 * nothing to do, and otherwise reads all again.
 */

/**
 * mim_ahead_start() - begin to read a scope
 * @name, @bpffs: copied; when they prove to be others, what was read is dropped
 *
 * To be followed by mim_live_read(), mim_plan_live() or mim_apply(), or by
 * mim_ahead_drop(). Does nothing on a single CPU, when something is read ahead already,
 * or without memory for it. An error is left to mim_live_read(), which meets it again.
 */
MIM_PUBLIC void mim_ahead_start(struct mim_kernel *kernel, const char *name,
				const char *bpffs);

/** mim_ahead_drop() - wait for what is under way, and forget it */
MIM_PUBLIC void mim_ahead_drop(struct mim_kernel *kernel);

#endif

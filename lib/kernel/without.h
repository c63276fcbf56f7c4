/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_WITHOUT_H
#define MIM_KERNEL_WITHOUT_H

#include "kernel/live.h"

/**
 * struct mim_without - maps that nobody asks for any more
 * @which: for each map of @live whether it is one
 */
struct mim_without {
	const struct mim_topology *live;
	const bool *which;
};

/**
 * mim_live_read_without() - mim_live_read() with some maps left out of the list
 * @without: maps that no slot and no pin of the scope is expected to hold; if one does,
 *	it is read after all. NULL for none.
 */
int mim_live_read_without(struct mim_kernel *kernel, const char *name, const char *bpffs,
			  const struct mim_topology *want,
			  const struct mim_without *without, struct mim_diags *diags,
			  struct mim_topology **ret_live);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_WHY_H
#define MIM_APPLY_WHY_H

#include "apply/run.h"

/**
 * DOC: a kernel's refusal in words
 *
 * The kernel answers six causes with one EINVAL. Each function reports what was tried on
 * which object, at the line that asked for it, the errno, and the likely cause. All
 * return the errno, for the caller to pass on.
 */

int mim_why_create(struct mim_diags *diags, struct mim_spot spot, const char *noun,
		   const char *name, const struct mim_shape *shape, int r);
int mim_why_open(struct mim_diags *diags, uint32_t id, int r);
int mim_why_pin(struct mim_diags *diags, const struct mim_pin *pin, int r);
int mim_why_bpffs(struct mim_diags *diags, struct mim_spot spot, const char *verb,
		  const char *path, int r);

/** mim_why_slot() - @verb: "bind", "empty"; @failed: which write of the step */
int mim_why_slot(const struct mim_run *run, const struct mim_step *step, uint32_t failed,
		 const char *verb, int r);

#endif

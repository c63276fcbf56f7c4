/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_IMPORT_LIVE_H
#define MIMCTL_IMPORT_LIVE_H

#include "live_types.h"
#include "target.h"

/**
 * struct import_live - what is in the kernel, and the description of it
 * @want: borrows from all the others
 */
struct import_live {
	struct mim_topology *live;
	struct live_types types;
	struct mim_live_types *of_maps;
	struct mim_topology *want;
};

void import_live_release(struct import_live *import);

#define auto_import_live mim_cleanup(import_live_release) struct import_live

/**
 * import_live() - describe a scope, or a map by its pin or its id
 * @import: all zero; released by the caller, also on error
 * Return: 0 or a negative errno with a diagnostic.
 */
int import_live(struct session *session, const struct target *target,
		struct import_live *import);

#endif

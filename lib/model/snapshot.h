/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_SNAPSHOT_H
#define MIM_MODEL_SNAPSHOT_H

#include "base/diag.h"
#include "model/topology.h"

struct json_object;

/**
 * mim_topology_select() - the maps of a live topology that a question is about
 *
 * @whole: as if without a scope: what a plan has to know, other people's pins included
 *
 * With a scope: the maps pinned in it or by it, and what is in their slots. Without: all
 * outer maps, what is in their slots, and all that is pinned.
 *
 * Return: a flag for each map, to be freed by the caller, or NULL when out of memory.
 */
MIM_PUBLIC bool *mim_topology_select(const struct mim_topology *live, bool whole);

/** mim_flags_json() - the names of BPF_F_* as a list; Return: owned by the caller */
MIM_PUBLIC struct json_object *mim_flags_json(uint32_t flags);

/**
 * mim_snapshot_json() - a live topology as JSON
 * @selected: from mim_topology_select()
 *
 * Return: an object that the caller releases with json_object_put(), or NULL when out of
 * memory.
 */
MIM_PUBLIC struct json_object *mim_snapshot_json(const struct mim_topology *live,
						 const bool *selected);

/**
 * mim_snapshot_read() - a topology out of a file that mim_snapshot_json() filled
 * @path: at most 80 MiB; untrusted
 *
 * Return: 0; -EINVAL with a diagnostic when the file is no snapshot; what open(2) gives.
 */
MIM_PUBLIC int mim_snapshot_read(const char *path, struct mim_diags *diags,
				 struct mim_topology **ret_live);

#endif

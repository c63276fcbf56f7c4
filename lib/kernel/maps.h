/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_MAPS_H
#define MIM_KERNEL_MAPS_H

#include <errno.h>
#include "kernel/without.h"
#include "model/topology.h"

/**
 * DOC: the list of all maps
 *
 * By the iterator program where it can run, else by ids. Maps come and go meanwhile: what
 * vanishes was never there. A map that may not be opened (a security module's word) is
 * known by its id alone, see mim_map.hidden.
 */

/** mim_maps_denied() - does an errno mean that something is there and may not be opened?
 */
static inline bool mim_maps_denied(int r)
{
	return r == -EPERM || r == -EACCES;
}

/**
 * mim_maps_read() - all maps, by ascending id
 * @without: maps to be left out, or NULL
 *
 * Return: 0, -ENOMEM, what the calls give.
 */
int mim_maps_read(struct mim_kernel *kernel, struct mim_topology *live,
		  const struct mim_without *without);

/**
 * mim_maps_find() - a map seen in a slot or at a pin; it may be newer than the list
 * @ret_index: in: an index that it may be near, or any number; out: its index, MIM_NONE
 *	when it is gone again, or when maps with higher ids were added since: only another
 *	reading has it then
 *
 * Return: 0, -ENOMEM, what the calls give.
 */
int mim_maps_find(struct mim_kernel *kernel, struct mim_topology *live, uint32_t id,
		  uint32_t *ret_index);

/**
 * mim_maps_reveal() - what a descriptor tells of a map that was hidden
 * Return: 0 or -ENOMEM.
 */
int mim_maps_reveal(struct mim_kernel *kernel, struct mim_topology *live,
		    struct mim_map *map, int fd, const struct mim_map_info *info);

#endif

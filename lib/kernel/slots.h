/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_SLOTS_H
#define MIM_KERNEL_SLOTS_H

#include "kernel/kernel.h"

/**
 * DOC: slots in bulk
 *
 * Every single update or delete of a slot waits for an RCU grace period, about 8 ms; a
 * batch waits once from 6.12 on. So the batch call is tried first, and its refusal (524)
 * leads to single calls. No kernel version is asked for. Keys stand one after the other,
 * @key_size bytes each.
 */

/**
 * struct mim_slot_ids - what an outer map holds
 * @keys: @n keys; heap
 * @ids: @n ids of inner maps; heap
 */
struct mim_slot_ids {
	uint8_t *keys;
	uint32_t *ids;
	uint32_t n;
};

void mim_slot_ids_release(struct mim_slot_ids *slots);

/**
 * mim_slots_read() - all slots that hold something
 * @ret_slots: released by the caller, also on error
 *
 * Return: 0, -ENOMEM, or what BPF_MAP_LOOKUP_ELEM gives.
 */
int mim_slots_read(struct mim_kernel *kernel, int fd, const struct mim_shape *outer,
		   struct mim_slot_ids *ret_slots);

/**
 * mim_slots_write() - put inner maps into slots, whatever these hold
 * @fds: @n descriptors of inner maps
 * @ret_done: slots written; on error the one that failed comes next
 *
 * Return: 0, or what BPF_MAP_UPDATE_ELEM gives: -EINVAL for a map that the template
 * refuses, -E2BIG past the end or when full, -EPERM on a frozen outer map.
 */
int mim_slots_write(struct mim_kernel *kernel, int fd, uint32_t key_size,
		    const uint8_t *keys, const uint32_t *fds, uint32_t n,
		    uint32_t *ret_done);

/**
 * mim_slots_delete() - empty slots; one that is empty already is no error
 * @ret_done: as for mim_slots_write()
 *
 * Return: 0, or what BPF_MAP_DELETE_ELEM gives but -ENOENT.
 */
int mim_slots_delete(struct mim_kernel *kernel, int fd, uint32_t key_size,
		     const uint8_t *keys, uint32_t n, uint32_t *ret_done);

#endif

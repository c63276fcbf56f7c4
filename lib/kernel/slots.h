/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_SLOTS_H
#define MIM_KERNEL_SLOTS_H

#include "kernel/kernel.h"

/**
 * DOC: slots in bulk
 *
 * Every update or delete of a slot waits for an RCU grace period, about 8 ms; before 6.12
 * a lookup may wait, too, and a batch waits for each of its elements. A grace period is
 * shared by all who wait for it, so many threads each take a batch of their share, and
 * fall back to single calls where the kernel knows no batch (524). Where a lookup does
 * not wait, a batch waits once, and all slots are written by one. That is the fastest way
 * from 5.10 on, and asks for no version.
 */

/**
 * struct mim_slot_ids - what an outer map holds
 * @keys: @n keys, one after the other; heap
 * @ids: @n ids of inner maps; heap
 */
struct mim_slot_ids {
	uint8_t *keys;
	uint32_t *ids;
	uint32_t n;
};

void mim_slot_ids_release(struct mim_slot_ids *slots);

/**
 * mim_slots_read() - all slots that hold something, in the order of a topology
 * @ret_slots: released by the caller, also on error
 *
 * Return: 0, -ENOMEM, or what BPF_MAP_LOOKUP_ELEM gives.
 */
int mim_slots_read(struct mim_kernel *kernel, int fd, const struct mim_shape *outer,
		   struct mim_slot_ids *ret_slots);

/** parts that mim_slots_read_by_two() divides an outer map into */
#define MIM_SLOT_PARTS 8

/**
 * mim_slots_read_by_two() - the same with two threads, for what is compared
 * @parts: how many of MIM_SLOT_PARTS the first one reads
 *
 * Where a part of a hash ends is known from the kernel's source (kernel/bpf/hashtab.c,
 * since 5.6) and nowhere promised: slots that are missing may be there. What is told was
 * there; what is told twice, with other @parts, or once by mim_slots_read(), is all.
 *
 * Return: as mim_slots_read(); -MIM_ENOTSUPP where batches wait.
 */
int mim_slots_read_by_two(struct mim_kernel *kernel, int fd,
			  const struct mim_shape *outer, uint32_t parts,
			  struct mim_slot_ids *ret_slots);

/**
 * mim_slot_lookup_waits() - whether looking up a slot waits for a grace period
 * @key: of any slot, be it empty
 *
 * It does on 6.1 and not on 6.12, and so does each element of a batch; no other sign of
 * that is known. What waits for some other reason is taken for it: then things take
 * longer, and that is all.
 *
 * Return: true as well when the lookup is refused.
 */
bool mim_slot_lookup_waits(struct mim_kernel *kernel, int fd, const void *key);

/**
 * mim_slot_open() - the map in one slot
 * @fd: of the outer map
 *
 * Return: a descriptor; -ENOENT when the slot is empty; -EAGAIN when it changed during
 * every one of a few tries; what BPF_MAP_LOOKUP_ELEM and BPF_MAP_GET_FD_BY_ID give.
 */
MIM_PUBLIC int mim_slot_open(struct mim_kernel *kernel, int fd, const void *key,
			     struct mim_map_info *ret_info);

/**
 * struct mim_slot_room - what writing slots takes in memory and descriptors
 * @workers: threads that write side by side
 * @piece: slots that each of them has open at a time
 *
 * Made before anything is switched, so that the switch asks for no memory.
 */
struct mim_slot_room {
	uint32_t workers;
	uint32_t piece;
	uint32_t key_size;
	uint8_t *keys;
	uint32_t *fds;
	uint32_t *at;
	bool *ours;
};

/**
 * mim_slot_room_init() - room for slots of any outer map
 * @key_size: of the largest key, bytes
 * @descriptors: how many may be open at a time
 * Return: 0 or -ENOMEM; mim_slot_room_release() in any case.
 */
int mim_slot_room_init(struct mim_slot_room *room, uint32_t key_size,
		       uint32_t descriptors);
void mim_slot_room_release(struct mim_slot_room *room);

/**
 * struct mim_slot_source - slots to be written or emptied, asked for one by one
 * @n: how many
 * @key: key of slot @i, of the outer map's key_size; NULL leaves the slot as it is
 * @open: descriptor of the inner map for slot @i, or a negative errno; @ret_ours is set
 *	to have it closed once the slot is written. Not needed to empty slots.
 *
 * Both are called from several threads at once.
 */
struct mim_slot_source {
	uint32_t n;
	const uint8_t *(*key)(void *data, uint32_t i);
	int (*open)(void *data, uint32_t i, bool *ret_ours);
	void *data;
};

/**
 * mim_slots_write() - put inner maps into slots, whatever these hold
 * @ret_failed: on error the slot that failed; others, before and after it, may be
 *	written, but for what @source->open gives: then none that is open with it is
 *
 * Return: 0, what @source->open gives, or what BPF_MAP_UPDATE_ELEM gives: -EINVAL for a
 * map that the template refuses, -E2BIG past the end or when full, -EPERM on a frozen
 * outer map.
 */
int mim_slots_write(struct mim_kernel *kernel, int fd, uint32_t key_size,
		    const struct mim_slot_source *source,
		    const struct mim_slot_room *room, uint32_t *ret_failed);

/**
 * mim_slots_delete() - empty slots; one that is empty already is no error
 * @ret_failed: as for mim_slots_write()
 *
 * Return: 0, or what BPF_MAP_DELETE_ELEM gives but -ENOENT.
 */
int mim_slots_delete(struct mim_kernel *kernel, int fd, uint32_t key_size,
		     const struct mim_slot_source *source,
		     const struct mim_slot_room *room, uint32_t *ret_failed);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_SLOTS_READER_H
#define MIM_KERNEL_SLOTS_READER_H

#include "kernel/slots.h"

/**
 * struct mim_slot_reader - an outer map that is read
 * @fd: of the map, and @outer its shape
 * @slots: what was read so far, with room for @capacity
 */
struct mim_slot_reader {
	struct mim_kernel *kernel;
	int fd;
	const struct mim_shape *outer;
	struct mim_slot_ids *slots;
	size_t capacity;
};

static inline uint8_t *mim_slot_reader_key(const struct mim_slot_reader *reader,
					   uint32_t i)
{
	return reader->slots->keys + (size_t)i * reader->outer->key_size;
}

/** mim_slot_reader_room() - for @more slots behind those that are there; 0 or -ENOMEM */
int mim_slot_reader_room(struct mim_slot_reader *reader, size_t more);

/**
 * struct mim_slot_stretch - a part of an outer map, by what its batches hand on
 *
 * Arrays hand on the last key, hashes the number of the next bucket.
 *
 * @after: begin behind this one; NULL for the start
 * @until: end once this one is reached
 */
struct mim_slot_stretch {
	const uint32_t *after;
	uint32_t until;
};

/**
 * mim_slot_reader_batches() - a stretch, and maybe some slots behind it
 * Return: 0, -ENOMEM, or what BPF_MAP_LOOKUP_BATCH gives.
 */
int mim_slot_reader_batches(struct mim_slot_reader *reader,
			    const struct mim_slot_stretch *stretch);

/** mim_slot_reader_waits() - do batches wait for each slot? */
bool mim_slot_reader_waits(const struct mim_slot_reader *reader);

/** mim_slot_ids_sort() - in the order of a topology; Return: 0 or -ENOMEM */
int mim_slot_ids_sort(struct mim_slot_ids *ids, uint32_t key_size);

#endif

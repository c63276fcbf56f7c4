/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/bpf.h>
#include <string.h>
#include "kernel/slots_reader.h"
#include "kernel/workers.h"

/* An outer map, read side by side up to the border and from there on. */
struct halves {
	struct mim_slot_reader readers[2];
	struct mim_slot_ids slots[2];
	uint32_t border;
};

static void release_halves(struct halves *halves)
{
	mim_slot_ids_release(&halves->slots[0]);
	mim_slot_ids_release(&halves->slots[1]);
}

static int read_halves(void *data, uint32_t worker, uint32_t first, uint32_t n)
{
	struct halves *halves = data;
	int r = 0;

	(void)worker;
	for (uint32_t i = first; r == 0 && i < first + n; i++) {
		const struct mim_slot_stretch stretch = {i ? &halves->border : NULL,
							 i ? UINT32_MAX : halves->border};

		r = mim_slot_reader_batches(&halves->readers[i], &stretch);
	}
	return r;
}

/* The first half may go on into the second one: what both have told is there once. */
static void drop_twice_told(struct mim_slot_ids *slots, uint32_t key_size)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < slots->n; i++) {
		const uint8_t *key = slots->keys + (size_t)i * key_size;

		if (n && memcmp(key - key_size, key, key_size) == 0 &&
		    slots->ids[n - 1] == slots->ids[i])
			continue;
		memmove(slots->keys + (size_t)n * key_size, key, key_size);
		slots->ids[n++] = slots->ids[i];
	}
	slots->n = n;
}

static int join(struct halves *halves, const struct mim_shape *outer,
		struct mim_slot_ids *ret_slots)
{
	struct mim_slot_reader *all = &halves->readers[0];
	const struct mim_slot_ids *rest = &halves->slots[1];
	int r = mim_slot_reader_room(all, rest->n);

	if (r < 0)
		return r;
	memcpy(mim_slot_reader_key(all, all->slots->n), rest->keys,
	       (size_t)rest->n * outer->key_size);
	memcpy(all->slots->ids + all->slots->n, rest->ids, rest->n * sizeof(*rest->ids));
	all->slots->n += rest->n;
	*ret_slots = *all->slots;
	*all->slots = (struct mim_slot_ids){0};
	r = mim_slot_ids_sort(ret_slots, outer->key_size);
	drop_twice_told(ret_slots, outer->key_size);
	return r;
}

/* Of a hash the kernel makes as many buckets as entries, or the next power of two. */
static uint32_t border_of(const struct mim_shape *outer, uint32_t parts)
{
	uint64_t all = 1;

	while (outer->type != BPF_MAP_TYPE_ARRAY_OF_MAPS && all < outer->max_entries)
		all *= 2;
	if (outer->type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		all = outer->max_entries;
	return (uint32_t)(all * parts / MIM_SLOT_PARTS);
}

int mim_slots_read_by_two(struct mim_kernel *kernel, int fd,
			  const struct mim_shape *outer, uint32_t parts,
			  struct mim_slot_ids *ret_slots)
{
	mim_cleanup(release_halves) struct halves halves = {
		.border = border_of(outer, parts)};
	int r;

	*ret_slots = (struct mim_slot_ids){0};
	for (int i = 0; i < 2; i++)
		halves.readers[i] =
			(struct mim_slot_reader){kernel, fd, outer, &halves.slots[i], 0};
	if (mim_slot_reader_waits(&halves.readers[0]))
		return -MIM_ENOTSUPP;
	r = mim_workers_run(2, 2, read_halves, &halves);
	return r < 0 ? r : join(&halves, outer, ret_slots);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/slots.h"

#include <errno.h>
#include <string.h>

#define CHUNK 4096U

void mim_slot_ids_release(struct mim_slot_ids *slots)
{
	free(slots->keys);
	free(slots->ids);
	*slots = (struct mim_slot_ids){0};
}

static int make_room(struct mim_slot_ids *slots, uint32_t key_size, size_t capacity)
{
	uint8_t *keys = reallocarray(slots->keys, capacity, key_size);
	uint32_t *ids;

	if (!keys)
		return -ENOMEM;
	slots->keys = keys;
	ids = reallocarray(slots->ids, capacity, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	slots->ids = ids;
	return 0;
}

static int read_batches(struct mim_kernel *kernel, int fd, const struct mim_shape *outer,
			struct mim_slot_ids *slots)
{
	/* Arrays hand on a key, hashes the number of a bucket. */
	size_t token_size = outer->key_size > 8 ? outer->key_size : 8;
	mim_auto_free uint8_t *token = calloc(2, token_size);
	uint32_t want = CHUNK;
	bool first = true;

	if (!token)
		return -ENOMEM;
	for (;;) {
		uint32_t count = want;
		int r = make_room(slots, outer->key_size, (size_t)slots->n + want);

		if (r < 0)
			return r;
		r = mim_kernel_call(kernel, map_lookup_batch, fd, first ? NULL : token,
				    token + token_size,
				    slots->keys + (size_t)slots->n * outer->key_size,
				    slots->ids + slots->n, &count);
		/* One bucket holds more than there was room for. */
		if (r == -ENOSPC && want < outer->max_entries) {
			want *= 2;
			continue;
		}
		if (r < 0 && r != -ENOENT)
			return r;
		slots->n += count;
		if (r == -ENOENT || count == 0)
			return 0;
		memcpy(token, token + token_size, token_size);
		first = false;
	}
}

static int read_singly(struct mim_kernel *kernel, int fd, const struct mim_shape *outer,
		       struct mim_slot_ids *slots)
{
	mim_auto_free uint8_t *key = malloc((size_t)outer->key_size * 2);
	uint8_t *next = key + outer->key_size;
	size_t capacity = 0;
	bool first = true;
	uint32_t id, steps = 0;
	int r;

	if (!key)
		return -ENOMEM;
	slots->n = 0;
	/* A hash that changes may send the walk back to its start: it must end. */
	while (steps++ < outer->max_entries * 2 + 16) {
		r = mim_kernel_call(kernel, map_next_key, fd, first ? NULL : key, next);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return r;
		memcpy(key, next, outer->key_size);
		first = false;
		r = mim_kernel_call(kernel, map_lookup, fd, key, &id);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (slots->n == capacity) {
			capacity = capacity ? capacity * 2 : 64;
			r = make_room(slots, outer->key_size, capacity);
			if (r < 0)
				return r;
		}
		memcpy(slots->keys + (size_t)slots->n * outer->key_size, key,
		       outer->key_size);
		slots->ids[slots->n++] = id;
	}
	return 0;
}

int mim_slots_read(struct mim_kernel *kernel, int fd, const struct mim_shape *outer,
		   struct mim_slot_ids *ret_slots)
{
	int r;

	*ret_slots = (struct mim_slot_ids){0};
	r = read_batches(kernel, fd, outer, ret_slots);
	return r == -MIM_ENOTSUPP ? read_singly(kernel, fd, outer, ret_slots) : r;
}

int mim_slots_write(struct mim_kernel *kernel, int fd, uint32_t key_size,
		    const uint8_t *keys, const uint32_t *fds, uint32_t n,
		    uint32_t *ret_done)
{
	uint32_t count = n;
	int r = 0;

	*ret_done = 0;
	if (n == 0)
		return 0;
	if (n > 1) {
		r = mim_kernel_call(kernel, map_update_batch, fd, keys, fds, &count);
		if (r != -MIM_ENOTSUPP) {
			*ret_done = r < 0 && count >= n ? 0 : count;
			return r;
		}
	}
	for (r = 0; *ret_done < n; (*ret_done)++) {
		r = mim_kernel_call(kernel, map_update, fd,
				    keys + (size_t)*ret_done * key_size, &fds[*ret_done],
				    0);
		if (r < 0)
			return r;
	}
	return 0;
}

int mim_slots_delete(struct mim_kernel *kernel, int fd, uint32_t key_size,
		     const uint8_t *keys, uint32_t n, uint32_t *ret_done)
{
	uint32_t count = n;
	int r;

	*ret_done = 0;
	if (n > 1) {
		r = mim_kernel_call(kernel, map_delete_batch, fd, keys, &count);
		if (r == 0) {
			*ret_done = n;
			return 0;
		}
		/* One that was empty ends the batch; the rest is done singly. */
		if (r != -MIM_ENOTSUPP && r != -ENOENT)
			return r;
	}
	for (; *ret_done < n; (*ret_done)++) {
		r = mim_kernel_call(kernel, map_delete, fd,
				    keys + (size_t)*ret_done * key_size);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

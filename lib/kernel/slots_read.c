/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "kernel/slots_reader.h"
#include "kernel/workers.h"
#include "model/topology.h"

#define CHUNK 4096U
/*
 * Grace periods are longer, but for those that a host has expedited: with these a kernel
 * that waits for each slot is taken for one that does not, which costs microseconds a
 * slot.
 */
#define SLOW_NS 1000000
/* So many slots are read by all workers before room for more is made. */
#define ROUND 65536U

void mim_slot_ids_release(struct mim_slot_ids *slots)
{
	free(slots->keys);
	free(slots->ids);
	*slots = (struct mim_slot_ids){0};
}

/* For a slot that changes while it is looked at. */
#define TRIES 3

int mim_slot_reader_room(struct mim_slot_reader *reader, size_t more)
{
	size_t capacity = reader->capacity, need = reader->slots->n + more;
	uint8_t *keys;
	uint32_t *ids;

	if (need <= capacity)
		return 0;
	capacity = capacity * 2 > need ? capacity * 2 : need;
	keys = reallocarray(reader->slots->keys, capacity, reader->outer->key_size);
	if (!keys)
		return -ENOMEM;
	reader->slots->keys = keys;
	ids = reallocarray(reader->slots->ids, capacity, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	reader->slots->ids = ids;
	reader->capacity = capacity;
	return 0;
}

/* Of @n keys whose maps are to be looked up from @first on; an id of 0 is an empty slot.
 */
struct lookup {
	struct mim_slot_reader *reader;
	uint32_t first;
};

static int look_up(void *data, uint32_t worker, uint32_t first, uint32_t n)
{
	struct lookup *lookup = data;
	struct mim_slot_reader *reader = lookup->reader;

	(void)worker;
	for (uint32_t i = lookup->first + first; i < lookup->first + first + n; i++) {
		int r = mim_kernel_call(reader->kernel, map_lookup, reader->fd,
					mim_slot_reader_key(reader, i),
					&reader->slots->ids[i]);

		if (r == -ENOENT)
			reader->slots->ids[i] = 0;
		else if (r < 0)
			return r;
	}
	return 0;
}

/* The @n keys behind those that are read already get their ids; empty slots go. */
static int read_together(struct mim_slot_reader *reader, uint32_t n)
{
	struct mim_slot_ids *slots = reader->slots;
	struct lookup lookup = {reader, slots->n};
	int r = mim_workers_run(MIM_WORKERS_MOST, n, look_up, &lookup);

	for (uint32_t i = lookup.first; r == 0 && i < lookup.first + n; i++) {
		if (slots->ids[i] == 0)
			continue;
		memmove(mim_slot_reader_key(reader, slots->n),
			mim_slot_reader_key(reader, i), reader->outer->key_size);
		slots->ids[slots->n++] = slots->ids[i];
	}
	return r;
}

/* All indexes of an array, whatever is in them. */
static int read_array(struct mim_slot_reader *reader)
{
	uint32_t next = 0, most = reader->outer->max_entries;
	int r = 0;

	while (r == 0 && next < most) {
		uint32_t n = most - next < ROUND ? most - next : ROUND;

		r = mim_slot_reader_room(reader, n);
		for (uint32_t i = 0; r == 0 && i < n; i++, next++)
			memcpy(mim_slot_reader_key(reader, reader->slots->n + i), &next,
			       sizeof(next));
		if (r == 0)
			r = read_together(reader, n);
	}
	return r;
}

/* Walking the keys waits for nothing; what is in them is looked up together. */
static int read_hash(struct mim_slot_reader *reader)
{
	uint32_t n = 0, most = reader->outer->max_entries * 2 + 16;
	int r = 0;

	/* A hash that changes may send the walk back to its start: it must end. */
	while (r == 0 && n < most) {
		r = mim_slot_reader_room(reader, n + 1);
		if (r == 0)
			r = mim_kernel_call(reader->kernel, map_next_key, reader->fd,
					    n ? mim_slot_reader_key(reader, n - 1) : NULL,
					    mim_slot_reader_key(reader, n));
		n += r == 0;
	}
	return r < 0 && r != -ENOENT ? r : read_together(reader, n);
}

int mim_slot_reader_batches(struct mim_slot_reader *reader,
			    const struct mim_slot_stretch *stretch)
{
	size_t token_size = reader->outer->key_size > 8 ? reader->outer->key_size : 8;
	mim_auto_free uint8_t *token = calloc(2, token_size);
	uint32_t want = CHUNK, reached;
	bool first = !stretch->after;

	if (!token)
		return -ENOMEM;
	if (stretch->after)
		memcpy(token, stretch->after, sizeof(*stretch->after));
	for (;;) {
		struct mim_slot_ids *slots = reader->slots;
		uint32_t count = want;
		int r = mim_slot_reader_room(reader, want);

		if (r < 0)
			return r;
		r = mim_kernel_call(reader->kernel, map_lookup_batch, reader->fd,
				    first ? NULL : token, token + token_size,
				    mim_slot_reader_key(reader, slots->n),
				    slots->ids + slots->n, &count);
		/* One bucket holds more than there was room for. */
		if (r == -ENOSPC && want < reader->outer->max_entries) {
			want *= 2;
			continue;
		}
		if (r < 0 && r != -ENOENT)
			return r;
		slots->n += count;
		if (r == -ENOENT || count == 0)
			return 0;
		memcpy(token, token + token_size, token_size);
		memcpy(&reached, token, sizeof(reached));
		if (reached >= stretch->until)
			return 0;
		first = false;
	}
}

struct moment {
	struct timespec time;
	long waits;
};

static struct moment now(void)
{
	struct rusage usage = {0};
	struct moment moment;

	getrusage(RUSAGE_THREAD, &usage);
	moment.waits = usage.ru_nvcsw;
	clock_gettime(CLOCK_MONOTONIC, &moment.time);
	return moment;
}

/* Who is held up by others does not give up the CPU by itself; who is traced does, but
 * mostly gets it back sooner.
 */
static bool waited(const struct moment *before, const struct moment *after)
{
	return after->waits != before->waits &&
	       (after->time.tv_sec - before->time.tv_sec) * 1000000000L +
			       after->time.tv_nsec - before->time.tv_nsec >
		       SLOW_NS;
}

bool mim_slot_lookup_waits(struct mim_kernel *kernel, int fd, const void *key)
{
	struct moment before = now(), after;
	uint32_t id;
	int r = mim_kernel_call(kernel, map_lookup, fd, key, &id);

	after = now();
	return (r < 0 && r != -ENOENT) || waited(&before, &after);
}

/* Batches of an array wait where its lookups do; those of a hash never. */
bool mim_slot_reader_waits(const struct mim_slot_reader *reader)
{
	uint32_t key = 0;

	return reader->outer->type == BPF_MAP_TYPE_ARRAY_OF_MAPS &&
	       reader->outer->max_entries > 1 &&
	       mim_slot_lookup_waits(reader->kernel, reader->fd, &key);
}

static int read_slots(struct mim_slot_reader *reader)
{
	const struct mim_slot_stretch all = {NULL, UINT32_MAX};
	int r = mim_slot_reader_waits(reader) ? -MIM_ENOTSUPP
					      : mim_slot_reader_batches(reader, &all);

	/* -EINTR: three empty slots in a row, where 5.6 to 6.13 know no better. */
	if (r != -MIM_ENOTSUPP && r != -EINTR)
		return r;
	reader->slots->n = 0;
	return reader->outer->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ? read_array(reader)
								 : read_hash(reader);
}

int mim_slot_ids_sort(struct mim_slot_ids *ids, uint32_t key_size)
{
	struct mim_slots slots = {.n = ids->n, .keys = ids->keys, .inner = ids->ids};

	return mim_slots_sort(&slots, key_size);
}

int mim_slots_read(struct mim_kernel *kernel, int fd, const struct mim_shape *outer,
		   struct mim_slot_ids *ret_slots)
{
	struct mim_slot_reader reader = {kernel, fd, outer, ret_slots, 0};
	int r;

	*ret_slots = (struct mim_slot_ids){0};
	r = read_slots(&reader);
	return r < 0 ? r : mim_slot_ids_sort(ret_slots, outer->key_size);
}

int mim_slot_open(struct mim_kernel *kernel, int fd, const void *key,
		  struct mim_map_info *ret_info)
{
	for (int tries = 0; tries < TRIES; tries++) {
		mim_auto_close int inner = -1;
		uint32_t id = 0;
		int r = mim_kernel_call(kernel, map_lookup, fd, key, &id);

		if (r < 0)
			return r;
		inner = mim_kernel_call(kernel, map_open, id);
		if (inner >= 0)
			r = mim_kernel_call(kernel, map_info, inner, ret_info);
		else
			r = inner;
		if (r == 0)
			return TAKE_FD(inner);
		/* It left the slot after it was seen there, and was the last to hold it.
		 */
		if (r != -ENOENT)
			return r;
	}
	return -EAGAIN;
}

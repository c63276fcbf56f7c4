/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/elements.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "model/kind.h"

#define CHUNK 1024U

uint32_t mim_elements_value_size(const struct mim_shape *shape,
				 const struct mim_host *host)
{
	if (!mim_kind_is_per_cpu(shape->type))
		return shape->value_size;
	return (shape->value_size + 7) / 8 * 8 * host->possible_cpus;
}

struct reader {
	struct mim_kernel *kernel;
	int fd;
	struct mim_elements *elements;
	uint32_t capacity;
	bool is_array;
	bool only_count;
	uint32_t count;
};

static int make_room(struct reader *reader, uint32_t more)
{
	struct mim_elements *elements = reader->elements;
	uint64_t capacity = reader->capacity, need = (uint64_t)elements->n + more;
	uint8_t *keys, *values;

	if (need <= capacity)
		return 0;
	capacity = capacity * 2 > need ? capacity * 2 : need;
	if (capacity > UINT32_MAX)
		return -ENOMEM;
	keys = reallocarray(elements->keys, capacity, elements->key_size);
	if (!keys)
		return -ENOMEM;
	elements->keys = keys;
	values = reallocarray(elements->values, capacity, elements->value_size);
	if (!values)
		return -ENOMEM;
	elements->values = values;
	reader->capacity = (uint32_t)capacity;
	return 0;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* An array has all its elements from the start: what was never written is no contents. */
static void take(struct reader *reader, uint32_t count)
{
	struct mim_elements *elements = reader->elements;

	for (uint32_t i = elements->n, end = i + count; i < end; i++) {
		const uint8_t *value = mim_element_value(elements, i);

		if (reader->is_array && is_zero(value, elements->value_size))
			continue;
		reader->count++;
		if (reader->only_count)
			continue;
		if (i != elements->n) {
			memcpy(mim_element_key(elements, elements->n),
			       mim_element_key(elements, i), elements->key_size);
			memcpy(mim_element_value(elements, elements->n), value,
			       elements->value_size);
		}
		elements->n++;
	}
}

static int read_batches(struct reader *reader)
{
	struct mim_elements *elements = reader->elements;
	/* Arrays hand on a key, hashes the number of a bucket. */
	size_t token_size = elements->key_size > 8 ? elements->key_size : 8;
	mim_auto_free uint8_t *token = calloc(2, token_size);
	uint32_t want = CHUNK;
	bool first = true;

	if (!token)
		return -ENOMEM;
	for (;;) {
		uint32_t count = want;
		int r = make_room(reader, want);

		if (r < 0)
			return r;
		r = mim_kernel_call(reader->kernel, map_lookup_batch, reader->fd,
				    first ? NULL : token, token + token_size,
				    mim_element_key(elements, elements->n),
				    mim_element_value(elements, elements->n), &count);
		/* One bucket holds more than there was room for. */
		if (r == -ENOSPC && want < UINT32_MAX / 4) {
			want *= 2;
			continue;
		}
		if (r < 0 && r != -ENOENT)
			return r;
		take(reader, count);
		if (r == -ENOENT || count == 0)
			return 0;
		memcpy(token, token + token_size, token_size);
		first = false;
	}
}

static int read_singly(struct reader *reader, uint32_t most)
{
	struct mim_elements *elements = reader->elements;
	mim_auto_free uint8_t *key = malloc(elements->key_size);
	bool first = true;
	int r = 0;

	if (!key)
		return -ENOMEM;
	/* A hash that changes may send the walk back to its start: it must end. */
	for (uint64_t steps = 0; r == 0 && steps < (uint64_t)most * 2 + 16; steps++) {
		r = make_room(reader, 1);
		if (r == 0)
			r = mim_kernel_call(reader->kernel, map_next_key, reader->fd,
					    first ? NULL : key,
					    mim_element_key(elements, elements->n));
		if (r < 0)
			break;
		memcpy(key, mim_element_key(elements, elements->n), elements->key_size);
		first = false;
		r = mim_kernel_call(reader->kernel, map_lookup, reader->fd, key,
				    mim_element_value(elements, elements->n));
		if (r == 0)
			take(reader, 1);
		else if (r == -ENOENT)
			r = 0;
	}
	return r == -ENOENT ? 0 : r;
}

/*
 * What lies behind the prefix says nothing to the kernel, which keeps it as it was last
 * written: the same entry may come with another key the next time.
 */
static void mask(struct mim_elements *elements)
{
	uint32_t bits = (elements->key_size - (uint32_t)sizeof(uint32_t)) * 8, length;

	for (uint32_t i = 0; i < elements->n; i++) {
		uint8_t *key = mim_element_key(elements, i);

		memcpy(&length, key, sizeof(length));
		for (uint32_t bit = length; bit < bits; bit++)
			key[sizeof(length) + bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
}

/* Sorted, and without what a walk that went back to its start gave twice. */
static int sort(struct mim_elements *elements)
{
	struct mim_elements sorted = {0, elements->key_size, elements->value_size, NULL,
				      NULL};
	mim_auto_free uint32_t *order = NULL;
	int r = mim_elements_order(elements, &order);

	if (r != 0)
		return r < 0 ? r : 0;
	sorted.keys = malloc((size_t)elements->n * elements->key_size + 1);
	sorted.values = malloc((size_t)elements->n * elements->value_size + 1);
	if (!sorted.keys || !sorted.values) {
		mim_elements_release(&sorted);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < elements->n; i++) {
		const uint8_t *key = mim_element_key(elements, order[i]);

		if (sorted.n && memcmp(mim_element_key(&sorted, sorted.n - 1), key,
				       sorted.key_size) == 0)
			continue;
		memcpy(mim_element_key(&sorted, sorted.n), key, sorted.key_size);
		memcpy(mim_element_value(&sorted, sorted.n++),
		       mim_element_value(elements, order[i]), sorted.value_size);
	}
	mim_elements_release(elements);
	*elements = sorted;
	return 0;
}

static int read_all(struct reader *reader, const struct mim_shape *shape,
		    const struct mim_host *host)
{
	struct mim_elements *elements = reader->elements;
	int r;

	if (mim_kind_is_per_cpu(shape->type) && !host->possible_cpus)
		return -MIM_ENOCPUS;
	*elements = (struct mim_elements){
		.key_size = shape->key_size,
		.value_size = mim_elements_value_size(shape, host),
	};
	reader->is_array = mim_kind_contents(shape->type) == MIM_CONTENTS_ARRAY;
	r = read_batches(reader);
	/* Some types have no batch calls, and some give up where a key is gone. */
	if (r != -MIM_ENOTSUPP && r != -EINVAL && r != -EINTR)
		return r;
	elements->n = 0;
	reader->count = 0;
	return read_singly(reader, shape->max_entries);
}

int mim_elements_read(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		      const struct mim_host *host, struct mim_elements *elements)
{
	struct reader reader = {.kernel = kernel, .fd = fd, .elements = elements};
	int r = read_all(&reader, shape, host);

	if (r < 0)
		return r;
	if (shape->type == BPF_MAP_TYPE_LPM_TRIE)
		mask(elements);
	return sort(elements);
}

int mim_elements_count(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		       const struct mim_host *host, uint32_t *ret_n)
{
	mim_cleanup(mim_elements_release) struct mim_elements room = {0};
	struct reader reader = {
		.kernel = kernel, .fd = fd, .elements = &room, .only_count = true};
	int r = read_all(&reader, shape, host);

	if (r == 0)
		*ret_n = reader.count;
	return r;
}

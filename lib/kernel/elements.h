/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_ELEMENTS_H
#define MIM_KERNEL_ELEMENTS_H

#include "kernel/kernel.h"

/**
 * DOC: what is in an inner map
 *
 * Keys and values as the kernel gives them to user space: of a per-CPU map a value is one
 * for each possible CPU, each rounded up to 8 bytes.
 */

/**
 * struct mim_elements - the elements of a map, sorted by their keys' bytes
 * @n: elements; of an array only those that are not all zero
 * @key_size, @value_size: bytes that each takes in @keys and @values
 */
struct mim_elements {
	uint32_t n;
	uint32_t key_size;
	uint32_t value_size;
	uint8_t *keys;
	uint8_t *values;
};

void mim_elements_release(struct mim_elements *elements);

/** mim_elements_value_size() - bytes of one value in user space */
uint32_t mim_elements_value_size(const struct mim_shape *shape,
				 const struct mim_host *host);

/**
 * mim_elements_read() - everything that is in a map
 * @shape: its attributes; of a kind whose contents can be read
 * @elements: released by the caller, also on error
 *
 * A map that changes meanwhile gives what was there at one moment or another.
 *
 * Return: 0, -ENOMEM, or what BPF_MAP_LOOKUP_ELEM gives.
 */
int mim_elements_read(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		      const struct mim_host *host, struct mim_elements *elements);

/** mim_elements_count() - how many mim_elements_read() would give; Return: the same */
int mim_elements_count(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		       const struct mim_host *host, uint64_t *ret_n);

/** mim_elements_find() - Return: index of the element with that key, or UINT32_MAX */
uint32_t mim_elements_find(const struct mim_elements *elements, const void *key);

static inline uint8_t *mim_element_key(const struct mim_elements *elements, uint32_t i)
{
	return elements->keys + (size_t)i * elements->key_size;
}

static inline uint8_t *mim_element_value(const struct mim_elements *elements, uint32_t i)
{
	return elements->values + (size_t)i * elements->value_size;
}

/**
 * mim_elements_write() - put elements into a map
 * @ret_done: elements that were written; on error the one that failed comes next
 * Return: 0 or what BPF_MAP_UPDATE_ELEM gives: -E2BIG for more than it has room for.
 */
int mim_elements_write(struct mim_kernel *kernel, int fd,
		       const struct mim_elements *elements, uint32_t *ret_done);

#endif

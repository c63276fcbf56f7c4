/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_ELEMENTS_H
#define MIM_KERNEL_ELEMENTS_H

#include "kernel/kernel.h"
#include "model/elements.h"

/** mim_elements_value_size() - bytes of one value in user space */
uint32_t mim_elements_value_size(const struct mim_shape *shape,
				 const struct mim_host *host);

/**
 * mim_elements_read() - everything that is in a map
 * @shape: its attributes; of a kind whose contents can be read
 * @elements: released by the caller, also on error
 *
 * A map that changes meanwhile gives what was there at one moment or another. Keys of an
 * lpm_trie are zero behind the prefix.
 *
 * Return: 0, -ENOMEM, -MIM_ENOCPUS, or what BPF_MAP_LOOKUP_ELEM gives.
 */
int mim_elements_read(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		      const struct mim_host *host, struct mim_elements *elements);

/** mim_elements_count() - how many mim_elements_read() would give; Return: the same */
int mim_elements_count(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		       const struct mim_host *host, uint32_t *ret_n);

/**
 * mim_elements_write() - put elements into a map
 * @elements: of a per-CPU map with a value for each CPU
 * @ret_done: elements that were written; on error the one that failed comes next
 *
 * Allocates nothing. Return: 0 or what BPF_MAP_UPDATE_ELEM gives: -E2BIG for more than it
 * has room for.
 */
int mim_elements_write(struct mim_kernel *kernel, int fd,
		       const struct mim_elements *elements, uint32_t *ret_done);

/**
 * mim_elements_delete() - take elements out of a map
 * @elements: their keys; one that is not there is no error
 *
 * Allocates nothing. Return: 0 or what BPF_MAP_DELETE_ELEM gives.
 */
int mim_elements_delete(struct mim_kernel *kernel, int fd,
			const struct mim_elements *elements);

/**
 * mim_elements_seed() - put what is declared into a new map
 * @elements: with one value for all CPUs
 * @ret_done: as above
 *
 * Return: as mim_elements_write(), -ENOMEM, -MIM_ENOCPUS.
 */
int mim_elements_seed(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		      const struct mim_host *host, const struct mim_elements *elements,
		      uint32_t *ret_done);

/**
 * mim_elements_spread() - one value for all CPUs, as a per-CPU map takes it
 * @value: @shape->value_size bytes
 * @wide: mim_elements_value_size() bytes; of other maps the value itself
 */
void mim_elements_spread(const struct mim_shape *shape, const struct mim_host *host,
			 const uint8_t *value, uint8_t *wide);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "kernel/elements.h"
#include "model/kind.h"

/* Bytes of values that are spread over the CPUs at a time. */
#define MOST_SPREAD (1U << 20)

/*
 * A full lpm_trie takes no new value for a prefix that it has (until 6.13, and what was
 * backported of that): the old one goes first.
 */
static int write_one(struct mim_kernel *kernel, int fd,
		     const struct mim_elements *elements, uint32_t i)
{
	/* Where there are no keys, the kernel insists on none. */
	const void *key = elements->key_size ? mim_element_key(elements, i) : NULL;
	const void *value = mim_element_value(elements, i);
	int r = mim_kernel_call(kernel, map_update, fd, key, value, 0);

	if (r != -ENOSPC || !key || mim_kernel_call(kernel, map_delete, fd, key) < 0)
		return r;
	return mim_kernel_call(kernel, map_update, fd, key, value, 0);
}

int mim_elements_write(struct mim_kernel *kernel, int fd,
		       const struct mim_elements *elements, uint32_t *ret_done)
{
	uint32_t count = elements->n;
	int r;

	*ret_done = 0;
	if (elements->n == 0)
		return 0;
	r = mim_kernel_call(kernel, map_update_batch, fd, elements->keys,
			    elements->values, &count);
	if (r != -MIM_ENOTSUPP && r != -EINVAL) {
		*ret_done = r < 0 && count >= elements->n ? 0 : count;
		if (r != -ENOSPC)
			return r;
	}
	for (; *ret_done < elements->n; ++*ret_done) {
		r = write_one(kernel, fd, elements, *ret_done);
		if (r < 0)
			return r;
	}
	return 0;
}

int mim_elements_delete(struct mim_kernel *kernel, int fd,
			const struct mim_elements *elements)
{
	uint32_t count = elements->n;
	int r;

	if (elements->n == 0)
		return 0;
	/* It ends at a key that is gone; and some types have none. */
	r = mim_kernel_call(kernel, map_delete_batch, fd, elements->keys, &count);
	if (r != -MIM_ENOTSUPP && r != -EINVAL && r != -ENOENT)
		return r;
	for (uint32_t i = 0; i < elements->n; i++) {
		r = mim_kernel_call(kernel, map_delete, fd, mim_element_key(elements, i));
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

void mim_elements_spread(const struct mim_shape *shape, const struct mim_host *host,
			 const uint8_t *value, uint8_t *wide)
{
	uint32_t size = shape->value_size, step = (size + 7) / 8 * 8;

	if (!mim_kind_is_per_cpu(shape->type)) {
		memcpy(wide, value, size);
		return;
	}
	memset(wide, 0, (size_t)step * host->possible_cpus);
	for (uint32_t cpu = 0; cpu < host->possible_cpus; cpu++)
		memcpy(wide + (size_t)cpu * step, value, size);
}

/* Some at a time: a machine may have hundreds of CPUs. */
static int seed_spread(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		       const struct mim_host *host, const struct mim_elements *elements,
		       uint32_t *ret_done)
{
	uint32_t size = mim_elements_value_size(shape, host), done, most;
	struct mim_elements part = {.key_size = elements->key_size, .value_size = size};
	mim_auto_free uint8_t *values = NULL;
	int r = 0;

	if (!size)
		return -MIM_ENOCPUS;
	most = size < MOST_SPREAD ? MOST_SPREAD / size : 1;
	most = most < elements->n ? most : elements->n;
	part.values = values = reallocarray(NULL, most, size);
	if (!values)
		return -ENOMEM;
	for (*ret_done = 0; r == 0 && *ret_done < elements->n; *ret_done += done) {
		part.keys = mim_element_key(elements, *ret_done);
		part.n = elements->n - *ret_done < most ? elements->n - *ret_done : most;
		for (uint32_t i = 0; i < part.n; i++)
			mim_elements_spread(shape, host,
					    mim_element_value(elements, *ret_done + i),
					    mim_element_value(&part, i));
		r = mim_elements_write(kernel, fd, &part, &done);
	}
	return r;
}

int mim_elements_seed(struct mim_kernel *kernel, int fd, const struct mim_shape *shape,
		      const struct mim_host *host, const struct mim_elements *elements,
		      uint32_t *ret_done)
{
	*ret_done = 0;
	if (elements->n == 0)
		return 0;
	return mim_kind_is_per_cpu(shape->type)
		       ? seed_spread(kernel, fd, shape, host, elements, ret_done)
		       : mim_elements_write(kernel, fd, elements, ret_done);
}

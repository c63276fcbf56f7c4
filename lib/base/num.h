/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_NUM_H
#define MIM_BASE_NUM_H

#include <stdint.h>

/**
 * mim_num_u64() - read an unsigned integer as people write it, and nothing else
 * @text: decimal without leading zeros, or 0x and hex digits; no sign, no space, nothing
 *	after the digits (libc and libcyaml 1.3.1 accept "010", "10x" and "1_000")
 *
 * Return: 0, -EINVAL when @text is no such integer, -ERANGE when it is above @max.
 */
int mim_num_u64(const char *text, uint64_t max, uint64_t *ret_value);

/**
 * mim_num_s64() - the same with an optional leading minus
 * Return: 0, -EINVAL, or -ERANGE when outside @min..@max.
 */
int mim_num_s64(const char *text, int64_t min, int64_t max, int64_t *ret_value);

#endif

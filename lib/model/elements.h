/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_ELEMENTS_H
#define MIM_MODEL_ELEMENTS_H

#include <stdint.h>
#include "base/cleanup.h"

/**
 * struct mim_elements - what is in an inner map, or is to be in it
 * @n: elements; of an array only those that are not all zero
 * @key_size, @value_size: bytes that each takes in @keys and @values
 *
 * Each key once, sorted by mim_key_compare(); what is declared to begin with, and what
 * has no keys, in the order in which it is put in. What is declared has one value for all
 * CPUs, what is read from a per-CPU map has one for each possible CPU, each rounded up to
 * 8 bytes.
 */
struct mim_elements {
	uint32_t n;
	uint32_t key_size;
	uint32_t value_size;
	uint8_t *keys;
	uint8_t *values;
};

/** mim_elements_release() - of elements on the heap */
void mim_elements_release(struct mim_elements *elements);

/**
 * mim_elements_order() - the order of the keys
 * @ret_order: heap: the index of each element in that order, equal keys as they were
 *
 * Return: 0; 1 when they are in order, each once, and @ret_order is not set; -ENOMEM.
 */
int mim_elements_order(const struct mim_elements *elements, uint32_t **ret_order);

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

#endif

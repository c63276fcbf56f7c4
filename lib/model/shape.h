/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_SHAPE_H
#define MIM_MODEL_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"

/**
 * struct mim_shape - the attributes a map is created with
 * @type: BPF_MAP_TYPE_*
 * @key_size, @value_size: bytes
 * @max_entries: entries, bytes or pages, as the type has it
 * @flags: BPF_F_*
 * @numa_node: node number when @flags has BPF_F_NUMA_NODE. The kernel does not tell it,
 *	so it is used at creation and never compared.
 * @map_extra: bloom_filter: hash functions; arena: user address
 */
struct mim_shape {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t numa_node;
	uint64_t map_extra;
};

/**
 * struct mim_host - facts of a machine that the kernel's answers depend on
 * @possible_cpus: CPUs that could come online; sizes per-CPU values and LRU lists; 0 when
 *	not known
 * @page_size: bytes
 */
struct mim_host {
	uint32_t possible_cpus;
	uint32_t page_size;
};

/** enum mim_field - one attribute, to speak about it */
enum mim_field {
	MIM_FIELD_TYPE,
	MIM_FIELD_KEY_SIZE,
	MIM_FIELD_VALUE_SIZE,
	MIM_FIELD_MAX_ENTRIES,
	MIM_FIELD_FLAGS,
	MIM_FIELD_NUMA_NODE,
	MIM_FIELD_MAP_EXTRA,
	MIM_FIELD_COUNT,
};

#define MIM_FIELD_BIT(field) (1U << (field))

/** mim_field_name() - Return: the YAML key of an attribute, static storage */
MIM_PUBLIC const char *mim_field_name(enum mim_field field);

/** enough for any attribute's value as text */
#define MIM_FIELD_TEXT 256

/** mim_field_text() - value of one attribute as people write it; Return: @text */
MIM_PUBLIC const char *mim_field_text(const struct mim_shape *shape, enum mim_field field,
				      char *text);

/**
 * mim_shape_problem() - why the kernel would refuse or change an attribute at creation
 * @text: at least MIM_FIELD_TEXT bytes; set when there is a problem
 *
 * Knows no kernel version: what it reports, every kernel from 5.10 on refuses.
 *
 * Return: true when there is one.
 */
bool mim_shape_problem(const struct mim_shape *shape, enum mim_field field, char *text);

/**
 * mim_shape_differs() - which attributes two maps do not share
 *
 * Both shapes are to be normalised for the same host.
 *
 * Return: a set of MIM_FIELD_BIT(); 0 when equal.
 */
MIM_PUBLIC uint32_t mim_shape_differs(const struct mim_shape *a,
				      const struct mim_shape *b);

/**
 * mim_shape_misfit() - which attributes of @inner the template's outer map would refuse
 *
 * The rule of the kernel's map_meta_equal from 5.10 on: type, key_size, value_size and
 * flags as stored; max_entries for xskmap, and for array unless both carry
 * BPF_F_INNER_MAP.
 *
 * Return: a set of MIM_FIELD_BIT(); 0 when it fits.
 */
uint32_t mim_shape_misfit(const struct mim_shape *template,
			  const struct mim_shape *inner);

/**
 * mim_shape_cause() - the attribute to name first of a misfit
 *
 * max_entries comes last: whether it counts depends on the flags.
 */
enum mim_field mim_shape_cause(uint32_t misfit);

/**
 * mim_shape_wants_inner_map() - would BPF_F_INNER_MAP in both let the inner map in?
 * @misfit: of mim_shape_misfit()
 */
bool mim_shape_wants_inner_map(const struct mim_shape *template,
			       const struct mim_shape *inner, uint32_t misfit);

/**
 * mim_shape_normalize() - what the kernel will say of a map created with this shape
 *
 * RDONLY, WRONLY and TOKEN_FD are never stored, devmaps gain RDONLY_PROG, and an LRU
 * without a common list rounds max_entries up to a multiple of the possible CPUs.
 */
void mim_shape_normalize(struct mim_shape *shape, const struct mim_host *host);

#endif

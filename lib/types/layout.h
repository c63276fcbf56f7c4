/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_LAYOUT_H
#define MIM_TYPES_LAYOUT_H

#include "base/arena.h"
#include "model/type.h"

/** most bytes of a type: more than any kernel takes as a key or value */
#define MIM_TYPE_MOST (4U << 20)

/**
 * mim_type_align() - alignment in bytes of a type that is no part of a packed struct
 *
 * As for BPF programs: that of the C type that the name stands for, 8 for u64 on every
 * machine; ipv6 is struct in6_addr (4), mac and text are bytes (1).
 */
uint32_t mim_type_align(struct mim_type type);

/**
 * mim_layout_compute() - where the members of a struct lie
 * @layout: name and members with their types are set; the rest is filled in
 * @packed: no padding, alignment 1; structs inside keep their own
 * @arena: takes what is filled in
 *
 * Return: 0, -E2BIG when it has more than MIM_TYPE_MOST bytes, -ENOMEM.
 */
int mim_layout_compute(struct mim_struct *layout, bool packed, struct mim_arena *arena);

/** mim_layout_find() - Return: the member called by the @length bytes at @name, or NULL
 */
const struct mim_member *mim_layout_find(const struct mim_struct *layout,
					 const char *name, size_t length);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_LAYOUT_H
#define MIM_TYPES_LAYOUT_H

#include <stdbool.h>
#include "base/arena.h"
#include "model/type.h"

/**
 * mim_layout_compute() - where the members of a struct lie
 * @layout: name and members with their types are set; the rest is filled in
 * @packed: no padding, alignment 1; structs inside keep their own
 * @arena: takes what is filled in
 *
 * Return: 0, -E2BIG when it has more than MIM_TYPE_MOST bytes, -ENOMEM.
 */
int mim_layout_compute(struct mim_struct *layout, bool packed, struct mim_arena *arena);

/**
 * enum mim_packing - whether a description can say how a struct is laid out
 * @MIM_PACKING_C: as C lays it out
 * @MIM_PACKING_PACKED: with "packed: true"
 * @MIM_PACKING_OTHER: neither, or a struct inside cannot be described
 */
enum mim_packing { MIM_PACKING_C, MIM_PACKING_PACKED, MIM_PACKING_OTHER };

/** mim_layout_packing() - of a struct that comes out of BTF */
enum mim_packing mim_layout_packing(const struct mim_struct *layout);

/** mim_layout_can_be_said() - can a description say all of a type? */
bool mim_layout_can_be_said(struct mim_type type);

/** mim_layout_find() - Return: the member called by the @length bytes at @name, or NULL
 */
const struct mim_member *mim_layout_find(const struct mim_struct *layout,
					 const char *name, size_t length);

#endif

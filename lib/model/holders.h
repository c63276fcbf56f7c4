/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_HOLDERS_H
#define MIM_MODEL_HOLDERS_H

#include "model/topology.h"

/**
 * struct mim_holder - an outer map that holds an inner map
 * @outer: its index
 * @slots: in how many of its slots
 */
struct mim_holder {
	uint32_t outer;
	uint32_t slots;
};

/**
 * struct mim_holders - which outer maps hold each map of a topology
 * @first: for each map where its holders begin in @items
 * @n: how many it has, by ascending index
 *
 * Linear in maps and slots, in time and in memory.
 */
struct mim_holders {
	uint32_t *first;
	uint32_t *n;
	struct mim_holder *items;
};

/** mim_holders_compute() - Return: 0 or -ENOMEM; mim_holders_release() in either case */
MIM_PUBLIC int mim_holders_compute(struct mim_holders *holders,
				   const struct mim_topology *topology);

MIM_PUBLIC void mim_holders_release(struct mim_holders *holders);

#define mim_auto_holders mim_cleanup(mim_holders_release) struct mim_holders

#endif

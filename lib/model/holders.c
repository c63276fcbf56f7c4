/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/holders.h"

#include <errno.h>

void mim_holders_release(struct mim_holders *holders)
{
	free(holders->first);
	free(holders->n);
	free(holders->items);
	*holders = (struct mim_holders){0};
}

/* Room for one holder a slot: there are no more. Return: how many that makes. */
static size_t lay_out(struct mim_holders *holders, const struct mim_topology *topology)
{
	size_t all = 0;

	for (size_t i = 0; i < topology->n_maps; i++) {
		const struct mim_outer *outer = topology->maps[i].outer;

		for (uint32_t s = 0; outer && s < outer->slots.n; s++)
			if (outer->slots.inner[s] != MIM_NONE)
				holders->first[outer->slots.inner[s]]++;
	}
	for (size_t i = 0; i < topology->n_maps; i++) {
		uint32_t slots = holders->first[i];

		holders->first[i] = (uint32_t)all;
		all += slots;
	}
	return all;
}

static void add(struct mim_holders *holders, uint32_t inner, uint32_t outer)
{
	struct mim_holder *items = holders->items + holders->first[inner];
	uint32_t n = holders->n[inner];

	/* Outer maps come one after the other: the same one is the last one. */
	if (n && items[n - 1].outer == outer)
		items[n - 1].slots++;
	else
		items[holders->n[inner]++] = (struct mim_holder){outer, 1};
}

int mim_holders_compute(struct mim_holders *holders, const struct mim_topology *topology)
{
	size_t n = topology->n_maps;

	*holders = (struct mim_holders){calloc(n + 1, sizeof(*holders->first)),
					calloc(n + 1, sizeof(*holders->n)), NULL};
	if (!holders->first || !holders->n)
		return -ENOMEM;
	holders->items = calloc(lay_out(holders, topology) + 1, sizeof(*holders->items));
	if (!holders->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct mim_outer *outer = topology->maps[i].outer;

		for (uint32_t s = 0; outer && s < outer->slots.n; s++)
			if (outer->slots.inner[s] != MIM_NONE)
				add(holders, outer->slots.inner[s], (uint32_t)i);
	}
	return 0;
}

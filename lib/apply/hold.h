/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_HOLD_H
#define MIM_APPLY_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "kernel/slots.h"

struct mim_run;
struct mim_step;

/** struct mim_park - an outer map that keeps inner maps alive on one descriptor */
struct mim_park {
	int fd;
	uint32_t size;
	uint32_t used;
};

/**
 * struct mim_hold - the maps that a run needs until it is through
 * @by_id: too many for descriptors, or to be found when this process is gone: what a
 *	switch would free is parked, and maps are opened by id for the moment of a call
 * @most: descriptors that may hold maps
 * @new_fds: for each declared map the descriptor of the one created, or -1
 * @new_ids: for each declared map the id of the one created, once somebody asked for it
 * @live_fds: for each live map that a step needs, or -1
 * @waiting: created maps on descriptors that are to be parked, @n_waiting of them
 * @park_of: for each declared map that is created its park in @new_parks; NULL unless
 *	@by_id
 * @new_parks: what new maps are parked in, @n_parks of them
 * @to_come: for each of these how many maps are still to be created
 * @old_parks: for each step what parks the maps that its slots hold
 * @room: to write slots with
 */
struct mim_hold {
	bool by_id;
	uint32_t most;
	int *new_fds;
	uint32_t *new_ids;
	int *live_fds;
	uint32_t *waiting;
	uint32_t n_waiting;
	uint32_t *park_of;
	struct mim_park *new_parks;
	uint32_t n_parks;
	uint32_t *to_come;
	struct mim_park *old_parks;
	struct mim_slot_room room;
};

/** mim_hold_init() - get memory and descriptors for a run; Return: 0 or -ENOMEM */
int mim_hold_init(struct mim_run *run);
void mim_hold_release(struct mim_run *run);

/**
 * mim_hold_step() - get hold of all live maps that step @i needs, or its undoing
 * Return: 0; -EAGAIN with a diagnostic for a map that is gone since it was read; what
 * opening and binding maps give, with a diagnostic.
 */
int mim_hold_step(struct mim_run *run, size_t i);

/**
 * mim_hold_new() - take over the descriptor of a map that was created
 * Return: 0, or what parking it and others gave.
 */
int mim_hold_new(struct mim_run *run, uint32_t map, int fd);

/**
 * mim_hold_open_new() - descriptor of a map that was created
 * @ret_ours: set when the caller is to close it
 */
int mim_hold_open_new(struct mim_run *run, uint32_t map, bool *ret_ours);

/** mim_hold_open_live() - the same for a live map */
int mim_hold_open_live(struct mim_run *run, uint32_t map, bool *ret_ours);

/** mim_hold_open() - the live map that a declared one is, or the one created for it */
int mim_hold_open(struct mim_run *run, uint32_t map, bool *ret_ours);

/**
 * mim_hold_id() - id of the same
 * Return: 0; what asking the kernel gives, which is done once.
 */
int mim_hold_id(struct mim_run *run, uint32_t map, uint32_t *ret_id);

#endif

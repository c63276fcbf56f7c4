/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_PLAN_ORDERING_H
#define MIM_PLAN_ORDERING_H

#include "base/table.h"
#include "plan/plan.h"

/**
 * DOC: from what differs to what is done
 *
 * order.c decides which step comes when; order_pins.c knows of pins and the folders they
 * lie in, order_records.c of what outlives its line in a file.
 */

/**
 * struct mim_order - a plan whose steps are being put in order
 * @there: folders that exist, or will by the time
 * @needed: folders with something in them, or seen already
 * @want_pins: paths of declared pins -> pin
 * @live_pins: the same for live ones
 * @removed: paths of pins that go
 * @owners: for each live map the first declared one that it is or gives way to
 * @destroy: the scope itself goes, too
 * @emptied: folders that only held pins that go, in the order they were found
 * @out_of_memory: something is missing
 */
struct mim_order {
	struct mim_plan *plan;
	struct mim_table there;
	struct mim_table needed;
	struct mim_table want_pins;
	struct mim_table live_pins;
	struct mim_table removed;
	uint32_t *owners;
	bool destroy;
	struct mim_texts emptied;
	bool out_of_memory;
};

/** mim_order_step() - append a step; valid until the next one */
struct mim_step *mim_order_step(struct mim_order *order, enum mim_step_op op);

/** mim_order_path() - append a step about a path, which the plan borrows */
void mim_order_path(struct mim_order *order, enum mim_step_op op, const char *path);

/** mim_order_note() - Return: true when the path was not in the table before */
bool mim_order_note(struct mim_order *order, struct mim_table *table, const char *path,
		    uint32_t value);

/** mim_order_pins() - the pins that are to be, and the folders on their way */
void mim_order_pins(struct mim_order *order);

/** mim_order_remove_pins() - the pins that go, and folders that only held such */
void mim_order_remove_pins(struct mim_order *order);

/**
 * mim_order_needs_room() - are pins to be removed before others are made?
 *
 * So it is where a folder takes the place of a pin, or a pin that of an emptied folder.
 */
bool mim_order_needs_room(struct mim_order *order);

/**
 * mim_order_protected() - which declared maps are protected from now on
 *
 * A protected map is recorded under its first pin, and stays so until a file says no.
 *
 * Return: heap, for each declared map; NULL when out of memory.
 */
bool *mim_order_protected(struct mim_order *order);

/**
 * mim_order_remember() - records of what is to outlive its line in a file
 *
 * They come before the pin is there, and are forgotten when that is gone: whoever is
 * killed in between knows it again.
 */
void mim_order_remember(struct mim_order *order, const bool *protected);

/** mim_order_forget() - records of what is no longer so */
void mim_order_forget(struct mim_order *order, const bool *protected);

#endif

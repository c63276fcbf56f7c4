/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_READING_H
#define MIM_KERNEL_READING_H

#include "base/table.h"
#include "kernel/ahead.h"
#include "kernel/slots.h"
#include "kernel/without.h"
#include "model/topology.h"

/** reading fewer takes no longer than starting a thread */
#define MIM_MANY_SLOTS 8192

/**
 * struct mim_question - what a reading is about
 * @declared: paths of what is declared
 * @without: maps that are not expected, or NULL
 */
struct mim_question {
	struct mim_kernel *kernel;
	const char *name;
	const char *bpffs;
	const struct mim_topology *want;
	struct mim_table declared;
	const struct mim_without *without;
	struct mim_diags *diags;
};

/**
 * struct mim_reading - one pass over the kernel
 * @want, @declared: of a scope: what is declared, and which map is at which path
 * @ahead: what was read already, or NULL
 * @scoped: what is read now is the scope's concern
 * @missed: a slot of concern held a map that is not in the list
 */
struct mim_reading {
	struct mim_kernel *kernel;
	struct mim_topology *live;
	struct mim_diags *diags;
	const struct mim_topology *want;
	const struct mim_table *declared;
	struct mim_ahead *ahead;
	bool scoped;
	bool missed;
};

/** mim_reading_failed() - report what could not be done; Return: @r */
int mim_reading_failed(struct mim_reading *read, int r, const char *what);

/**
 * mim_reading_is_concern() - is a slot what the scope is about?
 *
 * With "unlisted: keep" the slots that no file lists are somebody else's.
 */
bool mim_reading_is_concern(const struct mim_map *want, const struct mim_map *live,
			    const void *key);

/** mim_reading_declared() - the declared map that is pinned at a path, or NULL */
const struct mim_map *mim_reading_declared(const struct mim_topology *want,
					   const struct mim_table *declared,
					   const char *path);

/**
 * mim_reading_list() - what this machine is, and all its maps
 * @without: maps to be left out, or NULL
 *
 * Return: 0 or a negative errno with a diagnostic.
 */
int mim_reading_list(struct mim_reading *read, const struct mim_without *without);

/**
 * mim_reading_add_known() - from the list of maps those that pins of a scope may hold
 *
 * Its outer maps, and what is pinned. Return: 0 or -ENOMEM.
 */
int mim_reading_add_known(struct mim_topology *to, const struct mim_topology *live);

/** mim_reading_pins() - all pins; Return: 0 or a negative errno with a diagnostic */
int mim_reading_pins(struct mim_reading *read);

/**
 * mim_reading_outside() - what is declared or recorded outside the scope, and was not
 * found by walking
 * @root: of the scope's bpffs, or -1
 *
 * Return: 0; -ENOMEM; as mim_bpffs_look().
 */
int mim_reading_outside(struct mim_reading *read, int root);

/** mim_reading_watch() - mark the pins that a scope is about; Return: 0 or -ENOMEM */
int mim_reading_watch(struct mim_reading *read);

/**
 * mim_reading_look_again() - is the scope still what was read?
 * Return: 1 or 0; a negative errno with a diagnostic.
 */
int mim_reading_look_again(const struct mim_question *question,
			   const struct mim_topology *live);

/**
 * mim_ahead_take() - wait for what mim_ahead_start() began
 * @name: NULL to have it dropped
 * Return: what was read of that scope, for mim_ahead_free(); NULL when there is nothing.
 */
struct mim_ahead *mim_ahead_take(struct mim_kernel *kernel, const char *name,
				 const char *bpffs);
void mim_ahead_free(struct mim_ahead *ahead);

/** mim_ahead_list() - the list of maps, which is the caller's from then on */
struct mim_topology *mim_ahead_list(struct mim_ahead *ahead);

/**
 * mim_ahead_slots() - slots of an outer map, once; @ahead may be NULL
 * Return: whether they were read; @ret_slots is released by the caller then.
 */
bool mim_ahead_slots(struct mim_ahead *ahead, uint32_t id,
		     struct mim_slot_ids *ret_slots);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_READING_H
#define MIM_KERNEL_READING_H

#include "base/table.h"
#include "kernel/kernel.h"
#include "model/topology.h"

/** struct mim_question - what a reading is about; @declared: paths of what is declared */
struct mim_question {
	struct mim_kernel *kernel;
	const char *name;
	const char *bpffs;
	const struct mim_topology *want;
	struct mim_table declared;
	struct mim_diags *diags;
};

/**
 * struct mim_reading - one pass over the kernel
 * @want, @declared: of a scope: what is declared, and which map is at which path
 * @scoped: what is read now is the scope's concern
 * @missed: a slot of concern held a map that is not in the list
 */
struct mim_reading {
	struct mim_kernel *kernel;
	struct mim_topology *live;
	struct mim_diags *diags;
	const struct mim_topology *want;
	const struct mim_table *declared;
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

/** mim_reading_pins() - all pins; Return: 0 or a negative errno with a diagnostic */
int mim_reading_pins(struct mim_reading *read);

/** mim_reading_watch() - mark the pins that a scope is about; Return: 0 or -ENOMEM */
int mim_reading_watch(struct mim_reading *read);

/**
 * mim_reading_look_again() - is the scope still what was read?
 * Return: 1 or 0; a negative errno with a diagnostic.
 */
int mim_reading_look_again(const struct mim_question *question,
			   const struct mim_topology *live);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_PROGRESS_H
#define MIM_APPLY_PROGRESS_H

#include <pthread.h>
#include "apply/apply.h"

/**
 * struct mim_progress - how far a run has come
 * @done: steps begun, each slot of a step about slots counted by itself; several threads
 *	count at once
 * @owner: the thread that tells
 */
struct mim_progress {
	const struct mim_apply_options *options;
	uint64_t done;
	uint64_t total;
	pthread_t owner;
};

/** mim_progress_init() - all steps of a plan are still to come */
void mim_progress_init(struct mim_progress *progress,
		       const struct mim_apply_options *options,
		       const struct mim_plan *plan);

/** mim_progress_step() - a step was taken; those about slots count themselves */
void mim_progress_step(struct mim_progress *progress, const struct mim_step *step);

/** mim_progress_slot() - another slot; by any thread, only the owner tells it */
void mim_progress_slot(struct mim_progress *progress);

#endif

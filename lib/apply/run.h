/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_RUN_H
#define MIM_APPLY_RUN_H

#include "apply/apply.h"
#include "apply/hold.h"
#include "apply/journal.h"
#include "apply/progress.h"
#include "apply/site.h"
#include "kernel/create.h"
#include "kernel/elements.h"

/**
 * struct mim_run - one plan on its way into the kernel
 * @creator: who makes the inner ones
 * @hold: the maps that it needs
 * @journal: how each step is taken back
 * @undo: for each step its entry in the journal, or MIM_NONE
 * @staged: for each step, that its pin waits in the state folder
 * @copies: for each step that copies entries what it copied
 * @drops: for each step that changes entries in place those that go; those that are
 *	written are in @copies
 * @going_back: it was not confirmed, and whoever comes after a kill can go on with that
 * @access: for each step that makes or changes a pin its mode and group, looked up before
 *	anything changes
 * @kept: for each step, that the map which its pin holds now is pinned there, too
 * @noted: for each step, that a link there tells its folder
 */
struct mim_run {
	struct mim_kernel *kernel;
	const struct mim_plan *plan;
	const struct mim_apply_options *options;
	struct mim_diags *diags;
	struct mim_site site;
	struct mim_progress progress;
	struct mim_creator creator;
	struct mim_hold hold;
	struct mim_journal journal;
	uint32_t *undo;
	struct mim_access *access;
	bool *staged;
	bool *kept;
	bool going_back;
	struct mim_elements *copies;
	struct mim_elements *drops;
	bool *noted;
};

int mim_run_init(struct mim_run *run, struct mim_lock *lock);
void mim_run_release(struct mim_run *run);

/**
 * mim_run_prepare() - all that nobody can see
 *
 * Mounts bpffs and makes the scope's folder if need be, gets hold of every map that a
 * later step binds or would have to put back, creates and fills the new ones, stages
 * their pins and writes the journal.
 *
 * Return: 0 or a negative errno with a diagnostic; mim_run_undo() puts back the folder.
 */
int mim_run_prepare(struct mim_run *run);

/** mim_run_switch() - the steps that others see; Return: as mim_run_prepare() */
int mim_run_switch(struct mim_run *run);

/**
 * mim_run_finish() - let go of what going back would have needed
 *
 * And of the scope itself where that is planned: it goes last.
 *
 * Return: as mim_run_prepare(); on error mim_run_undo() can still put back everything.
 */
int mim_run_finish(struct mim_run *run);

/**
 * mim_run_undo() - take back every step that was begun, the last one first
 *
 * Return: 0, or a negative errno with a diagnostic for each thing that is left.
 */
int mim_run_undo(struct mim_run *run);

/* Shared by these: what a step works on. */

/** mim_run_is_prepare() - is a step carried out before the switch? */
bool mim_run_is_prepare(enum mim_step_op op);

/**
 * mim_run_outer_fd() - descriptor of the outer map of a step about slots
 * Return: it stays open; or a negative errno.
 */
int mim_run_outer_fd(struct mim_run *run, const struct mim_step *step);

/** mim_run_key_size() - bytes of its keys */
uint32_t mim_run_key_size(const struct mim_run *run, const struct mim_step *step);

/** mim_run_key() - the key of a write */
const uint8_t *mim_run_key(const struct mim_run *run, const struct mim_step *step,
			   const struct mim_write *write);

/** mim_run_old() - live map that is in the slot of a write now, or MIM_NONE */
uint32_t mim_run_old(const struct mim_run *run, const struct mim_step *step,
		     const struct mim_write *write);

/** mim_run_bind() - write the slots of a step; Return: 0 or an errno with a diagnostic */
int mim_run_bind(struct mim_run *run, const struct mim_step *step);

/** mim_run_empty() - empty the slots of a step; Return: as mim_run_bind() */
int mim_run_empty(struct mim_run *run, const struct mim_step *step);

/**
 * mim_run_inverse() - enter into the journal how step @i is taken back
 * Return: 0; -ENOMEM; what looking at a folder that is to go, or at a new map, gives.
 */
int mim_run_inverse(struct mim_run *run, size_t i);

/** mim_run_begun() - step @i is taken, or may be in part: undo is to take it back */
void mim_run_begun(struct mim_run *run, size_t i);

/**
 * mim_run_pin_access() - mode, owner and group that a declared pin asks for
 * @before: the pin that is there, whose own it keeps where nothing is declared; or NULL
 */
int mim_run_pin_access(const struct mim_pin *pin, const struct mim_pin *before,
		       struct mim_access *ret_access);

/**
 * mim_run_record() - text that a record's symlink points to, without the mount point
 * @text: MIM_OUTSIDE_TEXT bytes
 *
 * Return: 0; when it is asked for the first time, as mim_hold_id().
 */
int mim_run_record(struct mim_run *run, const struct mim_step *step, char *text);

#endif

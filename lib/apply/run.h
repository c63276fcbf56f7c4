/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_RUN_H
#define MIM_APPLY_RUN_H

#include "apply/apply.h"
#include "apply/lock.h"
#include "kernel/marker.h"
#include "kernel/slots.h"

/**
 * struct mim_run - one plan on its way into the kernel
 * @root, @folder, @state: bpffs root, scope folder and its state folder; -1 when absent
 * @new_fds: for each declared map the descriptor of the one created, or -1
 * @live_fds: for each live map that a step needs, to bind it or to put it back, or -1
 * @staged: for each step, that its pin waits in the state folder
 * @done: for each step: how far it got, so that undo knows what to put back
 * @n_done: steps that were begun; the last one perhaps in part
 * @room: to write slots with
 */
struct mim_run {
	struct mim_kernel *kernel;
	const struct mim_plan *plan;
	const struct mim_apply_options *options;
	struct mim_diags *diags;
	struct mim_lock *lock;
	int root;
	int folder;
	int state;
	int *new_fds;
	int *live_fds;
	bool *staged;
	bool *done;
	size_t n_done;
	struct mim_slot_room room;
};

int mim_run_init(struct mim_run *run);
void mim_run_release(struct mim_run *run);

/**
 * mim_run_prepare() - all that nobody can see
 *
 * Mounts bpffs and makes the scope's folder if need be, opens every map that a later step
 * binds or would have to put back, creates and fills the new ones and stages their pins.
 *
 * Return: 0 or a negative errno with a diagnostic; mim_run_undo() puts back the folder.
 */
int mim_run_prepare(struct mim_run *run);

/** mim_run_switch() - the steps that others see; Return: as mim_run_prepare() */
int mim_run_switch(struct mim_run *run);

/**
 * mim_run_undo() - take back every step that was begun, the last one first
 *
 * Return: 0, or a negative errno with a diagnostic for each thing that is left.
 */
int mim_run_undo(struct mim_run *run);

/* Shared by the three: what a step works on. */

/** mim_run_is_prepare() - is a step carried out before the switch? */
bool mim_run_is_prepare(enum mim_step_op op);

/** mim_run_inner_fd() - descriptor of the map that a write puts into its slot */
int mim_run_inner_fd(const struct mim_run *run, const struct mim_step *step,
		     const struct mim_write *write);

/** mim_run_outer_fd() - descriptor of the outer map of a step about slots */
int mim_run_outer_fd(const struct mim_run *run, const struct mim_step *step);

/** mim_run_key() - the key of a write */
const uint8_t *mim_run_key(const struct mim_run *run, const struct mim_step *step,
			   const struct mim_write *write);

/** mim_run_old() - live map that is in the slot of a write now, or MIM_NONE */
uint32_t mim_run_old(const struct mim_run *run, const struct mim_step *step,
		     const struct mim_write *write);

/** mim_run_open_parent() - folder of an absolute path, and the name in it */
int mim_run_open_parent(const struct mim_run *run, const char *path,
			const char **ret_name);

/**
 * mim_run_bind() - write the slots of a step
 * @ret_failed: on error the write of the step that failed
 */
int mim_run_bind(struct mim_run *run, const struct mim_step *step, uint32_t *ret_failed);

/** mim_run_empty() - the same, for slots that are to be emptied */
int mim_run_empty(struct mim_run *run, const struct mim_step *step, uint32_t *ret_failed);

/** mim_run_restore() - put back what was in the slots of a step before */
int mim_run_restore(struct mim_run *run, const struct mim_step *step);

/** mim_run_state() - the state folder, made if need be; Return: descriptor or errno */
int mim_run_state(struct mim_run *run);

/** mim_run_pin_at() - pin @fd beside or over what is there now, all at once */
int mim_run_pin_at(struct mim_run *run, int fd, const char *path, uint32_t mode,
		   const char *group, bool replace);

/** mim_run_drop_state() - remove the state folder if nothing is in it */
void mim_run_drop_state(struct mim_run *run);

/** mim_run_staged_name() - name in the state folder of the pin that step @i will place */
void mim_run_staged_name(size_t i, char *name);

/** bytes of such a name */
#define MIM_STAGED_NAME 32

/** mim_run_set_marker() - put or replace the scope's marker */
int mim_run_set_marker(struct mim_run *run, const struct mim_marker *marker);

/** mim_run_access() - set mode and group of a pin; Return: 0, -ESRCH: no such group */
int mim_run_access(struct mim_run *run, const char *path, uint32_t mode,
		   const char *group);

/** mim_run_stage() - pin @fd under a name that nobody looks at, with mode and group */
int mim_run_stage(struct mim_run *run, int fd, int folder, const char *name,
		  uint32_t mode, const char *group);

/** mim_run_put_record() - write or replace a record */
int mim_run_put_record(struct mim_run *run, enum mim_record record, const char *path,
		       const char *text);

/** mim_run_drop_record() - remove a record; one that is not there is no error */
int mim_run_drop_record(struct mim_run *run, enum mim_record record, const char *path);

/**
 * mim_run_new_folder() - make the scope's folder, marked and locked when it appears
 * Return: its descriptor, which holds the lock; -EEXIST when somebody was faster.
 */
int mim_run_new_folder(struct mim_run *run, const char *name);

/** mim_run_record() - text that a record's symlink points to; Return: @text */
const char *mim_run_record(const struct mim_run *run, const struct mim_step *step,
			   char *text);

/** bytes of such a text */
#define MIM_RECORD_TEXT (MIM_PATH_MOST + 16)

#endif

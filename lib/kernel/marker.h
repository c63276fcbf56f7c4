/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_MARKER_H
#define MIM_KERNEL_MARKER_H

#include "kernel/kernel.h"
#include "model/topology.h"

/** a marker's text with its NUL */
#define MIM_MARKER_TEXT (MIM_REVISION_MOST + 128)

/**
 * mim_marker_read() - what mimctl has left at the top of a scope's folder
 * @folder: descriptor of the folder
 *
 * Fills exists, marked, owner, marker, pending, protected, outside, begun and stale of
 * the scope. A marker that cannot be understood counts as none: the folder is somebody
 * else's. What lies in the state folder while somebody else has the lock is no leftover.
 *
 * Return: 0; -ENOMEM; what reading a link or opening the state folder gives.
 */
int mim_marker_read(struct mim_kernel *kernel, int folder, struct mim_topology *live);

/**
 * mim_marker_is_there() - is the folder a scope, and to be believed?
 * Return: 1, 0; -ENOMEM, -EMFILE, -ENFILE.
 */
int mim_marker_is_there(struct mim_kernel *kernel, int folder);

/**
 * mim_is_only_ours() - may nobody but root and the caller change what is in a folder?
 *
 * In a scope's folder that others may write in somebody may have made the state folder.
 */
bool mim_is_only_ours(int folder);

/**
 * mim_state_open() - the state folder of a scope, if it can be believed
 * @folder: descriptor of the scope's folder
 * Return: a descriptor; -EACCES when it is not only ours; what opening it gives.
 */
int mim_state_open(struct mim_kernel *kernel, int folder);

/** mim_marker_text() - the symlink target that stands for a marker; Return: @text */
const char *mim_marker_text(const struct mim_marker *marker, char *text);

/** a runner's text with its NUL */
#define MIM_RUNNER_TEXT 512

/** mim_runner_text() - the symlink target that stands for a runner; Return: @text */
const char *mim_runner_text(const struct mim_runner *runner, char *text);

/**
 * mim_runner_read() - who has signed
 * @state: descriptor of the state folder
 * @name: MIM_HOLDER_NAME or MIM_PENDING_NAME
 * @text: MIM_RUNNER_TEXT bytes that @ret_runner borrows from
 * Return: 1; 0 when nobody has, or what is there cannot be understood; what reading a
 * link gives.
 */
int mim_runner_read(struct mim_kernel *kernel, int state, const char *name, char *text,
		    struct mim_runner *ret_runner);

/** bytes of a name that mim_unguessable_name() makes, with its NUL */
#define MIM_UNGUESSABLE_NAME 32

/**
 * mim_unguessable_name() - a name for what is not yet in its place, beside that place
 * @root: the bpffs of the scope, wherever the name is used
 *
 * It tells the scope, so that a later run on it can recognise what a killed one left.
 * Return: 0 or a negative errno.
 */
int mim_unguessable_name(int root, const char *scope, char *name);

/** mim_is_unguessable_name() - has a run on that scope made this name? */
bool mim_is_unguessable_name(int root, const char *scope, const char *name);

/** bytes of a record's name with its NUL */
#define MIM_RECORD_NAME 24

/**
 * mim_record_name() - name in the state folder of the record that says @text
 *
 * The symlink of that name has the text as its target. Return: @name.
 */
const char *mim_record_name(enum mim_record record, const char *text, char *name);

/** mim_is_record() - is it the name of one? */
bool mim_is_record(const char *name);

#endif

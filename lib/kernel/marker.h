/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_MARKER_H
#define MIM_KERNEL_MARKER_H

#include "model/topology.h"

/** a marker's text with its NUL */
#define MIM_MARKER_TEXT (MIM_REVISION_MOST + 128)

/**
 * mim_marker_read() - what mimctl has left at the top of a scope's folder
 * @folder: descriptor of the folder
 *
 * Fills exists, marked, owner, marker, protected, outside and stale of the scope. A
 * marker that cannot be understood counts as none: the folder is somebody else's.
 *
 * Return: 0 or -ENOMEM.
 */
int mim_marker_read(int folder, struct mim_topology *live);

/** mim_marker_text() - the symlink target that stands for a marker; Return: @text */
const char *mim_marker_text(const struct mim_marker *marker, char *text);

/** bytes of a record's name with its NUL */
#define MIM_RECORD_NAME 24

/**
 * mim_record_name() - name in the state folder of the record about a pin path
 *
 * The symlink of that name has the path as its target. Return: @name.
 */
const char *mim_record_name(enum mim_record record, const char *path, char *name);

/** name of a pin in the state folder that waits to be moved in place */
#define MIM_STAGED_PREFIX "staged-"

#endif

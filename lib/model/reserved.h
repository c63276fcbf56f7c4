/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_RESERVED_H
#define MIM_MODEL_RESERVED_H

/**
 * DOC: names at the top of a scope that are mimctl's own
 *
 * The marker is a symlink whose target is text: it says that the folder is a scope and
 * what the last apply was. The state folder holds symlinks with what outlives a line in a
 * file (protected maps, pins outside the scope) and, while an apply is at work, who it is
 * and the pins that wait to be moved in place. No pin of a scope can have these names.
 */
#define MIM_MARKER_NAME "mimctl"
#define MIM_STATE_NAME	"mimctl~"

/* In the state folder: folders that a run is about to make or to remove, a link each. */
#define MIM_FOLDER_PREFIX "folder-"

/* In the state folder: who has the lock, and who waits to be confirmed. */
#define MIM_HOLDER_NAME	 "holder"
#define MIM_PENDING_NAME "pending"

/*
 * In the state folder: what MIM_PENDING_NAME becomes when the way back is begun. Whoever
 * renames or removes that decides what becomes of the apply; this one stays until all is
 * back, so that the way can be gone on by somebody else.
 */
#define MIM_GOING_BACK_NAME "going-back"

#endif

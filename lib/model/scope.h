/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_SCOPE_H
#define MIM_MODEL_SCOPE_H

#include "base/diag.h"
#include "model/topology.h"

/** where bpffs is when nobody says otherwise */
#define MIM_BPFFS_DEFAULT "/sys/fs/bpf"

/** bytes of mim_scope_words(): of a path that is all quotes, too */
#define MIM_SCOPE_WORDS (MIM_NAME_MOST + 4 * MIM_PATH_MOST + 16)

/**
 * mim_scope_words() - what a command that is to be typed has after its name
 *
 * "edge-lb", or "edge-lb --bpffs DIR" where bpffs is not at the usual place; quoted for
 * the shell where that is needed. Return: @text.
 */
MIM_PUBLIC const char *mim_scope_words(const char *name, const char *bpffs, char *text);

/**
 * mim_scope_below() - a path as it is kept in the scope's own bpffs
 *
 * For somebody else, a container perhaps, that bpffs is mounted at another place: what
 * lies in it is kept without its mount point.
 *
 * Return: the part of @path after @bpffs and a slash; @path itself, which starts with a
 * slash, when it lies elsewhere.
 */
const char *mim_scope_below(const char *bpffs, const char *path);

/** mim_scope_path() - the path that is kept as @below; Return: in @arena; NULL: no memory
 */
const char *mim_scope_path(struct mim_arena *arena, const char *bpffs, const char *below);

/** the hint where a scope is not found */
#define MIM_SCOPE_ELSEWHERE "elsewhere: --bpffs DIR"

/** mim_scope_absent() - say that there is no such scope; Return: -ENOENT */
MIM_PUBLIC int mim_scope_absent(const char *name, const char *bpffs,
				struct mim_diags *diags);

#endif

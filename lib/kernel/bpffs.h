/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_BPFFS_H
#define MIM_KERNEL_BPFFS_H

#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * mim_bpffs_open() - the root folder of a bpffs
 * @path: its mount point
 *
 * Return: a descriptor; -ENODEV when something else is mounted there or nothing; or what
 * open(2) gives.
 */
int mim_bpffs_open(struct mim_kernel *kernel, const char *path);

/**
 * mim_bpffs_open_parent() - the folder of a pin, and the pin's name in it
 * @root: descriptor of the bpffs root @bpffs, or -1
 * @bpffs: mount point of @root
 * @path: absolute path of the pin
 * @ret_name: the last part, borrowed from @path
 *
 * A path below @bpffs is walked from @root, another one from "/"; no symlink is followed
 * on the way.
 *
 * Return: a descriptor, or what open(2) gives: -ENOENT, -ELOOP or -ENOTDIR for a link.
 */
int mim_bpffs_open_parent(struct mim_kernel *kernel, int root, const char *bpffs,
			  const char *path, const char **ret_name);

/**
 * mim_bpffs_get_map() - the map that is pinned at a path
 * @path: absolute; no symlink is followed
 *
 * Return: a descriptor; -EINVAL when something else is pinned there; -EISDIR; what
 * open(2) and BPF_OBJ_GET give.
 */
MIM_PUBLIC int mim_bpffs_get_map(struct mim_kernel *kernel, const char *path,
				 struct mim_map_info *ret_info);

/**
 * mim_bpffs_scope() - which bpffs a path lies in, and which scope of mimctl's
 * @path: absolute, of a pin
 * @ret_bpffs: MIM_PATH_MOST bytes; "" when it lies in none
 * @ret_scope: NAME_MAX + 1 bytes; "" when no scope has it
 *
 * Return: 0; -ENOMEM, -EMFILE, -ENFILE: nobody knows.
 */
MIM_PUBLIC int mim_bpffs_scope(struct mim_kernel *kernel, const char *path,
			       char *ret_bpffs, char *ret_scope);

/**
 * mim_bpffs_walk() - read the pins of one bpffs into a topology
 * @root: descriptor of its root
 * @path: mount point, for the pins' absolute paths
 * @scope_root: descriptor of the root of the scope's bpffs, or -1
 *
 * Maps are to be in @live already; pins of maps that are not are left out. The scope's
 * folder is read for its marker, records and leftovers as well. Programs, links and the
 * kernel's own files (with a dot) are no pins; those in the scope are noted as foreign.
 * What vanishes meanwhile was never there.
 *
 * Return: 0; -ENOMEM, -EMFILE, -ENFILE; what opening something in the scope gives. What
 * cannot be opened elsewhere is left out.
 */
int mim_bpffs_walk(struct mim_kernel *kernel, int root, const char *path, int scope_root,
		   struct mim_topology *live);

/**
 * mim_bpffs_look() - at one declared path that no walk came by
 * @root: of the scope's bpffs, which is mounted at @scope->bpffs; or -1
 * @path: absolute
 *
 * It may lie in a part of a bpffs that is mounted here beside another part. What is there
 * and is no map, or lies in the way, is noted as taken.
 *
 * Return: as mim_bpffs_walk().
 */
int mim_bpffs_look(struct mim_kernel *kernel, int root, const char *path,
		   struct mim_topology *live);

/**
 * mim_bpffs_walk_others() - the same for every other bpffs in this mount namespace
 * @seen: device of the one that was walked already, 0 for none
 */
int mim_bpffs_walk_others(struct mim_kernel *kernel, int scope_root, uint64_t seen,
			  struct mim_topology *live);

#endif

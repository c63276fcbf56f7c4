/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_LIVE_H
#define MIM_KERNEL_LIVE_H

#include "base/diag.h"
#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * mim_live_read() - what is in the kernel
 * @name: the scope; NULL for the whole machine without one
 * @bpffs: mount point of the bpffs that holds the scope
 * @want: what is declared, or NULL: its pins and external maps are looked at as well
 *
 * Enumerates map ids, the pins of every bpffs mount and the programs that use the maps,
 * and reads the slots of the outer maps that the scope is about (of all without one).
 * Needs CAP_SYS_ADMIN, which BPF_MAP_GET_NEXT_ID and BPF_MAP_GET_FD_BY_ID ask for. With a
 * scope the kernel is read twice and compared, at most three times over.
 *
 * Return: 0; -EPERM with the capability that is missing; -EAGAIN when the scope changed
 * during every read; -ENOMEM; what the calls give. A bpffs that is not mounted is no
 * error: see mim_scope.mounted.
 */
MIM_PUBLIC int mim_live_read(struct mim_kernel *kernel, const char *name,
			     const char *bpffs, const struct mim_topology *want,
			     struct mim_diags *diags, struct mim_topology **ret_live);

/**
 * mim_live_is_same() - is a scope still as it was read?
 * @live: what mim_live_read() gave for @want
 *
 * Its pins, the maps that they hold, and the slots of these, as far as they are the
 * scope's concern. Nothing is changed in @live.
 *
 * Return: 1 or 0; as mim_live_read() with a diagnostic when that cannot be told.
 */
int mim_live_is_same(struct mim_kernel *kernel, const struct mim_topology *want,
		     const struct mim_topology *live, struct mim_diags *diags);

/**
 * mim_live_read_rest() - the slots of all other outer maps as well
 *
 * To say who else holds a map. Return: as mim_live_read().
 */
MIM_PUBLIC int mim_live_read_rest(struct mim_kernel *kernel, struct mim_topology *live,
				  struct mim_diags *diags);

/**
 * mim_live_read_templates() - key and value size of the templates that nothing else tells
 *
 * Without the iterator program, an empty outer map's template is read off the verifier's
 * log, as far as that goes: see mim_template_probe(), which a plan uses instead. For the
 * outer maps whose slots were read; a call that fails leaves the template unknown.
 */
MIM_PUBLIC void mim_live_read_templates(struct mim_kernel *kernel,
					struct mim_topology *live);

/**
 * mim_live_count_entries() - how many entries are in some of the live maps
 * @which: for each live map whether it is asked for
 *
 * What cannot be counted, because the kernel does not tell or the map is gone, stays
 * MIM_ENTRIES_UNKNOWN. Return: 0 or -ENOMEM.
 */
MIM_PUBLIC int mim_live_count_entries(struct mim_kernel *kernel,
				      struct mim_topology *live, const bool *which);

/**
 * mim_live_read_elements() - what is in some of the live inner maps
 * @which: for each live map whether it is asked for
 *
 * Keys of an lpm_trie come without the bits behind their prefix. Those of a map that is
 * gone, or whose contents the kernel does not tell, stay unknown.
 *
 * Return: 0, -ENOMEM, or what opening and reading a map give.
 */
MIM_PUBLIC int mim_live_read_elements(struct mim_kernel *kernel,
				      struct mim_topology *live, const bool *which,
				      struct mim_diags *diags);

/**
 * mim_live_read_processes() - which processes hold descriptors of the live maps
 *
 * Walks /proc, once for a topology, and leaves out the caller. What cannot be read (a
 * process that ends, or one of another user without CAP_SYS_PTRACE) is left out.
 *
 * Return: 0; -ENOMEM, -EMFILE, -ENFILE: the walk is not complete.
 */
MIM_PUBLIC int mim_live_read_processes(struct mim_kernel *kernel,
				       struct mim_topology *live);

#endif

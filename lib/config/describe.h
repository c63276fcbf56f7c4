/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_DESCRIBE_H
#define MIM_CONFIG_DESCRIBE_H

#include "base/diag.h"
#include "model/topology.h"

/**
 * DOC: the description of what is there
 *
 * The way back from a live topology to a declared one, so that a plan for it finds
 * nothing to do, and so that an empty kernel gets the same hierarchy.
 *
 * A scope is described as its owner would: what is pinned in it, or by it elsewhere, is
 * its own; a map in its slots that has other pins only is somebody else's, "external". A
 * single map is described as what a new scope would take over: its pins, and those of the
 * maps in its slots, stay where they are, and plan asks for --adopt. What lies in another
 * scope is external there.
 *
 * Maps are found again by their pins, or by slot and kernel name. A map in a slot that is
 * called as a slot's own map is called, is one. A map without a kernel name, or that
 * shares it, cannot be found again: it is external where it is pinned, and otherwise its
 * slots are left out and kept ("unlisted: keep"), with a warning.
 */

/**
 * struct mim_live_types - how what is in a live map is written
 * @key, @value: MIM_TYPE_NONE where only the size is known
 * @why: why there is BTF and a type has no form here; NULL otherwise
 */
struct mim_live_types {
	struct mim_type key;
	struct mim_type value;
	const char *why;
};

/**
 * struct mim_describe - what is to be described
 * @live: read with a scope, or without for a single map
 * @types: for each map of @live; NULL when nobody looked
 * @map: index of the single map; MIM_NONE for the scope of @live
 * @in_scope: a single map: for each pin of @live whether it lies in some scope of
 *	mimctl's
 * @bpffs: a single map: where the new scope would be
 */
struct mim_describe {
	const struct mim_topology *live;
	const struct mim_live_types *types;
	uint32_t map;
	const bool *in_scope;
	const char *bpffs;
};

/**
 * mim_describe() - the declared topology that a live one is
 * @diags: what cannot be described as errors, what gets lost as warnings; no places
 * @ret_want: borrows from @what->live and the types
 *
 * Return: 0; -EOPNOTSUPP, -EPERM or -ENOENT with a diagnostic; -ENOMEM.
 */
MIM_PUBLIC int mim_describe(const struct mim_describe *what, struct mim_diags *diags,
			    struct mim_topology **ret_want);

/**
 * mim_describe_types() - reduce types that a description cannot say to their sizes
 *
 * A struct that is aligned by hand, say. With a warning each.
 */
MIM_PUBLIC void mim_describe_types(struct mim_topology *want, struct mim_diags *diags);

#endif

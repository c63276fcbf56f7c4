/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_CREATE_H
#define MIM_KERNEL_CREATE_H

#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * DOC: inner maps, with the types that are declared for them
 *
 * The kernel compares which special fields a template and an inner map have by their BTF,
 * and from 5.15 to 6.1 whether both have a struct at all: so whatever is made from one
 * template, the map that an outer map is created with included, is made in one form. The
 * BTF itself is never compared: a map that is there keeps the types that it was made
 * with.
 */

/**
 * struct mim_creator - who makes inner maps
 * @btf: descriptor of the BTF of @want; -1 when there is none
 * @untyped: for each template, that this kernel does not take its types
 */
struct mim_creator {
	struct mim_kernel *kernel;
	const struct mim_topology *want;
	int btf;
	bool *untyped;
};

/**
 * mim_creator_init() - load the types of a description, where it has some
 *
 * A kernel that does not take them is no error: maps are made without, and
 * mim_kernel.untyped says why.
 *
 * Return: 0; -ENOMEM, -EMFILE, -ENFILE.
 */
int mim_creator_init(struct mim_creator *creator, struct mim_kernel *kernel,
		     const struct mim_topology *want);
void mim_creator_release(struct mim_creator *creator);

/**
 * mim_creator_make() - an inner map
 * @template: index of the one that it is made from, or MIM_NONE
 * @shape, @name: as declared, or as the template has them
 *
 * May be called by several threads at once. Leaves out BPF_F_RDONLY and BPF_F_WRONLY,
 * which would only limit the descriptor that is to fill it.
 *
 * Return: a descriptor, or what BPF_MAP_CREATE gives.
 */
int mim_creator_make(struct mim_creator *creator, uint32_t template,
		     const struct mim_shape *shape, const char *name);

/**
 * mim_creator_reason() - why maps were made without the types declared for them
 * Return: static text; NULL when none was.
 */
MIM_PUBLIC const char *mim_creator_reason(const struct mim_kernel *kernel);

#endif

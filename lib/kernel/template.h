/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_TEMPLATE_H
#define MIM_KERNEL_TEMPLATE_H

#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * mim_template_probe() - learn templates that neither the iterator nor a slot tells
 * @want: whose declared templates are tried
 * @live: its empty outer maps at declared pins get to know what can be found out
 *
 * A hash_of_maps is asked with a dry bind: updating an absent key with BPF_EXIST and a
 * map made from the declared template gives ENOENT when it fits and EINVAL when not, and
 * changes and waits for nothing. For the others, for a frozen map, and for a template
 * that does not fit, the verifier's log of a program that is loaded and never attached
 * tells key and value size. What stays unknown, apply finds out when it binds.
 *
 * Return: 0 or -ENOMEM; a probe that fails leaves the template unknown.
 */
int mim_template_probe(struct mim_kernel *kernel, const struct mim_topology *want,
		       struct mim_topology *live);

#endif

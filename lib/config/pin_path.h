/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_PIN_PATH_H
#define MIM_CONFIG_PIN_PATH_H

#include "model/topology.h"

/**
 * mim_pin_path_problem() - why nothing can be pinned at a path
 * @path: absolute, or relative to the scope of @want
 *
 * Parts as bpffs takes them, and no more of them than mimctl looks at.
 *
 * Return: the rest of a sentence that begins with the path; NULL when it can be.
 */
const char *mim_pin_path_problem(const struct mim_topology *want, const char *path);

#endif

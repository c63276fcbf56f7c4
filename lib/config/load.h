/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_LOAD_H
#define MIM_CONFIG_LOAD_H

#include "config/source.h"

/**
 * mim_load() - the raw model of a file
 *
 * libcyaml reads it in one go. What it refuses, and what it would misread without a word
 * (a second document, an escaped NUL), goes through the tree and the strict check, which
 * know where and why.
 *
 * Return: 0, or a negative errno with diagnostics; @source->raw may be set all the same.
 */
int mim_load(struct mim_source *source, struct mim_diags *diags);

/**
 * mim_load_cyaml() - the first of the two ways alone
 * Return: 0, -EINVAL when libcyaml refuses the text (no diagnostic), -ENOMEM.
 */
int mim_load_cyaml(struct mim_source *source);

#endif

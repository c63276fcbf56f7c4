/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_KERNEL_KINDS_H
#define TESTS_KERNEL_KINDS_H

#include "mim.h"

/**
 * DOC: maps of every type
 *
 * What the loops over mim_kinds() share: a shape of each type that the kernel takes, and
 * whether the running one knows the type.
 */

/** kind_plain() - the smallest sensible map of a type */
struct mim_shape kind_plain(const struct mim_kind *kind);

/** kind_create() - Return: descriptor of a map, or a negative errno; @inner: -1 for none
 */
int kind_create(struct mim_kernel *kernel, const struct mim_shape *shape, int inner);

/** kind_create_inner_of() - Return: a template for an outer type, -1 for any other */
int kind_create_inner_of(struct mim_kernel *kernel, const struct mim_kind *kind);

/** kind_can_be_made() - false for what needs BTF, and for types that this kernel is too
 * old for: those say nothing about the table */
bool kind_can_be_made(struct mim_kernel *kernel, const struct mim_kind *kind);

/** kind_is_inner() - does the table say that it can be an inner map? */
bool kind_is_inner(const struct mim_kind *kind);

/**
 * kind_template() - a template in the configuration language
 * @text: at least KIND_TEXT bytes
 * Return: @text.
 */
const char *kind_template(const char *name, const struct mim_shape *shape, char *text);

#define KIND_TEXT 512

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_BTF_H
#define MIM_OBJECT_BTF_H

#include <bpf/btf.h>
#include "model/type.h"
#include "object/elf.h"

/**
 * mim_object_btf() - the object's type information
 *
 * The header is checked before libbpf sees it, for words that say what is wrong. Types
 * may still refer to types that are not there, or to each other in circles: what follows
 * them here and in btf__resolve_size() stops.
 *
 * Return: 0; -EINVAL with a diagnostic when there is none or it is broken; -ENOMEM.
 */
int mim_object_btf(const struct mim_elf *elf, struct btf **ret_btf);

/** as far as libbpf follows a chain of typedefs and the like */
#define MIM_BTF_MOST_ALIASES 32

/**
 * mim_btf_open() - BTF out of memory, without libbpf's words on it
 * Return: 0; -EINVAL when it is broken, or newer than libbpf; -ENOMEM.
 */
int mim_btf_open(const void *bytes, uint32_t size, struct btf **ret_btf);

/**
 * mim_btf_plain() - a type without its typedefs and const, volatile, restrict, tags
 * Return: NULL when it is not there, or behind more of them than libbpf follows.
 */
const struct btf_type *mim_btf_plain(const struct btf *btf, uint32_t id);

#endif

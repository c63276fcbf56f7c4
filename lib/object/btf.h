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

/**
 * mim_btf_plain() - a type without its typedefs and const, volatile, restrict, tags
 * Return: NULL when it is not there, or behind more of them than libbpf follows.
 */
const struct btf_type *mim_btf_plain(const struct btf *btf, uint32_t id);

/**
 * mim_btf_scalar() - how values of a type are written
 * @size: bytes, as btf__resolve_size() has them
 *
 * Integers by sign and size, in network order when a typedef is called __be16 and the
 * like; arrays of char as text, of other bytes as hex.
 *
 * Return: MIM_TYPE_NONE with @size for what is none of these.
 */
struct mim_type mim_btf_scalar(const struct btf *btf, uint32_t id, uint32_t size);

static inline void mim_btf_free_at(struct btf **btf)
{
	btf__free(*btf);
}

#endif

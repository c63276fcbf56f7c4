/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_TYPES_BTF_BUILD_H
#define MIM_TYPES_BTF_BUILD_H

#include <stdint.h>
#include "base/arena.h"
#include "model/type.h"

/**
 * DOC: the types of a description as BTF
 *
 * So that bpftool and programs see the fields of what is in a map that no object file
 * describes. Names are those of C and of the kernel where there are such: __u32, __be16,
 * struct in6_addr. ipv4, ipv6 and mac are typedefs called so, ipv4_prefix and ipv6_prefix
 * structs of "length" and "address", char[N] an array of char, bytes[N] and whatever has
 * only a size an array of __u8. A character of a struct's name that C does not take
 * becomes "_".
 */

struct mim_btf_build;

/** mim_btf_build_new() - Return: BTF without types, or NULL */
struct mim_btf_build *mim_btf_build_new(void);
void mim_btf_build_free(struct mim_btf_build *build);

static inline void mim_btf_build_free_at(struct mim_btf_build **build)
{
	mim_btf_build_free(*build);
}

#define mim_auto_btf_build mim_cleanup(mim_btf_build_free_at)

/**
 * mim_btf_build_type() - add a type and what it is made of, unless it is there
 *
 * Return: its id; -E2BIG when BTF cannot say it (a struct of more than 65,535 fields);
 * -ENOMEM.
 */
int mim_btf_build_type(struct mim_btf_build *build, struct mim_type type);

/**
 * mim_btf_build_data() - the whole, as BPF_BTF_LOAD takes it
 * @ret_data: lives in @arena
 * Return: 0 or -ENOMEM.
 */
int mim_btf_build_data(struct mim_btf_build *build, struct mim_arena *arena,
		       const void **ret_data, uint32_t *ret_size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_TYPES_H
#define MIM_OBJECT_TYPES_H

#include <stdbool.h>
#include "base/arena.h"
#include "model/type.h"

struct btf;
struct mim_btf_types;

/**
 * DOC: types out of BTF
 *
 * Integers by size and sign, or in network order when a typedef is called __be16 and the
 * like; arrays of char as text, of other bytes as hex; enums as integers; arrays of more
 * dimensions as one. What mimctl itself makes BTF of comes back as it was: the typedefs
 * ipv4, ipv6 and mac, the structs in6_addr, ipv4_prefix and ipv6_prefix. Fields of
 * anonymous structs belong to the struct around them. Unions, bit fields, pointers,
 * floating point and integers of 16 bytes have no type here.
 */

/** enough for why something has no type */
#define MIM_BTF_WHY 256

/**
 * enum mim_btf_manner - what becomes of a part without a type
 * @MIM_BTF_EXACT: the whole has none
 * @MIM_BTF_SHOW: it is bytes; a struct with bit fields is so as a whole
 */
enum mim_btf_manner { MIM_BTF_EXACT, MIM_BTF_SHOW };

/**
 * mim_btf_types_new() - types of a BTF that was opened before
 * @btf: belongs to the new object, also on error; untrusted, in circles perhaps
 * @arena: holds the types
 *
 * Return: NULL when out of memory.
 */
struct mim_btf_types *mim_btf_types_new(struct btf *btf, enum mim_btf_manner manner,
					struct mim_arena *arena);

/**
 * mim_btf_types_read() - the same for BTF as the kernel gives it
 * @bytes: @size of them, not needed any more when it returns
 *
 * Return: 0; -EINVAL when libbpf does not understand it; -ENOMEM.
 */
MIM_PUBLIC int mim_btf_types_read(const void *bytes, uint32_t size,
				  enum mim_btf_manner manner, struct mim_arena *arena,
				  struct mim_btf_types **ret_types);

MIM_PUBLIC void mim_btf_types_free(struct mim_btf_types *types);

/** mim_btf_types_btf() - the BTF that they are in; borrowed */
const struct btf *mim_btf_types_btf(const struct mim_btf_types *types);

/**
 * mim_btf_types_find() - the type with an id
 * @why: MIM_BTF_WHY bytes, set on -EINVAL: "field 'x' of struct 'y' is a union"
 *
 * Each struct is made once, however often it is asked for.
 *
 * Return: 0; -EINVAL when it has none; -ENOMEM.
 */
MIM_PUBLIC int mim_btf_types_find(struct mim_btf_types *types, uint32_t id,
				  struct mim_type *ret_type, char *why);

/**
 * mim_btf_types_struct() - the struct, or the typedef of one, that is called @name
 * Return: as mim_btf_types_find(); -ENOENT when there is none.
 */
int mim_btf_types_struct(struct mim_btf_types *types, const char *name,
			 struct mim_type *ret_type, char *why);

/**
 * mim_btf_types_each() - the next struct after id @id that a description could name
 * Return: its id; 0 at the end.
 */
uint32_t mim_btf_types_each(const struct mim_btf_types *types, uint32_t id,
			    const char **ret_name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_TYPE_H
#define MIM_MODEL_TYPE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"

/** most bytes of a type: more than any kernel takes as a key or value */
#define MIM_TYPE_MOST (4U << 20)

/** enum mim_type_kind - how the bytes of a key or value are written */
enum mim_type_kind {
	MIM_TYPE_NONE, /* only a size: hex bytes */
	MIM_TYPE_UINT, /* u8..u64, host order */
	MIM_TYPE_SINT, /* s8..s64, host order */
	MIM_TYPE_BE,   /* be16..be64, network order */
	MIM_TYPE_IPV4,
	MIM_TYPE_IPV6,
	MIM_TYPE_MAC,
	MIM_TYPE_PREFIX4, /* u32 prefix length in host order, then the address */
	MIM_TYPE_PREFIX6,
	MIM_TYPE_CHAR,	 /* text, NUL-padded */
	MIM_TYPE_BYTES,	 /* hex */
	MIM_TYPE_STRUCT, /* fields, laid out as C does */
	MIM_TYPE_ARRAY,	 /* elements of one type, which is no array itself */
};

/**
 * struct mim_type - type of a key, a value or a part of one
 * @size: bytes it takes in a map, never 0 inside a struct or an array
 * @fields: MIM_TYPE_STRUCT
 * @element: MIM_TYPE_ARRAY; there are @size / @element->size of them
 *
 * What it points to lives as long as the topology that it is in.
 */
struct mim_type {
	enum mim_type_kind kind;
	uint32_t size;
	union {
		const struct mim_struct *fields;
		const struct mim_type *element;
	};
};

/** struct mim_member - a field of a struct; @offset in bytes */
struct mim_member {
	const char *name;
	struct mim_type type;
	uint32_t offset;
};

/**
 * struct mim_struct - a struct type
 * @members: @n of them, in declared order
 * @by_name: their indices in the order of strcmp()
 * @size, @align: bytes, padding at the end included
 */
struct mim_struct {
	const char *name;
	struct mim_member *members;
	uint32_t *by_name;
	uint32_t n;
	uint32_t size;
	uint32_t align;
};

/** mim_type_count() - Return: elements of an array */
static inline uint32_t mim_type_count(struct mim_type type)
{
	return type.size / type.element->size;
}

/**
 * mim_type_align() - alignment in bytes of a type that is no part of a packed struct
 *
 * As for BPF programs: that of the C type that the name stands for, 8 for u64 on every
 * machine; ipv6 is struct in6_addr (4), mac and text are bytes (1).
 */
uint32_t mim_type_align(struct mim_type type);

/** mim_type_same() - are both laid out and written in the same way? */
bool mim_type_same(struct mim_type a, struct mim_type b);

/** mim_struct_sort() - fill in by_name; Return: 0 or -ENOMEM */
int mim_struct_sort(struct mim_struct *layout, struct mim_arena *arena);

/** mim_type_integer() - the integer in @size bytes, at most 8, in either byte order */
uint64_t mim_type_integer(const void *bytes, uint32_t size, bool network);

/**
 * mim_type_compare() - the order people count in
 *
 * Integers by value, structs field by field, what is in network order byte by byte.
 *
 * Return: below, at or above 0, as for memcmp(). 0 does not mean equal bytes: a struct's
 * padding does not count.
 */
int mim_type_compare(struct mim_type type, const void *a, const void *b);

#endif

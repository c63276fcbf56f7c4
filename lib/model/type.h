/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_MODEL_TYPE_H
#define MIM_MODEL_TYPE_H

#include <stdint.h>

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
	MIM_TYPE_CHAR,	/* text, NUL-padded */
	MIM_TYPE_BYTES, /* hex */
};

/**
 * struct mim_type - a scalar type
 * @size: bytes it takes in a map
 */
struct mim_type {
	enum mim_type_kind kind;
	uint32_t size;
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "object/btf.h"
#include "object/structs.h"

/* N of char[N] and bytes[N] goes no further. */
#define MOST_TEXT 65535

struct mim_btf_types *mim_btf_types_new(struct btf *btf, enum mim_btf_manner manner,
					struct mim_arena *arena)
{
	struct mim_btf_types *types = calloc(1, sizeof(*types));

	if (types)
		types->known = calloc(btf__type_cnt(btf) + 1, sizeof(*types->known));
	if (!types || !types->known) {
		btf__free(btf);
		free(types);
		return NULL;
	}
	types->btf = btf;
	types->manner = manner;
	types->arena = arena;
	return types;
}

int mim_btf_types_read(const void *bytes, uint32_t size, enum mim_btf_manner manner,
		       struct mim_arena *arena, struct mim_btf_types **ret_types)
{
	struct btf *btf;
	int r = mim_btf_open(bytes, size, &btf);

	if (r < 0)
		return r;
	*ret_types = mim_btf_types_new(btf, manner, arena);
	return *ret_types ? 0 : -ENOMEM;
}

void mim_btf_types_free(struct mim_btf_types *types)
{
	if (!types)
		return;
	mim_table_release(&types->names);
	btf__free(types->btf);
	free(types->known);
	free(types);
}

const struct btf *mim_btf_types_btf(const struct mim_btf_types *types)
{
	return types->btf;
}

int mim_btf_types_refuse(struct mim_btf_types *types, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(types->why, sizeof(types->why), format, args);
	va_end(args);
	return -EINVAL;
}

static const char *name_of(const struct mim_btf_types *types, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(types->btf, type->name_off);

	return name ? name : "";
}

/* What a type is called on the way to it, by a typedef or by itself; "" for nothing. */
static const char *name_on_the_way(const struct mim_btf_types *types, uint32_t id)
{
	for (int depth = 0; depth < MIM_BTF_MOST_ALIASES; depth++) {
		const struct btf_type *type = btf__type_by_id(types->btf, id);

		if (!type || id == 0)
			return "";
		if (*name_of(types, type) && !btf_is_type_tag(type))
			return name_of(types, type);
		if (!btf_is_mod(type))
			return "";
		id = type->type;
	}
	return "";
}

static bool is_bytes(const struct btf_type *type)
{
	return type && btf_is_int(type) && type->size == 1;
}

static int find_array(struct mim_btf_types *types, const struct btf_type *type,
		      const char *name, uint32_t depth, struct mim_type *ret_type)
{
	const struct btf_array *array = btf_array(type);
	const struct btf_type *plain = mim_btf_plain(types->btf, array->type);
	struct mim_type *element;
	uint64_t size;
	int r;

	if (array->nelems == 0)
		return mim_btf_types_refuse(types, "%s is an array without a length",
					    name);
	if (is_bytes(plain) && array->nelems <= MOST_TEXT) {
		bool text = strcmp(name_of(types, plain), "char") == 0;

		*ret_type = (struct mim_type){text ? MIM_TYPE_CHAR : MIM_TYPE_BYTES,
					      array->nelems};
		return 0;
	}
	element = mim_arena_alloc(types->arena, sizeof(*element));
	if (!element)
		return -ENOMEM;
	r = mim_btf_types_any(types, array->type, name, depth, element);
	if (r < 0)
		return r;
	size = (uint64_t)element->size * array->nelems;
	if (size > MIM_TYPE_MOST)
		return mim_btf_types_refuse(types, "%s has more than %u bytes", name,
					    MIM_TYPE_MOST);
	/* In memory more dimensions are one. */
	if (element->kind == MIM_TYPE_BYTES && size <= MOST_TEXT) {
		*ret_type = (struct mim_type){MIM_TYPE_BYTES, (uint32_t)size};
		return 0;
	}
	if (types->manner == MIM_BTF_EXACT &&
	    (element->kind == MIM_TYPE_CHAR || element->kind == MIM_TYPE_BYTES))
		return mim_btf_types_refuse(types, "%s is an array of %s", name,
					    element->kind == MIM_TYPE_CHAR ? "texts"
									   : "bytes");
	*ret_type = (struct mim_type){
		MIM_TYPE_ARRAY, (uint32_t)size,
		.element = element->kind == MIM_TYPE_ARRAY ? element->element : element};
	return 0;
}

/* Types that have a meaning by their name, wherever they come from. */
static bool find_by_name(const char *name, const struct btf_type *type, int64_t size,
			 struct mim_type *ret_type)
{
	static const struct {
		const char *name;
		enum mim_type_kind kind;
		uint32_t size;
		bool is_struct;
	} names[] = {
		{"__be16", MIM_TYPE_BE, 2, false},
		{"__be32", MIM_TYPE_BE, 4, false},
		{"__be64", MIM_TYPE_BE, 8, false},
		{"ipv4", MIM_TYPE_IPV4, 4, false},
		{"ipv6", MIM_TYPE_IPV6, 16, true},
		{"in6_addr", MIM_TYPE_IPV6, 16, true},
		{"mac", MIM_TYPE_MAC, 6, false},
		{"ipv4_prefix", MIM_TYPE_PREFIX4, 8, true},
		{"ipv6_prefix", MIM_TYPE_PREFIX6, 20, true},
	};

	for (size_t i = 0; i < MIM_ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, name) != 0 || names[i].size != size ||
		    names[i].is_struct != btf_is_struct(type))
			continue;
		*ret_type = (struct mim_type){names[i].kind, names[i].size};
		return true;
	}
	return false;
}

/* By the names of the typedefs on the way to it, and its own. */
static bool find_named(const struct mim_btf_types *types, uint32_t id,
		       const struct btf_type *plain, int64_t size,
		       struct mim_type *ret_type)
{
	for (int depth = 0; depth < MIM_BTF_MOST_ALIASES; depth++) {
		const struct btf_type *type = btf__type_by_id(types->btf, id);

		if (!type || id == 0)
			return false;
		if (find_by_name(name_of(types, type), plain, size, ret_type))
			return true;
		if (type == plain)
			return false;
		id = type->type;
	}
	return false;
}

/* Compilers before LLVM 15 do not mark what can be negative. */
static bool is_signed_enum(const struct btf_type *type)
{
	if (btf_kflag(type) || btf_is_enum64(type))
		return btf_kflag(type);
	for (uint32_t i = 0; i < btf_vlen(type); i++)
		if (btf_enum(type)[i].val < 0)
			return true;
	return false;
}

static int find_integer(struct mim_btf_types *types, const struct btf_type *type,
			const char *name, struct mim_type *ret_type)
{
	bool is_signed = btf_is_int(type) ? btf_int_encoding(type) & BTF_INT_SIGNED
					  : is_signed_enum(type);
	uint32_t size = type->size;

	if (btf_is_int(type) && (btf_int_offset(type) || btf_int_bits(type) != size * 8))
		return mim_btf_types_refuse(types, "%s is a bit field", name);
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return mim_btf_types_refuse(types, "%s is an integer of %u bytes", name,
					    size);
	*ret_type = (struct mim_type){is_signed ? MIM_TYPE_SINT : MIM_TYPE_UINT, size};
	return 0;
}

static int find_plain(struct mim_btf_types *types, uint32_t id, const char *what,
		      uint32_t depth, struct mim_type *ret_type)
{
	const struct btf_type *type = mim_btf_plain(types->btf, id);
	int64_t size = btf__resolve_size(types->btf, id);
	const char *name;

	if (!type)
		return mim_btf_types_refuse(types, "%s is of a type that is not there",
					    what);
	/* Arrays in a circle have none either. */
	if (size < 0)
		return mim_btf_types_refuse(types, "%s has no size", what);
	if (find_named(types, id, type, size, ret_type))
		return 0;
	if (btf_is_int(type) || btf_is_any_enum(type))
		return find_integer(types, type, what, ret_type);
	if (btf_is_array(type))
		return find_array(types, type, what, depth, ret_type);
	if (btf_is_struct(type)) {
		uint32_t plain = id;

		while (btf__type_by_id(types->btf, plain) != type)
			plain = btf__type_by_id(types->btf, plain)->type;
		name = name_on_the_way(types, id);
		return mim_btf_types_layout(types, plain, type,
					    *name ? name : types->nameless, depth,
					    ret_type);
	}
	return mim_btf_types_refuse(types, "%s is %s", what,
				    btf_is_union(type)	 ? "a union"
				    : btf_is_ptr(type)	 ? "a pointer"
				    : btf_is_float(type) ? "a floating point number"
							 : "of a type that has no bytes");
}

int mim_btf_types_any(struct mim_btf_types *types, uint32_t id, const char *what,
		      uint32_t depth, struct mim_type *ret_type)
{
	int r = find_plain(types, id, what, depth, ret_type);
	int64_t size;

	if (r != -EINVAL || types->manner == MIM_BTF_EXACT)
		return r;
	size = btf__resolve_size(types->btf, id);
	if (size <= 0 || size > MIM_TYPE_MOST)
		return r;
	*ret_type = (struct mim_type){MIM_TYPE_BYTES, (uint32_t)size};
	return 0;
}

int mim_btf_types_find(struct mim_btf_types *types, uint32_t id,
		       struct mim_type *ret_type, char *why)
{
	int r;

	snprintf(types->nameless, sizeof(types->nameless), "nameless");
	r = mim_btf_types_any(types, id, "it", 0, ret_type);
	if (r == -EINVAL)
		snprintf(why, MIM_BTF_WHY, "%s", types->why);
	return r;
}

/* Is it what a description could call it? */
static bool is_name(const char *name)
{
	return *name && strnlen(name, MIM_NAME_MOST + 1) <= MIM_NAME_MOST;
}

uint32_t mim_btf_types_each(const struct mim_btf_types *types, uint32_t id,
			    const char **ret_name)
{
	while (++id < btf__type_cnt(types->btf)) {
		const struct btf_type *type = btf__type_by_id(types->btf, id),
				      *plain = mim_btf_plain(types->btf, id);

		*ret_name = name_of(types, type);
		if (is_name(*ret_name) && (btf_is_struct(type) || btf_is_typedef(type)) &&
		    plain && btf_is_struct(plain))
			return id;
	}
	return 0;
}

/* The first type with a name has it. */
static int index_names(struct mim_btf_types *types)
{
	const char *name;
	uint32_t id = 0, there;

	while ((id = mim_btf_types_each(types, id, &name)))
		if (mim_table_add(&types->names, name, id, &there) == -ENOMEM) {
			mim_table_release(&types->names);
			return -ENOMEM;
		}
	types->has_names = true;
	return 0;
}

int mim_btf_types_struct(struct mim_btf_types *types, const char *name,
			 struct mim_type *ret_type, char *why)
{
	uint32_t id;

	if (!types->has_names && index_names(types) < 0)
		return -ENOMEM;
	id = mim_table_find(&types->names, name);
	return id == MIM_TABLE_NONE ? -ENOENT
				    : mim_btf_types_find(types, id, ret_type, why);
}

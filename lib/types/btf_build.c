/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/btf_build.h"

#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Out of memory is an error like any other: uthash's own answer is exit(). */
#define HASH_NONFATAL_OOM	   1
#define uthash_nonfatal_oom(added) ((added)->failed = true)
#include <uthash.h>

/* What a type is known by: two of the same kind, size and parts are one. */
struct key {
	uint32_t kind;
	uint32_t size;
	const void *parts;
};

/* Beside the kinds of enum mim_type_kind: what typedefs and arrays are made of. */
enum {
	BASE_UINT = 1000,
	BASE_SINT,
	BASE_CHAR,
};

struct known {
	struct key key;
	int id;
	bool failed;
	UT_hash_handle hh;
};

struct mim_btf_build {
	struct btf *btf;
	struct known *known;
};

struct mim_btf_build *mim_btf_build_new(void)
{
	struct mim_btf_build *build = calloc(1, sizeof(*build));

	if (!build)
		return NULL;
	build->btf = btf__new_empty();
	if (!build->btf) {
		free(build);
		return NULL;
	}
	return build;
}

void mim_btf_build_free(struct mim_btf_build *build)
{
	struct known *known, *next;

	if (!build)
		return;
	HASH_ITER (hh, build->known, known, next) {
		HASH_DEL(build->known, known);
		free(known);
	}
	btf__free(build->btf);
	free(build);
}

static int remember(struct mim_btf_build *build, struct key key, int id)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known)
		return -ENOMEM;
	known->key = key;
	known->id = id;
	HASH_ADD(hh, build->known, key, sizeof(known->key), known);
	if (known->failed) {
		free(known);
		return -ENOMEM;
	}
	return id;
}

static int type_of(struct mim_btf_build *build, enum mim_type_kind kind, uint32_t size)
{
	return mim_btf_build_type(build, (struct mim_type){.kind = kind, .size = size});
}

static const char *base_name(uint32_t kind, uint32_t size)
{
	if (kind == BASE_CHAR)
		return "char";
	switch (size) {
	case 1:
		return kind == BASE_UINT ? "unsigned char" : "signed char";
	case 2:
		return kind == BASE_UINT ? "unsigned short" : "short";
	case 4:
		return kind == BASE_UINT ? "unsigned int" : "int";
	default:
		return kind == BASE_UINT ? "unsigned long long" : "long long";
	}
}

static int base(struct mim_btf_build *build, uint32_t kind, uint32_t size)
{
	const struct key key = {kind, size, NULL};
	struct known *known;
	int id;

	HASH_FIND(hh, build->known, &key, sizeof(key), known);
	if (known)
		return known->id;
	id = btf__add_int(build->btf, base_name(kind, size), size,
			  kind == BASE_UINT ? 0 : BTF_INT_SIGNED);
	return id < 0 ? id : remember(build, key, id);
}

static int named(struct mim_btf_build *build, const char *name, int id)
{
	return id < 0 ? id : btf__add_typedef(build->btf, name, id);
}

/* "__u32", "__s8", "__be16" */
static int integer(struct mim_btf_build *build, struct mim_type type)
{
	const char *prefix = type.kind == MIM_TYPE_UINT	  ? "u"
			     : type.kind == MIM_TYPE_SINT ? "s"
							  : "be";
	char name[16];

	snprintf(name, sizeof(name), "__%s%u", prefix, type.size * 8);
	if (type.kind == MIM_TYPE_BE)
		return named(build, name, type_of(build, MIM_TYPE_UINT, type.size));
	return named(build, name,
		     base(build, type.kind == MIM_TYPE_UINT ? BASE_UINT : BASE_SINT,
			  type.size));
}

static int array(struct mim_btf_build *build, int element, uint32_t n)
{
	int index = base(build, BASE_UINT, 4);

	if (element < 0)
		return element;
	return index < 0 ? index : btf__add_array(build->btf, index, element, n);
}

static int bytes(struct mim_btf_build *build, uint32_t n)
{
	return array(build, type_of(build, MIM_TYPE_UINT, 1), n);
}

struct field {
	const char *name;
	int id;
	uint32_t offset;
};

/* Fields belong to the newest struct: what they are made of has to be there before. */
static int structure(struct mim_btf_build *build, const char *name, uint32_t size,
		     const struct field *fields, uint32_t n)
{
	int id, r = 0;

	for (uint32_t i = 0; i < n; i++)
		if (fields[i].id < 0)
			return fields[i].id;
	id = btf__add_struct(build->btf, name, size);
	for (uint32_t i = 0; id >= 0 && r == 0 && i < n; i++)
		r = btf__add_field(build->btf, fields[i].name, fields[i].id,
				   fields[i].offset * 8, 0);
	return r < 0 ? r : id;
}

static int declared(struct mim_btf_build *build, const struct mim_struct *layout)
{
	mim_auto_free struct field *fields = calloc(layout->n + 1, sizeof(*fields));
	mim_auto_free char *name = strdup(layout->name ? layout->name : "");

	if (!fields || !name)
		return -ENOMEM;
	/* libbpf 1.1.2 would count from 0 again. */
	if (layout->n > BTF_MAX_VLEN)
		return -E2BIG;
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	for (uint32_t i = 0; i < layout->n; i++) {
		const struct mim_member *member = &layout->members[i];

		fields[i] = (struct field){member->name,
					   mim_btf_build_type(build, member->type),
					   member->offset};
		if (fields[i].id < 0)
			return fields[i].id;
	}
	return structure(build, name, layout->size, fields, layout->n);
}

static int prefix(struct mim_btf_build *build, struct mim_type type)
{
	const struct field fields[] = {
		{"length", type_of(build, MIM_TYPE_UINT, 4), 0},
		{"address", bytes(build, type.size - 4), 4},
	};

	return structure(build,
			 type.kind == MIM_TYPE_PREFIX4 ? "ipv4_prefix" : "ipv6_prefix",
			 type.size, fields, 2);
}

static int in6_addr(struct mim_btf_build *build)
{
	const struct field field = {"s6_addr", bytes(build, 16), 0};

	return structure(build, "in6_addr", 16, &field, 1);
}

static int add(struct mim_btf_build *build, struct mim_type type)
{
	switch (type.kind) {
	case MIM_TYPE_UINT:
	case MIM_TYPE_SINT:
	case MIM_TYPE_BE:
		return integer(build, type);
	case MIM_TYPE_IPV4:
		return named(build, "ipv4", type_of(build, MIM_TYPE_BE, 4));
	case MIM_TYPE_IPV6:
		return named(build, "ipv6", in6_addr(build));
	case MIM_TYPE_MAC:
		return named(build, "mac", bytes(build, type.size));
	case MIM_TYPE_PREFIX4:
	case MIM_TYPE_PREFIX6:
		return prefix(build, type);
	case MIM_TYPE_CHAR:
		return array(build, base(build, BASE_CHAR, 1), type.size);
	case MIM_TYPE_NONE:
	case MIM_TYPE_BYTES:
		return bytes(build, type.size);
	case MIM_TYPE_STRUCT:
		return declared(build, type.fields);
	case MIM_TYPE_ARRAY:
		return array(build, mim_btf_build_type(build, *type.element),
			     mim_type_count(type));
	}
	return -EINVAL;
}

int mim_btf_build_type(struct mim_btf_build *build, struct mim_type type)
{
	const struct key key = {type.kind, type.size,
				type.kind == MIM_TYPE_STRUCT  ? (const void *)type.fields
				: type.kind == MIM_TYPE_ARRAY ? (const void *)type.element
							      : NULL};
	struct known *known;
	int id;

	HASH_FIND(hh, build->known, &key, sizeof(key), known);
	if (known)
		return known->id;
	id = add(build, type);
	return id < 0 ? id : remember(build, key, id);
}

int mim_btf_build_data(struct mim_btf_build *build, struct mim_arena *arena,
		       const void **ret_data, uint32_t *ret_size)
{
	const void *data = btf__raw_data(build->btf, ret_size);
	void *copy = data ? mim_arena_alloc(arena, *ret_size) : NULL;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, *ret_size);
	*ret_data = copy;
	return 0;
}

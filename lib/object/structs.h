/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_STRUCTS_H
#define MIM_OBJECT_STRUCTS_H

#include "base/table.h"
#include "model/name.h"
#include "object/types.h"

struct btf_type;

/* What is known of a struct already. */
struct mim_btf_known {
	bool open;
	const struct mim_struct *layout;
	const char *why;
};

/**
 * struct mim_btf_types - the types of a BTF, each looked at once
 * @known: for each type id
 * @names: which type id each name has, once @has_names
 * @why: the last one that was refused, and for what
 * @nameless: what a struct without a name is called
 */
struct mim_btf_types {
	struct btf *btf;
	enum mim_btf_manner manner;
	struct mim_arena *arena;
	struct mim_btf_known *known;
	struct mim_table names;
	bool has_names;
	char why[MIM_BTF_WHY];
	char nameless[MIM_NAME_MOST + 1];
};

/** mim_btf_types_refuse() - set @why; Return: -EINVAL */
int mim_btf_types_refuse(struct mim_btf_types *types, const char *format, ...)
	MIM_PRINTF(2, 3);

/**
 * mim_btf_types_any() - the type of a type id
 * @what: has it, for @why
 * @depth: structs around it
 *
 * Return: 0; -EINVAL when it has none here; -ENOMEM.
 */
int mim_btf_types_any(struct mim_btf_types *types, uint32_t id, const char *what,
		      uint32_t depth, struct mim_type *ret_type);

/**
 * mim_btf_types_layout() - a struct with its fields
 * @id: of the struct itself, @type
 * @name: what it is called where it has no name of its own
 *
 * Return: as mim_btf_types_any().
 */
int mim_btf_types_layout(struct mim_btf_types *types, uint32_t id,
			 const struct btf_type *type, const char *name, uint32_t depth,
			 struct mim_type *ret_type);

#endif

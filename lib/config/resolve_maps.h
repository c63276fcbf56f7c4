/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_RESOLVE_MAPS_H
#define MIM_CONFIG_RESOLVE_MAPS_H

#include "config/from.h"

struct mim_kind;
struct mim_size_rule;

/**
 * mim_kind_of() - the map type, from the file or from what its "from" stands for
 * Return: NULL when it is absent or was reported.
 */
const struct mim_kind *mim_kind_of(struct mim_resolve *resolve,
				   const struct mim_raw_map *raw,
				   const struct mim_from *from);

/**
 * mim_resolve_shape() - what the file says, or the object that it names
 * @owner: words for it, as in "a template of type hash"
 * @from: without a definition, or mim_from_beside() has looked at what stands beside
 *
 * Return: the fields of @shape that are known, a set of MIM_FIELD_BIT().
 */
uint32_t mim_resolve_shape(struct mim_resolve *resolve, struct mim_origin origin,
			   const char *owner, const struct mim_raw_map *raw,
			   const struct mim_from *from, const struct mim_kind *kind,
			   struct mim_shape *shape, struct mim_type *key_type,
			   struct mim_type *value_type);

/**
 * struct mim_sized - what a file says of the keys or the values of a map
 * @type_key, @size_key: the two ways to say it
 * @type_word, @size_word: what is said, as mim_said() takes it
 * @rule: the sizes that the kernel takes
 */
struct mim_sized {
	const char *type_key;
	const char *size_key;
	const char *type_word;
	const char *size_word;
	const struct mim_size_rule *rule;
};

/**
 * mim_resolve_size() - a size from a type or from a number
 *
 * Where the kernel takes one size only, neither is needed.
 *
 * Return: false when nothing can be said about the size.
 */
bool mim_resolve_size(struct mim_resolve *resolve, struct mim_origin origin,
		      const char *owner, const struct mim_sized *sized, uint32_t *size,
		      struct mim_type *type);

/** mim_resolve_node() - numa_node, where it is said */
void mim_resolve_node(struct mim_shape *shape, const char *word);

/** mim_check_shape() - report what the kernel refuses of the @known fields */
void mim_check_shape(struct mim_resolve *resolve, struct mim_origin origin,
		     const struct mim_raw_map *raw, const struct mim_shape *shape,
		     uint32_t known);

/** mim_said_integer() - a word that its row of the schema found to be in range */
uint64_t mim_said_integer(const char *word);

/** mim_check_role() - report a type that cannot be an inner map's, at @key */
void mim_check_role(struct mim_resolve *resolve, struct mim_origin origin,
		    const char *key, const struct mim_kind *kind);

/** mim_need_key() - report that @key is missing, unless @word is there */
void mim_need_key(struct mim_resolve *resolve, struct mim_origin origin,
		  const char *owner, const char *key, const char *word);

/**
 * mim_add_template() - a template that no line of "templates" declares
 * @noun: what has it: what the slots of an outer map take, or an inner map
 *
 * Its shape is that of @from. Nothing else can refer to it.
 *
 * Return: its index, or MIM_NONE when memory ran out.
 */
uint32_t mim_add_template(struct mim_resolve *resolve, struct mim_origin origin,
			  const char *noun, const struct mim_raw_map *raw,
			  struct mim_from *from);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_FROM_H
#define MIM_CONFIG_FROM_H

#include "config/resolve.h"
#include "object/object.h"

/**
 * struct mim_from - the definition that a map's "from" stands for
 * @def: NULL when there is none, or it was reported
 * @map: what the object calls it; NULL when @def is what the slots of a map take, or a
 *	map that is pinned
 * @name: as the file gives it: of a map, or the path of a pin
 * @key: under which key
 * @where: the object, as messages call it, or "the kernel"
 * @origin: of the "from"
 * @key_type, @value_type: as the file beside it says that they are written, if it does
 */
struct mim_from {
	const struct mim_object_def *def;
	const struct mim_object_map *map;
	const char *name;
	const char *key;
	const char *where;
	struct mim_origin origin;
	struct mim_type key_type;
	struct mim_type value_type;
};

/**
 * mim_from_object() - the object that the "from" of a map names
 * @map: where the map is declared
 * @word: as the file has it
 *
 * Return: NULL when it cannot be read, which was reported here or before.
 */
const struct mim_object_file *mim_from_object(struct mim_resolve *resolve,
					      struct mim_origin map, const char *word);

/** what stands before the name of a struct of an object */
#define MIM_FROM_STRUCT "struct:"

/**
 * mim_from_struct() - a struct that an object has
 * @origin, @key: of the word that names it; when that is a map's with a "from", in that
 *	object, else in whichever one the description names
 * @name: what follows MIM_FROM_STRUCT
 *
 * Return: false when it was reported.
 */
bool mim_from_struct(struct mim_resolve *resolve, struct mim_origin origin,
		     const char *key, const char *name, struct mim_type *ret_type);

/** mim_from_look() - ask for the shapes of all pins that templates are from */
void mim_from_look(struct mim_resolve *resolve, const struct mim_config_look *look);

/**
 * mim_from_find() - read the object and find the map in it
 *
 * An object is read once for a description, however many maps are from it, and what is
 * wrong with it is reported once.
 *
 * Return: with @def NULL when @raw has no "from" or it was reported.
 */
struct mim_from mim_from_find(struct mim_resolve *resolve, struct mim_origin origin,
			      const struct mim_raw_map *raw);

/** mim_from_find_pinned() - the part of mim_from_find() for "pinned" */
void mim_from_find_pinned(struct mim_resolve *resolve, struct mim_origin origin,
			  const struct mim_raw_from *raw, struct mim_from *from);

/** mim_from_kind() - the type of the map; Return: NULL when it was reported */
const struct mim_kind *mim_from_kind(struct mim_resolve *resolve,
				     const struct mim_from *from);

/**
 * mim_from_beside() - report what stands beside a "from" and is said there already
 *
 * What the object leaves to its loader (a size or max_entries of 0) has to be given, and
 * how a key or value is written can be said better than BTF does, in the same bytes.
 */
void mim_from_beside(struct mim_resolve *resolve, struct mim_origin origin,
		     const struct mim_raw_map *raw, struct mim_from *from);

/** mim_from_inner() - what the slots of the map take; Return: false: it does not say */
bool mim_from_inner(const struct mim_from *from, struct mim_from *ret_inner);

/** mim_from_hint_inner() - what is meant where an outer map is named instead */
void mim_from_hint_inner(struct mim_resolve *resolve, const struct mim_from *from);

/** mim_from_agree() - report a template that is not what the slots take by the object */
void mim_from_agree(struct mim_resolve *resolve, struct mim_origin origin,
		    const struct mim_from *inner, const struct mim_template *template);

#endif

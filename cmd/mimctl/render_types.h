/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_RENDER_TYPES_H
#define MIMCTL_RENDER_TYPES_H

#include "mim.h"

struct json_object;

/** struct render_type - a struct under the name that a description gives it */
struct render_type {
	const struct mim_struct *layout;
	const char *name;
};

/**
 * struct render_types - the structs that a description needs
 * @items: @n of them, those that others hold first
 *
 * Structs that are the same are one; others that share a name get a number.
 */
struct render_types {
	struct render_type *items;
	size_t n;
	struct mim_table taken;
	struct mim_arena arena;
};

void render_types_release(struct render_types *types);

#define auto_render_types mim_cleanup(render_types_release) struct render_types

/** render_types_add() - the structs in a type; Return: 0 or -ENOMEM */
int render_types_add(struct render_types *types, struct mim_type type);

/** render_types_collect() - of all templates and outer maps; Return: the same */
int render_types_collect(struct render_types *types, const struct mim_topology *want);

/** enough for any type's name */
#define RENDER_TYPE_TEXT 160

/** render_type() - a type as it is written; Return: false when only its size is known */
bool render_type(const struct render_types *types, struct mim_type type, char *text);

/** render_types_json() - the list of types; Return: owned by the caller */
struct json_object *render_types_json(const struct render_types *types);

#endif

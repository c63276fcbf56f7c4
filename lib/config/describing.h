/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_DESCRIBING_H
#define MIM_CONFIG_DESCRIBING_H

#include "base/table.h"
#include "config/describe.h"

/**
 * struct mim_describing - a description in the making
 * @chosen: for each live map whether it is described
 * @uses: for each live map in how many slots of described maps it is
 * @index: for each live map its declared one, or MIM_NONE
 * @names, @template_names, @kernel_names: those taken, by declared index
 */
struct mim_describing {
	const struct mim_describe *what;
	const struct mim_topology *live;
	struct mim_diags *diags;
	struct mim_topology *want;
	bool *chosen;
	uint32_t *uses;
	uint32_t *index;
	struct mim_table names;
	struct mim_table template_names;
	struct mim_table kernel_names;
};

/** mim_describing_refuse() - what stands in the way; Return: @r */
int mim_describing_refuse(struct mim_describing *describing, enum mim_code code, int r,
			  const char *format, ...) MIM_PRINTF(4, 5);

/** mim_describing_is_scope() - a whole scope is described, not one map */
bool mim_describing_is_scope(const struct mim_describing *describing);

/** mim_describing_is_ours() - is a live pin one that the description will have? */
bool mim_describing_is_ours(const struct mim_describing *describing,
			    const struct mim_pin *pin);

/**
 * mim_describing_pin() - the first pin of a live map, by path
 * @ours: one that the description will have, or else one that it will not
 * Return: NULL when there is none.
 */
const struct mim_pin *mim_describing_pin(const struct mim_describing *describing,
					 uint32_t live, bool ours);

/**
 * mim_describing_pin_before() - the order of a map's pins
 *
 * The one that a protected map is recorded under comes first, then the order of paths.
 */
bool mim_describing_pin_before(const struct mim_describing *describing,
			       const struct mim_pin *a, const struct mim_pin *b);

/**
 * mim_describing_name_like() - what a live map would be called
 * Return: after its pin, as a person would have named it, or as the kernel knows it;
 * lives as long as the live topology.
 */
const char *mim_describing_name_like(const struct mim_describing *describing,
				     uint32_t live);

/**
 * mim_describing_name_scope() - name the scope of a description of one map
 *
 * After the map, with more to it where a folder of that name is there already.
 *
 * Return: 0, or -ENOMEM.
 */
int mim_describing_name_scope(struct mim_describing *describing);

/**
 * mim_describing_name() - a name that nothing in @taken has yet, like @like
 * Return: in the arena of the description; NULL when out of memory.
 */
const char *mim_describing_name(struct mim_describing *describing,
				struct mim_table *taken, const char *like);

/**
 * mim_describing_template() - a template of a shape
 * @owner: of the live map that needs it, for its name and for messages
 * @shape: as the kernel tells it
 * @types: of a map of that shape, or NULL
 * @exactly: see mim_topology_template()
 *
 * Return: 0; -EOPNOTSUPP when no description can say it; -ENOMEM.
 */
int mim_describing_template(struct mim_describing *describing, const char *owner,
			    const struct mim_shape *shape,
			    const struct mim_live_types *types, bool exactly,
			    uint32_t *ret_template);

/**
 * mim_describing_shape() - as a map was created, out of what the kernel tells
 * Return: 0; -EOPNOTSUPP when no description can say it.
 */
int mim_describing_shape(struct mim_describing *describing, const char *owner,
			 struct mim_shape *shape);

/**
 * mim_describing_take() - take the kernel name of a live map
 * Return: 1; 0 when no description can say it, or another map has it; -ENOMEM.
 */
int mim_describing_take(struct mim_describing *describing, uint32_t live);

/** mim_describing_outer() - declare a live outer map; Return: as mim_describe() */
int mim_describing_outer(struct mim_describing *describing, uint32_t live);

/**
 * mim_describing_slots() - declare the slots of an outer map that is declared
 * @own: for each live map whether it is a slot's own
 */
int mim_describing_slots(struct mim_describing *describing, uint32_t live,
			 const bool *own);

/** mim_describing_find_own() - which maps in the slots of an outer map are their own
 */
int mim_describing_find_own(struct mim_describing *describing, uint32_t live, bool *own);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_OBJECT_CHECK_H
#define MIM_OBJECT_CHECK_H

#include "object/object.h"

/**
 * enum mim_object_way - how a loader comes to a declared map
 * @MIM_WAY_NONE: not at all: nothing declared is meant; it makes one of its own
 * @MIM_WAY_PIN: by itself: the map is declared to be pinned where the loader looks
 * @MIM_WAY_NAME: when it is told to: a map is declared under the name that the object has
 */
enum mim_object_way { MIM_WAY_NONE, MIM_WAY_PIN, MIM_WAY_NAME };

/** enum mim_object_answer - whether something fits */
enum mim_object_answer { MIM_ANSWER_UNKNOWN, MIM_ANSWER_YES, MIM_ANSWER_NO };

/**
 * struct mim_object_check - a map of an object against what is declared
 * @map: the object's
 * @look: where libbpf or iproute2 looks by itself; "" when nowhere
 * @want: the declared map, or MIM_NONE
 * @pin: where it is declared to be; "" when nowhere
 * @globals: where iproute2 looks, when the object says to pin it and the declared map is
 *	not there; "" otherwise, and for somebody else's map
 * @told: the loader has to be told where it is
 * @reuse: would libbpf take the declared map for its own? Unknown when its shape is not
 *	declared: it is external, or like a map that only the kernel knows.
 * @reuse_differs: why not, a set of MIM_FIELD_BIT()
 * @open: fields that the object leaves to its loader, which has to set them as they are
 *	in @is; likewise
 * @is, @wanted: what the kernel will say of the declared map, what libbpf compares it
 *with
 * @template: outer maps: do the declared slots take what the object's do? libbpf does not
 *	look at that. Unknown where the object or the description does not say, and for
 *	inner maps.
 * @template_differs: why not
 * @inner_is, @inner_wanted: the two templates, likewise
 */
struct mim_object_check {
	const struct mim_object_map *map;
	const char *look;
	const char *globals;
	const char *pin;
	uint32_t want;
	enum mim_object_way way;
	bool told;
	enum mim_object_answer reuse;
	uint32_t reuse_differs;
	uint32_t open;
	struct mim_shape is;
	struct mim_shape wanted;
	enum mim_object_answer template;
	uint32_t template_differs;
	struct mim_shape inner_is;
	struct mim_shape inner_wanted;
};

/**
 * struct mim_object_checks - all maps of an object
 * @items: @n of them, in the order of the object
 * @n_found: those with a declared map
 * @n_misfits: those of them with an answer of MIM_ANSWER_NO
 */
struct mim_object_checks {
	struct mim_object_check *items;
	uint32_t n;
	uint32_t n_found;
	uint32_t n_misfits;
	struct mim_arena arena;
};

/**
 * mim_object_check() - would the program's loader use the declared maps?
 * @host: whose kernel will hold them; see mim_object_host()
 * @checks: to be released by mim_object_checks_release(). Borrows from @object and @want.
 *
 * Reuse is what libbpf's bpf_object__reuse_map() asks for: type, key_size, value_size,
 * max_entries, map_flags and map_extra as the kernel tells them (libbpf 1.1; iproute2's
 * own loader asks for the first five). A template fits when the kernel would take a map
 * like the declared one into a slot of the object's.
 *
 * Return: 0 or -ENOMEM.
 */
MIM_PUBLIC int mim_object_check(const struct mim_object_file *object,
				const struct mim_topology *want,
				const struct mim_host *host,
				struct mim_object_checks *checks);

MIM_PUBLIC void mim_object_checks_release(struct mim_object_checks *checks);

/** mim_object_host() - this machine, as libbpf sees it */
MIM_PUBLIC struct mim_host mim_object_host(void);

#endif

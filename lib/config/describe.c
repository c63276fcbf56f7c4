/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/describe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "config/describing.h"

int mim_describing_refuse(struct mim_describing *describing, enum mim_code code, int r,
			  const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return mim_error(describing->diags, MIM_NOWHERE, code, r, "%s", message);
}

static struct mim_map *declare(struct mim_describing *describing, uint32_t live)
{
	const struct mim_map *from = &describing->live->maps[live];
	const char *name =
		mim_describing_name(describing, &describing->names,
				    mim_describing_name_like(describing, live));
	struct mim_map *map = name ? mim_topology_add_map(describing->want, name) : NULL;

	if (!map)
		return NULL;
	describing->index[live] = (uint32_t)describing->want->n_maps - 1;
	memcpy(map->kernel_name, from->kernel_name, sizeof(map->kernel_name));
	return map;
}

static int add_pins(struct mim_describing *describing, uint32_t live)
{
	const struct mim_topology *from = describing->live;
	const struct mim_pin *last = NULL, *next;
	struct mim_pin *pin;

	for (;;) {
		next = NULL;
		for (uint32_t p = from->maps[live].pins; p != MIM_NONE;
		     p = from->pins[p].next) {
			const struct mim_pin *candidate = &from->pins[p];

			if (mim_describing_is_ours(describing, candidate) &&
			    (!last ||
			     mim_describing_pin_before(describing, last, candidate)) &&
			    (!next ||
			     mim_describing_pin_before(describing, candidate, next)))
				next = candidate;
		}
		if (!next)
			return 0;
		pin = mim_topology_add_pin(describing->want, describing->index[live],
					   next->path);
		if (!pin)
			return -ENOMEM;
		if ((next->mode & 0777) != MIM_MODE_USUAL)
			pin->mode = next->mode & 0777;
		if (next->gid != 0)
			pin->group = next->group;
		if (next->uid != 0)
			mim_warning(describing->diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
				    "%s belongs to user %u: descriptions leave the owner "
				    "to the kernel",
				    next->path, next->uid);
		last = next;
	}
}

/* How what is in a map is written; and where that is not known in full, why. */
static const struct mim_live_types *types_of(struct mim_describing *describing,
					     uint32_t live)
{
	const struct mim_live_types *types = describing->what->types;

	return types ? &types[live] : NULL;
}

static int cannot_see(struct mim_describing *describing, const struct mim_map *outer)
{
	return mim_describing_refuse(
		describing, MIM_CODE_CAPABILITY, -EPERM,
		"cannot read all slots of '%s' (id %u): this needs CAP_SYS_ADMIN, and "
		"that no security module denies it",
		outer->name, outer->id);
}

/* The template as the kernel tells it, and what only a map in a slot can tell of it. */
static int template_shape(struct mim_describing *describing, const struct mim_map *outer,
			  struct mim_shape *ret_shape,
			  const struct mim_live_types **types)
{
	const struct mim_topology *live = describing->live;
	const struct mim_slots *slots = &outer->outer->slots;
	const struct mim_map *first = slots->n ? &live->maps[slots->inner[0]] : NULL;

	*ret_shape = outer->outer->inner;
	if (outer->outer->inner_known == MIM_KNOWN_NOT ||
	    outer->outer->inner_known == MIM_KNOWN_SIZES) {
		mim_describing_refuse(describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
				      "the kernel does not tell what the slots of '%s' "
				      "(id %u) take",
				      outer->name, outer->id);
		mim_hint(describing->diags, "mimctl doctor says why");
		return -EOPNOTSUPP;
	}
	if (!first)
		return 0;
	ret_shape->map_extra = first->shape.map_extra;
	for (uint32_t i = 0; i < slots->n && !*types; i++) {
		const struct mim_live_types *inner =
			types_of(describing, slots->inner[i]);

		if (inner && (inner->key.kind || inner->value.kind))
			*types = inner;
	}
	if (outer->outer->inner_known == MIM_KNOWN_FULL)
		return 0;
	ret_shape->max_entries = first->shape.max_entries;
	mim_warning(describing->diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
		    "max_entries of the template of '%s' is not known: described as that "
		    "of a map in its slots, %u",
		    outer->name, ret_shape->max_entries);
	return 0;
}

int mim_describing_outer(struct mim_describing *describing, uint32_t live)
{
	const struct mim_map *from = &describing->live->maps[live];
	const struct mim_pin *pin = mim_describing_pin(describing, live, true);
	const struct mim_live_types *types = NULL;
	struct mim_topology *want = describing->want;
	struct mim_shape inner, shape = from->shape;
	char owner[96];
	struct mim_map *map;
	uint32_t template;
	int named, r;

	if (from->outer->slots_hidden)
		return cannot_see(describing, from);
	r = template_shape(describing, from, &inner, &types);
	if (r < 0)
		return r;
	map = declare(describing, live);
	named = map ? mim_describing_take(describing, live) : -ENOMEM;
	if (named < 0 || !mim_topology_make_outer(want, map))
		return -ENOMEM;
	if (!named && !pin)
		return mim_describing_refuse(
			describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
			"map id %u has neither a pin nor a kernel name: a description "
			"cannot find it",
			from->id);
	snprintf(owner, sizeof(owner), "%s.inner", map->name);
	r = mim_describing_template(describing, owner, &inner, types, true, &template);
	if (r == 0)
		r = mim_describing_shape(describing, map->name, &shape);
	if (r < 0)
		return r;
	map->shape = shape;
	map->outer->template = template;
	map->outer->inner = want->templates[template].shape;
	map->outer->inner_known = MIM_KNOWN_FULL;
	if (!named)
		map->external = pin->path;
	if (pin && mim_texts_has(&describing->live->scope.protected, pin->path))
		map->outer->protect = MIM_PROTECT_YES;
	if (from->outer->frozen)
		mim_warning(
			describing->diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
			"'%s' (id %u) is frozen, which a description cannot say: made "
			"from it, it is not",
			map->name, from->id);
	return named ? add_pins(describing, live) : 0;
}

/* What is not ours, or cannot be found by its name, is named by a pin. */
static int declare_external(struct mim_describing *describing, uint32_t live,
			    const struct mim_pin *pin)
{
	struct mim_map *map = declare(describing, live);

	if (!map)
		return -ENOMEM;
	map->external = pin->path;
	return 0;
}

static int cannot_tell_apart(struct mim_describing *describing, const struct mim_map *map,
			     const struct mim_pin *pin)
{
	mim_describing_refuse(describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
			      *map->name
				      ? "%s: two maps of the scope have the kernel name "
					"'%s'"
				      : "%s: the map has no kernel name%s",
			      pin->path, map->name);
	mim_hint(describing->diags, "a description finds maps by their kernel names");
	return -EOPNOTSUPP;
}

static int declare_inner(struct mim_describing *describing, uint32_t live)
{
	const struct mim_map *from = &describing->live->maps[live];
	const struct mim_pin *ours = mim_describing_pin(describing, live, true);
	const struct mim_pin *theirs = mim_describing_pin(describing, live, false);
	struct mim_map *map;
	uint32_t template;
	int named, r;

	if (!ours && theirs)
		return declare_external(describing, live, theirs);
	named = mim_describing_take(describing, live);
	if (named < 0)
		return named;
	if (!named && ours)
		return mim_describing_is_scope(describing)
			       ? cannot_tell_apart(describing, from, ours)
			       : declare_external(describing, live, ours);
	if (!named)
		return 0;
	map = declare(describing, live);
	if (!map)
		return -ENOMEM;
	map->shape = from->shape;
	r = mim_describing_shape(describing, map->name, &map->shape);
	if (r == 0)
		r = mim_describing_template(describing, map->name, &from->shape,
					    types_of(describing, live), false, &template);
	if (r < 0)
		return r;
	map->template = template;
	return add_pins(describing, live);
}

/* In the order of their names, so that two machines with the same maps say the same. */
static int compare_live(const void *a, const void *b, void *data)
{
	const struct mim_describing *describing = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct mim_topology *live = describing->live;
	int c = strcmp(mim_describing_name_like(describing, x),
		       mim_describing_name_like(describing, y));

	return c ? c : live->maps[x].id < live->maps[y].id ? -1 : 1;
}

/* Live maps to describe, outer or inner ones. Return: heap, @ret_n of them; or NULL. */
static uint32_t *sort_chosen(struct mim_describing *describing, bool outer,
			     uint32_t *ret_n)
{
	const struct mim_topology *live = describing->live;
	uint32_t *order = calloc(live->n_maps + 1, sizeof(*order)), n = 0;

	for (uint32_t i = 0; order && i < live->n_maps; i++)
		if (describing->chosen[i] && !live->maps[i].outer == !outer)
			order[n++] = i;
	if (order)
		qsort_r(order, n, sizeof(*order), compare_live, describing);
	*ret_n = n;
	return order;
}

/* The maps themselves, and what is in their slots. */
static int choose(struct mim_describing *describing)
{
	const struct mim_topology *live = describing->live;

	for (size_t i = 0; mim_describing_is_scope(describing) && i < live->n_pins; i++)
		if (live->pins[i].watched)
			describing->chosen[live->pins[i].map] = true;
	if (!mim_describing_is_scope(describing))
		describing->chosen[describing->what->map] = true;
	for (size_t i = 0; i < live->n_maps; i++) {
		const struct mim_map *map = &live->maps[i];

		if (!map->outer || !describing->chosen[i])
			continue;
		for (uint32_t s = 0; s < map->outer->slots.n; s++) {
			uint32_t inner = map->outer->slots.inner[s];

			describing->chosen[inner] = true;
			describing->uses[inner]++;
			if (live->maps[inner].hidden)
				return cannot_see(describing, map);
		}
	}
	return 0;
}

static int describe_all(struct mim_describing *describing, const uint32_t *outer,
			uint32_t n_outer, const uint32_t *inner, uint32_t n_inner,
			bool *own)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n_outer; i++)
		r = mim_describing_outer(describing, outer[i]);
	for (uint32_t i = 0; r == 0 && i < n_outer; i++)
		r = mim_describing_find_own(describing, outer[i], own);
	for (uint32_t i = 0; r == 0 && i < n_inner; i++)
		if (!own[inner[i]])
			r = declare_inner(describing, inner[i]);
	for (uint32_t i = 0; r == 0 && i < n_outer; i++)
		r = mim_describing_slots(describing, outer[i], own);
	return r;
}

/* A thousand maps of one type are one reason. */
static int warn_of_sizes(struct mim_describing *describing, const uint32_t *inner,
			 uint32_t n)
{
	mim_auto_table struct mim_table said = {0};
	uint32_t there;

	for (uint32_t i = 0; i < n; i++) {
		const struct mim_live_types *types = types_of(describing, inner[i]);
		int r = types && types->why ? mim_table_add(&said, types->why, i, &there)
					    : -EEXIST;

		if (r == -ENOMEM)
			return r;
		if (r == 0)
			mim_warning(describing->diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
				    "what is in map id %u is described by its size: %s",
				    describing->live->maps[inner[i]].id, types->why);
	}
	return 0;
}

static int describe(struct mim_describing *describing)
{
	mim_auto_free uint32_t *outer = NULL, *inner = NULL;
	mim_auto_free bool *own = calloc(describing->live->n_maps + 1, sizeof(*own));
	uint32_t n_outer = 0, n_inner = 0;
	int r = choose(describing);

	if (r < 0)
		return r;
	outer = sort_chosen(describing, true, &n_outer);
	inner = sort_chosen(describing, false, &n_inner);
	if (!outer || !inner || !own)
		return -ENOMEM;
	r = describe_all(describing, outer, n_outer, inner, n_inner, own);
	return r < 0 ? r : warn_of_sizes(describing, inner, n_inner);
}

static void release(struct mim_describing *describing)
{
	mim_table_release(&describing->names);
	mim_table_release(&describing->template_names);
	mim_table_release(&describing->kernel_names);
	free(describing->chosen);
	free(describing->uses);
	free(describing->index);
	mim_topology_free(describing->want);
}

static int prepare(struct mim_describing *describing)
{
	const struct mim_topology *live = describing->live;
	size_t n = live->n_maps + 1;

	describing->want = mim_topology_new();
	describing->chosen = calloc(n, sizeof(*describing->chosen));
	describing->uses = calloc(n, sizeof(*describing->uses));
	describing->index = malloc(n * sizeof(*describing->index));
	if (!describing->want || !describing->chosen || !describing->uses ||
	    !describing->index)
		return -ENOMEM;
	memset(describing->index, 0xff, n * sizeof(*describing->index));
	return mim_describing_is_scope(describing)
		       ? mim_topology_set_scope(describing->want, live->scope.name,
						live->scope.bpffs)
		       : mim_describing_name_scope(describing);
}

/* A description with nothing in it, or with what nothing would find again. */
static int check(struct mim_describing *describing)
{
	const struct mim_describe *what = describing->what;
	const struct mim_map *map;

	if (describing->want->n_maps == 0)
		return mim_describing_refuse(describing, MIM_CODE_NONE, -ENOENT,
					     "there are no maps in %s",
					     describing->live->scope.folder);
	if (mim_describing_is_scope(describing))
		return 0;
	map = &describing->live->maps[what->map];
	if (map->pins != MIM_NONE)
		return 0;
	if (!map->outer)
		return mim_describing_refuse(
			describing, MIM_CODE_UNSUPPORTED, -EOPNOTSUPP,
			"map id %u has no pin: it is described with the outer map that "
			"holds it",
			map->id);
	mim_warning(describing->diags, MIM_NOWHERE, MIM_CODE_UNSUPPORTED,
		    "map id %u has no pin, and is found by nothing else: applied, the "
		    "description makes another one",
		    map->id);
	return 0;
}

int mim_describe(const struct mim_describe *what, struct mim_diags *diags,
		 struct mim_topology **ret_want)
{
	mim_cleanup(release) struct mim_describing describing = {
		.what = what, .live = what->live, .diags = diags};
	int r = prepare(&describing);

	if (r == 0)
		r = describe(&describing);
	if (r == 0)
		r = check(&describing);
	if (r == -ENOMEM)
		return mim_out_of_memory(diags);
	if (r < 0)
		return r;
	mim_describe_types(describing.want, diags);
	*ret_want = TAKE_PTR(describing.want);
	return 0;
}

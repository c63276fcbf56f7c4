/* SPDX-License-Identifier: BSD-2-Clause */
#include "session_look.h"

#include <errno.h>
#include <string.h>

static const struct mim_map *map_at(const struct mim_topology *live, const char *path)
{
	for (size_t i = 0; i < live->n_pins; i++)
		if (strcmp(live->pins[i].path, path) == 0 &&
		    live->pins[i].map != MIM_NONE)
			return &live->maps[live->pins[i].map];
	return NULL;
}

static int refuse(struct mim_diags *diags, const struct mim_config_pin *pin,
		  enum mim_code code, const char *why)
{
	return mim_error(diags, pin->spot, code, -ENOENT, "%s %.200s", why, pin->path);
}

static int take_shape(const struct mim_map *map, struct mim_config_pin *pin,
		      struct mim_diags *diags)
{
	const struct mim_kind *kind;

	pin->known = map->outer ? map->outer->inner_known : MIM_KNOWN_FULL;
	pin->shape = map->outer ? map->outer->inner : map->shape;
	if (pin->known == MIM_KNOWN_NOT || pin->known == MIM_KNOWN_SIZES) {
		pin->known = MIM_KNOWN_NOT;
		refuse(diags, pin, MIM_CODE_UNSUPPORTED,
		       "the kernel does not tell what the slots take of");
		mim_hint(diags, "mimctl doctor says why");
		return -EOPNOTSUPP;
	}
	/* The kernel adds them by itself, and does not take them at creation. */
	kind = mim_kind_by_type(pin->shape.type);
	if (kind)
		pin->shape.flags &= ~kind->flags_added;
	return 0;
}

/* A topology in which the pins are somebody else's: so they are looked at. */
static struct mim_topology *wanted(const struct mim_scope *scope,
				   const struct mim_config_pin *pins, size_t n)
{
	mim_auto_topology struct mim_topology *want =
		mim_topology_empty(scope->name, scope->bpffs);

	for (size_t i = 0; want && i < n; i++) {
		struct mim_map *map = mim_topology_add_map(want, pins[i].path);

		if (!map)
			return NULL;
		map->external = pins[i].path;
	}
	return TAKE_PTR(want);
}

static int read_live(struct session *session, const struct mim_scope *scope,
		     const struct mim_config_pin *pins, size_t n, struct mim_diags *diags,
		     struct mim_topology **ret_live)
{
	mim_auto_topology struct mim_topology *want = wanted(scope, pins, n);

	if (!want)
		return mim_out_of_memory(diags);
	if (session->options->live)
		return mim_snapshot_read(session->options->live, diags, ret_live);
	return mim_live_read(session->kernel, scope->name, scope->bpffs, want, diags,
			     ret_live);
}

int session_look(void *data, const struct mim_scope *scope, struct mim_config_pin *pins,
		 size_t n, struct mim_diags *diags)
{
	mim_auto_topology struct mim_topology *live = NULL;
	int r = read_live(data, scope, pins, n, diags, &live), failed;

	for (size_t i = 0; i < n && live; i++) {
		const struct mim_map *map = map_at(live, pins[i].path);

		failed = map ? take_shape(map, &pins[i], diags)
			     : refuse(diags, &pins[i], MIM_CODE_EXTERNAL,
				      "there is no map at");
		r = failed < 0 ? failed : r;
	}
	return r;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "import_live.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void import_live_release(struct import_live *import)
{
	mim_topology_free(import->want);
	free(import->of_maps);
	live_types_release(&import->types);
	mim_topology_free(import->live);
}

static int cannot_look(struct session *session, int r, const char *what)
{
	return r == -ENOMEM ? mim_out_of_memory(&session->diags)
			    : mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
					"cannot %s: %s", what, mim_errno_text(r));
}

static int describe(struct session *session, struct import_live *import,
		    const struct mim_describe *what, const bool *which)
{
	struct mim_describe with_types = *what;
	int r;

	import->types =
		(struct live_types){.kernel = session->kernel, .manner = MIM_BTF_EXACT};
	r = live_types_of_maps(&import->types, import->live, which, &import->of_maps);
	if (r < 0)
		return cannot_look(session, r, "read the types of maps");
	with_types.types = import->of_maps;
	return mim_describe(&with_types, &session->diags, &import->want);
}

static int describe_scope(struct session *session, struct import_live *import,
			  const char *name, const char *bpffs)
{
	struct mim_describe what = {.map = MIM_NONE};
	mim_auto_free bool *which = NULL;
	struct mim_topology *live;
	int r = mim_live_read(session->kernel, name, bpffs, NULL, &session->diags,
			      &import->live);

	if (r < 0)
		return r;
	what.live = live = import->live;
	if (!live->scope.exists)
		return mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_NONE, -ENOENT,
				 "there is no scope '%s' in %s", name, live->scope.bpffs);
	if (live->scope.untrusted)
		return mim_error(
			&session->diags, MIM_NOWHERE, MIM_CODE_GUARD_FOREIGN, -EPERM,
			"folder %s belongs to user %u: nothing of it can be trusted",
			live->scope.folder, live->scope.owner);
	if (!live->scope.marked)
		mim_warning(&session->diags, MIM_NOWHERE, MIM_CODE_GUARD_FOREIGN,
			    "folder %s was not made by mimctl: to apply its description "
			    "there needs --adopt",
			    live->scope.folder);
	which = mim_topology_select(live, false);
	return which ? describe(session, import, &what, which)
		     : mim_out_of_memory(&session->diags);
}

/* Which pins lie in scopes of mimctl's; that many folders there are not. */
static int find_scopes(struct session *session, const struct mim_topology *live,
		       const bool *which, bool *in_scope)
{
	char bpffs[MIM_PATH_MOST], scope[NAME_MAX + 1];
	int r = 0;

	for (size_t i = 0; r == 0 && i < live->n_pins; i++) {
		if (!which[live->pins[i].map])
			continue;
		r = mim_bpffs_scope(session->kernel, live->pins[i].path, bpffs, scope);
		in_scope[i] = *scope;
	}
	return r;
}

/* The first pin of a map by its path, that lies in a scope or not; NULL for none. */
static const struct mim_pin *first_pin(const struct mim_topology *live, uint32_t map,
				       const bool *in_scope, bool in)
{
	const struct mim_pin *first = NULL;

	for (uint32_t p = live->maps[map].pins; p != MIM_NONE; p = live->pins[p].next)
		if (in_scope[p] == in &&
		    (!first || strcmp(live->pins[p].path, first->path) < 0))
			first = &live->pins[p];
	return first;
}

static int describe_map(struct session *session, struct import_live *import,
			const struct target *target)
{
	char bpffs[MIM_PATH_MOST] = "", scope[NAME_MAX + 1] = "";
	mim_auto_free bool *which = NULL, *in_scope = NULL;
	struct mim_describe what = {0};
	const struct mim_pin *pin;
	int r = mim_live_read(session->kernel, NULL, target_bpffs(session), NULL,
			      &session->diags, &import->live);

	if (r == 0)
		r = target_find(session, target, import->live, &what.map);
	if (r < 0)
		return r;
	which = target_select(import->live, what.map);
	in_scope = calloc(import->live->n_pins + 1, sizeof(*in_scope));
	if (!which || !in_scope)
		return mim_out_of_memory(&session->diags);
	r = find_scopes(session, import->live, which, in_scope);
	pin = first_pin(import->live, what.map, in_scope, true);
	if (!pin)
		pin = first_pin(import->live, what.map, in_scope, false);
	if (r == 0 && pin)
		r = mim_bpffs_scope(session->kernel, pin->path, bpffs, scope);
	if (r < 0)
		return cannot_look(session, r, "look for scopes");
	if (*scope) {
		mim_warning(&session->diags, MIM_NOWHERE, MIM_CODE_NONE,
			    "%s belongs to scope '%s', which is described as a whole",
			    pin->path, scope);
		mim_topology_free(import->live);
		import->live = NULL;
		return describe_scope(session, import, scope, bpffs);
	}
	what.live = import->live;
	what.in_scope = in_scope;
	what.bpffs = session->options->bpffs || !*bpffs ? target_bpffs(session) : bpffs;
	return describe(session, import, &what, which);
}

int import_live(struct session *session, const struct target *target,
		struct import_live *import)
{
	if (target->kind == TARGET_SCOPE)
		return describe_scope(session, import, target->word,
				      target_bpffs(session));
	return describe_map(session, import, target);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <errno.h>
#include <string.h>
#include "base/num.h"
#include "status.h"

const char *target_bpffs(const struct session *session)
{
	const char *given = session->options->bpffs;

	if (session->want)
		return session->want->scope.bpffs;
	return given ? given : MIM_BPFFS_DEFAULT;
}

/* A name with a dot cannot be that of a folder in bpffs. */
static int check_name(const char *command, const char *word)
{
	if (!mim_name_valid(word) || strchr(word, '.'))
		return options_usage_error(command, "'%s' is no name of a scope", word);
	return 0;
}

int target_parse(const char *command, const char *word, const char *bpffs,
		 struct target *target)
{
	uint64_t id;
	int n;

	*target = (struct target){.kind = TARGET_NOTHING, .word = word};
	if (!word)
		return 0;
	if (strchr(word, '/')) {
		target->kind = TARGET_PIN;
		n = *word == '/'
			    ? snprintf(target->path, sizeof(target->path), "%s", word)
			    : snprintf(target->path, sizeof(target->path), "%s/%s", bpffs,
				       word);
		if ((size_t)n >= sizeof(target->path) || word[strlen(word) - 1] == '/')
			return options_usage_error(command, "'%.200s' is no pin", word);
		return 0;
	}
	if (*word >= '0' && *word <= '9') {
		target->kind = TARGET_ID;
		if (mim_num_u64(word, UINT32_MAX, &id) < 0 || id == 0)
			return options_usage_error(command, "'%s' is no map id", word);
		target->id = (uint32_t)id;
		return 0;
	}
	target->kind = TARGET_SCOPE;
	return check_name(command, word);
}

int target_scope(const char *command, struct session *session,
		 struct mim_scope *ret_scope)
{
	const struct options *options = session->options;
	const char *word = options->n_words ? options->words[0] : NULL;

	if (options->n_words + !!options->n_files != 1)
		return options_usage_error(command,
					   "give one NAME, or its files with -f");
	/* Nothing else of the description is needed. */
	if (!word && session_load_offline(session, false) < 0)
		return session_fail_unplanned(session);
	*ret_scope = (struct mim_scope){.name = word ? word : session->want->scope.name,
					.bpffs = target_bpffs(session)};
	return word ? check_name(command, word) : 0;
}

int target_pin_failed(struct session *session, const char *path, int r)
{
	enum mim_code code =
		r == -EPERM || r == -EACCES ? MIM_CODE_CAPABILITY : MIM_CODE_NONE;

	if (r == -ENOMEM)
		return mim_out_of_memory(&session->diags);
	return mim_error(&session->diags, MIM_NOWHERE, code, r,
			 code == MIM_CODE_CAPABILITY
				 ? "cannot open %s: %s (CAP_SYS_ADMIN, CAP_DAC_OVERRIDE)"
			 : r == -EINVAL ? "%s holds no map"
			 : r == -ENOENT ? "there is no pin %s"
					: "cannot open %s: %s",
			 path, mim_errno_text(r));
}

int target_find(struct session *session, const struct target *target,
		const struct mim_topology *live, uint32_t *ret_map)
{
	struct mim_map_info info = {.id = target->id};
	mim_auto_close int fd = -1;

	if (target->kind == TARGET_PIN) {
		fd = mim_bpffs_get_map(session->kernel, target->path, &info);
		if (fd < 0)
			return target_pin_failed(session, target->path, fd);
	}
	*ret_map = mim_topology_by_id(live, info.id);
	if (*ret_map == MIM_NONE)
		return mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_NONE, -ENOENT,
				 "there is no map with id %u", info.id);
	if (live->maps[*ret_map].hidden)
		return mim_error(&session->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY,
				 -EPERM,
				 "cannot open map id %u: this needs CAP_SYS_ADMIN, and "
				 "that no security module denies it",
				 info.id);
	return 0;
}

bool *target_select(const struct mim_topology *live, uint32_t map)
{
	bool *which = calloc(live->n_maps + 1, sizeof(*which));
	const struct mim_outer *outer = live->maps[map].outer;

	if (!which)
		return NULL;
	which[map] = true;
	for (uint32_t s = 0; outer && s < outer->slots.n; s++)
		which[outer->slots.inner[s]] = true;
	return which;
}

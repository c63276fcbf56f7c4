/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_TARGET_H
#define MIMCTL_TARGET_H

#include "session.h"

/** enum target_kind - what a word on the command line names */
enum target_kind { TARGET_NOTHING, TARGET_SCOPE, TARGET_PIN, TARGET_ID };

/**
 * struct target - what a command is about
 * @word: as it was given
 * @path: TARGET_PIN: absolute; what has no slash in front lies in bpffs
 * @id: TARGET_ID
 */
struct target {
	enum target_kind kind;
	const char *word;
	uint32_t id;
	char path[MIM_PATH_MOST];
};

/**
 * target_parse() - a scope, a pin (it has a slash) or a map id (it is a number)
 * @word: NULL for TARGET_NOTHING
 * Return: 0, or STATUS_USAGE after having said what is wrong.
 */
int target_parse(const char *command, const char *word, const char *bpffs,
		 struct target *target);

/**
 * target_scope() - the scope that NAME names, or the description of -f
 * @ret_scope: name and bpffs; borrowed from the session
 * Return: 0, or an exit status after having said what is wrong.
 */
int target_scope(const char *command, struct session *session,
		 struct mim_scope *ret_scope);

/** target_bpffs() - where bpffs is: as the options have it, or the description if read */
const char *target_bpffs(const struct session *session);

/**
 * target_pin_failed() - say why there is no map at a pin
 * @r: of mim_bpffs_get_map(); Return: @r
 */
int target_pin_failed(struct session *session, const char *path, int r);

/**
 * target_find() - the live map that a pin or an id names
 * @live: read without a scope
 * Return: 0 or a negative errno with a diagnostic.
 */
int target_find(struct session *session, const struct target *target,
		const struct mim_topology *live, uint32_t *ret_map);

/**
 * target_select() - a live map, and what is in its slots
 * Return: a flag for each map, heap; NULL when out of memory.
 */
bool *target_select(const struct mim_topology *live, uint32_t map);

#endif

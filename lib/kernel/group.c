/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/group.h"

#include <errno.h>
#include <grp.h>
#include "base/num.h"

/* A group of ten thousand members has a line of this length. */
#define MOST_BYTES (1 << 20)

/*
 * One of the two is asked for: @name, or @gid when that is NULL. The members of a group
 * come along, however many there are. Return: 1 when it was found, 0 when not.
 */
static int find(const char *name, gid_t gid, struct group *entry, char **ret_buffer)
{
	struct group *found = NULL;
	int r = ERANGE;

	for (size_t size = 4096; r == ERANGE && size <= MOST_BYTES; size *= 4) {
		mim_auto_free char *buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		r = name ? getgrnam_r(name, entry, buffer, size, &found)
			 : getgrgid_r(gid, entry, buffer, size, &found);
		if (found)
			*ret_buffer = TAKE_PTR(buffer);
	}
	/* Some name services say "no such group" with an errno: see getgrnam_r(3). */
	if (r == ENOENT || r == ESRCH || r == EBADF || r == EPERM)
		r = 0;
	return r ? -r : found != NULL;
}

int mim_group_name(struct mim_arena *arena, uint32_t gid, const char **ret_name)
{
	mim_auto_free char *buffer = NULL;
	struct group entry;
	int r = find(NULL, gid, &entry, &buffer);

	if (r < 0)
		return r;
	*ret_name = r ? mim_arena_strdup(arena, entry.gr_name)
		      : mim_arena_printf(arena, "%u", gid);
	return *ret_name ? 0 : -ENOMEM;
}

int mim_group_id(const char *group, uint32_t *ret_gid)
{
	mim_auto_free char *buffer = NULL;
	struct group entry;
	uint64_t number;
	int r;

	if (mim_num_u64(group, UINT32_MAX - 1, &number) == 0) {
		*ret_gid = (uint32_t)number;
		return 0;
	}
	r = find(group, 0, &entry, &buffer);
	if (r > 0)
		*ret_gid = entry.gr_gid;
	return r == 0 ? -ESRCH : r < 0 ? r : 0;
}

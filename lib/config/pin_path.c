/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/pin_path.h"

#include <limits.h>
#include <string.h>
#include "base/str.h"

_Static_assert(MIM_PIN_MOST_PARTS == 64, "as it is told");

/*
 * Parts of a path as bpffs takes them. Where the path begins above bpffs, only the last
 * part is bpffs's own for certain: a mount point may have a dot in its name.
 * @parts: above it in bpffs
 */
static const char *parts_problem(const char *path, bool inside, unsigned int parts)
{
	const char *part = path;

	if (!*part)
		return "names no pin";
	if (strlen(path) >= PATH_MAX)
		return "is longer than 4095 bytes";
	for (;;) {
		size_t length = strcspn(part, "/");
		bool last = part[length] == '\0';

		if (length == 0)
			return "has an empty part";
		if (length > NAME_MAX)
			return "has a part of more than 255 bytes";
		if (length == 2 && part[0] == '.' && part[1] == '.')
			return "has a '..'";
		if ((inside || last || length == 1) && memchr(part, '.', length))
			return "has a dot, which bpffs does not take";
		if (inside && ++parts > MIM_PIN_MOST_PARTS)
			return "has more than 64 parts below bpffs";
		if (last)
			return NULL;
		part += length + 1;
	}
}

const char *mim_pin_path_problem(const struct mim_topology *want, const char *path)
{
	const char *folder = want->scope.folder, *bpffs = want->scope.bpffs;

	if (*path != '/')
		return parts_problem(path, true, 1);
	if (mim_topology_inside(want, path))
		return parts_problem(path + strlen(folder) + 1, true, 1);
	if (mim_str_starts(path, bpffs) && path[strlen(bpffs)] == '/')
		return parts_problem(path + strlen(bpffs) + 1, true, 0);
	return parts_problem(path + 1, false, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/own.h"

#include <string.h>
#include "types/value.h"

char *mim_own_name(struct mim_arena *arena, const char *outer, struct mim_type type,
		   const void *key, char *ret_kernel_name)
{
	size_t before = strlen(outer), length = mim_value_length(type, key);
	char *name = mim_arena_alloc(arena, before + length + sizeof("[]"));

	if (!name)
		return NULL;
	memcpy(name, outer, before);
	name[before] = '.';
	mim_value_print(type, key, name + before + 1, length + 1);
	mim_name_kernel(name, ret_kernel_name);
	name[before] = '[';
	name[before + 1 + length] = ']';
	return name;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/own.h"

#include <string.h>
#include "types/value.h"

/* There may be a million: a key that is no longer is put into words once. */
#define USUAL_KEY 64

char *mim_own_name(struct mim_arena *arena, const char *outer, struct mim_type type,
		   const void *key, char *ret_kernel_name)
{
	char usual[USUAL_KEY];
	size_t before = strlen(outer);
	size_t length = mim_value_put(type, key, usual, sizeof(usual));
	char *name = mim_arena_alloc(arena, before + length + sizeof("[]"));

	if (!name)
		return NULL;
	memcpy(name, outer, before);
	name[before] = '.';
	if (length < sizeof(usual))
		memcpy(name + before + 1, usual, length);
	else
		mim_value_put(type, key, name + before + 1, length + 1);
	name[before + 1 + length] = '\0';
	mim_name_kernel(name, ret_kernel_name);
	name[before] = '[';
	name[before + 1 + length] = ']';
	return name;
}

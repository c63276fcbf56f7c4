/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"

/* What a shell takes as it stands. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:@%+=-"

/* @end: of the room; what does not fit is left out. */
static char *put(char *at, const char *end, const char *part)
{
	size_t length = strlen(part);

	if (length >= (size_t)(end - at))
		return at;
	memcpy(at, part, length + 1);
	return at + length;
}

static char *put_quoted(char *at, const char *end, const char *word)
{
	at = put(at, end, "'");
	for (; *word; word++)
		at = put(at, end, *word == '\'' ? "'\\''" : (char[]){*word, '\0'});
	return put(at, end, "'");
}

const char *mim_scope_words(const char *name, const char *bpffs, char *text)
{
	const char *end = text + MIM_SCOPE_WORDS;
	char *at = put(text, end, name);

	if (strcmp(bpffs, MIM_BPFFS_DEFAULT) == 0)
		return text;
	at = put(at, end, " --bpffs ");
	if (strspn(bpffs, PLAIN) == strlen(bpffs))
		put(at, end, bpffs);
	else
		put_quoted(at, end, bpffs);
	return text;
}

const char *mim_scope_below(const char *bpffs, const char *path)
{
	size_t length = strlen(bpffs);

	return mim_str_starts(path, bpffs) && path[length] == '/' ? path + length + 1
								  : path;
}

const char *mim_scope_path(struct mim_arena *arena, const char *bpffs, const char *below)
{
	return *below == '/' ? mim_arena_strdup(arena, below)
			     : mim_arena_printf(arena, "%s/%s", bpffs, below);
}

int mim_scope_absent(const char *name, const char *bpffs, struct mim_diags *diags)
{
	mim_error(diags, MIM_NOWHERE, MIM_CODE_NONE, -ENOENT,
		  "there is no scope '%s' in %s", name, bpffs);
	mim_hint(diags, MIM_SCOPE_ELSEWHERE);
	return -ENOENT;
}

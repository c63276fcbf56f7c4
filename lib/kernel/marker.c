/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/marker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/num.h"
#include "base/str.h"
#include "model/reserved.h"

/*
 * "mimctl 1 generation=3 digest=0123456789abcdef time=1700000000 revision=v1.2"
 * The revision comes last because it may hold anything.
 */
#define FORMAT "mimctl 1 "

static const char *const record_prefixes[] = {
	[MIM_RECORD_PROTECTED] = "protected-",
	[MIM_RECORD_OUTSIDE] = "outside-",
};

const char *mim_marker_text(const struct mim_marker *marker, char *text)
{
	snprintf(text, MIM_MARKER_TEXT,
		 FORMAT "generation=%" PRIu64 " digest=%s time=%" PRId64 " revision=%s",
		 marker->generation, marker->digest, marker->time, marker->revision);
	return text;
}

const char *mim_record_name(enum mim_record record, const char *path, char *name)
{
	snprintf(name, MIM_RECORD_NAME, "%s%012" PRIx64, record_prefixes[record],
		 mim_str_hash(path, strlen(path)) & 0xffffffffffff);
	return name;
}

/* "key=word " at *text; moves on past it. Return: the word, cut off, or NULL. */
static char *take_word(char **text, const char *key)
{
	char *word = *text, *space;

	if (!mim_str_starts(word, key))
		return NULL;
	word += strlen(key);
	space = strchr(word, ' ');
	if (!space)
		return NULL;
	*space = '\0';
	*text = space + 1;
	return word;
}

static bool parse(char *text, struct mim_marker *ret_marker)
{
	struct mim_marker marker = {0};
	const char *generation, *time;

	if (!mim_str_starts(text, FORMAT))
		return false;
	text += strlen(FORMAT);
	generation = take_word(&text, "generation=");
	marker.digest = take_word(&text, "digest=");
	time = take_word(&text, "time=");
	if (!generation || !marker.digest || !time ||
	    !mim_str_starts(text, "revision=") ||
	    mim_num_u64(generation, UINT64_MAX, &marker.generation) < 0 ||
	    mim_num_s64(time, 0, INT64_MAX, &marker.time) < 0)
		return false;
	marker.revision = text + strlen("revision=");
	/* Both are shown at terminals. */
	if (strspn(marker.digest, "0123456789abcdef") != strlen(marker.digest) ||
	    !mim_str_is_printable(marker.revision))
		return false;
	*ret_marker = marker;
	return true;
}

/* Return: the target in the arena, NULL when there is no such link. */
static char *read_link(int folder, const char *name, struct mim_topology *live)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(folder, name, target, sizeof(target) - 1);

	return n < 0 ? NULL : mim_arena_strndup(&live->arena, target, (size_t)n);
}

static int take_state(int folder, const char *name, struct mim_topology *live)
{
	struct mim_scope *scope = &live->scope;
	struct mim_texts *texts = NULL;
	char *target;

	if (mim_str_starts(name, record_prefixes[MIM_RECORD_PROTECTED]))
		texts = &scope->protected;
	else if (mim_str_starts(name, record_prefixes[MIM_RECORD_OUTSIDE]))
		texts = &scope->outside;
	target = texts ? read_link(folder, name, live) : NULL;
	if (target)
		return mim_topology_add_text(live, texts, target);
	target = mim_arena_printf(&live->arena, "%s/%s/%s", scope->folder, MIM_STATE_NAME,
				  name);
	return target ? mim_topology_add_text(live, &scope->stale, target) : -ENOMEM;
}

static int read_state(int scope_folder, struct mim_topology *live)
{
	int fd = openat(scope_folder, MIM_STATE_NAME,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	mim_auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (r == 0 && (entry = readdir(dir)))
		if (!strchr(entry->d_name, '.'))
			r = take_state(dirfd(dir), entry->d_name, live);
	return r;
}

int mim_marker_read(int folder, struct mim_topology *live)
{
	struct mim_scope *scope = &live->scope;
	struct stat st;
	char *text;

	if (fstat(folder, &st) < 0)
		return 0;
	scope->exists = true;
	scope->owner = st.st_uid;
	scope->untrusted = st.st_uid != 0 && st.st_uid != geteuid();
	if (scope->untrusted)
		return 0;
	text = read_link(folder, MIM_MARKER_NAME, live);
	scope->marked = text && parse(text, &scope->marker);
	return scope->marked ? read_state(folder, live) : 0;
}

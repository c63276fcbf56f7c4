/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/marker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include "base/num.h"
#include "base/str.h"
#include "kernel/folder.h"
#include "model/reserved.h"
#include "model/scope.h"

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

const char *mim_record_name(enum mim_record record, const char *text, char *name)
{
	snprintf(name, MIM_RECORD_NAME, "%s%012" PRIx64, record_prefixes[record],
		 mim_str_hash(text, strlen(text)) & 0xffffffffffff);
	return name;
}

bool mim_is_record(const char *name)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(record_prefixes); i++)
		if (mim_str_starts(name, record_prefixes[i]))
			return true;
	return false;
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

/* @ret_target: in the arena; NULL when there is no such link. */
static int read_link(struct mim_kernel *kernel, int folder, const char *name,
		     struct mim_topology *live, char **ret_target)
{
	char target[PATH_MAX];
	int n = mim_kernel_call(kernel, read_link, folder, name, target,
				sizeof(target) - 1);

	*ret_target = NULL;
	if (n < 0)
		return n == -ENOENT || n == -EINVAL ? 0 : n;
	*ret_target = mim_arena_strndup(&live->arena, target, (size_t)n);
	return *ret_target ? 0 : -ENOMEM;
}

const char *mim_runner_text(const struct mim_runner *runner, char *text)
{
	snprintf(text, MIM_RUNNER_TEXT,
		 "pid=%u space=%u since=%" PRId64 " until=%" PRId64
		 " host=%.64s command=%.256s",
		 runner->pid, runner->space, runner->since, runner->until, runner->host,
		 runner->command);
	return text;
}

static bool parse_runner(char *text, struct mim_runner *ret_runner)
{
	struct mim_runner runner = {0};
	const char *pid = take_word(&text, "pid="), *since = NULL, *until = NULL;
	const char *space = pid ? take_word(&text, "space=") : NULL;
	uint64_t number, space_number;

	if (space)
		since = take_word(&text, "since=");
	if (since)
		until = take_word(&text, "until=");
	if (until)
		runner.host = take_word(&text, "host=");
	if (!runner.host || !mim_str_starts(text, "command=") ||
	    mim_num_u64(pid, UINT32_MAX, &number) < 0 ||
	    mim_num_u64(space, UINT32_MAX, &space_number) < 0 ||
	    mim_num_s64(since, 0, INT64_MAX, &runner.since) < 0 ||
	    mim_num_s64(until, 0, INT64_MAX, &runner.until) < 0)
		return false;
	runner.pid = (uint32_t)number;
	runner.space = (uint32_t)space_number;
	runner.command = text + strlen("command=");
	/* Both are shown at terminals. */
	if (!mim_str_is_printable(runner.host) || !mim_str_is_printable(runner.command))
		return false;
	*ret_runner = runner;
	return true;
}

int mim_runner_read(struct mim_kernel *kernel, int state, const char *name, char *text,
		    struct mim_runner *ret_runner)
{
	int n = mim_kernel_call(kernel, read_link, state, name, text,
				MIM_RUNNER_TEXT - 1);

	if (n < 0)
		return n == -ENOENT || n == -EINVAL ? 0 : n;
	text[n] = '\0';
	return parse_runner(text, ret_runner);
}

/* The same for the same scope in the same bpffs, whoever runs. */
static int name_start(int root, const char *scope, char *start)
{
	uint64_t both[2] = {0, mim_str_hash(scope, strlen(scope))};
	struct stat st;

	if (fstat(root, &st) < 0)
		return -errno;
	both[0] = st.st_dev;
	snprintf(start, MIM_UNGUESSABLE_NAME, MIM_STATE_NAME "%08" PRIx32,
		 (uint32_t)mim_str_hash(both, sizeof(both)));
	return 0;
}

int mim_unguessable_name(int root, const char *scope, char *name)
{
	uint64_t random;
	size_t length;
	int r = name_start(root, scope, name);

	if (r < 0)
		return r;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	length = strlen(name);
	snprintf(name + length, MIM_UNGUESSABLE_NAME - length, "%016" PRIx64, random);
	return 0;
}

bool mim_is_unguessable_name(int root, const char *scope, const char *name)
{
	char start[MIM_UNGUESSABLE_NAME];

	return strlen(name) == MIM_UNGUESSABLE_NAME - 1 &&
	       mim_str_starts(name, MIM_STATE_NAME) &&
	       name_start(root, scope, start) == 0 && mim_str_starts(name, start);
}

/* A reader without the lock must not take the work of somebody who has it for leftovers.
 */
static bool is_at_work(struct mim_kernel *kernel, int folder)
{
	int r;

	if (kernel->holds_lock)
		return false;
	r = mim_kernel_call(kernel, lock, folder, LOCK_SH | LOCK_NB);
	if (r == 0)
		mim_kernel_call(kernel, lock, folder, LOCK_UN);
	return r == -EWOULDBLOCK;
}

static int read_pending(struct mim_kernel *kernel, int state, bool at_work,
			struct mim_topology *live)
{
	char text[MIM_RUNNER_TEXT];
	struct mim_runner pending;
	int r = mim_runner_read(kernel, state, MIM_PENDING_NAME, text, &pending);
	bool waits = r > 0, is_over;

	if (r == 0)
		r = mim_runner_read(kernel, state, MIM_GOING_BACK_NAME, text, &pending);
	if (r <= 0)
		return r;
	is_over = !waits || pending.until <= time(NULL);
	/* At the end of its time whoever waits goes back. */
	if (is_over && at_work)
		return 0;
	live->scope.halfway = !waits;
	pending.host = mim_arena_strdup(&live->arena, pending.host);
	pending.command = mim_arena_strdup(&live->arena, pending.command);
	*(is_over ? &live->scope.overdue : &live->scope.pending) = pending;
	return pending.host && pending.command ? 0 : -ENOMEM;
}

static int add_stale(struct mim_topology *live, const char *name)
{
	struct mim_scope *scope = &live->scope;
	const char *path = mim_arena_printf(&live->arena, "%s/%s/%s", scope->folder,
					    MIM_STATE_NAME, name);

	return path ? mim_topology_add_text(live, &scope->stale, path) : -ENOMEM;
}

static struct mim_texts *texts_of_record(struct mim_scope *scope, const char *name)
{
	if (mim_str_starts(name, record_prefixes[MIM_RECORD_PROTECTED]))
		return &scope->protected;
	if (mim_str_starts(name, record_prefixes[MIM_RECORD_OUTSIDE]))
		return &scope->outside;
	return mim_str_starts(name, MIM_FOLDER_PREFIX) ? &scope->begun : NULL;
}

/* What lies in the same bpffs was kept without its mount point. */
static int add_kept(struct mim_topology *live, struct mim_texts *texts, const char *kept)
{
	const char *path = texts == &live->scope.outside ? mim_outside_path(kept) : kept;
	const char *full;

	if (!path)
		return mim_topology_add_text(live, texts, kept);
	full = mim_scope_path(&live->arena, live->scope.bpffs, path);
	if (full && path != kept)
		full = mim_arena_printf(&live->arena, "%.*s%s", (int)(path - kept), kept,
					full);
	return full ? mim_texts_add(texts, full) : -ENOMEM;
}

static int take_state(struct mim_kernel *kernel, int folder, const char *name,
		      bool skip_others, struct mim_topology *live)
{
	struct mim_scope *scope = &live->scope;
	struct mim_texts *texts = texts_of_record(scope, name);
	char *target = NULL;
	int r;

	/* What lies in a folder that is not marked is not believed. */
	if (!scope->marked)
		return add_stale(live, name);
	/* Of somebody who is gone, unless the lock is held; the next one signs anew. */
	if (!mim_is_record(name) && (skip_others || strcmp(name, MIM_HOLDER_NAME) == 0))
		return 0;
	r = texts ? read_link(kernel, folder, name, live, &target) : 0;
	if (r < 0)
		return r;
	if (target && add_kept(live, texts, target) < 0)
		return -ENOMEM;
	return target && mim_is_record(name) ? 0 : add_stale(live, name);
}

static bool is_trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

bool mim_is_only_ours(int folder)
{
	struct stat st;

	return fstat(folder, &st) == 0 && is_trusted(&st) &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

int mim_state_open(struct mim_kernel *kernel, int folder)
{
	mim_auto_close int state =
		mim_kernel_call(kernel, open_folder, folder, MIM_STATE_NAME);

	return state >= 0 && !mim_is_only_ours(state) ? -EACCES : TAKE_FD(state);
}

static int read_state(struct mim_kernel *kernel, int scope_folder,
		      struct mim_topology *live)
{
	mim_auto_folder struct mim_folder state;
	int r = mim_folder_open(kernel, scope_folder, MIM_STATE_NAME, &state), more = 0;
	const char *name;
	bool skip_others = false;

	/* Records that are there and cannot be read must not look absent. */
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	/* As if there were no marker either: whoever made this could have made that. */
	if (!mim_is_only_ours(state.fd)) {
		live->scope.marked = false;
		return 0;
	}
	skip_others = is_at_work(kernel, scope_folder);
	r = live->scope.marked ? read_pending(kernel, state.fd, skip_others, live) : 0;
	skip_others |= live->scope.pending.host != NULL;
	while (r == 0 && (more = mim_folder_next(kernel, &state, &name)) > 0)
		r = take_state(kernel, state.fd, name, skip_others, live);
	mim_texts_sort(&live->scope.protected);
	mim_texts_sort(&live->scope.outside);
	mim_texts_sort(&live->scope.begun);
	return r < 0 || more == -ENOENT ? r : more;
}

int mim_marker_is_there(struct mim_kernel *kernel, int folder)
{
	char target[PATH_MAX];
	struct mim_marker marker;
	struct stat st;
	int n = mim_kernel_call(kernel, read_link, folder, MIM_MARKER_NAME, target,
				sizeof(target) - 1);

	if (mim_is_shortage(n))
		return n;
	if (n < 0 || fstat(folder, &st) < 0 || !is_trusted(&st))
		return 0;
	target[n] = '\0';
	return parse(target, &marker);
}

int mim_marker_read(struct mim_kernel *kernel, int folder, struct mim_topology *live)
{
	struct mim_scope *scope = &live->scope;
	struct stat st;
	char *text;
	int r;

	if (fstat(folder, &st) < 0)
		return 0;
	scope->exists = true;
	scope->owner = st.st_uid;
	scope->untrusted = !is_trusted(&st);
	if (scope->untrusted)
		return 0;
	r = read_link(kernel, folder, MIM_MARKER_NAME, live, &text);
	if (r < 0)
		return r;
	scope->marked = text && parse(text, &scope->marker);
	return read_state(kernel, folder, live);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/journal.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "base/array.h"
#include "model/scope.h"

/* Bytes of one value of the map that keeps a journal. */
#define BLOCK 32768U
/* A million slots with keys of 64 bytes; more is nothing that we wrote. */
#define MOST_BYTES (128U << 20)
#define MAGIC	   "mimctl journal 3"

void mim_journal_release(struct mim_journal *journal)
{
	free(journal->items);
	mim_arena_release(&journal->arena);
	*journal = (struct mim_journal){0};
}

struct mim_undo *mim_journal_add(struct mim_journal *journal)
{
	struct mim_undo *undo = mim_array_add(journal->items, journal->n);

	if (undo)
		*undo = (struct mim_undo){
			.access = {MIM_MODE_ANY, MIM_ID_ANY, MIM_ID_ANY}};
	return undo;
}

/* What is kept of an entry; texts, keys and ids follow. */
struct record {
	uint32_t op;
	uint32_t skipped;
	uint32_t replace;
	struct mim_access access;
	uint32_t id;
	uint32_t placed;
	uint32_t key_size;
	uint32_t n;
	uint32_t there;
	uint32_t value_size;
	uint32_t path_length;
	uint32_t text_length;
};

struct bytes {
	uint8_t *data;
	size_t used;
	size_t size;
};

static void put(struct bytes *bytes, const void *data, size_t n)
{
	if (bytes->data)
		memcpy(bytes->data + bytes->used, data, n);
	bytes->used += n;
}

static uint32_t length_of(const char *text)
{
	return text ? (uint32_t)strlen(text) : 0;
}

/* Or is it a name? */
static bool has_path(enum mim_undo_op op)
{
	switch (op) {
	case MIM_UNDO_REMOVE_SCOPE:
	case MIM_UNDO_UNMARK:
	case MIM_UNDO_REMOVE_FOLDER:
	case MIM_UNDO_MAKE_FOLDER:
	case MIM_UNDO_UNPIN:
	case MIM_UNDO_PIN:
	case MIM_UNDO_ACCESS:
		return true;
	/* Who has it mounted elsewhere is not to unmount what is there. */
	case MIM_UNDO_UNMOUNT:
	case MIM_UNDO_SLOTS:
	case MIM_UNDO_RECORD:
	case MIM_UNDO_MARKER:
	case MIM_UNDO_ENTRIES:
		break;
	}
	return false;
}

static void put_undo(struct bytes *bytes, const struct mim_undo *undo, const char *bpffs)
{
	const char *path =
		has_path(undo->op) ? mim_scope_below(bpffs, undo->path) : undo->path;
	const struct record record = {
		.op = undo->op,
		.skipped = undo->skipped,
		.replace = undo->replace,
		.access = undo->access,
		.id = undo->id,
		.placed = undo->placed,
		.key_size = undo->key_size,
		.n = undo->n,
		.there = undo->there,
		.value_size = undo->value_size,
		.path_length = length_of(path),
		.text_length = length_of(undo->text),
	};

	put(bytes, &record, sizeof(record));
	put(bytes, path ? path : "", record.path_length);
	put(bytes, undo->text ? undo->text : "", record.text_length);
	put(bytes, undo->keys ? undo->keys : (const uint8_t *)"",
	    (size_t)undo->n * undo->key_size);
	if (undo->op == MIM_UNDO_ENTRIES)
		put(bytes, undo->values, (size_t)undo->there * undo->value_size);
	else
		put(bytes, undo->ids ? (const void *)undo->ids : "",
		    (size_t)undo->n * sizeof(*undo->ids));
}

/* Once to learn the size, and once to write. */
static void put_all(struct bytes *bytes, const struct mim_journal *journal,
		    const char *bpffs)
{
	uint32_t n = (uint32_t)journal->n;

	bytes->used = 0;
	put(bytes, MAGIC, sizeof(MAGIC));
	put(bytes, &n, sizeof(n));
	for (size_t i = 0; i < journal->n; i++)
		put_undo(bytes, &journal->items[i], bpffs);
}

static int fill(struct mim_kernel *kernel, int fd, const struct bytes *bytes)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < bytes->size / BLOCK; i++)
		r = mim_kernel_call(kernel, map_update, fd, &i,
				    bytes->data + (size_t)i * BLOCK, 0);
	return r;
}

/* @bytes->data is the caller's to release. */
static int pack(const struct mim_journal *journal, const struct mim_site *site,
		struct bytes *bytes)
{
	put_all(bytes, journal, site->bpffs);
	if (bytes->used > MOST_BYTES)
		return -E2BIG;
	bytes->size = (bytes->used + BLOCK - 1) / BLOCK * BLOCK;
	bytes->data = calloc(1, bytes->size);
	if (!bytes->data)
		return -ENOMEM;
	put_all(bytes, journal, site->bpffs);
	return 0;
}

static void release_bytes(struct bytes *bytes)
{
	free(bytes->data);
}

int mim_journal_save(const struct mim_journal *journal, struct mim_site *site)
{
	const struct mim_access access = {MIM_MODE_ANY, MIM_ID_ANY, MIM_ID_ANY};
	mim_cleanup(release_bytes) struct bytes bytes = {0};
	struct mim_shape shape = {BPF_MAP_TYPE_ARRAY, 4, BLOCK, 0, 0, 0, 0};
	mim_auto_close int fd = -1;
	int state = mim_site_state(site),
	    r = state < 0 ? state : pack(journal, site, &bytes);

	if (r < 0)
		return r;
	shape.max_entries = (uint32_t)(bytes.size / BLOCK);
	fd = mim_kernel_call(site->kernel, map_create, &shape, "mimctl_journal", -1,
			     NULL);
	r = fd < 0 ? fd : fill(site->kernel, fd, &bytes);
	return r < 0 ? r : mim_site_stage(site, fd, state, MIM_JOURNAL_NAME, &access);
}

int mim_journal_skip(struct mim_journal *journal, struct mim_site *site)
{
	mim_cleanup(release_bytes) struct bytes bytes = {0};
	enum mim_object object;
	mim_auto_close int fd = -1;
	bool any = false;
	int r;

	for (size_t i = 0; i < journal->n; i++) {
		journal->items[i].skipped = !journal->items[i].done;
		any |= journal->items[i].skipped;
	}
	if (!any)
		return 0;
	r = pack(journal, site, &bytes);
	if (r == 0)
		fd = mim_kernel_call(site->kernel, get, site->state, MIM_JOURNAL_NAME,
				     &object);
	return r < 0 ? r : fd < 0 ? fd : fill(site->kernel, fd, &bytes);
}

/* Return: @n bytes, or NULL when there are not so many. */
static const uint8_t *take(struct bytes *bytes, size_t n)
{
	const uint8_t *at = bytes->data + bytes->used;

	if (n > bytes->size - bytes->used)
		return NULL;
	bytes->used += n;
	return at;
}

static int take_text(struct mim_journal *journal, struct bytes *bytes, uint32_t n,
		     const char **ret_text)
{
	const char *at = (const char *)take(bytes, n);

	if (!at || memchr(at, '\0', n))
		return -EINVAL;
	*ret_text = mim_arena_strndup(&journal->arena, at, n);
	return *ret_text ? 0 : -ENOMEM;
}

static int take_entries(struct mim_journal *journal, struct bytes *bytes,
			struct mim_undo *undo)
{
	size_t key_bytes = (size_t)undo->n * undo->key_size;
	size_t value_bytes = (size_t)undo->there * undo->value_size;
	const uint8_t *keys = take(bytes, key_bytes);
	const uint8_t *values = keys ? take(bytes, value_bytes) : NULL;

	if (!values || undo->there > undo->n)
		return -EINVAL;
	undo->keys = mim_arena_array(&journal->arena, undo->n, undo->key_size);
	undo->values = mim_arena_array(&journal->arena, undo->there, undo->value_size);
	if (!undo->keys || !undo->values)
		return -ENOMEM;
	memcpy(undo->keys, keys, key_bytes);
	memcpy(undo->values, values, value_bytes);
	return 0;
}

static int take_slots(struct mim_journal *journal, struct bytes *bytes,
		      struct mim_undo *undo)
{
	size_t key_bytes = (size_t)undo->n * undo->key_size;
	size_t id_bytes = (size_t)undo->n * sizeof(*undo->ids);
	const uint8_t *keys = take(bytes, key_bytes);
	const uint8_t *ids = keys ? take(bytes, id_bytes) : NULL;

	if (!ids)
		return -EINVAL;
	undo->keys = mim_arena_array(&journal->arena, undo->n, undo->key_size);
	undo->ids = mim_arena_array(&journal->arena, undo->n, sizeof(*undo->ids));
	if (!undo->keys || !undo->ids)
		return -ENOMEM;
	memcpy(undo->keys, keys, key_bytes);
	memcpy(undo->ids, ids, id_bytes);
	return 0;
}

static int take_undo(struct mim_journal *journal, const struct mim_site *site,
		     struct bytes *bytes)
{
	const uint8_t *at = take(bytes, sizeof(struct record));
	struct mim_undo *undo = at ? mim_journal_add(journal) : NULL;
	struct record record;
	int r;

	if (!undo)
		return at ? -ENOMEM : -EINVAL;
	memcpy(&record, at, sizeof(record));
	if (record.op > MIM_UNDO_ENTRIES || record.value_size > MOST_BYTES ||
	    record.key_size > BLOCK || record.path_length >= MIM_PATH_MOST ||
	    record.text_length >= MIM_PATH_MOST)
		return -EINVAL;
	undo->op = record.op;
	undo->done = !record.skipped;
	undo->again = true;
	undo->replace = record.replace;
	undo->access = record.access;
	undo->id = record.id;
	undo->placed = record.placed;
	undo->key_size = record.key_size;
	undo->n = record.n;
	undo->there = record.there;
	undo->value_size = record.value_size;
	r = take_text(journal, bytes, record.path_length, &undo->path);
	if (r == 0 && has_path(undo->op)) {
		undo->path = mim_scope_path(&journal->arena, site->bpffs, undo->path);
		r = undo->path ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = take_text(journal, bytes, record.text_length, &undo->text);
	if (r < 0)
		return r;
	return undo->op == MIM_UNDO_ENTRIES ? take_entries(journal, bytes, undo)
					    : take_slots(journal, bytes, undo);
}

static int parse(struct mim_journal *journal, const struct mim_site *site,
		 struct bytes *bytes)
{
	const uint8_t *magic = take(bytes, sizeof(MAGIC)), *count;
	uint32_t n;
	int r = 0;

	count = magic ? take(bytes, sizeof(n)) : NULL;
	if (!count || memcmp(magic, MAGIC, sizeof(MAGIC)) != 0)
		return -EINVAL;
	memcpy(&n, count, sizeof(n));
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = take_undo(journal, site, bytes);
	return r;
}

int mim_journal_load(struct mim_journal *journal, struct mim_site *site)
{
	mim_auto_free uint8_t *data = NULL;
	struct mim_map_info info = {0};
	struct bytes bytes = {0};
	enum mim_object object = MIM_OBJECT_OTHER;
	mim_auto_close int fd = -1;
	int r;

	fd = mim_kernel_call(site->kernel, get, site->state, MIM_JOURNAL_NAME, &object);
	if (fd < 0)
		return fd;
	if (object != MIM_OBJECT_MAP)
		return -EINVAL;
	r = mim_kernel_call(site->kernel, map_info, fd, &info);
	if (r < 0)
		return r;
	if (info.shape.type != BPF_MAP_TYPE_ARRAY || info.shape.value_size != BLOCK ||
	    info.shape.max_entries > MOST_BYTES / BLOCK)
		return -EINVAL;
	bytes.size = (size_t)info.shape.max_entries * BLOCK;
	bytes.data = data = malloc(bytes.size);
	if (!data)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < info.shape.max_entries; i++)
		r = mim_kernel_call(site->kernel, map_lookup, fd, &i,
				    data + (size_t)i * BLOCK);
	return r < 0 ? r : parse(journal, site, &bytes);
}

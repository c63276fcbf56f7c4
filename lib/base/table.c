/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/table.h"

#include <errno.h>

/* Out of memory is an error like any other: uthash's own answer is exit(). */
#define HASH_NONFATAL_OOM	   1
#define uthash_nonfatal_oom(added) ((added)->failed = true)
#include <uthash.h>
#include "base/str.h"

struct mim_table_entry {
	const char *name;
	uint32_t value;
	bool failed;
	UT_hash_handle hh;
};

void mim_table_release(struct mim_table *table)
{
	struct mim_table_entry *entry, *next;

	HASH_ITER (hh, table->head, entry, next) {
		HASH_DEL(table->head, entry);
		free(entry);
	}
}

static struct mim_table_entry *find(const struct mim_table *table, const char *name)
{
	struct mim_table_entry *entry;

	HASH_FIND_STR(table->head, name, entry);
	return entry;
}

int mim_table_add(struct mim_table *table, const char *name, uint32_t value,
		  uint32_t *ret_there)
{
	struct mim_table_entry *entry = find(table, name);

	if (entry) {
		*ret_there = entry->value;
		return -EEXIST;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->name = name;
	entry->value = value;
	HASH_ADD_KEYPTR(hh, table->head, name, strlen(name), entry);
	if (entry->failed) {
		free(entry);
		return -ENOMEM;
	}
	return 0;
}

uint32_t mim_table_find(const struct mim_table *table, const char *name)
{
	struct mim_table_entry *entry = find(table, name);

	return entry ? entry->value : MIM_TABLE_NONE;
}

const char *mim_table_closest(const struct mim_table *table, const char *word)
{
	struct mim_str_closest closest = {.word = word};
	struct mim_table_entry *entry;

	for (entry = table->head; entry; entry = entry->hh.next)
		mim_str_consider(&closest, entry->name);
	return closest.best;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_TABLE_H
#define MIM_BASE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/cleanup.h"

#define MIM_TABLE_NONE UINT32_MAX

/**
 * struct mim_table - from names to numbers, a hash table
 * @head: the entries; NULL when empty
 *
 * Names are borrowed and must outlive the table. An all-zero table is empty.
 */
struct mim_table {
	struct mim_table_entry *head;
};

void mim_table_release(struct mim_table *table);

#define mim_auto_table mim_cleanup(mim_table_release)

/**
 * mim_table_add() - remember @value under @name
 * @ret_there: the value that @name has already; set on -EEXIST only
 *
 * Return: 0, -EEXIST, -ENOMEM.
 */
int mim_table_add(struct mim_table *table, const char *name, uint32_t value,
		  uint32_t *ret_there);

/** mim_table_find() - Return: the value of @name, or MIM_TABLE_NONE */
uint32_t mim_table_find(const struct mim_table *table, const char *name);

/** mim_table_closest() - Return: the name most like @word, or NULL (mim_str_consider())
 */
const char *mim_table_closest(const struct mim_table *table, const char *word);

#endif

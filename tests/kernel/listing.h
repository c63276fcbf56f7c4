/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_KERNEL_LISTING_H
#define TESTS_KERNEL_LISTING_H

#include <stdbool.h>
#include <stdio.h>

/**
 * DOC: what is in a bpffs, as text
 *
 * Two such texts are equal when nothing has changed for anybody: names, modes, owners,
 * what links lead to, which maps are pinned, and what is in them and in their slots.
 * Entries are listed as the kernel gives them, so that a hash that got one back may be
 * listed otherwise.
 */

/**
 * list_folder() - all below a folder, a line for each name, entry and slot
 * @inodes: with their numbers, which tell what was made anew
 *
 * Without what the kernel puts into each bpffs, and without who is at work.
 */
void list_folder(const char *path, bool inodes, FILE *out);

/** is_bpffs() - is one mounted there? */
bool is_bpffs(const char *path);

/** list_bench() - all in the bpffs of the bench, and in the other one; Return: heap */
char *list_bench(void);

#endif

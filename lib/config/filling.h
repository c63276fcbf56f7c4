/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_FILLING_H
#define MIM_CONFIG_FILLING_H

#include "config/csv.h"
#include "config/resolve.h"

/**
 * struct mim_filling - what is declared to be in one inner map, on its way into it
 * @template: of the map: how keys and values are written
 * @elements: in the order of the file
 * @where: for each element which line of the list or the table it is
 * @csv: the table; NULL for a list
 * @key_column, @value_column: where keys and values begin in it
 *
 * Elements live in the topology, all else as long as the map is being resolved.
 */
struct mim_filling {
	struct mim_resolve *resolve;
	struct mim_map *map;
	const struct mim_template *template;
	struct mim_elements *elements;
	uint32_t *where;
	struct mim_csv *csv;
	size_t key_column;
	size_t value_column;
};

/**
 * mim_filling_begin() - room for @n elements
 * Return: false when it was reported: too many bytes of them, or no memory.
 */
bool mim_filling_begin(struct mim_filling *filling, uint64_t n);

/** mim_filling_wrong() - report a mistake in an entry; @key: "key", "value" or NULL */
void mim_filling_wrong(const struct mim_filling *filling, uint32_t where, const char *key,
		       enum mim_code code, const char *format, ...) MIM_PRINTF(5, 6);

/** mim_filling_wrong_at() - the same of a table, with the place in it */
void mim_filling_wrong_at(const struct mim_filling *filling, struct mim_place place,
			  enum mim_code code, const char *format, ...) MIM_PRINTF(4, 5);

/** mim_filling_note() - another entry that belongs to it */
void mim_filling_note(const struct mim_filling *filling, uint32_t where, const char *key,
		      const char *format, ...) MIM_PRINTF(4, 5);

/**
 * mim_filling_end() - judge all that was read, and give it to the map
 *
 * Reports indices past the end, prefixes with more than their bits, keys that stand there
 * twice, and more entries than the map has room for.
 */
void mim_filling_end(struct mim_filling *filling);

/** mim_filling_source() - the YAML key under which a map's entries are: for messages */
static inline const char *mim_filling_source(const struct mim_filling *filling)
{
	return filling->csv ? "entries_from" : "entries";
}

/** mim_resolve_csv() - read the table into the map */
void mim_resolve_csv(struct mim_filling *filling, const char *word);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_BASE_STR_H
#define MIM_BASE_STR_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool mim_str_starts(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return false;
	return true;
}

/**
 * mim_str_decode() - the first character of a text
 * Return: its bytes in UTF-8; 0 when @text is empty or begins with no UTF-8.
 */
size_t mim_str_decode(const char *text, uint32_t *ret_value);

/** mim_str_columns() - Return: characters that begin in @length bytes of text */
size_t mim_str_columns(const char *text, size_t length);

/**
 * mim_str_character() - length of a printable character
 * Return: its bytes in UTF-8; 0 when @text begins with a control character or no UTF-8.
 */
size_t mim_str_character(const char *text);

/** mim_str_is_printable() - is it UTF-8 without control characters? */
bool mim_str_is_printable(const char *text);

/**
 * mim_str_show() - a text that may hold anything, for people: "a\\xff"
 * @shown: gets what is printable as it is and other bytes in hex, cut to @size bytes;
 *four times as many as @text has are enough Return: @shown.
 */
const char *mim_str_show(const char *text, char *shown, size_t size);

/** mim_str_hash() - 64-bit FNV-1a of @length bytes; stable for ever, names depend on it
 */
uint64_t mim_str_hash(const void *bytes, size_t length);

/**
 * mim_str_digest() - tells one long text from another, eight bytes at a time
 *
 * By chance two have the same as good as never; somebody who tries can make such. Another
 * release, or another byte order, may give another.
 */
uint64_t mim_str_digest(const void *bytes, size_t length);

/**
 * struct mim_str_closest - the candidate most like a misspelt word
 * @word: what was written
 * @best: closest candidate so far; borrowed from the caller of mim_str_consider()
 * @distance: edits between the two
 *
 * Set @word, offer every candidate, read @best: NULL when nothing is close enough to be
 * meant (more than a third of the word differs).
 */
struct mim_str_closest {
	const char *word;
	const char *best;
	unsigned int distance;
};

void mim_str_consider(struct mim_str_closest *closest, const char *candidate);

#endif

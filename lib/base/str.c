/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_WORD 64

#define FNV_PRIME 0x100000001b3u

uint64_t mim_str_hash(const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	uint64_t hash = 0xcbf29ce484222325u;

	while (length--) {
		hash ^= *byte++;
		hash *= FNV_PRIME;
	}
	return hash;
}

uint64_t mim_str_digest(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t digest = length, word;

	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		digest = (digest ^ word) * FNV_PRIME;
		digest ^= digest >> 32;
	}
	return digest ^ mim_str_hash(at, length);
}

size_t mim_str_decode(const char *start, uint32_t *ret_value)
{
	const unsigned char *text = (const unsigned char *)start;
	static const struct {
		unsigned char mask;
		unsigned char is;
		uint32_t least;
	} forms[] = {{0x80, 0x00, 0x1},
		     {0xe0, 0xc0, 0x80},
		     {0xf0, 0xe0, 0x800},
		     {0xf8, 0xf0, 0x10000}};
	uint32_t value;
	size_t n = 0;

	while (n < 4 && (text[0] & forms[n].mask) != forms[n].is)
		n++;
	if (n == 4)
		return 0;
	value = text[0] & (unsigned char)~forms[n].mask;
	for (size_t i = 1; i <= n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < forms[n].least || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret_value = value;
	return n + 1;
}

size_t mim_str_columns(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += (text[i] & 0xc0) != 0x80;
	return columns;
}

size_t mim_str_character(const char *text)
{
	uint32_t value;
	size_t n = mim_str_decode(text, &value);

	if (n == 0 || value < 0x20 || (value >= 0x7f && value < 0xa0) ||
	    value == 0x2028 || value == 0x2029)
		return 0;
	return n;
}

bool mim_str_is_printable(const char *text)
{
	while (*text) {
		size_t n = mim_str_character(text);

		if (n == 0)
			return false;
		text += n;
	}
	return true;
}

const char *mim_str_show(const char *text, char *shown, size_t size)
{
	size_t used = 0;

	shown[0] = '\0';
	while (*text && used + 5 < size) {
		size_t n = mim_str_character(text);

		if (n)
			used += (size_t)snprintf(shown + used, size - used, "%.*s",
						 (int)n, text);
		else
			used += (size_t)snprintf(shown + used, size - used, "\\x%02x",
						 (unsigned char)*text);
		text += n ? n : 1;
	}
	return shown;
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits that make one word the other: insert, delete, change or swap neighbours. */
static unsigned int edit_distance(const char *a, size_t a_len, const char *b,
				  size_t b_len)
{
	unsigned int row[3][LONGEST_WORD + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *now = row[i % 3], *last = row[(i + 2) % 3];
		unsigned int *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = min3(last[j] + 1, now[j - 1] + 1,
				      last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return row[a_len % 3][b_len];
}

void mim_str_consider(struct mim_str_closest *closest, const char *candidate)
{
	size_t word_len = strlen(closest->word), len = strlen(candidate);
	unsigned int distance;

	if (word_len > LONGEST_WORD || len > LONGEST_WORD)
		return;
	distance = edit_distance(closest->word, word_len, candidate, len);
	if (distance > (word_len > len ? word_len : len) / 3 + (word_len < 3))
		return;
	if (!closest->best || distance < closest->distance) {
		closest->best = candidate;
		closest->distance = distance;
	}
}

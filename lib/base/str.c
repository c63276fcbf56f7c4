/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"

#include <string.h>

#define LONGEST_WORD 64

uint64_t mim_str_hash(const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	uint64_t hash = 0xcbf29ce484222325u;

	while (length--) {
		hash ^= *byte++;
		hash *= 0x100000001b3u;
	}
	return hash;
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

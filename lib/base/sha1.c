/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sha1.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 64

static uint32_t rotate(uint32_t word, unsigned int by)
{
	return word << by | word >> (32 - by);
}

static void expand(const uint8_t *block, uint32_t *words)
{
	for (int i = 0; i < 16; i++)
		words[i] = (uint32_t)block[4 * i] << 24 |
			   (uint32_t)block[4 * i + 1] << 16 |
			   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		words[i] = rotate(
			words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
}

/* The function and the constant of each twenty rounds. */
static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

static void add_block(uint32_t *state, const uint8_t *block)
{
	uint32_t words[80], now[5];

	expand(block, words);
	memcpy(now, state, sizeof(now));
	for (int i = 0; i < 80; i++) {
		uint32_t next = rotate(now[0], 5) + mix(i, now[1], now[2], now[3]) +
				now[4] + words[i];

		now[4] = now[3];
		now[3] = now[2];
		now[2] = rotate(now[1], 30);
		now[1] = now[0];
		now[0] = next;
	}
	for (int i = 0; i < 5; i++)
		state[i] += now[i];
}

void mim_sha1_hex(const void *bytes, size_t size, char *text)
{
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t tail[2 * BLOCK] = {0};
	size_t whole = size / BLOCK * BLOCK, rest = size - whole;
	size_t tail_size = rest + 9 > BLOCK ? 2 * BLOCK : BLOCK;
	uint64_t bits = (uint64_t)size * 8;

	for (size_t at = 0; at < whole; at += BLOCK)
		add_block(state, (const uint8_t *)bytes + at);
	if (rest)
		memcpy(tail, (const uint8_t *)bytes + whole, rest);
	tail[rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		tail[tail_size - 1 - i] = (uint8_t)(bits >> 8 * i);
	for (size_t at = 0; at < tail_size; at += BLOCK)
		add_block(state, tail + at);
	for (int i = 0; i < 5; i++)
		snprintf(text + 8 * i, 9, "%08x", state[i]);
}

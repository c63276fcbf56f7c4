/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sha1.h"
#include "unit.h"

/* RFC 3174 and FIPS 180-2, and lengths around the end of a block. */
static const struct {
	const char *text;
	size_t times;
	const char *sha1;
} vectors[] = {
	{"", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{"abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	 "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
	{"a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
	{"01234567012345670123456701234567", 20,
	 "dea356a2cddd90c7a7ecedc5ebb563934f460452"},
	{"a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
	{"a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
	{"a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
};

START_TEST(sha1_is_as_published)
{
	size_t length = strlen(vectors[_i].text), size = length * vectors[_i].times;
	char *bytes = malloc(size + 1), text[MIM_SHA1_TEXT];

	for (size_t i = 0; i < vectors[_i].times; i++)
		memcpy(bytes + i * length, vectors[_i].text, length);
	mim_sha1_hex(bytes, size, text);
	ck_assert_str_eq(text, vectors[_i].sha1);
	free(bytes);
}
END_TEST

UNIT_MAIN("sha1", UNIT_EACH(sha1_is_as_published, vectors))

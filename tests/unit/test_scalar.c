/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/scalar.h"
#include "unit.h"

static const struct {
	const char *name;
	int r;
	enum mim_type_kind kind;
	uint32_t size;
} types[] = {
	{"u8", 0, MIM_TYPE_UINT, 1},
	{"u16", 0, MIM_TYPE_UINT, 2},
	{"u32", 0, MIM_TYPE_UINT, 4},
	{"u64", 0, MIM_TYPE_UINT, 8},
	{"s8", 0, MIM_TYPE_SINT, 1},
	{"s16", 0, MIM_TYPE_SINT, 2},
	{"s32", 0, MIM_TYPE_SINT, 4},
	{"s64", 0, MIM_TYPE_SINT, 8},
	{"be16", 0, MIM_TYPE_BE, 2},
	{"be32", 0, MIM_TYPE_BE, 4},
	{"be64", 0, MIM_TYPE_BE, 8},
	{"ipv4", 0, MIM_TYPE_IPV4, 4},
	{"ipv6", 0, MIM_TYPE_IPV6, 16},
	{"mac", 0, MIM_TYPE_MAC, 6},
	{"ipv4_prefix", 0, MIM_TYPE_PREFIX4, 8},
	{"ipv6_prefix", 0, MIM_TYPE_PREFIX6, 20},
	{"char[1]", 0, MIM_TYPE_CHAR, 1},
	{"char[65535]", 0, MIM_TYPE_CHAR, 65535},
	{"bytes[16]", 0, MIM_TYPE_BYTES, 16},
	{"bytes[0x10]", 0, MIM_TYPE_BYTES, 16},
	{"char[0]", -ERANGE},
	{"char[65536]", -ERANGE},
	{"char[-1]", -ERANGE},
	{"char[010]", -ERANGE},
	{"char[99999999999999999999999]", -ERANGE},
	{"char[]", -ENOENT},
	{"char[4", -ENOENT},
	{"char", -ENOENT},
	{"char[N]", -ERANGE},
	{"bytes[4]x", -ENOENT},
	{"U32", -ENOENT},
	{"u128", -ENOENT},
	{"be8", -ENOENT},
	{"int", -ENOENT},
	{"", -ENOENT},
};

START_TEST(a_type_name_gives_its_kind_and_size)
{
	struct mim_type type = {0};
	int r = mim_scalar_type(types[_i].name, &type);

	ck_assert_msg(r == types[_i].r, "'%s' gives %d", types[_i].name, r);
	if (r < 0)
		return;
	ck_assert_int_eq(type.kind, types[_i].kind);
	ck_assert_uint_eq(type.size, types[_i].size);
}
END_TEST

START_TEST(the_list_of_types_is_complete)
{
	size_t n = 0;

	while (mim_scalar_each(n))
		n++;
	ck_assert_uint_eq(n, 18);
}
END_TEST

/* Bytes in hex, "~" before those that are in host order. */
static const struct {
	const char *type;
	const char *text;
	const char *bytes;
	const char *printed; /* when it is not as it was written */
} good[] = {
	{"u8", "0", "00"},
	{"u8", "255", "ff"},
	{"u8", "0xfF", "ff", "255"},
	{"u16", "80", "~0050"},
	{"u16", "65535", "~ffff"},
	{"u32", "4294967295", "~ffffffff"},
	{"u32", "0x01020304", "~01020304", "16909060"},
	{"u64", "18446744073709551615", "~ffffffffffffffff"},
	{"u64", "1", "~0000000000000001"},
	{"s8", "-128", "80"},
	{"s8", "127", "7f"},
	{"s8", "-1", "ff"},
	{"s16", "-32768", "~8000"},
	{"s16", "32767", "~7fff"},
	{"s32", "-2147483648", "~80000000"},
	{"s32", "2147483647", "~7fffffff"},
	{"s64", "-9223372036854775808", "~8000000000000000"},
	{"s64", "9223372036854775807", "~7fffffffffffffff"},
	{"s32", "-0x10", "~fffffff0", "-16"},
	{"be16", "80", "0050"},
	{"be16", "0x50", "0050", "80"},
	{"be16", "65535", "ffff"},
	{"be32", "1", "00000001"},
	{"be32", "4294967295", "ffffffff"},
	{"be64", "0x0102030405060708", "0102030405060708", "72623859790382856"},
	{"ipv4", "10.1.2.3", "0a010203"},
	{"ipv4", "0.0.0.0", "00000000"},
	{"ipv4", "255.255.255.255", "ffffffff"},
	{"ipv6", "::", "00000000000000000000000000000000"},
	{"ipv6", "2001:db8::1", "20010db8000000000000000000000001"},
	{"ipv6", "2001:DB8:0:0:0:0:0:1", "20010db8000000000000000000000001",
	 "2001:db8::1"},
	{"ipv6", "::ffff:10.0.0.1", "00000000000000000000ffff0a000001"},
	{"ipv6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	 "ffffffffffffffffffffffffffffffff"},
	{"mac", "02:00:00:00:00:01", "020000000001"},
	{"mac", "FF:ff:Ff:fF:00:aB", "ffffffff00ab", "ff:ff:ff:ff:00:ab"},
	{"ipv4_prefix", "10.0.0.0/8", "~00000008 0a000000"},
	{"ipv4_prefix", "0.0.0.0/0", "~00000000 00000000"},
	{"ipv4_prefix", "10.1.2.3/32", "~00000020 0a010203"},
	{"ipv4_prefix", "128.0.0.0/1", "~00000001 80000000"},
	{"ipv6_prefix", "::/0", "~00000000 00000000000000000000000000000000"},
	{"ipv6_prefix", "2001:db8::/32", "~00000020 20010db8000000000000000000000000"},
	{"ipv6_prefix", "::1/128", "~00000080 00000000000000000000000000000001"},
	{"char[5]", "hello", "68656c6c6f"},
	{"char[8]", "hello", "68656c6c6f000000"},
	{"char[4]", "", "00000000"},
	{"char[3]", "\xe2\x82\xac", "e282ac"},
	{"bytes[2]", "0a 0b", "0a0b"},
	{"bytes[2]", "0x0a0B", "0a0b", "0a 0b"},
	{"bytes[1]", "ff", "ff"},
	{NULL, "0a 0b 0c", "0a0b0c"}, /* a plain key_size */
};

/* Text as it stands alone, and inside a struct when that is another. */
static const struct {
	const char *type;
	const char *text;
	const char *bytes;
	const char *inside;
} quoted[] = {
	{"char[8]", "a b", "6120620000000000", "\"a b\""},
	{"char[8]", "say \"x\"", "7361792022782200", "\"say \\\"x\\\"\""},
	{"char[8]", "\"\\\"x\\\"\"", "2278220000000000", "\"\\\"x\\\"\""},
	{"char[8]", "a\\b", "615c620000000000", "\"a\\\\b\""},
	{"char[4]", "\"a\\x00b\"", "61006200", "\"a\\x00b\""},
	{"char[4]", "\"\\x00\\x00\\x00a\"", "00000061", "\"\\x00\\x00\\x00a\""},
	{"char[4]", "\"\\x0a\\x7f\\x1b\"", "0a7f1b00", "\"\\x0a\\x7f\\x1b\""},
	{"char[4]", "\"\\xff\\xe2\\x82\"", "ffe28200", "\"\\xff\\xe2\\x82\""},
	{"char[4]", "\xe2\x82\xac", "e282ac00", "\"\xe2\x82\xac\""},
	{"char[4]", "", "00000000", "\"\""},
	{"char[8]", "a_.:/+-@", "615f2e3a2f2b2d40", "a_.:/+-@"},
	{"char[3]", "a=b", "613d62", "\"a=b\""},
	{"char[3]", "a,b", "612c62", "\"a,b\""},
	{"bytes[2]", "0a 0b", "0a0b", "0x0a0b"},
	{"mac", "02:00:00:00:00:01", "020000000001", "02:00:00:00:00:01"},
	{"s8", "-1", "ff", "-1"},
};

static struct mim_type type_of(const char *name, const char *hex)
{
	struct mim_type type = {MIM_TYPE_NONE, 0};

	if (name)
		ck_assert_int_eq(mim_scalar_type(name, &type), 0);
	for (; !name && *hex; hex += 2)
		type.size++;
	return type;
}

static void put_bytes(const char *hex, uint8_t *bytes)
{
	bool host = *hex == '~' && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	size_t length = strcspn(hex + (*hex == '~'), " ") / 2;

	hex += *hex == '~';
	for (size_t i = 0; *hex; i++, hex += 2) {
		unsigned int byte;

		hex += *hex == ' ';
		sscanf(hex, "%2x", &byte);
		bytes[host && i < length ? length - 1 - i : i] = (uint8_t)byte;
	}
}

static const char *put(struct mim_type type, const void *bytes, char *text, size_t length,
		       bool inside)
{
	struct mim_writer out = {text, length, 0};

	text[0] = '\0';
	mim_scalar_put(&out, type, bytes, inside);
	return text;
}

START_TEST(text_that_is_no_plain_word_stands_in_quotes)
{
	struct mim_type type = type_of(quoted[_i].type, "");
	uint8_t wanted[64] = {0}, bytes[64];
	char why[MIM_SCALAR_WHY] = "", text[256];
	const char *const forms[] = {quoted[_i].text, quoted[_i].inside};

	put_bytes(quoted[_i].bytes, wanted);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_str_eq(put(type, wanted, text, sizeof(text), i), forms[i]);
		ck_assert_msg(mim_scalar_read(type, forms[i], bytes, why) == 0, "'%s' %s",
			      forms[i], why);
		ck_assert_mem_eq(bytes, wanted, type.size);
	}
}
END_TEST

START_TEST(a_value_becomes_its_bytes_and_back)
{
	struct mim_type type = type_of(good[_i].type, good[_i].bytes);
	uint8_t wanted[64] = {0}, bytes[64], again[64];
	char why[MIM_SCALAR_WHY] = "", text[256];
	const char *printed = good[_i].printed ? good[_i].printed : good[_i].text;

	put_bytes(good[_i].bytes, wanted);
	memset(bytes, 0xaa, sizeof(bytes));
	ck_assert_msg(mim_scalar_read(type, good[_i].text, bytes, why) == 0, "'%s' %s",
		      good[_i].text, why);
	ck_assert_mem_eq(bytes, wanted, type.size);
	ck_assert_uint_eq(bytes[type.size], 0xaa); /* and not one byte more */
	ck_assert_str_eq(put(type, bytes, text, sizeof(text), false), printed);
	ck_assert_int_eq(mim_scalar_read(type, text, again, why), 0);
	ck_assert_mem_eq(again, wanted, type.size);
}
END_TEST

#define NO_INTEGER "is no integer (decimal or 0x hex)"
#define NO_HEX	   "is not hex bytes (0a 0b or 0x0a0b)"
#define NO_QUOTES  "is no text in quotes, with \\\", \\\\ and \\xNN for bytes"
#define NO_MAC	   "is no MAC address (02:00:00:00:00:01)"

static const struct {
	const char *type;
	const char *text;
	const char *why;
} refused[] = {
	{"u8", "256", "is more than 255"},
	{"u16", "65536", "is more than 65535"},
	{"u32", "4294967296", "is more than 4294967295"},
	{"u64", "18446744073709551616", "is more than 18446744073709551615"},
	{"be16", "65536", "is more than 65535"},
	{"be32", "0x100000000", "is more than 4294967295"},
	{"be64", "18446744073709551616", "is more than 18446744073709551615"},
	{"u8", "-1", "is less than 0"},
	{"u8", "-", NO_INTEGER},
	{"u8", "-0", NO_INTEGER},
	{"u8", "", NO_INTEGER},
	{"u8", "010", NO_INTEGER},
	{"u8", "1_0", NO_INTEGER},
	{"u8", "1.0", NO_INTEGER},
	{"u8", "1x", NO_INTEGER},
	{"u8", " 1", NO_INTEGER},
	{"be16", "http", NO_INTEGER},
	{"s8", "128", "is not in -128..127"},
	{"s8", "-129", "is not in -128..127"},
	{"s16", "32768", "is not in -32768..32767"},
	{"s32", "2147483648", "is not in -2147483648..2147483647"},
	{"s64", "9223372036854775808",
	 "is not in -9223372036854775808..9223372036854775807"},
	{"s64", "-9223372036854775809",
	 "is not in -9223372036854775808..9223372036854775807"},
	{"s8", "+1", NO_INTEGER},
	{"ipv4", "10.1.2", "is no IPv4 address"},
	{"ipv4", "10.1.2.256", "is no IPv4 address"},
	{"ipv4", "10.1.2.3.4", "is no IPv4 address"},
	{"ipv4", "10.01.2.3", "is no IPv4 address"},
	{"ipv4", "10.1.2.3/24", "is no IPv4 address"},
	{"ipv4", "::1", "is no IPv4 address"},
	{"ipv4", "80", "is no IPv4 address"},
	{"ipv4", "", "is no IPv4 address"},
	{"ipv6", "10.1.2.3", "is no IPv6 address"},
	{"ipv6", "::1::", "is no IPv6 address"},
	{"ipv6", "fe80::1%eth0", "is no IPv6 address"},
	{"ipv6", "12345::", "is no IPv6 address"},
	{"mac", "02:00:00:00:00", NO_MAC},
	{"mac", "02:00:00:00:00:01:02", NO_MAC},
	{"mac", "2:0:0:0:0:1", NO_MAC},
	{"mac", "02-00-00-00-00-01", NO_MAC},
	{"mac", "02:00:00:00:00:0g", NO_MAC},
	{"mac", "", NO_MAC},
	{"ipv4_prefix", "10.0.0", "is no prefix (address/length)"},
	{"ipv4_prefix", "10.0.0.0",
	 "has no prefix length; the address alone is 10.0.0.0/32"},
	{"ipv4_prefix", "10.0.0/8", "is no IPv4 address"},
	{"ipv4_prefix", "10.0.0.0/33", "has a prefix length that is not 0..32"},
	{"ipv4_prefix", "10.0.0.0/", "has a prefix length that is not 0..32"},
	{"ipv4_prefix", "10.0.0.0/-1", "has a prefix length that is not 0..32"},
	{"ipv4_prefix", "10.0.0.0/08", "has a prefix length that is not 0..32"},
	{"ipv4_prefix", "10.0.0.0/8/8", "has a prefix length that is not 0..32"},
	{"ipv4_prefix", "10.0.0.1/8",
	 "has address bits set after its prefix length; its network is 10.0.0.0/8"},
	{"ipv4_prefix", "10.0.0.1/31",
	 "has address bits set after its prefix length; its network is 10.0.0.0/31"},
	{"ipv4_prefix", "0.0.0.1/0",
	 "has address bits set after its prefix length; its network is 0.0.0.0/0"},
	{"ipv6_prefix", "::/129", "has a prefix length that is not 0..128"},
	{"ipv6_prefix", "10.0.0.0/8", "is no IPv6 address"},
	{"ipv6_prefix", "2001:db8::1/64",
	 "has address bits set after its prefix length; its network is 2001:db8::/64"},
	{"ipv6_prefix", "1111111111111111111111111111111111111111111111111/8",
	 "is no prefix (address/length)"},
	{"char[4]", "hello", "has 5 bytes, at most 4 fit"},
	{"char[2]", "\xe2\x82\xac", "has 3 bytes, at most 2 fit"},
	{"char[4]", "\"hello\"", "has 5 bytes, at most 4 fit"},
	{"char[4]", "\"\\x00\\x00\\x00\\x00\\x00\"", "has 5 bytes, at most 4 fit"},
	{"char[4]", "\"a", NO_QUOTES},
	{"char[4]", "\"", NO_QUOTES},
	{"char[4]", "\"a\\\"", NO_QUOTES},
	{"char[4]", "\"a\"b", NO_QUOTES},
	{"char[4]", "\"a\" ", NO_QUOTES},
	{"char[4]", "\"\\n\"", NO_QUOTES},
	{"char[4]", "\"\\x1\"", NO_QUOTES},
	{"char[4]", "\"\\xg0\"", NO_QUOTES},
	{"bytes[2]", "0a", "has 1 bytes where 2 are wanted"},
	{"bytes[2]", "0a 0b 0c", "has 3 bytes where 2 are wanted"},
	{"bytes[2]", "0x0a0b0c", "has 3 bytes where 2 are wanted"},
	{"bytes[2]", "", "has 0 bytes where 2 are wanted"},
	{"bytes[2]", "0x", "has 0 bytes where 2 are wanted"},
	{"bytes[2]", "0a0b", NO_HEX},
	{"bytes[2]", "0a  0b", NO_HEX},
	{"bytes[2]", "0a 0b ", NO_HEX},
	{"bytes[2]", " 0a 0b", NO_HEX},
	{"bytes[2]", "0x0a 0b", NO_HEX},
	{"bytes[2]", "0x0a0", NO_HEX},
	{"bytes[2]", "a b", NO_HEX},
	{"bytes[2]", "zz zz", NO_HEX},
	{"bytes[1]", "80x", NO_HEX},
};

START_TEST(what_does_not_fit_is_refused_in_words)
{
	struct mim_type type = type_of(refused[_i].type, "");
	char why[MIM_SCALAR_WHY] = "";
	uint8_t bytes[64];

	ck_assert_msg(mim_scalar_read(type, refused[_i].text, bytes, why) == -EINVAL,
		      "'%s' is taken for %s", refused[_i].text, refused[_i].type);
	ck_assert_str_eq(why, refused[_i].why);
}
END_TEST

START_TEST(a_text_that_does_not_fit_its_buffer_is_cut)
{
	static const char *const names[] = {"u64",	"s64",	    "ipv4",
					    "ipv6",	"mac",	    "ipv6_prefix",
					    "char[16]", "bytes[16]"};
	static const uint8_t bytes[32] = {0x81, 0x82, 0x83, 0x84, 0x85};

	for (size_t i = 0; i < MIM_ARRAY_SIZE(names); i++) {
		struct mim_type type = type_of(names[i], "");

		for (size_t length = 1; length < 50; length++) {
			mim_auto_free char *text = malloc(length);

			put(type, bytes, text, length, length % 2);
			ck_assert_uint_lt(strnlen(text, length), length);
		}
	}
}
END_TEST

UNIT_MAIN("scalar", UNIT_EACH(a_type_name_gives_its_kind_and_size, types),
	  UNIT(the_list_of_types_is_complete),
	  UNIT_EACH(a_value_becomes_its_bytes_and_back, good),
	  UNIT_EACH(text_that_is_no_plain_word_stands_in_quotes, quoted),
	  UNIT_EACH(what_does_not_fit_is_refused_in_words, refused),
	  UNIT(a_text_that_does_not_fit_its_buffer_is_cut))

/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/scalar.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/num.h"
#include "base/str.h"
#include "types/quote.h"

#define MOST_TEXT  65535
#define PREFIX_LEN sizeof(uint32_t)

static const struct scalar_name {
	const char *name;
	struct mim_type type;
} names[] = {
	{"u8", {MIM_TYPE_UINT, 1}},
	{"u16", {MIM_TYPE_UINT, 2}},
	{"u32", {MIM_TYPE_UINT, 4}},
	{"u64", {MIM_TYPE_UINT, 8}},
	{"s8", {MIM_TYPE_SINT, 1}},
	{"s16", {MIM_TYPE_SINT, 2}},
	{"s32", {MIM_TYPE_SINT, 4}},
	{"s64", {MIM_TYPE_SINT, 8}},
	{"be16", {MIM_TYPE_BE, 2}},
	{"be32", {MIM_TYPE_BE, 4}},
	{"be64", {MIM_TYPE_BE, 8}},
	{"ipv4", {MIM_TYPE_IPV4, 4}},
	{"ipv6", {MIM_TYPE_IPV6, 16}},
	{"mac", {MIM_TYPE_MAC, 6}},
	{"ipv4_prefix", {MIM_TYPE_PREFIX4, PREFIX_LEN + 4}},
	{"ipv6_prefix", {MIM_TYPE_PREFIX6, PREFIX_LEN + 16}},
	{"char[N]", {MIM_TYPE_CHAR, 0}},
	{"bytes[N]", {MIM_TYPE_BYTES, 0}},
};

const char *mim_scalar_each(size_t i)
{
	return i < MIM_ARRAY_SIZE(names) ? names[i].name : NULL;
}

/* "[16]" after "char" or "bytes" */
static int read_length(const char *text, struct mim_type *type)
{
	size_t length = strlen(text);
	char digits[12] = "";
	uint64_t n;

	if (length < 3 || text[0] != '[' || text[length - 1] != ']')
		return -ENOENT;
	if (length - 2 >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text + 1, length - 2);
	if (mim_num_u64(digits, MOST_TEXT, &n) < 0 || n == 0)
		return -ERANGE;
	type->size = (uint32_t)n;
	return 0;
}

int mim_scalar_type(const char *name, struct mim_type *ret_type)
{
	for (size_t i = 0; i < MIM_ARRAY_SIZE(names); i++) {
		if (names[i].type.size && strcmp(names[i].name, name) == 0) {
			*ret_type = names[i].type;
			return 0;
		}
	}
	if (mim_str_starts(name, "char[")) {
		ret_type->kind = MIM_TYPE_CHAR;
		return read_length(name + 4, ret_type);
	}
	if (mim_str_starts(name, "bytes[")) {
		ret_type->kind = MIM_TYPE_BYTES;
		return read_length(name + 5, ret_type);
	}
	return -ENOENT;
}

static int no(char *why, const char *format, ...) MIM_PRINTF(2, 3);

static int no(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, MIM_SCALAR_WHY, format, args);
	va_end(args);
	return -EINVAL;
}

static void store(uint64_t value, bool network, uint32_t size, void *bytes)
{
	uint64_t big = htobe64(value);
	uint8_t b = (uint8_t)value;
	uint16_t h = (uint16_t)value;
	uint32_t w = (uint32_t)value;

	if (network)
		memcpy(bytes, (uint8_t *)&big + sizeof(big) - size, size);
	else if (size == 1)
		memcpy(bytes, &b, size);
	else if (size == 2)
		memcpy(bytes, &h, size);
	else if (size == 4)
		memcpy(bytes, &w, size);
	else
		memcpy(bytes, &value, size);
}

static int read_unsigned(struct mim_type type, const char *text, void *bytes, char *why)
{
	uint64_t most = type.size == 8 ? UINT64_MAX : (1ULL << (8 * type.size)) - 1,
		 value;
	int r = mim_num_u64(text, most, &value);

	if (r == -ERANGE)
		return no(why, "is more than %" PRIu64, most);
	if (r < 0 && text[0] == '-' && mim_num_u64(text + 1, UINT64_MAX, &value) == 0 &&
	    value)
		return no(why, "is less than 0");
	if (r < 0)
		return no(why, "is no integer (decimal or 0x hex)");
	store(value, type.kind == MIM_TYPE_BE, type.size, bytes);
	return 0;
}

static int read_signed(struct mim_type type, const char *text, void *bytes, char *why)
{
	int64_t most = INT64_MAX >> (64 - 8 * type.size), value;
	int r = mim_num_s64(text, -most - 1, most, &value);

	if (r == -ERANGE)
		return no(why, "is not in %" PRId64 "..%" PRId64, -most - 1, most);
	if (r < 0)
		return no(why, "is no integer (decimal or 0x hex)");
	store((uint64_t)value, false, type.size, bytes);
	return 0;
}

static int read_address(int family, const char *text, void *bytes, char *why)
{
	if (inet_pton(family, text, bytes) == 1)
		return 0;
	return no(why, "is no IPv%d address", family == AF_INET ? 4 : 6);
}

bool mim_scalar_has_rest(const uint8_t *address, uint32_t bits, uint32_t prefix)
{
	for (uint32_t bit = prefix; bit < bits; bit++)
		if (address[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

/* The network that a host's address with a length is in: what was meant, often. */
static int no_network(int family, uint8_t *address, uint32_t size, uint32_t prefix,
		      char *why)
{
	char text[INET6_ADDRSTRLEN];

	for (uint32_t bit = prefix; bit < size * 8; bit++)
		address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	inet_ntop(family, address, text, sizeof(text));
	return no(why,
		  "has address bits set after its prefix length; its network is %s/%u",
		  text, prefix);
}

static int no_length(int family, const char *text, uint32_t bits, char *why)
{
	uint8_t address[16];

	if (inet_pton(family, text, address) == 1)
		return no(why, "has no prefix length; the address alone is %s/%u", text,
			  bits);
	return no(why, "is no prefix (address/length)");
}

static int read_prefix(struct mim_type type, int family, const char *text, void *bytes,
		       char *why)
{
	const char *slash = strchr(text, '/');
	uint32_t address_size = type.size - PREFIX_LEN, prefix;
	char address[INET6_ADDRSTRLEN];
	uint8_t *at = (uint8_t *)bytes + PREFIX_LEN;
	uint64_t value;

	if (!slash)
		return no_length(family, text, address_size * 8, why);
	if ((size_t)(slash - text) >= sizeof(address))
		return no(why, "is no prefix (address/length)");
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (read_address(family, address, at, why) < 0)
		return -EINVAL;
	if (mim_num_u64(slash + 1, address_size * 8, &value) < 0)
		return no(why, "has a prefix length that is not 0..%u", address_size * 8);
	prefix = (uint32_t)value;
	memcpy(bytes, &prefix, PREFIX_LEN);
	/* They would never be matched as written: say so. */
	if (mim_scalar_has_rest(at, address_size * 8, prefix))
		return no_network(family, at, address_size, prefix, why);
	return 0;
}

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
					 : (tolower((unsigned char)c) - 'a') + 10;
}

static int read_mac(const char *text, uint8_t *bytes, char *why)
{
	size_t i;

	for (i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) || text[2] != (i < 5 ? ':' : '\0'))
			return no(why, "is no MAC address (02:00:00:00:00:01)");
		bytes[i] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
	}
	return 0;
}

static int read_chars(struct mim_type type, const char *text, void *bytes, char *why)
{
	size_t length = strlen(text);
	int r = 0;

	if (*text == '"')
		r = mim_quote_read(text, bytes, type.size, &length);
	if (r == -EINVAL)
		return no(why,
			  "is no text in quotes, with \\\", \\\\ and \\xNN for bytes");
	if (length > type.size)
		return no(why, "has %zu bytes, at most %u fit", length, type.size);
	if (*text != '"')
		memcpy(bytes, text, length);
	return 0;
}

/* "0a 0b" or "0x0a0b": every byte of the key has to be there. */
static int read_hex(struct mim_type type, const char *text, uint8_t *bytes, char *why)
{
	bool packed = mim_str_starts(text, "0x");
	uint32_t n = 0;

	for (text += packed ? 2 : 0; *text; n++) {
		if (!packed && n > 0 && *text++ != ' ')
			return no(why, "is not hex bytes (0a 0b or 0x0a0b)");
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]))
			return no(why, "is not hex bytes (0a 0b or 0x0a0b)");
		if (n < type.size)
			bytes[n] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
		text += 2;
	}
	if (n != type.size)
		return no(why, "has %u bytes where %u are wanted", n, type.size);
	return 0;
}

int mim_scalar_read(struct mim_type type, const char *text, void *bytes, char *why)
{
	memset(bytes, 0, type.size);
	switch (type.kind) {
	case MIM_TYPE_UINT:
	case MIM_TYPE_BE:
		return read_unsigned(type, text, bytes, why);
	case MIM_TYPE_SINT:
		return read_signed(type, text, bytes, why);
	case MIM_TYPE_IPV4:
		return read_address(AF_INET, text, bytes, why);
	case MIM_TYPE_IPV6:
		return read_address(AF_INET6, text, bytes, why);
	case MIM_TYPE_PREFIX4:
		return read_prefix(type, AF_INET, text, bytes, why);
	case MIM_TYPE_PREFIX6:
		return read_prefix(type, AF_INET6, text, bytes, why);
	case MIM_TYPE_MAC:
		return read_mac(text, bytes, why);
	case MIM_TYPE_CHAR:
		return read_chars(type, text, bytes, why);
	case MIM_TYPE_NONE:
	case MIM_TYPE_BYTES:
		return read_hex(type, text, bytes, why);
	case MIM_TYPE_STRUCT:
	case MIM_TYPE_ARRAY:
		break;
	}
	return no(why, "is no single value");
}

static void put_hex(struct mim_writer *out, const uint8_t *bytes, uint32_t size,
		    const char *before, const char *between)
{
	mim_write(out, "%s", before);
	for (uint32_t i = 0; i < size; i++)
		mim_write(out, "%s%02x", i ? between : "", bytes[i]);
}

static void put_address(struct mim_writer *out, int family, const uint8_t *bytes)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(family, bytes, address, sizeof(address));
	mim_write(out, "%s", address);
}

static void put_prefix(struct mim_writer *out, int family, const uint8_t *bytes)
{
	put_address(out, family, bytes + PREFIX_LEN);
	mim_write(out, "/%" PRIu64, mim_type_integer(bytes, PREFIX_LEN, false));
}

static void put_signed(struct mim_writer *out, struct mim_type type, const void *bytes)
{
	uint32_t above = 64 - 8 * type.size;
	uint64_t value = mim_type_integer(bytes, type.size, false) << above;

	mim_write(out, "%" PRId64, (int64_t)value >> above);
}

void mim_scalar_put(struct mim_writer *out, struct mim_type type, const void *bytes,
		    bool inside)
{
	switch (type.kind) {
	case MIM_TYPE_UINT:
	case MIM_TYPE_BE:
		mim_write_u64(out, mim_type_integer(bytes, type.size,
						    type.kind == MIM_TYPE_BE));
		return;
	case MIM_TYPE_SINT:
		put_signed(out, type, bytes);
		return;
	case MIM_TYPE_IPV4:
		put_address(out, AF_INET, bytes);
		return;
	case MIM_TYPE_IPV6:
		put_address(out, AF_INET6, bytes);
		return;
	case MIM_TYPE_PREFIX4:
		put_prefix(out, AF_INET, bytes);
		return;
	case MIM_TYPE_PREFIX6:
		put_prefix(out, AF_INET6, bytes);
		return;
	case MIM_TYPE_MAC:
		put_hex(out, bytes, type.size, "", ":");
		return;
	case MIM_TYPE_CHAR:
		mim_quote_put(out, bytes, type.size, inside);
		return;
	case MIM_TYPE_NONE:
	case MIM_TYPE_BYTES:
	case MIM_TYPE_STRUCT:
	case MIM_TYPE_ARRAY:
		put_hex(out, bytes, type.size, inside ? "0x" : "", inside ? "" : " ");
		return;
	}
}

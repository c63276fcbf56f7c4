/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/quote.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"

/* One byte after a backslash; Return: characters taken, or 0. */
static size_t read_escape(const char *text, uint8_t *byte)
{
	char digits[3];

	if (*text == '"' || *text == '\\') {
		*byte = (uint8_t)*text;
		return 1;
	}
	if (text[0] != 'x' || !isxdigit((unsigned char)text[1]) ||
	    !isxdigit((unsigned char)text[2]))
		return 0;
	memcpy(digits, text + 1, 2);
	digits[2] = '\0';
	*byte = (uint8_t)strtoul(digits, NULL, 16);
	return 3;
}

int mim_quote_read(const char *text, uint8_t *bytes, uint32_t size, size_t *ret_length)
{
	size_t n = 0;

	for (text++; *text && *text != '"'; n++) {
		uint8_t byte = (uint8_t)*text++;

		if (byte == '\\') {
			size_t taken = read_escape(text, &byte);

			if (taken == 0)
				return -EINVAL;
			text += taken;
		}
		if (n < size)
			bytes[n] = byte;
	}
	if (text[0] != '"' || text[1])
		return -EINVAL;
	*ret_length = n;
	return n > size ? -ERANGE : 0;
}

/* Bytes of the character at @at, if people can read it as it is. */
static size_t readable(const uint8_t *bytes, size_t at, size_t length)
{
	char ahead[5] = "";

	/* The end of the bytes is no NUL that would end a character. */
	memcpy(ahead, bytes + at, length - at < 4 ? length - at : 4);
	return mim_str_character(ahead);
}

static bool is_plain(const uint8_t *bytes, size_t length, bool inside)
{
	size_t n;

	if (inside ? length == 0 : length && bytes[0] == '"')
		return false;
	for (size_t i = 0; i < length; i += n) {
		n = readable(bytes, i, length);
		if (n == 0 ||
		    (inside && !isalnum(bytes[i]) && !memchr("_.:/+-@%", bytes[i], 8)))
			return false;
	}
	return true;
}

void mim_quote_put(struct mim_writer *out, const uint8_t *bytes, uint32_t size,
		   bool inside)
{
	size_t length = size, n;
	bool plain;

	while (length && bytes[length - 1] == 0)
		length--;
	plain = is_plain(bytes, length, inside);
	mim_write(out, "%s", plain ? "" : "\"");
	for (size_t i = 0; i < length; i += n) {
		bool escaped = !plain && (bytes[i] == '"' || bytes[i] == '\\');

		n = readable(bytes, i, length);
		if (n)
			mim_write(out, "%s%.*s", escaped ? "\\" : "", (int)n,
				  (const char *)bytes + i);
		else
			mim_write(out, "\\x%02x", bytes[i]);
		n = n ? n : 1;
	}
	mim_write(out, "%s", plain ? "" : "\"");
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/num.h"

#include <errno.h>
#include <stdbool.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* So many digits always fit; most numbers have fewer. Return: what comes after them. */
static const char *read_short(const char *text, uint64_t *value)
{
	const char *end = text + 19;
	unsigned int digit;

	for (; text < end && (digit = (unsigned int)*text - '0') <= 9; text++)
		*value = *value * 10 + digit;
	return text;
}

int mim_num_u64(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;
	bool over = false;
	int base = 10;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		return -EINVAL;
	}
	if (!*text)
		return -EINVAL;
	if (base == 10)
		text = read_short(text, &value);
	for (; *text; text++) {
		int digit = digit_of(*text);

		if (digit >= base)
			return -EINVAL;
		over |= __builtin_mul_overflow(value, (uint64_t)base, &value);
		over |= __builtin_add_overflow(value, (uint64_t)digit, &value);
	}
	if (over || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int mim_num_s64(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
	bool negative = text[0] == '-';
	uint64_t magnitude, limit;
	int r;

	limit = negative ? -(uint64_t)min : (uint64_t)max;
	r = mim_num_u64(text + negative, limit, &magnitude);
	if (r < 0)
		return r;
	*ret_value = (int64_t)(negative ? -magnitude : magnitude);
	return 0;
}

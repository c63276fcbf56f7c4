/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/num.h"
#include "unit.h"

static const struct {
	const char *text;
	uint64_t max;
	int r;
	uint64_t value;
} unsigned_cases[] = {
	{"0", 0, 0, 0},
	{"7", UINT64_MAX, 0, 7},
	{"255", 255, 0, 255},
	{"256", 255, -ERANGE},
	{"0x0", 0, 0, 0},
	{"0x50", UINT64_MAX, 0, 0x50},
	{"0xFf", 255, 0, 255},
	{"0x0000000000000000ff", 255, 0, 255},
	{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
	{"18446744073709551616", UINT64_MAX, -ERANGE},
	{"99999999999999999999999999999999", UINT64_MAX, -ERANGE},
	{"0xffffffffffffffff", UINT64_MAX, 0, UINT64_MAX},
	{"0x10000000000000000", UINT64_MAX, -ERANGE},
	/* a mistake in the form is no mistake in the range */
	{"99999999999999999999999999999999x", UINT64_MAX, -EINVAL},
	{"", UINT64_MAX, -EINVAL},
	{"010", UINT64_MAX, -EINVAL},
	{"00", UINT64_MAX, -EINVAL},
	{"0b1", UINT64_MAX, -EINVAL},
	{"0o7", UINT64_MAX, -EINVAL},
	{"0x", UINT64_MAX, -EINVAL},
	{"0xg", UINT64_MAX, -EINVAL},
	{"x50", UINT64_MAX, -EINVAL},
	{"50h", UINT64_MAX, -EINVAL},
	{"a", UINT64_MAX, -EINVAL},
	{"1_000", UINT64_MAX, -EINVAL},
	{"1,000", UINT64_MAX, -EINVAL},
	{"1.5", UINT64_MAX, -EINVAL},
	{"1.0", UINT64_MAX, -EINVAL},
	{"1e3", UINT64_MAX, -EINVAL},
	{"10x", UINT64_MAX, -EINVAL},
	{"10 ", UINT64_MAX, -EINVAL},
	{" 10", UINT64_MAX, -EINVAL},
	{"10\n", UINT64_MAX, -EINVAL},
	{"-1", UINT64_MAX, -EINVAL},
	{"-0", UINT64_MAX, -EINVAL},
	{"+1", UINT64_MAX, -EINVAL},
	{"\xd9\xa1", UINT64_MAX, -EINVAL}, /* an Arabic digit */
};

START_TEST(unsigned_integers_are_decimal_or_hex_and_nothing_else)
{
	const char *text = unsigned_cases[_i].text;
	uint64_t value = 4711;
	int r = mim_num_u64(text, unsigned_cases[_i].max, &value);

	ck_assert_msg(r == unsigned_cases[_i].r, "'%s' gives %d", text, r);
	ck_assert_msg(value == (r ? 4711 : unsigned_cases[_i].value), "'%s'", text);
}
END_TEST

static const struct {
	const char *text;
	int64_t min;
	int64_t max;
	int r;
	int64_t value;
} signed_cases[] = {
	{"0", INT64_MIN, INT64_MAX, 0, 0},
	{"-1", INT64_MIN, INT64_MAX, 0, -1},
	{"-0x80", -128, 127, 0, -128},
	{"127", -128, 127, 0, 127},
	{"128", -128, 127, -ERANGE},
	{"-128", -128, 127, 0, -128},
	{"-129", -128, 127, -ERANGE},
	{"-1", 0, 127, -ERANGE},
	{"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
	{"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE},
	{"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
	{"-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE},
	{"--1", INT64_MIN, INT64_MAX, -EINVAL},
	{"- 1", INT64_MIN, INT64_MAX, -EINVAL},
	{"+1", INT64_MIN, INT64_MAX, -EINVAL},
	{"-", INT64_MIN, INT64_MAX, -EINVAL},
	{"-010", INT64_MIN, INT64_MAX, -EINVAL},
	{"", INT64_MIN, INT64_MAX, -EINVAL},
};

START_TEST(signed_integers_may_have_a_minus)
{
	const char *text = signed_cases[_i].text;
	int64_t value = 4711;
	int r = mim_num_s64(text, signed_cases[_i].min, signed_cases[_i].max, &value);

	ck_assert_msg(r == signed_cases[_i].r, "'%s' gives %d", text, r);
	ck_assert_msg(value == (r ? 4711 : signed_cases[_i].value), "'%s'", text);
}
END_TEST

UNIT_MAIN("num",
	  UNIT_EACH(unsigned_integers_are_decimal_or_hex_and_nothing_else,
		    unsigned_cases),
	  UNIT_EACH(signed_integers_may_have_a_minus, signed_cases))

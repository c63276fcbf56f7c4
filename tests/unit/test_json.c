/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"
#include "unit.h"

static char *printed(struct json_object *value)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	ck_assert_int_eq(mim_json_print(value, out), 0);
	fclose(out);
	return text;
}

static const struct {
	const char *text;
	const char *printed;
} values[] = {
	{"null", "null\n"},
	{" true ", "true\n"},
	{"false", "false\n"},
	{"0", "0\n"},
	{"-0", "0\n"},
	{"-9223372036854775808", "-9223372036854775808\n"},
	{"18446744073709551615", "18446744073709551615\n"},
	{"1.5e2", "150\n"},
	{"18446744073709551616", "1.8446744073709552e+19\n"},
	{"[]", "[\n]\n"},
	{"{}", "{\n}\n"},
	{"[1,[2],{}]", "[\n  1,\n  [\n    2\n  ],\n  {\n  }\n]\n"},
	{"{\"a\" : 1 ,\"b\":\r\n\tnull}", "{\n  \"a\":1,\n  \"b\":null\n}\n"},
	{"\"\"", "\"\"\n"},
	{"\"a\\u0041\\/\\\\\\\"\"", "\"aA/\\\\\\\"\"\n"},
	{"\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\"\n"},
	{"\"\\u20ac\\u00e9\\ud83d\\ude00\"",
	 "\"\xe2\x82\xac\xc3\xa9\xf0\x9f\x98\x80\"\n"},
	/* What would harm a terminal. */
	{"\"\\u001b\x7f\xc2\x9b\xe2\x80\xa8\"", "\"\\u001b\\u007f\\u009b\\u2028\"\n"},
};

START_TEST(what_is_read_is_printed)
{
	mim_auto_json struct json_object *value = NULL;
	mim_auto_free char *text = NULL;
	size_t line = 0;

	ck_assert_int_eq(
		mim_json_read(values[_i].text, strlen(values[_i].text), &value, &line),
		0);
	if (!value)
		return;
	text = printed(value);
	ck_assert_str_eq(text, values[_i].printed);
}
END_TEST

/* json-c, which others read with, reads the same out of it. */
START_TEST(others_read_what_is_printed)
{
	mim_auto_json struct json_object *value = NULL, *again = NULL;
	mim_auto_free char *text = NULL;
	size_t line;

	ck_assert_int_eq(
		mim_json_read(values[_i].text, strlen(values[_i].text), &value, &line),
		0);
	if (!value || json_object_is_type(value, json_type_double))
		return;
	text = printed(value);
	again = json_tokener_parse(text);
	ck_assert(json_object_equal(value, again));
}
END_TEST

static const struct {
	const char *text;
	size_t length;
	size_t line;
} bad[] = {
	{"", 0, 1},
	{"  ", 2, 1},
	{"tru", 3, 1},
	{"nulll", 5, 1},
	{"1 2", 3, 1},
	{"01", 2, 1},
	{"+1", 2, 1},
	{"-", 1, 1},
	{"1.", 2, 1},
	{".5", 2, 1},
	{"1e", 2, 1},
	{"0x10", 4, 1},
	{"NaN", 3, 1},
	{"'a'", 3, 1},
	{"\"a", 2, 1},
	{"\"a\n\"", 4, 1},
	{"\"\\x41\"", 6, 1},
	{"\"\\u12\"", 6, 1},
	{"\"\\u12g4\"", 8, 1},
	{"\"\\ud83d\"", 8, 1},
	{"\"\\ud83d\\u0041\"", 14, 1},
	{"\"\\ude00\"", 8, 1},
	{"\"\xc0\xaf\"", 4, 1},
	{"\"\xed\xa0\x80\"", 5, 1},
	{"\"\xe2\x82", 3, 1},
	{"\"\xff\"", 3, 1},
	{"\"a\0b\"", 5, 1},
	{"[1,]", 4, 1},
	{"[1 2]", 5, 1},
	{"[", 1, 1},
	{"[1", 2, 1},
	{"{", 1, 1},
	{"{\"a\"}", 5, 1},
	{"{\"a\":}", 6, 1},
	{"{\"a\":1,}", 8, 1},
	{"{a:1}", 5, 1},
	{"{1:1}", 5, 1},
	{"{\"a\":1,\n\"a\":2}", 14, 2},
	{"{\"a\\u0000b\":1}", 14, 1},
	{"{\n\"a\": 1,\n\"b\" 2}\n", 18, 3},
	{"/* no */ 1", 10, 1},
	{"\0", 1, 1},
};

START_TEST(what_is_no_json_is_refused_with_its_line)
{
	struct json_object *value = NULL;
	size_t line = 0;

	ck_assert_int_eq(mim_json_read(bad[_i].text, bad[_i].length, &value, &line),
			 -EINVAL);
	ck_assert_ptr_null(value);
	ck_assert_uint_eq(line, bad[_i].line);
}
END_TEST

START_TEST(depth_is_limited)
{
	char text[2 * MIM_JSON_DEPTH + 3];
	struct json_object *value = NULL;
	size_t line;

	memset(text, '[', MIM_JSON_DEPTH);
	memset(text + MIM_JSON_DEPTH, ']', MIM_JSON_DEPTH);
	text[2 * MIM_JSON_DEPTH] = '\0';
	ck_assert_int_eq(mim_json_read(text, 2 * MIM_JSON_DEPTH, &value, &line), 0);
	json_object_put(value);
	memset(text, '[', MIM_JSON_DEPTH + 1);
	memset(text + MIM_JSON_DEPTH + 1, ']', MIM_JSON_DEPTH + 1);
	text[2 * MIM_JSON_DEPTH + 2] = '\0';
	ck_assert_int_eq(mim_json_read(text, 2 * MIM_JSON_DEPTH + 2, &value, &line),
			 -EINVAL);
}
END_TEST

START_TEST(text_that_is_no_utf_8_is_mended)
{
	mim_auto_json struct json_object *text = mim_json_text("a\xff\xc3\xa9\xc3");

	ck_assert_str_eq(json_object_get_string(text),
			 "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd");
}
END_TEST

START_TEST(a_part_that_could_not_be_made_is_missed)
{
	mim_auto_json struct json_object *root = mim_json_object();
	struct json_object *inside = mim_json_object(), *list = mim_json_array();

	mim_json_put_null(root, "null on purpose");
	mim_json_put_text(root, "the same", NULL);
	ck_assert(mim_json_put(inside, "list", list));
	ck_assert(mim_json_put(root, "inside", inside));
	ck_assert(mim_json_is_whole(root));
	ck_assert(!mim_json_add(list, NULL));
	ck_assert(!mim_json_is_whole(root));
	ck_assert_int_eq(mim_json_print(root, stderr), -ENOMEM);
	/* What has no place is released, and nothing is put into what is not there. */
	ck_assert(!mim_json_put(NULL, "key", mim_json_text("a")));
	ck_assert(!mim_json_add(NULL, mim_json_text("a")));
	ck_assert(!mim_json_is_whole(NULL));
}
END_TEST

START_TEST(an_empty_list_is_left_out)
{
	mim_auto_json struct json_object *root = mim_json_object();
	struct json_object *list = mim_json_array(), *broken = mim_json_array();

	mim_json_put_list(root, "empty", mim_json_array());
	mim_json_add_number(list, 7);
	mim_json_put_list(root, "list", list);
	ck_assert_int_eq(json_object_object_length(root), 1);
	ck_assert(mim_json_is_whole(root));
	mim_json_add(broken, NULL);
	mim_json_put_list(root, "broken", broken);
	ck_assert(!mim_json_is_whole(root));
}
END_TEST

UNIT_MAIN("json", UNIT_EACH(what_is_read_is_printed, values),
	  UNIT_EACH(others_read_what_is_printed, values),
	  UNIT_EACH(what_is_no_json_is_refused_with_its_line, bad),
	  UNIT(depth_is_limited), UNIT(text_that_is_no_utf_8_is_mended),
	  UNIT(a_part_that_could_not_be_made_is_missed), UNIT(an_empty_list_is_left_out))

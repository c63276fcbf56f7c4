/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"

/* @text is what a string is put together in: as long as all that is read. */
struct reader {
	const char *at;
	const char *end;
	char *text;
	int depth;
};

static int read_value(struct reader *reader, struct json_object **ret_value);

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end && *reader->at && strchr(" \t\r\n", *reader->at))
		reader->at++;
}

/* Return: whether the next thing is @c, which is then behind us. */
static bool take(struct reader *reader, char c)
{
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool take_word(struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length ||
	    memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static bool read_four(struct reader *reader, uint32_t *ret_value)
{
	char digits[7] = "0x";
	uint64_t value;

	if (reader->end - reader->at < 4)
		return false;
	memcpy(digits + 2, reader->at, 4);
	if (strspn(digits + 2, "0123456789abcdefABCDEF") != 4)
		return false;
	mim_num_u64(digits, UINT32_MAX, &value);
	*ret_value = (uint32_t)value;
	reader->at += 4;
	return true;
}

/* What follows "\u": one character, or two halves of one. */
static char *read_code(struct reader *reader, char *to)
{
	uint32_t value, low;

	if (!read_four(reader, &value) || (value >= 0xdc00 && value < 0xe000))
		return NULL;
	if (value >= 0xd800 && value < 0xdc00) {
		if (!take_word(reader, "\\u") || !read_four(reader, &low) ||
		    low < 0xdc00 || low >= 0xe000)
			return NULL;
		value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
	}
	if (value < 0x80) {
		*to++ = (char)value;
		return to;
	}
	if (value < 0x800) {
		*to++ = (char)(0xc0 | value >> 6);
	} else {
		if (value < 0x10000) {
			*to++ = (char)(0xe0 | value >> 12);
		} else {
			*to++ = (char)(0xf0 | value >> 18);
			*to++ = (char)(0x80 | (value >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (value >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (value & 0x3f));
	return to;
}

static char *read_escape(struct reader *reader, char *to)
{
	static const char letters[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (reader->at == reader->end)
		return NULL;
	if (*reader->at == 'u') {
		reader->at++;
		return read_code(reader, to);
	}
	letter = *reader->at ? strchr(letters, *reader->at) : NULL;
	if (!letter)
		return NULL;
	reader->at++;
	*to++ = plain[letter - letters];
	return to;
}

/* The opening quote is behind us. Return: bytes in @reader->text, or -EINVAL. */
static ssize_t read_text(struct reader *reader)
{
	char *to = reader->text;
	uint32_t value;
	size_t n;

	while (to && reader->at < reader->end && *reader->at != '"') {
		if (*reader->at == '\\') {
			reader->at++;
			to = read_escape(reader, to);
			continue;
		}
		/* The text ends with a NUL, so that a character cut short is none. */
		n = mim_str_decode(reader->at, &value);
		if (n == 0 || value < 0x20)
			return -EINVAL;
		to = mempcpy(to, reader->at, n);
		reader->at += n;
	}
	if (!to || reader->at == reader->end)
		return -EINVAL;
	reader->at++;
	*to = '\0';
	return to - reader->text;
}

static int read_string(struct reader *reader, struct json_object **ret_value)
{
	ssize_t length = read_text(reader);

	if (length < 0)
		return -EINVAL;
	*ret_value = json_object_new_string_len(reader->text, (int)length);
	return *ret_value ? 0 : -ENOMEM;
}

static size_t digits_at(const char *text)
{
	return strspn(text, "0123456789");
}

/* Return: bytes of the number that @text begins with, 0 for none. */
static size_t number_length(const char *text)
{
	const char *at = text + (*text == '-');
	size_t n = digits_at(at);

	if (n == 0 || (n > 1 && *at == '0'))
		return 0;
	at += n;
	if (*at == '.') {
		n = digits_at(++at);
		if (n == 0)
			return 0;
		at += n;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '+' || *at == '-';
		n = digits_at(at);
		if (n == 0)
			return 0;
		at += n;
	}
	return (size_t)(at - text);
}

/* What is no integer of 64 bits is of another type, for the reader to refuse by name. */
static int read_number(struct reader *reader, struct json_object **ret_value)
{
	size_t length = number_length(reader->at);
	uint64_t number;
	int64_t negative;

	if (length == 0)
		return -EINVAL;
	memcpy(reader->text, reader->at, length);
	reader->text[length] = '\0';
	reader->at += length;
	if (mim_num_u64(reader->text, UINT64_MAX, &number) == 0)
		*ret_value = json_object_new_uint64(number);
	else if (mim_num_s64(reader->text, INT64_MIN, 0, &negative) == 0)
		*ret_value = json_object_new_int64(negative);
	else
		*ret_value = json_object_new_double(strtod(reader->text, NULL));
	return *ret_value ? 0 : -ENOMEM;
}

static int read_member(struct reader *reader, struct json_object *object)
{
	mim_auto_free char *key = NULL;
	struct json_object *value = NULL;
	ssize_t length;
	int r;

	if (!take(reader, '"'))
		return -EINVAL;
	length = read_text(reader);
	/* A key is where its first NUL is for json-c. */
	if (length < 0 || strlen(reader->text) != (size_t)length ||
	    json_object_object_get_ex(object, reader->text, NULL) || !take(reader, ':'))
		return -EINVAL;
	key = strdup(reader->text);
	if (!key)
		return -ENOMEM;
	r = read_value(reader, &value);
	if (r < 0)
		return r;
	if (json_object_object_add(object, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int read_object(struct reader *reader, struct json_object **ret_value)
{
	mim_auto_json struct json_object *object = mim_json_object();
	int r = object ? 0 : -ENOMEM;

	if (r == 0 && !take(reader, '}')) {
		do
			r = read_member(reader, object);
		while (r == 0 && take(reader, ','));
		if (r == 0 && !take(reader, '}'))
			r = -EINVAL;
	}
	if (r == 0)
		*ret_value = TAKE_PTR(object);
	return r;
}

static int read_element(struct reader *reader, struct json_object *array)
{
	struct json_object *value = NULL;
	int r = read_value(reader, &value);

	if (r < 0 || json_object_array_add(array, value) == 0)
		return r;
	json_object_put(value);
	return -ENOMEM;
}

static int read_array(struct reader *reader, struct json_object **ret_value)
{
	mim_auto_json struct json_object *array = mim_json_array();
	int r = array ? 0 : -ENOMEM;

	if (r == 0 && !take(reader, ']')) {
		do
			r = read_element(reader, array);
		while (r == 0 && take(reader, ','));
		if (r == 0 && !take(reader, ']'))
			r = -EINVAL;
	}
	if (r == 0)
		*ret_value = TAKE_PTR(array);
	return r;
}

static int read_boolean(bool value, struct json_object **ret_value)
{
	*ret_value = json_object_new_boolean(value);
	return *ret_value ? 0 : -ENOMEM;
}

static int read_value(struct reader *reader, struct json_object **ret_value)
{
	int r;

	*ret_value = NULL;
	if (reader->depth == MIM_JSON_DEPTH)
		return -EINVAL;
	reader->depth++;
	if (take(reader, '{'))
		r = read_object(reader, ret_value);
	else if (take(reader, '['))
		r = read_array(reader, ret_value);
	else if (take(reader, '"'))
		r = read_string(reader, ret_value);
	else if (take_word(reader, "true"))
		r = read_boolean(true, ret_value);
	else if (take_word(reader, "false"))
		r = read_boolean(false, ret_value);
	else if (take_word(reader, "null"))
		r = 0;
	else
		r = read_number(reader, ret_value);
	reader->depth--;
	return r;
}

static size_t line_of(const char *text, const char *at)
{
	size_t line = 1;

	while ((text = memchr(text, '\n', (size_t)(at - text)))) {
		text++;
		line++;
	}
	return line;
}

int mim_json_read(const char *text, size_t length, struct json_object **ret_value,
		  size_t *ret_line)
{
	mim_auto_json struct json_object *value = NULL;
	mim_auto_free char *buffer = malloc(length + 1);
	struct reader reader = {text, text + length, buffer, 0};
	int r = buffer ? read_value(&reader, &value) : -ENOMEM;

	if (r == 0) {
		skip_space(&reader);
		r = reader.at == reader.end ? 0 : -EINVAL;
	}
	if (r == 0)
		*ret_value = TAKE_PTR(value);
	if (r == -EINVAL)
		*ret_line = line_of(text, reader.at);
	return r;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "base/str.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* A container that lacks something carries this as its user data. */
static char lacking[1];

static void mark(struct json_object *container)
{
	if (container)
		json_object_set_userdata(container, lacking, NULL);
}

struct json_object *mim_json_object(void)
{
	return json_object_new_object();
}

struct json_object *mim_json_array(void)
{
	return json_object_new_array();
}

/* Three bytes for each that is no UTF-8; the rest is copied. */
static struct json_object *mended(const char *text)
{
	mim_auto_free char *copy = malloc(strlen(text) * strlen(REPLACEMENT) + 1);
	char *to = copy;
	uint32_t value;

	if (!copy)
		return NULL;
	while (*text) {
		size_t n = mim_str_decode(text, &value);

		to = mempcpy(to, n ? text : REPLACEMENT, n ? n : strlen(REPLACEMENT));
		text += n ? n : 1;
	}
	*to = '\0';
	return json_object_new_string(copy);
}

struct json_object *mim_json_text(const char *text)
{
	uint32_t value;
	size_t n;

	for (const char *at = text; *at; at += n) {
		n = mim_str_decode(at, &value);
		if (n == 0)
			return mended(text);
	}
	return json_object_new_string(text);
}

bool mim_json_put(struct json_object *object, const char *key, struct json_object *value)
{
	if (object && value && json_object_object_add(object, key, value) == 0)
		return true;
	json_object_put(value);
	mark(object);
	return false;
}

void mim_json_put_text(struct json_object *object, const char *key, const char *text)
{
	if (text)
		mim_json_put(object, key, mim_json_text(text));
	else
		mim_json_put_null(object, key);
}

void mim_json_put_number(struct json_object *object, const char *key, uint64_t number)
{
	mim_json_put(object, key, json_object_new_uint64(number));
}

void mim_json_put_bool(struct json_object *object, const char *key, bool value)
{
	mim_json_put(object, key, json_object_new_boolean(value));
}

void mim_json_put_null(struct json_object *object, const char *key)
{
	if (object && json_object_object_add(object, key, NULL) < 0)
		mark(object);
}

void mim_json_put_list(struct json_object *object, const char *key,
		       struct json_object *array)
{
	if (array && json_object_array_length(array) == 0 && mim_json_is_whole(array))
		json_object_put(array);
	else
		mim_json_put(object, key, array);
}

bool mim_json_add(struct json_object *array, struct json_object *value)
{
	if (array && value && json_object_array_add(array, value) == 0)
		return true;
	json_object_put(value);
	mark(array);
	return false;
}

void mim_json_add_text(struct json_object *array, const char *text)
{
	mim_json_add(array, mim_json_text(text));
}

void mim_json_add_number(struct json_object *array, uint64_t number)
{
	mim_json_add(array, json_object_new_uint64(number));
}

/* A value inside a container that is not marked is null on purpose. */
static bool is_whole_inside(struct json_object *value)
{
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			if (!is_whole_inside(member))
				return false;
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			if (!is_whole_inside(json_object_array_get_idx(value, i)))
				return false;
	} else {
		return true;
	}
	return json_object_get_userdata(value) != lacking;
}

bool mim_json_is_whole(struct json_object *value)
{
	return value && is_whole_inside(value);
}

const char *mim_json_scalar(struct json_object *value, char *text)
{
	switch (json_object_get_type(value)) {
	case json_type_int:
		if (json_object_get_int64(value) < 0)
			snprintf(text, MIM_JSON_SCALAR, "%" PRId64,
				 json_object_get_int64(value));
		else
			snprintf(text, MIM_JSON_SCALAR, "%" PRIu64,
				 json_object_get_uint64(value));
		return text;
	case json_type_boolean:
		return json_object_get_boolean(value) ? "true" : "false";
	case json_type_double:
		snprintf(text, MIM_JSON_SCALAR, "%.17g", json_object_get_double(value));
		return text;
	case json_type_null:
	case json_type_string:
	case json_type_array:
	case json_type_object:
		break;
	}
	return "null";
}

static void print_character(const char *text, size_t n, uint32_t value, FILE *out)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at = value < 0x80 ? strchr(plain, (int)value) : NULL;

	if (at)
		fprintf(out, "\\%c", letters[at - plain]);
	else if (mim_str_character(text))
		fwrite(text, 1, n, out);
	else
		fprintf(out, "\\u%04" PRIx32, value);
}

static void print_text(const char *text, FILE *out)
{
	uint32_t value;
	size_t n;

	fputc('"', out);
	for (; *text; text += n) {
		n = mim_str_decode(text, &value);
		/* Of another maker than mim_json_text(). */
		if (n == 0) {
			fputs(REPLACEMENT, out);
			n = 1;
		} else {
			print_character(text, n, value, out);
		}
	}
	fputc('"', out);
}

static void print_value(struct json_object *value, int depth, FILE *out);

static void print_object(struct json_object *object, int depth, FILE *out)
{
	const char *between = "";

	fputs("{\n", out);
	json_object_object_foreach(object, key, member)
	{
		fprintf(out, "%s%*s", between, depth * 2 + 2, "");
		print_text(key, out);
		fputc(':', out);
		print_value(member, depth + 1, out);
		between = ",\n";
	}
	fprintf(out, "%s%*s}", *between ? "\n" : "", depth * 2, "");
}

static void print_array(struct json_object *array, int depth, FILE *out)
{
	size_t n = json_object_array_length(array);

	fputs("[\n", out);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%*s", depth * 2 + 2, "");
		print_value(json_object_array_get_idx(array, i), depth + 1, out);
		fputs(i + 1 < n ? ",\n" : "\n", out);
	}
	fprintf(out, "%*s]", depth * 2, "");
}

static void print_value(struct json_object *value, int depth, FILE *out)
{
	char scalar[MIM_JSON_SCALAR];

	switch (json_object_get_type(value)) {
	case json_type_object:
		print_object(value, depth, out);
		return;
	case json_type_array:
		print_array(value, depth, out);
		return;
	case json_type_string:
		print_text(json_object_get_string(value), out);
		return;
	case json_type_int:
	case json_type_boolean:
	case json_type_double:
	case json_type_null:
		fputs(mim_json_scalar(value, scalar), out);
		return;
	}
}

int mim_json_print(struct json_object *value, FILE *out)
{
	if (!mim_json_is_whole(value))
		return -ENOMEM;
	print_value(value, 0, out);
	fputc('\n', out);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/snapshot_member.h"

#include <errno.h>
#include <string.h>
#include "base/str.h"

void mim_member_bad(struct mim_reader *reader, const char *what)
{
	if (reader->result == 0)
		reader->result =
			mim_error(reader->diags, MIM_NOWHERE, MIM_CODE_SNAPSHOT, -EINVAL,
				  "%s is no saved topology: %s", reader->path, what);
}

struct json_object *mim_member(struct mim_reader *reader, struct json_object *object,
			       const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, key, &value) &&
	    json_object_is_type(value, type))
		return value;
	mim_member_bad(reader, key);
	return NULL;
}

uint64_t mim_member_number(struct mim_reader *reader, struct json_object *object,
			   const char *key, uint64_t most)
{
	struct json_object *value = mim_member(reader, object, key, json_type_int);
	uint64_t n = value ? json_object_get_uint64(value) : 0;

	if (value && (json_object_get_int64(value) < 0 || n > most)) {
		mim_member_bad(reader, key);
		return 0;
	}
	return n;
}

void mim_member_no_memory(struct mim_reader *reader)
{
	if (reader->result != -ENOMEM)
		reader->result = mim_out_of_memory(reader->diags);
}

/* A text may be shown at a terminal, and its length is where it ends for C. */
const char *mim_member_copy(struct mim_reader *reader, struct json_object *value,
			    const char *key)
{
	const char *string = json_object_get_string(value), *copy;

	if (strlen(string) != (size_t)json_object_get_string_len(value) ||
	    !mim_str_is_printable(string)) {
		mim_member_bad(reader, key);
		return "";
	}
	copy = mim_arena_strdup(&reader->live->arena, string);
	if (!copy)
		mim_member_no_memory(reader);
	return copy ? copy : "";
}

const char *mim_member_text(struct mim_reader *reader, struct json_object *object,
			    const char *key)
{
	struct json_object *value = mim_member(reader, object, key, json_type_string);

	return value ? mim_member_copy(reader, value, key) : "";
}

bool mim_member_boolean(struct mim_reader *reader, struct json_object *object,
			const char *key)
{
	struct json_object *value = mim_member(reader, object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

void mim_member_texts(struct mim_reader *reader, struct json_object *object,
		      const char *key, struct mim_texts *texts)
{
	struct json_object *list = mim_member(reader, object, key, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, json_type_string))
			mim_member_bad(reader, key);
		else if (mim_texts_add(texts, mim_member_copy(reader, item, key)) < 0)
			mim_member_no_memory(reader);
	}
}

bool mim_member_hex(const char *hex, uint8_t *bytes, size_t n)
{
	if (strlen(hex) != n * 2 || strspn(hex, "0123456789abcdef") != n * 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned int byte;

		sscanf(hex + i * 2, "%2x", &byte);
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

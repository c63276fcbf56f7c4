/* SPDX-License-Identifier: BSD-2-Clause */
#include "types/value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "types/layout.h"
#include "types/scalar.h"

#define SPACES	  " \t\n"
#define WORD_ENDS SPACES ",[]{}"
#define MOST_PATH 160

/* Where in the type the reader is, for messages: ports[2], src.port. */
struct place {
	const struct place *outer;
	const char *name;
	uint32_t index;
};

struct reader {
	const char *text;
	const char *at;
	struct mim_value_problem *problem;
};

static int read_part(struct reader *reader, struct mim_type type, uint8_t *bytes,
		     const struct place *place);

static const char *path_of(const struct place *place, char *path)
{
	struct mim_writer out = {path, MOST_PATH, 0};
	char outer[MOST_PATH] = "";

	if (place->outer)
		path_of(place->outer, outer);
	if (place->name)
		mim_write(&out, "%s%s%.64s", outer, *outer ? "." : "", place->name);
	else
		mim_write(&out, "%s[%u]", outer, place->index);
	return path;
}

/* " in 'src.ports'", or nothing for the value as a whole. */
static const char *within(const struct place *place, char *text)
{
	char path[MOST_PATH];

	text[0] = '\0';
	if (place)
		snprintf(text, MOST_PATH + 8, " in '%s'", path_of(place, path));
	return text;
}

static int refuse(struct reader *reader, const char *at, size_t length,
		  const char *format, ...) MIM_PRINTF(4, 5);

static int refuse(struct reader *reader, const char *at, size_t length,
		  const char *format, ...)
{
	struct mim_value_problem *problem = reader->problem;
	va_list args;

	va_start(args, format);
	vsnprintf(problem->why, sizeof(problem->why), format, args);
	va_end(args);
	problem->at = (size_t)(at - reader->text);
	problem->length = length;
	return -EINVAL;
}

static void skip_spaces(struct reader *reader)
{
	reader->at += strspn(reader->at, SPACES);
}

/* One word, or a text in quotes with what is glued to it. */
static size_t word_length(const char *at)
{
	size_t n = 0;

	if (*at != '"')
		return strcspn(at, WORD_ENDS);
	for (n = 1; at[n] && at[n] != '"'; n++)
		n += at[n] == '\\' && at[n + 1];
	return at[n] ? n + 1 + strcspn(at + n + 1, WORD_ENDS) : n;
}

static int read_word(struct reader *reader, struct mim_type type, uint8_t *bytes,
		     const struct place *place)
{
	size_t length = word_length(reader->at);
	mim_auto_free char *word = strndup(reader->at, length);
	char why[MIM_SCALAR_WHY], path[MOST_PATH];
	const char *start = reader->at;

	if (!word)
		return -ENOMEM;
	reader->at += length;
	if (length == 0)
		return refuse(reader, start, *start != '\0', "has no value for '%s'",
			      path_of(place, path));
	if (mim_scalar_read(type, word, bytes, why) < 0)
		return refuse(reader, start, length, "has '%s=%.64s', which %s",
			      path_of(place, path), word, why);
	return 0;
}

/* What stands where something else should; Return: -EINVAL. */
static int unexpected(struct reader *reader, const char *wanted)
{
	size_t length = word_length(reader->at);

	if (!*reader->at)
		return refuse(reader, reader->at, 0, "ends where %s is wanted", wanted);
	length = length ? length : 1;
	return refuse(reader, reader->at, length, "has '%.*s' where %s is wanted",
		      length > 64 ? 64 : (int)length, reader->at, wanted);
}

static int report_missing(struct reader *reader, const struct mim_struct *fields,
			  const bool *seen, const struct place *place)
{
	char names[MOST_PATH], where[MOST_PATH + 8];
	struct mim_writer out = {names, sizeof(names), 0};
	uint32_t missing = 0, named = 0;

	for (uint32_t i = 0; i < fields->n; i++) {
		if (seen[i])
			continue;
		missing++;
		if (out.used + strlen(fields->members[i].name) > 100)
			continue;
		mim_write(&out, "%s'%s'", named++ ? ", " : "", fields->members[i].name);
	}
	return refuse(reader, reader->text, 0, "lacks field%s %s%s%s",
		      missing == 1 ? "" : "s", names, missing > named ? ", ..." : "",
		      within(place, where));
}

/* "name=value"; Return: 0 with @ret_index, or a negative errno. */
static int read_field(struct reader *reader, const struct mim_struct *fields,
		      uint8_t *bytes, bool *seen, const struct place *place)
{
	size_t length = strcspn(reader->at, "=" WORD_ENDS "\"");
	const struct mim_member *member;
	struct place here = {place, NULL, 0};
	char path[MOST_PATH + 8];

	if (length == 0 || reader->at[length] != '=')
		return unexpected(reader, "field=value");
	member = mim_layout_find(fields, reader->at, length);
	if (!member) {
		reader->problem->sought_in = fields;
		return refuse(reader, reader->at, length, "has no field '%.*s'%s",
			      length > 64 ? 64 : (int)length, reader->at,
			      within(place, path));
	}
	here.name = member->name;
	if (seen[member - fields->members])
		return refuse(reader, reader->at, length, "has field '%s' twice",
			      path_of(&here, path));
	seen[member - fields->members] = true;
	reader->at += length + 1;
	return read_part(reader, member->type, bytes + member->offset, &here);
}

/* Fields up to @end, which is '}' or the end of the text. */
static int read_fields(struct reader *reader, const struct mim_struct *fields,
		       uint8_t *bytes, const struct place *place, char end)
{
	mim_auto_free bool *seen = calloc(fields->n + 1, sizeof(*seen));
	int r;

	if (!seen)
		return -ENOMEM;
	skip_spaces(reader);
	while (*reader->at != end) {
		const char *start;

		r = read_field(reader, fields, bytes, seen, place);
		if (r < 0)
			return r;
		start = reader->at;
		skip_spaces(reader);
		if (*reader->at != end && reader->at == start)
			return unexpected(reader, end ? "a space or '}'" : "a space");
	}
	for (uint32_t i = 0; i < fields->n; i++)
		if (!seen[i])
			return report_missing(reader, fields, seen, place);
	reader->at += end != '\0';
	return 0;
}

/* Between elements: a comma, spaces or both. */
static int skip_comma(struct reader *reader)
{
	const char *start = reader->at;

	skip_spaces(reader);
	if (*reader->at == ',') {
		reader->at++;
		skip_spaces(reader);
	}
	if (*reader->at == ']' || (*reader->at && reader->at != start))
		return 0;
	return unexpected(reader, "',' or ']'");
}

static int read_elements(struct reader *reader, struct mim_type type, uint8_t *bytes,
			 const struct place *place)
{
	const struct mim_type element = *type.element;
	uint32_t wanted = mim_type_count(type), n = 0;
	const char *start = reader->at;
	struct place here = {place, NULL, 0};
	char where[MOST_PATH + 8];
	int r = 0;

	if (*reader->at != '[')
		return unexpected(reader, "'[' and a list");
	reader->at++;
	skip_spaces(reader);
	for (; *reader->at != ']' && n < wanted; n++) {
		here.index = n;
		r = read_part(reader, element, bytes + (size_t)n * element.size, &here);
		if (r == 0)
			r = skip_comma(reader);
		if (r < 0)
			return r;
	}
	if (*reader->at++ == ']' && n == wanted)
		return 0;
	return refuse(reader, start, (size_t)(reader->at - start),
		      "has %s%u value%s where %u %s wanted%s",
		      n == wanted ? "more than " : "", n, n == 1 ? "" : "s", wanted,
		      wanted == 1 ? "is" : "are", within(place, where));
}

static int read_part(struct reader *reader, struct mim_type type, uint8_t *bytes,
		     const struct place *place)
{
	switch (type.kind) {
	case MIM_TYPE_STRUCT:
		if (*reader->at != '{')
			return unexpected(reader, "'{' and the fields of a struct");
		reader->at++;
		return read_fields(reader, type.fields, bytes, place, '}');
	case MIM_TYPE_ARRAY:
		return read_elements(reader, type, bytes, place);
	case MIM_TYPE_NONE:
	case MIM_TYPE_UINT:
	case MIM_TYPE_SINT:
	case MIM_TYPE_BE:
	case MIM_TYPE_IPV4:
	case MIM_TYPE_IPV6:
	case MIM_TYPE_MAC:
	case MIM_TYPE_PREFIX4:
	case MIM_TYPE_PREFIX6:
	case MIM_TYPE_CHAR:
	case MIM_TYPE_BYTES:
		break;
	}
	return read_word(reader, type, bytes, place);
}

int mim_value_read(struct mim_type type, const char *text, void *bytes,
		   struct mim_value_problem *problem)
{
	struct reader reader = {text, text, problem};
	int r;

	/* Not all of it: there may be a million values, and no problem. */
	problem->why[0] = '\0';
	problem->sought_in = NULL;
	problem->at = problem->length = 0;
	if (type.kind != MIM_TYPE_STRUCT && type.kind != MIM_TYPE_ARRAY)
		return mim_scalar_read(type, text, bytes, problem->why);
	memset(bytes, 0, type.size);
	if (type.kind == MIM_TYPE_STRUCT)
		return read_fields(&reader, type.fields, bytes, NULL, '\0');
	r = read_elements(&reader, type, bytes, NULL);
	skip_spaces(&reader);
	return r == 0 && *reader.at ? unexpected(&reader, "the end") : r;
}

const char *mim_value_closest(const struct mim_value_problem *problem, const char *text)
{
	char word[65] = "";
	struct mim_str_closest closest = {.word = word};

	if (!problem->sought_in || problem->length >= sizeof(word))
		return NULL;
	memcpy(word, text + problem->at, problem->length);
	for (uint32_t i = 0; i < problem->sought_in->n; i++)
		mim_str_consider(&closest, problem->sought_in->members[i].name);
	return closest.best;
}

static bool is_zero(const uint8_t *bytes, uint32_t from, uint32_t to)
{
	while (from < to)
		if (bytes[from++])
			return false;
	return true;
}

/* Whether what lies between the members, here and further inside, is zero. */
static bool is_padded_well(struct mim_type type, const uint8_t *bytes)
{
	uint32_t end = 0;

	if (type.kind == MIM_TYPE_ARRAY) {
		for (uint32_t at = 0; at < type.size; at += type.element->size)
			if (!is_padded_well(*type.element, bytes + at))
				return false;
		return true;
	}
	if (type.kind != MIM_TYPE_STRUCT)
		return true;
	for (uint32_t i = 0; i < type.fields->n; i++) {
		const struct mim_member *member = &type.fields->members[i];

		if (!is_zero(bytes, end, member->offset) ||
		    !is_padded_well(member->type, bytes + member->offset))
			return false;
		end = member->offset + member->type.size;
	}
	return is_zero(bytes, end, type.size);
}

static void put_part(struct mim_writer *out, struct mim_type type, const uint8_t *bytes);

static void put_fields(struct mim_writer *out, const struct mim_struct *fields,
		       const uint8_t *bytes)
{
	for (uint32_t i = 0; i < fields->n; i++) {
		const struct mim_member *member = &fields->members[i];

		mim_write(out, "%s%s=", i ? " " : "", member->name);
		put_part(out, member->type, bytes + member->offset);
	}
}

static void put_part(struct mim_writer *out, struct mim_type type, const uint8_t *bytes)
{
	if (type.kind == MIM_TYPE_STRUCT) {
		mim_write(out, "{");
		put_fields(out, type.fields, bytes);
		mim_write(out, "}");
	} else if (type.kind == MIM_TYPE_ARRAY) {
		for (uint32_t at = 0; at < type.size; at += type.element->size) {
			mim_write(out, at ? "," : "[");
			put_part(out, *type.element, bytes + at);
		}
		mim_write(out, "]");
	} else {
		mim_scalar_put(out, type, bytes, true);
	}
}

size_t mim_value_put(struct mim_type type, const void *bytes, char *text, size_t length)
{
	struct mim_writer out = {text, length, 0};

	if (length)
		text[0] = '\0';
	if (!is_padded_well(type, bytes))
		type.kind = MIM_TYPE_BYTES;
	if (type.kind == MIM_TYPE_STRUCT)
		put_fields(&out, type.fields, bytes);
	else if (type.kind == MIM_TYPE_ARRAY)
		put_part(&out, type, bytes);
	else
		mim_scalar_put(&out, type, bytes, false);
	return out.used;
}

const char *mim_value_print(struct mim_type type, const void *bytes, char *text,
			    size_t length)
{
	mim_value_put(type, bytes, text, length);
	return text;
}

size_t mim_value_length(struct mim_type type, const void *bytes)
{
	return mim_value_put(type, bytes, NULL, 0);
}

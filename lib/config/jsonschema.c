/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <json-c/json.h>
#include "config/schema.h"

#define NAME_PATTERN   "^[A-Za-z_][A-Za-z0-9_.-]{0,62}$"
#define KERNEL_PATTERN "^[A-Za-z0-9_.]{1,15}$"
#define SCALAR_PATTERN                                                                   \
	"^(u8|u16|u32|u64|s8|s16|s32|s64|be16|be32|be64|ipv4|ipv6|mac|ipv4_prefix|"      \
	"ipv6_prefix|char\\[[0-9a-fx]+\\]|bytes\\[[0-9a-fx]+\\])$"

static const char *const definition_names[MIM_SECTION_COUNT] = {
	[MIM_SECTION_TEMPLATE] = "template", [MIM_SECTION_OUTER] = "outer_map",
	[MIM_SECTION_INNER] = "inner_map",   [MIM_SECTION_BINDING] = "binding",
	[MIM_SECTION_SLOT] = "slot",	     [MIM_SECTION_PIN] = "pin",
};

static void put(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void put_pattern(struct json_object *object, const char *pattern)
{
	put(object, "type", "string");
	put(object, "pattern", pattern);
}

/* YAML readers turn 80 and 0x50 into numbers and 10.0.0.1 into text: both are words. */
static void put_number_or_text(struct json_object *object)
{
	struct json_object *types = json_object_new_array();

	json_object_array_add(types, json_object_new_string("integer"));
	json_object_array_add(types, json_object_new_string("string"));
	json_object_object_add(object, "type", types);
}

static void put_choices(struct json_object *object, const struct mim_row *row)
{
	struct json_object *choices = json_object_new_array();
	const char *choice;

	for (size_t i = 0; (choice = row->choice(i)); i++)
		json_object_array_add(choices, json_object_new_string(choice));
	json_object_object_add(object, "enum", choices);
}

static void put_word(struct json_object *object, const struct mim_row *row)
{
	switch (row->word) {
	case MIM_WORD_TEXT:
		put_number_or_text(object);
		json_object_object_add(object, "minLength", json_object_new_int(1));
		return;
	case MIM_WORD_KEY:
	case MIM_WORD_MODE:
		put_number_or_text(object);
		return;
	case MIM_WORD_NAME:
		put_pattern(object, NAME_PATTERN);
		return;
	case MIM_WORD_KERNEL:
		put_pattern(object, KERNEL_PATTERN);
		return;
	case MIM_WORD_SCALAR:
		put_pattern(object, SCALAR_PATTERN);
		return;
	case MIM_WORD_ABSOLUTE:
		put_pattern(object, "^/");
		return;
	case MIM_WORD_BOOLEAN:
		put(object, "type", "boolean");
		return;
	case MIM_WORD_CHOICE:
		put_choices(object, row);
		return;
	case MIM_WORD_INTEGER:
		put(object, "type", "integer");
		json_object_object_add(object, "minimum",
				       json_object_new_uint64(row->least));
		json_object_object_add(object, "maximum",
				       json_object_new_uint64(row->most));
		return;
	}
}

static struct json_object *property(const struct mim_row *row)
{
	struct json_object *object = json_object_new_object();
	struct json_object *items = json_object_new_object();
	char reference[64];

	put(object, "description", row->help);
	if (row->form == MIM_FORM_WORD) {
		put_word(object, row);
		json_object_put(items);
		return object;
	}
	put(object, "type", "array");
	if (row->form == MIM_FORM_LIST) {
		snprintf(reference, sizeof(reference), "#/definitions/%s",
			 definition_names[row->of]);
		put(items, "$ref", reference);
	} else {
		put_word(items, row);
	}
	json_object_object_add(object, "items", items);
	return object;
}

/* Of two keys that exclude each other, JSON Schema can say so too. */
static void put_excluding(struct json_object *object, enum mim_section section)
{
	static const struct {
		uint32_t in;
		const char *one;
		const char *other;
	} pairs[] = {
		{MIM_IN(MIM_SECTION_TEMPLATE) | MIM_IN(MIM_SECTION_OUTER), "key",
		 "key_size"},
		{MIM_IN(MIM_SECTION_TEMPLATE), "value", "value_size"},
		{MIM_IN(MIM_SECTION_SLOT), "key", "keys"},
	};
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < MIM_ARRAY_SIZE(pairs); i++) {
		struct json_object *never, *both, *required;

		if (!(pairs[i].in & MIM_IN(section)))
			continue;
		never = json_object_new_object();
		both = json_object_new_object();
		required = json_object_new_array();
		json_object_array_add(required, json_object_new_string(pairs[i].one));
		json_object_array_add(required, json_object_new_string(pairs[i].other));
		json_object_object_add(both, "required", required);
		json_object_object_add(never, "not", both);
		json_object_array_add(all, never);
	}
	if (json_object_array_length(all))
		json_object_object_add(object, "allOf", all);
	else
		json_object_put(all);
}

static void put_section(struct json_object *object, enum mim_section section)
{
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array();
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (!(rows[i].in & MIM_IN(section)))
			continue;
		json_object_object_add(properties, rows[i].key, property(&rows[i]));
		if (rows[i].required & MIM_IN(section))
			json_object_array_add(required,
					      json_object_new_string(rows[i].key));
	}
	put(object, "type", "object");
	json_object_object_add(object, "additionalProperties",
			       json_object_new_boolean(false));
	json_object_object_add(object, "properties", properties);
	if (json_object_array_length(required))
		json_object_object_add(object, "required", required);
	else
		json_object_put(required);
	put_excluding(object, section);
}

int mim_schema_json(FILE *out)
{
	struct json_object *root = json_object_new_object();
	struct json_object *definitions = json_object_new_object();
	const char *text;

	put(root, "$schema", "http://json-schema.org/draft-07/schema#");
	put(root, "title", "mimctl configuration, version 1");
	put_section(root, MIM_SECTION_ROOT);
	for (enum mim_section s = MIM_SECTION_TEMPLATE; s < MIM_SECTION_COUNT; s++) {
		struct json_object *section = json_object_new_object();

		put_section(section, s);
		json_object_object_add(definitions, definition_names[s], section);
	}
	json_object_object_add(root, "definitions", definitions);
	text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text || fprintf(out, "%s\n", text) < 0) {
		json_object_put(root);
		return -ENOMEM;
	}
	json_object_put(root);
	return 0;
}

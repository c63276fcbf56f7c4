/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"
#include "config/schema.h"

#define NAME_PATTERN   "^[A-Za-z_][A-Za-z0-9_.-]{0,62}$"
#define KERNEL_PATTERN "^[A-Za-z0-9_.]{1,15}$"
#define FIELD_PATTERN  "^[A-Za-z_][A-Za-z0-9_]{0,62}$"
#define TYPE_PATTERN                                                                     \
	"^(struct:)?[A-Za-z_][A-Za-z0-9_.-]{0,62}(\\[([1-9][0-9]*|0[xX][0-9a-fA-F]+)\\]" \
	")?$"

#define TEMPLATE MIM_IN(MIM_SECTION_TEMPLATE)
#define OUTER	 MIM_IN(MIM_SECTION_OUTER)
#define INNER	 MIM_IN(MIM_SECTION_INNER)
#define FROM	 MIM_IN(MIM_SECTION_FROM)

static const char *const definition_names[MIM_SECTION_COUNT] = {
	[MIM_SECTION_TYPE] = "type",	     [MIM_SECTION_FIELD] = "field",
	[MIM_SECTION_TEMPLATE] = "template", [MIM_SECTION_OUTER] = "outer_map",
	[MIM_SECTION_INNER] = "inner_map",   [MIM_SECTION_BINDING] = "binding",
	[MIM_SECTION_SLOT] = "slot",	     [MIM_SECTION_PIN] = "pin",
	[MIM_SECTION_FROM] = "from",	     [MIM_SECTION_ENTRY] = "entry",
};

static void put_pattern(struct json_object *object, const char *pattern)
{
	mim_json_put_text(object, "type", "string");
	mim_json_put_text(object, "pattern", pattern);
}

/* YAML readers turn 80 into a number, yes into a truth and ~ into nothing: all are words.
 */
static void put_types(struct json_object *object, const char *const *types, size_t n)
{
	struct json_object *list = mim_json_array();

	for (size_t i = 0; i < n; i++)
		mim_json_add_text(list, types[i]);
	mim_json_put(object, "type", list);
}

static void put_choices(struct json_object *object, const struct mim_row *row)
{
	struct json_object *choices = mim_json_array();
	const char *choice;

	for (size_t i = 0; (choice = row->choice(i)); i++)
		mim_json_add_text(choices, choice);
	mim_json_put(object, "enum", choices);
}

static void put_word(struct json_object *object, const struct mim_row *row)
{
	static const char *const any[] = {"string", "number", "boolean", "null"};
	static const char *const mode[] = {"string", "integer"};

	switch (row->word) {
	case MIM_WORD_TEXT:
		/* What is empty is nothing as well. */
		put_types(object, any, MIM_ARRAY_SIZE(any) - 1);
		mim_json_put_number(object, "minLength", 1);
		return;
	case MIM_WORD_KEY:
		put_types(object, any, MIM_ARRAY_SIZE(any));
		return;
	case MIM_WORD_MODE:
		put_types(object, mode, MIM_ARRAY_SIZE(mode));
		return;
	case MIM_WORD_NAME:
		put_pattern(object, NAME_PATTERN);
		return;
	case MIM_WORD_KERNEL:
		put_types(object, any, MIM_ARRAY_SIZE(any) - 1);
		mim_json_put_text(object, "pattern", KERNEL_PATTERN);
		return;
	case MIM_WORD_FIELD:
		put_pattern(object, FIELD_PATTERN);
		return;
	case MIM_WORD_TYPE:
		put_pattern(object, TYPE_PATTERN);
		return;
	case MIM_WORD_ABSOLUTE:
		put_pattern(object, "^/");
		return;
	case MIM_WORD_BOOLEAN:
		mim_json_put_text(object, "type", "boolean");
		return;
	case MIM_WORD_CHOICE:
		put_choices(object, row);
		return;
	case MIM_WORD_INTEGER:
		mim_json_put_text(object, "type", "integer");
		mim_json_put_number(object, "minimum", row->least);
		mim_json_put_number(object, "maximum", row->most);
		return;
	}
}

static struct json_object *property(const struct mim_row *row)
{
	struct json_object *object = mim_json_object();
	struct json_object *items = mim_json_object();
	char reference[64];

	mim_json_put_text(object, "description", row->help);
	if (row->form == MIM_FORM_WORD) {
		put_word(object, row);
		json_object_put(items);
		return object;
	}
	if (row->form == MIM_FORM_MAPPING) {
		snprintf(reference, sizeof(reference), "#/definitions/%s",
			 definition_names[row->of]);
		mim_json_put_text(object, "$ref", reference);
		json_object_put(items);
		return object;
	}
	mim_json_put_text(object, "type", "array");
	if (row->form == MIM_FORM_LIST) {
		snprintf(reference, sizeof(reference), "#/definitions/%s",
			 definition_names[row->of]);
		mim_json_put_text(items, "$ref", reference);
	} else {
		put_word(items, row);
	}
	mim_json_put(object, "items", items);
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
		{TEMPLATE | OUTER, "key", "key_size"},
		{TEMPLATE, "value", "value_size"},
		{TEMPLATE | OUTER, "from", "type"},
		{TEMPLATE | OUTER, "from", "flags"},
		{TEMPLATE | OUTER | INNER, "from", "numa_node"},
		{TEMPLATE, "from", "map_extra"},
		{OUTER | INNER, "from", "external"},
		{INNER, "from", "template"},
		{INNER, "entries", "entries_from"},
		{FROM, "pinned", "object"},
		{FROM, "pinned", "map"},
		{MIM_IN(MIM_SECTION_SLOT), "key", "keys"},
	};
	struct json_object *all = mim_json_array();

	for (size_t i = 0; i < MIM_ARRAY_SIZE(pairs); i++) {
		struct json_object *never, *both, *required;

		if (!(pairs[i].in & MIM_IN(section)))
			continue;
		never = mim_json_object();
		both = mim_json_object();
		required = mim_json_array();
		mim_json_add_text(required, pairs[i].one);
		mim_json_add_text(required, pairs[i].other);
		mim_json_put(both, "required", required);
		mim_json_put(never, "not", both);
		mim_json_add(all, never);
	}
	mim_json_put_list(object, "allOf", all);
}

/* Keys that are needed where another is absent. */
static void put_alternatives(struct json_object *object, enum mim_section section)
{
	static const struct {
		uint32_t in;
		const char *one;
		const char *others[2];
	} alternatives[] = {
		{TEMPLATE, "from", {"type", "max_entries"}},
		{OUTER, "from", {"template"}},
		{FROM, "pinned", {"object", "map"}},
	};

	for (size_t i = 0; i < MIM_ARRAY_SIZE(alternatives); i++) {
		struct json_object *any, *required[2], *keys[2];

		if (!(alternatives[i].in & MIM_IN(section)))
			continue;
		any = mim_json_array();
		for (int k = 0; k < 2; k++) {
			required[k] = mim_json_object();
			keys[k] = mim_json_array();
		}
		mim_json_add_text(keys[0], alternatives[i].one);
		for (int k = 0; k < 2 && alternatives[i].others[k]; k++)
			mim_json_add_text(keys[1], alternatives[i].others[k]);
		for (int k = 0; k < 2; k++) {
			mim_json_put(required[k], "required", keys[k]);
			mim_json_add(any, required[k]);
		}
		mim_json_put(object, "anyOf", any);
	}
}

static void put_section(struct json_object *object, enum mim_section section)
{
	struct json_object *properties = mim_json_object();
	struct json_object *required = mim_json_array();
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (!(rows[i].in & MIM_IN(section)))
			continue;
		mim_json_put(properties, rows[i].key, property(&rows[i]));
		if (rows[i].required & MIM_IN(section))
			mim_json_add_text(required, rows[i].key);
	}
	mim_json_put_text(object, "type", "object");
	mim_json_put_bool(object, "additionalProperties", false);
	mim_json_put(object, "properties", properties);
	mim_json_put_list(object, "required", required);
	put_excluding(object, section);
	put_alternatives(object, section);
}

int mim_schema_json(FILE *out)
{
	mim_auto_json struct json_object *root = mim_json_object();
	struct json_object *definitions = mim_json_object();

	mim_json_put_text(root, "$schema", "http://json-schema.org/draft-07/schema#");
	mim_json_put_text(root, "title", "mimctl configuration, version 1");
	put_section(root, MIM_SECTION_ROOT);
	for (enum mim_section s = MIM_SECTION_ROOT + 1; s < MIM_SECTION_COUNT; s++) {
		struct json_object *section = mim_json_object();

		put_section(section, s);
		mim_json_put(definitions, definition_names[s], section);
	}
	mim_json_put(root, "definitions", definitions);
	return mim_json_print(root, out);
}

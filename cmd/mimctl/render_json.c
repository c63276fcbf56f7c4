/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>
#include "base/json.h"
#include "render.h"

/* Of a mapping that stands on one line: bytes and members. */
#define LINE	70
#define MEMBERS 4

/* What a text may hold that stands without quotes. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"

struct emit {
	yaml_emitter_t emitter;
	bool failed;
};

/* After a failure the emitter's state is anybody's guess: it gets nothing more. */
static void emit(struct emit *to, int made, yaml_event_t *event)
{
	if (made && to->failed)
		yaml_event_delete(event);
	else if (!made || !yaml_emitter_emit(&to->emitter, event))
		to->failed = true;
}

static void emit_scalar(struct emit *to, const char *text, bool quoted)
{
	yaml_event_t event;

	emit(to,
	     yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
					  (int)strlen(text), !quoted, quoted,
					  quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
						 : YAML_PLAIN_SCALAR_STYLE),
	     &event);
}

static void emit_value(struct emit *to, struct json_object *value, bool in_list);

/* What an older YAML takes for a truth value or for nothing. */
static bool is_reserved(const char *text)
{
	static const char *const words[] = {"y",   "n",	   "yes",   "no",  "on",
					    "off", "true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

/* Names and paths stand as people write them; "0640" and "yes" must come back as text. */
static bool is_plain(const char *text)
{
	return (isalpha((unsigned char)*text) || *text == '_' || *text == '/') &&
	       text[strspn(text, PLAIN)] == '\0' && !is_reserved(text);
}

static bool is_container(struct json_object *value)
{
	return json_object_is_type(value, json_type_array) ||
	       json_object_is_type(value, json_type_object);
}

static bool is_flat_list(struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (is_container(json_object_array_get_idx(list, i)))
			return false;
	return true;
}

/* Short enough for one line, as in "- {key: 80, inner: web}". */
static bool is_short_mapping(struct json_object *mapping)
{
	size_t length = 0;

	if (json_object_object_length(mapping) > MEMBERS)
		return false;
	json_object_object_foreach(mapping, key, member)
	{
		if (is_container(member))
			return false;
		length += strlen(key) + 4;
		length += json_object_is_type(member, json_type_string)
				  ? (size_t)json_object_get_string_len(member)
				  : 10;
	}
	return length <= LINE;
}

static void emit_list(struct emit *to, struct json_object *list)
{
	yaml_event_t event;

	emit(to,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  is_flat_list(list)
							  ? YAML_FLOW_SEQUENCE_STYLE
							  : YAML_BLOCK_SEQUENCE_STYLE),
	     &event);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		emit_value(to, json_object_array_get_idx(list, i), true);
	emit(to, yaml_sequence_end_event_initialize(&event), &event);
}

static void emit_mapping(struct emit *to, struct json_object *mapping, bool in_list)
{
	bool flow = json_object_object_length(mapping) == 0 ||
		    (in_list && is_short_mapping(mapping));
	yaml_event_t event;

	emit(to,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 flow ? YAML_FLOW_MAPPING_STYLE
						      : YAML_BLOCK_MAPPING_STYLE),
	     &event);
	json_object_object_foreach(mapping, key, member)
	{
		emit_scalar(to, key, false);
		emit_value(to, member, false);
	}
	emit(to, yaml_mapping_end_event_initialize(&event), &event);
}

static void emit_value(struct emit *to, struct json_object *value, bool in_list)
{
	const char *text;
	char scalar[MIM_JSON_SCALAR];

	switch (json_object_get_type(value)) {
	case json_type_array:
		emit_list(to, value);
		return;
	case json_type_object:
		emit_mapping(to, value, in_list);
		return;
	case json_type_string:
		text = json_object_get_string(value);
		emit_scalar(to, text, !is_plain(text));
		return;
	case json_type_null:
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
		emit_scalar(to, mim_json_scalar(value, scalar), false);
		return;
	}
}

/* The emitter fails only for want of memory: all texts are UTF-8. */
static int print_yaml(struct json_object *object, FILE *out)
{
	struct emit to = {0};
	yaml_event_t event;

	if (!mim_json_is_whole(object) || !yaml_emitter_initialize(&to.emitter))
		return -ENOMEM;
	yaml_emitter_set_output_file(&to.emitter, out);
	yaml_emitter_set_unicode(&to.emitter, 1);
	/* Lines are not folded: what stands on one can be found by grep. */
	yaml_emitter_set_width(&to.emitter, -1);
	emit(&to, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
	emit(&to, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1),
	     &event);
	emit_value(&to, object, false);
	emit(&to, yaml_document_end_event_initialize(&event, 1), &event);
	emit(&to, yaml_stream_end_event_initialize(&event), &event);
	yaml_emitter_delete(&to.emitter);
	return to.failed && !ferror(out) ? -ENOMEM : 0;
}

int render_json(struct json_object *object, enum output output, FILE *out)
{
	int r = output == OUTPUT_YAML ? print_yaml(object, out)
				      : mim_json_print(object, out);

	json_object_put(object);
	return r;
}

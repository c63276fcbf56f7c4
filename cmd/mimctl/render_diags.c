/* SPDX-License-Identifier: BSD-2-Clause */
#include <json-c/json.h>
#include <string.h>
#include "base/str.h"
#include "render.h"

#define BOLD  "\033[1m"
#define RED   "\033[1;31m"
#define CYAN  "\033[1;36m"
#define GREEN "\033[1;32m"
#define PLAIN "\033[0m"

bool render_color(enum color when, FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return !(no_color && *no_color) && isatty(fileno(out)) &&
	       !(term && strcmp(term, "dumb") == 0);
}

static const char *severity_name(enum mim_severity severity)
{
	switch (severity) {
	case MIM_ERROR:
		return "error";
	case MIM_WARNING:
		return "warning";
	case MIM_NOTE:
		return "note";
	}
	return "";
}

static void print_place(const struct mim_place *place, FILE *out)
{
	if (place->file && place->line)
		fprintf(out, "%s:%u:%u: ", place->file, place->line, place->column);
	else if (place->file)
		fprintf(out, "%s: ", place->file);
}

/* A line may come from a hostile file: control characters do not reach the terminal. */
static void print_line(const char *text, FILE *out)
{
	while (*text) {
		size_t n = mim_str_character(text);

		if (n)
			fwrite(text, 1, n, out);
		else
			fputc(' ', out);
		text += n ? n : 1;
		while (!n && (*text & 0xc0) == 0x80)
			text++;
	}
}

static void print_source(const struct mim_place *place, const char *hint, bool color,
			 FILE *out)
{
	uint32_t room;

	if (!place->text || strlen(place->text) > 400)
		return;
	fprintf(out, "%5u | ", place->line);
	print_line(place->text, out);
	fprintf(out, "\n      | %*s%s^", (int)place->column - 1, "", color ? GREEN : "");
	room = (uint32_t)strlen(place->text) + 1 - (place->column - 1);
	for (uint32_t i = 1; i < place->length && i < room; i++)
		fputc('~', out);
	fprintf(out, "%s%s%s\n", color ? PLAIN : "", hint ? " " : "", hint ? hint : "");
}

static void print_message(const char *text, FILE *out)
{
	print_line(text, out);
	fputc('\n', out);
}

static void print_diag(const struct mim_diag *diag, bool color, FILE *out)
{
	bool shown = diag->place.text && strlen(diag->place.text) <= 400;

	print_place(&diag->place, out);
	fprintf(out, "%s%s:%s ",
		!color			      ? ""
		: diag->severity == MIM_ERROR ? RED
					      : CYAN,
		severity_name(diag->severity), color ? PLAIN BOLD : "");
	print_line(diag->message, out);
	fprintf(out, "%s\n", color ? PLAIN : "");
	print_source(&diag->place, diag->hint, color, out);
	if (diag->hint && !shown)
		fprintf(out, "  hint: %s\n", diag->hint);
	for (size_t i = 0; i < diag->n_related; i++) {
		const struct mim_related *related = &diag->related[i];

		print_place(&related->place, out);
		fprintf(out, "%s%snote:%s ", related->place.file ? "" : "  ",
			color ? CYAN : "", color ? PLAIN : "");
		print_message(related->message, out);
	}
}

void render_diags(const struct mim_diags *diags, bool color, FILE *out)
{
	for (size_t i = 0; i < diags->n; i++)
		print_diag(&diags->items[i], color, out);
	if (diags->n_dropped)
		fprintf(out, "and %zu more\n", diags->n_dropped);
}

static void put_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

static struct json_object *range_json(const struct mim_place *place)
{
	struct json_object *range;

	if (!place->file)
		return NULL;
	range = json_object_new_object();
	put_text(range, "file", place->file);
	if (place->line) {
		json_object_object_add(range, "line", json_object_new_int64(place->line));
		json_object_object_add(range, "column",
				       json_object_new_int64(place->column));
		json_object_object_add(range, "length",
				       json_object_new_int64(place->length));
	}
	return range;
}

static struct json_object *diag_json(const struct mim_diag *diag)
{
	struct json_object *object = json_object_new_object();
	struct json_object *related = json_object_new_array();
	char code[12];

	snprintf(code, sizeof(code), "MIM%03d", diag->code);
	put_text(object, "severity", severity_name(diag->severity));
	put_text(object, "code", code);
	put_text(object, "message", diag->message);
	put_text(object, "hint", diag->hint);
	json_object_object_add(object, "range", range_json(&diag->place));
	for (size_t i = 0; i < diag->n_related; i++) {
		struct json_object *item = json_object_new_object();

		put_text(item, "message", diag->related[i].message);
		json_object_object_add(item, "range",
				       range_json(&diag->related[i].place));
		json_object_array_add(related, item);
	}
	json_object_object_add(object, "related", related);
	return object;
}

struct json_object *render_diags_json(const struct mim_diags *diags)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < diags->n; i++)
		json_object_array_add(list, diag_json(&diags->items[i]));
	return list;
}

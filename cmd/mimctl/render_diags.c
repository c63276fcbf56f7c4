/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/json.h"
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

void render_text(const char *text, FILE *out)
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

static void print_place(const struct mim_place *place, FILE *out)
{
	if (!place->file)
		return;
	render_text(place->file, out);
	if (place->line)
		fprintf(out, ":%u:%u", place->line, place->column);
	fputs(": ", out);
}

static void print_source(const struct mim_place *place, const char *hint, bool color,
			 FILE *out)
{
	uint32_t room;

	if (!place->text || strlen(place->text) > 400)
		return;
	fprintf(out, "%5u | ", place->line);
	render_text(place->text, out);
	fprintf(out, "\n      | %*s%s^", (int)place->column - 1, "", color ? GREEN : "");
	room = (uint32_t)strlen(place->text) + 1 - (place->column - 1);
	for (uint32_t i = 1; i < place->length && i < room; i++)
		fputc('~', out);
	fputs(color ? PLAIN : "", out);
	if (hint) {
		fputc(' ', out);
		render_text(hint, out);
	}
	fputc('\n', out);
}

static void print_message(const char *text, FILE *out)
{
	render_text(text, out);
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
	render_text(diag->message, out);
	fprintf(out, "%s\n", color ? PLAIN : "");
	print_source(&diag->place, diag->hint, color, out);
	if (diag->hint && !shown) {
		fputs("  hint: ", out);
		print_message(diag->hint, out);
	}
	for (size_t i = 0; i < diag->n_related; i++) {
		const struct mim_related *related = &diag->related[i];

		print_place(&related->place, out);
		fprintf(out, "%s%snote:%s ", related->place.file ? "" : "  ",
			color ? CYAN : "", color ? PLAIN : "");
		print_message(related->message, out);
	}
}

/* Stands for struct mim_diags.out_of_memory. */
static const struct mim_diag lost = {
	.severity = MIM_ERROR, .code = MIM_CODE_MEMORY, .message = "out of memory"};

void render_diags(const struct mim_diags *diags, bool color, FILE *out)
{
	for (size_t i = 0; i < diags->n; i++)
		print_diag(&diags->items[i], color, out);
	if (diags->n_dropped)
		fprintf(out, "and %zu more\n", diags->n_dropped);
	if (diags->out_of_memory)
		print_diag(&lost, color, out);
}

static void put_range(struct json_object *object, const struct mim_place *place)
{
	struct json_object *range;

	if (!place->file) {
		mim_json_put_null(object, "range");
		return;
	}
	range = mim_json_object();
	mim_json_put_text(range, "file", place->file);
	if (place->line) {
		mim_json_put_number(range, "line", place->line);
		mim_json_put_number(range, "column", place->column);
		mim_json_put_number(range, "length", place->length);
	}
	mim_json_put(object, "range", range);
}

static struct json_object *diag_json(const struct mim_diag *diag)
{
	struct json_object *object = mim_json_object();
	struct json_object *related = mim_json_array();
	char code[12];

	snprintf(code, sizeof(code), "MIM%03d", diag->code);
	mim_json_put_text(object, "severity", severity_name(diag->severity));
	mim_json_put_text(object, "code", code);
	mim_json_put_text(object, "message", diag->message);
	mim_json_put_text(object, "hint", diag->hint);
	put_range(object, &diag->place);
	for (size_t i = 0; i < diag->n_related; i++) {
		struct json_object *item = mim_json_object();

		mim_json_put_text(item, "message", diag->related[i].message);
		put_range(item, &diag->related[i].place);
		mim_json_add(related, item);
	}
	mim_json_put(object, "related", related);
	return object;
}

struct json_object *render_diags_json(const struct mim_diags *diags)
{
	struct json_object *list = mim_json_array();

	for (size_t i = 0; i < diags->n; i++)
		mim_json_add(list, diag_json(&diags->items[i]));
	if (diags->out_of_memory)
		mim_json_add(list, diag_json(&lost));
	return list;
}

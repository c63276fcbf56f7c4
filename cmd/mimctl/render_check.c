/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "base/json.h"
#include "render.h"

#define PLAIN_WORD                                                                       \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+:,@%="

/* A word as a shell takes it. */
static void print_word(const char *word, FILE *out)
{
	if (*word && strspn(word, PLAIN_WORD) == strlen(word)) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (const char *quote; (quote = strchr(word, '\'')); word = quote + 1) {
		mim_auto_free char *before = strndup(word, (size_t)(quote - word));

		render_text(before ? before : "", out);
		fputs("'\\''", out);
	}
	render_text(word, out);
	fputc('\'', out);
}

static void print_differences(uint32_t differs, const struct mim_shape *wanted,
			      const struct mim_shape *is, FILE *out)
{
	char there[MIM_FIELD_TEXT], here[MIM_FIELD_TEXT];
	const char *between = "no: ";

	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++) {
		if (!(differs & MIM_FIELD_BIT(field)))
			continue;
		fprintf(out, "%s%s is %s in the object, %s declared", between,
			mim_field_name(field), mim_field_text(wanted, field, there),
			mim_field_text(is, field, here));
		between = "; ";
	}
}

static void print_reuse(const struct mim_object_check *check, FILE *out)
{
	const char *between = ", when the loader sets ";
	char text[MIM_FIELD_TEXT];

	fprintf(out, "    reuse     ");
	if (check->reuse == MIM_ANSWER_UNKNOWN)
		fprintf(out, "unknown: its shape is not declared");
	else if (check->reuse == MIM_ANSWER_YES)
		fprintf(out, "yes");
	else
		print_differences(check->reuse_differs, &check->wanted, &check->is, out);
	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++) {
		if (check->reuse == MIM_ANSWER_NO ||
		    !(check->open & MIM_FIELD_BIT(field)))
			continue;
		fprintf(out, "%s%s to %s", between, mim_field_name(field),
			mim_field_text(&check->is, field, text));
		between = ", ";
	}
	fputc('\n', out);
}

static void print_template(const struct mim_object_check *check,
			   const struct mim_map *map, FILE *out)
{
	if (!map->outer)
		return;
	fprintf(out, "    template  ");
	if (check->template == MIM_ANSWER_UNKNOWN)
		fprintf(out, "unknown: the %s does not say what its slots take",
			check->map->has_inner ? "description" : "object");
	else if (check->template == MIM_ANSWER_YES)
		fprintf(out, "yes");
	else
		print_differences(check->template_differs, &check->inner_wanted,
				  &check->inner_is, out);
	fputc('\n', out);
}

static void print_way(const struct mim_object_check *check, FILE *out)
{
	switch (check->way) {
	case MIM_WAY_NONE:
		fprintf(out, "not declared: the loader makes its own");
		if (*check->look) {
			fprintf(out, " at ");
			render_text(check->look, out);
		}
		break;
	case MIM_WAY_PIN:
		fprintf(out, "found at ");
		render_text(check->pin, out);
		break;
	case MIM_WAY_NAME:
		if (*check->look) {
			fprintf(out, "not found: the loader looks at ");
			render_text(check->look, out);
			fprintf(out, ", ");
		} else {
			fprintf(out, "not looked for: ");
		}
		fprintf(out, *check->pin ? "it is declared at " : "slots alone hold it");
		render_text(check->pin, out);
		break;
	}
}

static void print_check(const struct mim_object_check *check,
			const struct mim_topology *want, FILE *out)
{
	render_text(check->map->name, out);
	fprintf(out, "  %s  ", mim_kind_name(check->map->def.shape.type));
	print_way(check, out);
	fputc('\n', out);
	if (check->want == MIM_NONE)
		return;
	print_reuse(check, out);
	print_template(check, &want->maps[check->want], out);
}

/* Text in double quotes, for C and for YAML. */
static void print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (size_t n; (n = strcspn(text, "\"\\")), text[n]; text += n + 1) {
		mim_auto_free char *before = strndup(text, n);

		render_text(before ? before : "", out);
		fprintf(out, "\\%c", text[n]);
	}
	render_text(text, out);
	fputc('"', out);
}

/* Only what a loader can make use of. */
static bool is_useful(const struct mim_object_check *check)
{
	return check->want != MIM_NONE && *check->pin && check->reuse != MIM_ANSWER_NO &&
	       check->template != MIM_ANSWER_NO;
}

/* libbpf dropped section "maps" with 1.0, and bpftool is built on that. */
static bool is_told(const struct mim_object_check *check, bool before_1_0)
{
	return is_useful(check) && check->told &&
	       (check->map->form == MIM_OBJECT_BTF ||
		(before_1_0 && check->map->form == MIM_OBJECT_MAP_DEF));
}

static void print_bpftool(const struct mim_object_checks *checks, const char *object,
			  FILE *out)
{
	bool any = false;

	for (uint32_t i = 0; i < checks->n; i++) {
		const struct mim_object_check *check = &checks->items[i];

		if (!is_told(check, false))
			continue;
		if (!any) {
			fprintf(out, "bpftool:   bpftool prog load ");
			print_word(object, out);
			fprintf(out, " PIN");
		}
		any = true;
		fprintf(out, " map name ");
		print_word(check->map->name, out);
		fprintf(out, " pinned ");
		print_word(check->pin, out);
	}
	if (any)
		fputc('\n', out);
}

static void print_libbpf(const struct mim_object_checks *checks, FILE *out)
{
	for (uint32_t i = 0; i < checks->n; i++) {
		const struct mim_object_check *check = &checks->items[i];

		if (!is_told(check, true))
			continue;
		fprintf(out, check->map->form == MIM_OBJECT_BTF ? "libbpf:    "
								: "libbpf <1: ");
		fprintf(out,
			"bpf_map__set_pin_path(bpf_object__find_map_by_name(object, ");
		print_quoted(check->map->name, out);
		fprintf(out, "), ");
		print_quoted(check->pin, out);
		fprintf(out, ");\n");
	}
}

/* A pin more leads a loader to the map that looks there by itself. */
static void print_pin(const char *loader, const struct mim_object_check *check,
		      const struct mim_topology *want, const char *path, FILE *out)
{
	fprintf(out, "%s{map: %s, path: ", loader, want->maps[check->want].name);
	print_quoted(path, out);
	fprintf(out, "} under pins\n");
}

static bool is_looked_for(const struct mim_object_check *check)
{
	return is_useful(check) && check->way == MIM_WAY_NAME && *check->look &&
	       check->map->form != MIM_OBJECT_ELF_MAP;
}

static void print_pins(const struct mim_object_checks *checks,
		       const struct mim_topology *want, FILE *out)
{
	for (uint32_t i = 0; i < checks->n; i++)
		if (is_looked_for(&checks->items[i]))
			print_pin("libbpf:    ", &checks->items[i], want,
				  checks->items[i].look, out);
	for (uint32_t i = 0; i < checks->n; i++)
		if (is_useful(&checks->items[i]) && *checks->items[i].globals)
			print_pin("iproute2:  ", &checks->items[i], want,
				  checks->items[i].globals, out);
}

void render_check_total(const struct mim_object_checks *checks, FILE *out)
{
	fprintf(out, "%u of %u maps declared, %u of them unfit\n", checks->n_found,
		checks->n, checks->n_misfits);
}

void render_check_text(const struct mim_object_checks *checks,
		       const struct mim_topology *want, const char *object, FILE *out)
{
	bool tells = false;

	for (uint32_t i = 0; i < checks->n; i++) {
		const struct mim_object_check *check = &checks->items[i];

		print_check(check, want, out);
		tells |= is_told(check, true) || (is_useful(check) && *check->globals);
	}
	if (tells)
		fprintf(out, "\n");
	print_bpftool(checks, object, out);
	print_libbpf(checks, out);
	print_pins(checks, want, out);
	fprintf(out, "\n");
	render_check_total(checks, out);
}

static void put_text(struct json_object *object, const char *key, const char *text)
{
	mim_json_put_text(object, key, *text ? text : NULL);
}

static void put_answer(struct json_object *object, const char *key,
		       enum mim_object_answer answer)
{
	if (answer == MIM_ANSWER_UNKNOWN)
		mim_json_put_null(object, key);
	else
		mim_json_put_bool(object, key, answer == MIM_ANSWER_YES);
}

static void put_differences(struct json_object *object, const char *key, uint32_t differs,
			    const struct mim_shape *wanted, const struct mim_shape *is)
{
	struct json_object *list = mim_json_array();
	char text[MIM_FIELD_TEXT];

	for (enum mim_field field = 0; field < MIM_FIELD_COUNT; field++) {
		struct json_object *item;

		if (!(differs & MIM_FIELD_BIT(field)))
			continue;
		item = mim_json_object();
		put_text(item, "field", mim_field_name(field));
		put_text(item, "object", mim_field_text(wanted, field, text));
		put_text(item, "declared", mim_field_text(is, field, text));
		mim_json_add(list, item);
	}
	mim_json_put(object, key, list);
}

static struct json_object *check_json(const struct mim_object_check *check,
				      const struct mim_topology *want)
{
	struct json_object *object = mim_json_object();

	put_text(object, "map", check->map->name);
	put_text(object, "type", mim_kind_name(check->map->def.shape.type));
	put_text(object, "declared",
		 check->want == MIM_NONE ? "" : want->maps[check->want].name);
	put_text(object, "looks_at", check->look);
	put_text(object, "pin", check->pin);
	mim_json_put_bool(object, "found", check->way == MIM_WAY_PIN);
	put_answer(object, "reuse", check->reuse);
	put_differences(object, "reuse_differences", check->reuse_differs, &check->wanted,
			&check->is);
	put_differences(object, "left_to_loader", check->open, &check->wanted,
			&check->is);
	put_answer(object, "template", check->template);
	put_differences(object, "template_differences", check->template_differs,
			&check->inner_wanted, &check->inner_is);
	put_text(object, "iproute2_pin", check->globals);
	return object;
}

struct json_object *render_check_json(const struct mim_object_checks *checks,
				      const struct mim_topology *want, const char *object)
{
	struct json_object *root = mim_json_object();
	struct json_object *maps = mim_json_array();

	for (uint32_t i = 0; i < checks->n; i++)
		mim_json_add(maps, check_json(&checks->items[i], want));
	mim_json_put_number(root, "format_version", 1);
	put_text(root, "object", object);
	put_text(root, "scope", want->scope.name);
	mim_json_put_bool(root, "fits", checks->n_found && !checks->n_misfits);
	mim_json_put(root, "maps", maps);
	return root;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "render.h"
#include "render_lines.h"

static const struct mark {
	const char *text;
	const char *color;
} marks[] = {
	[MIM_KEEP] = {" ", ""},		  [MIM_CREATE] = {"+", "\033[32m"},
	[MIM_CHANGE] = {"~", "\033[33m"}, [MIM_REPLACE] = {"+/-", "\033[35m"},
	[MIM_REMOVE] = {"-", "\033[31m"}, [MIM_ADOPT] = {"=", "\033[36m"},
};

static const char *const nouns[] = {
	[MIM_ON_BPFFS] = "bpffs", [MIM_ON_SCOPE] = "scope", [MIM_ON_OUTER] = "outer",
	[MIM_ON_INNER] = "inner", [MIM_ON_SLOT] = "slot",   [MIM_ON_PIN] = "pin",
};

const char *render_action(enum mim_action action)
{
	static const char *const names[] = {
		[MIM_KEEP] = "keep",	 [MIM_CREATE] = "create",
		[MIM_CHANGE] = "change", [MIM_REPLACE] = "replace",
		[MIM_REMOVE] = "remove", [MIM_ADOPT] = "adopt",
	};

	return names[action];
}

const char *render_key_bytes(struct mim_type type, const uint8_t *key)
{
	size_t length = mim_value_length(type, key) + 1;
	static size_t capacity;
	static char *text;
	char *grown;

	if (length > capacity) {
		grown = realloc(text, length);
		if (!grown)
			return "?";
		text = grown;
		capacity = length;
	}
	return mim_value_print(type, key, text, length);
}

const char *render_key(const struct mim_map *outer, struct mim_type type, uint32_t slot)
{
	return render_key_bytes(type, mim_slot_key(outer, slot));
}

const char *render_path(const struct mim_scope *scope, const struct mim_pin *pin)
{
	return pin->inside && scope->folder ? pin->path + strlen(scope->folder) + 1
					    : pin->path;
}

uint32_t *render_declared(const struct mim_plan *plan)
{
	size_t n = plan->live->n_maps;
	uint32_t *declared = malloc((n + 1) * sizeof(*declared));

	if (!declared)
		return NULL;
	memset(declared, 0xff, (n + 1) * sizeof(*declared));
	for (size_t i = 0; i < plan->want->n_maps; i++) {
		if (plan->match[i] != MIM_NONE)
			declared[plan->match[i]] = (uint32_t)i;
		else if (plan->before[i] != MIM_NONE &&
			 declared[plan->before[i]] == MIM_NONE)
			declared[plan->before[i]] = (uint32_t)i;
	}
	return declared;
}

void render_line(struct render_lines *lines, int depth, enum mim_action action,
		 const char *noun, const char *name, const char *text)
{
	const char *mark = marks[action].text, *color = marks[action].color;
	bool colored = lines->render->color && *color;

	int indent = (depth ? 7 : 3) - (int)strlen(mark);
	int width = !depth ? 16 : lines->width ? lines->width : 12;

	lines->printed = true;
	/* No spaces at the end of a line that says nothing more. */
	fprintf(lines->out, "%*s%s%s%s %-6s %-*s%s%s\n", indent, "", colored ? color : "",
		mark, colored ? "\033[0m" : "", noun, text && *text ? width : 0, name,
		text && *text ? render_gap(name, width) : "", text ? text : "");
}

static char *reason_of(struct render_lines *lines, const struct mim_change *change)
{
	char *text = render_reason(lines->plan, change);

	lines->out_of_memory |= !text;
	return text;
}

static void print_consequences(struct render_lines *lines,
			       const struct mim_change *change)
{
	for (size_t i = 0;; i++) {
		mim_auto_free char *text = render_consequence(lines->plan, change, i);

		lines->out_of_memory |= !text;
		if (!text || !*text)
			return;
		fprintf(lines->out, "      ! %s\n", text);
	}
}

static void print_map(struct render_lines *lines, const struct mim_change *change)
{
	const struct mim_map *want =
		change->want == MIM_NONE ? NULL : render_want(lines, change->want);
	const struct mim_map *live =
		change->live == MIM_NONE ? NULL : &lines->plan->live->maps[change->live];
	mim_auto_free char *reason = reason_of(lines, change);
	char seeds[RENDER_SEEDS];
	char *text = NULL;
	int r;

	if (change->action == MIM_CREATE && want->outer)
		r = asprintf(&text, "%s  %u slot%s", mim_kind_name(want->shape.type),
			     want->shape.max_entries,
			     render_plural(want->shape.max_entries));
	else if (change->action == MIM_CREATE)
		r = asprintf(&text, "%s  max_entries %u%s",
			     mim_kind_name(want->shape.type), want->shape.max_entries,
			     render_seeds(lines->plan, change->want, seeds));
	else if (!live)
		r = asprintf(&text, "not there: %s", want->external);
	else
		r = asprintf(&text, "id %u%s%s", live->id, reason && *reason ? "   " : "",
			     reason ? reason : "");
	lines->out_of_memory |= r < 0;
	render_line(lines, 0, change->action, nouns[change->subject],
		    want ? want->name : live->name, r < 0 ? NULL : text);
	free(r < 0 ? NULL : text);
	render_entries(lines, change);
	print_consequences(lines, change);
}

/* A pin that goes from the old map to the new one is what replacing means. */
static bool is_plain_move(const struct render_lines *lines,
			  const struct mim_change *change)
{
	const struct mim_change *owner = &lines->plan->changes[change->owner];

	return change->action == MIM_CHANGE && change->fields == MIM_FIELD_TARGET &&
	       owner->action == MIM_REPLACE &&
	       lines->plan->live->pins[change->live].map == owner->live;
}

static void print_pin(struct render_lines *lines, const struct mim_change *change)
{
	const struct mim_topology *from =
		change->want == MIM_NONE ? lines->plan->live : lines->plan->want;
	const struct mim_pin *pin =
		&from->pins[change->want == MIM_NONE ? change->live : change->want];
	char *text = NULL;

	if (is_plain_move(lines, change) && !lines->render->verbose)
		return;
	if (change->action == MIM_CREATE && (pin->mode != MIM_MODE_ANY || pin->group)) {
		char mode[32] = "";

		if (pin->mode != MIM_MODE_ANY)
			snprintf(mode, sizeof(mode), "mode %04o%s", pin->mode,
				 pin->group ? " " : "");
		if (asprintf(&text, "%s%s%s", mode, pin->group ? "group " : "",
			     pin->group ? pin->group : "") < 0) {
			lines->out_of_memory = true;
			text = NULL;
		}
	} else {
		text = reason_of(lines, change);
	}
	render_line(lines, 1, change->action, "pin", render_path(&from->scope, pin),
		    text);
	free(text);
}

static bool is_shown(const struct render_lines *lines, size_t index)
{
	const struct mim_plan *plan = lines->plan;
	const struct mim_change *change = &plan->changes[index];

	if (change->action == MIM_KEEP)
		return lines->render->verbose;
	if (change->live != MIM_NONE && change->subject == MIM_ON_INNER &&
	    lines->replaced[change->live] == index)
		return false;
	if (change->subject != MIM_ON_INNER || change->action != MIM_CREATE)
		return true;
	/* A new inner map without pins is told by the slot that holds it. */
	return render_want(lines, change->want)->pins != MIM_NONE;
}

/* Steps that no change of a map, pin or slot speaks of. */
static void print_records(struct render_lines *lines)
{
	const struct mim_plan *plan = lines->plan;
	const char *scope = plan->want->scope.name;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct mim_step *step = &plan->steps[i];
		bool remember = step->op == MIM_STEP_REMEMBER;
		bool protected = step->record == MIM_RECORD_PROTECTED;
		mim_auto_free char *text = NULL;
		int r;

		if (step->op == MIM_STEP_SWEEP)
			r = asprintf(&text, "leftover of an interrupted apply: %s",
				     step->path);
		else if ((remember || step->op == MIM_STEP_FORGET) &&
			 (protected || lines->render->verbose))
			r = asprintf(&text, "%s %s %s",
				     remember ? "remembers" : "forgets",
				     protected ? "that this map is protected:"
					       : "its pin outside the scope:",
				     step->path);
		else
			continue;
		if (r < 0)
			text = NULL;
		lines->out_of_memory |= r < 0;
		render_line(lines, 0,
			    step->op == MIM_STEP_SWEEP ? MIM_REMOVE : MIM_CHANGE, "scope",
			    scope, text);
	}
}

static void print_scope(struct render_lines *lines, const struct mim_change *change)
{
	const struct mim_scope *scope = &lines->plan->want->scope;
	mim_auto_free char *reason = reason_of(lines, change);

	render_line(lines, 0, change->action, nouns[change->subject],
		    change->subject == MIM_ON_BPFFS ? scope->bpffs : scope->name, reason);
}

static void print_changes(struct render_lines *lines)
{
	const struct mim_plan *plan = lines->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (!is_shown(lines, i))
			continue;
		switch (change->subject) {
		case MIM_ON_BPFFS:
		case MIM_ON_SCOPE:
			print_scope(lines, change);
			break;
		case MIM_ON_OUTER:
		case MIM_ON_INNER:
			print_map(lines, change);
			break;
		case MIM_ON_PIN:
			print_pin(lines, change);
			break;
		case MIM_ON_SLOT:
			i += render_slots(lines, i) - 1;
			break;
		}
	}
	print_records(lines);
}

static void print_title(const struct render_plan *render, FILE *out)
{
	const struct mim_scope *scope = &render->plan->want->scope;

	fprintf(out, "%s: ", scope->name);
	for (size_t i = 0; render->config && i < render->config->n_sources; i++) {
		const char *name = mim_config_name(render->config, i);
		const char *slash = strrchr(name, '/');

		fputs(i ? ", " : "", out);
		render_text(slash ? slash + 1 : name, out);
	}
	if (!render->config)
		fprintf(out, "nothing declared");
	fprintf(out, " -> %s\n\n", scope->folder);
}

/*
 * A slot's own map that is replaced and freed, as all of them are when their template
 * changes, is told by its slot.
 */
static bool is_told_by_slot(const struct render_lines *lines,
			    const struct mim_change *change)
{
	return change->action == MIM_REPLACE && render_want(lines, change->want)->own &&
	       lines->plan->freed[change->live] && !lines->render->verbose;
}

/* Return: false when out of memory. */
static bool choose_lines(struct render_lines *lines)
{
	const struct mim_plan *plan = lines->plan;
	size_t n = plan->live->n_maps + 1;

	lines->declared = render_declared(plan);
	lines->replaced = malloc(n * sizeof(*lines->replaced));
	lines->told = calloc(n, sizeof(*lines->told));
	if (!lines->declared || !lines->replaced || !lines->told)
		return false;
	memset(lines->replaced, 0xff, n * sizeof(*lines->replaced));
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];

		if (change->subject != MIM_ON_INNER || change->live == MIM_NONE)
			continue;
		if (is_told_by_slot(lines, change))
			lines->replaced[change->live] = (uint32_t)i;
		else
			lines->told[change->live] = true;
	}
	return true;
}

static void release(struct render_lines *lines)
{
	free(lines->declared);
	free(lines->replaced);
	free(lines->told);
}

int render_plan_text(const struct render_plan *render, FILE *out)
{
	const struct mim_plan *plan = render->plan;
	mim_cleanup(release) struct render_lines lines = {
		.render = render, .plan = plan, .out = out};

	if (!choose_lines(&lines))
		return -ENOMEM;
	print_title(render, out);
	print_changes(&lines);
	if (lines.printed)
		fputc('\n', out);
	render_refilled(&plan->summary, out);
	render_destructive(&plan->summary, out);
	render_total(&plan->summary, out);
	return lines.out_of_memory ? -ENOMEM : 0;
}

void render_plan_summary(const struct render_plan *render, FILE *out)
{
	const struct mim_plan *plan = render->plan;

	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct mim_change *change = &plan->changes[i];
		const struct mim_map *map;

		if ((change->subject != MIM_ON_OUTER &&
		     change->subject != MIM_ON_INNER) ||
		    (change->action == MIM_KEEP && !render->verbose))
			continue;
		map = change->want != MIM_NONE ? &plan->want->maps[change->want]
					       : &plan->live->maps[change->live];
		/* There may be a million, and the last line counts them. */
		if (map->own && !render->verbose)
			continue;
		fprintf(out, "%s %s %s\n", render_action(change->action),
			nouns[change->subject], map->name);
	}
	render_total(&plan->summary, out);
}

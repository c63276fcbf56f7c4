/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNIT_PLAN_H
#define UNIT_PLAN_H

#include <linux/bpf.h>
#include "topology.h"

/* The description that most cases start from, and the kernel that it describes. */
#define HEAD "version: 1\nname: lb\n"
#define BACKENDS                                                                         \
	"templates: [{name: backends, type: array, value: u32, max_entries: 16}]\n"
#define SERVICES_AS(words)                                                               \
	"outer_maps: [{name: services, type: hash_of_maps, key: u16, max_entries: 4,"    \
	" template: backends" words "}]\n"
#define SERVICES SERVICES_AS("")
#define INNERS                                                                           \
	"inner_maps: [{name: web, template: backends},"                                  \
	" {name: big, template: backends}]\n"
#define BIND(slots) "bindings: [{outer: services, slots: [" slots "]}]\n"
#define SLOTS                                                                            \
	BIND("{key: 80, inner: web}, {key: 443, inner: web}, {key: 8080, inner: big}")
#define BASE HEAD BACKENDS SERVICES INNERS SLOTS

#define ARRAY(n)                                                                         \
	{                                                                                \
		BPF_MAP_TYPE_ARRAY, 4, 4, n                                              \
	}
#define HASH_OF(n)                                                                       \
	{                                                                                \
		BPF_MAP_TYPE_HASH_OF_MAPS, 2, 4, n                                       \
	}
#define LIVE_WEB                                                                         \
	{                                                                                \
		10, "web", ARRAY(16)                                                     \
	}
#define LIVE_BIG                                                                         \
	{                                                                                \
		11, "big", ARRAY(16)                                                     \
	}
#define LIVE_SLOTS "80=10 443=10 8080=11"
#define LIVE_SERVICES(slots, pins)                                                       \
	{                                                                                \
		20, "services", HASH_OF(4), slots, pins, ARRAY(16)                       \
	}
#define LIVE_BASE LIVE_WEB, LIVE_BIG, LIVE_SERVICES(LIVE_SLOTS, "services")

/**
 * struct unit_plan - a case: a description meets a kernel
 * @live: maps, ascending ids
 * @foreign: the scope's folder is there without a marker
 * @unmounted: neither bpffs nor folder is there
 * @protected, @outside, @stale, @folders: one record each, or NULL
 */
struct unit_plan {
	const char *want;
	struct unit_live live[8];
	struct mim_plan_options options;
	bool foreign;
	bool unmounted;
	const char *protected;
	const char *outside;
	const char *stale;
	const char *folders;
};

struct unit_planned {
	struct mim_config config;
	struct mim_topology *live;
	struct mim_diags diags;
	struct mim_plan *plan;
};

static inline void unit_text(struct mim_topology *live, struct mim_texts *texts,
			     const char *text)
{
	if (text)
		ck_assert_int_eq(mim_topology_add_text(live, texts, text), 0);
}

static inline void unit_plan(const struct unit_plan *from, struct unit_planned *planned)
{
	struct mim_scope *scope;
	size_t n = 0;

	*planned = (struct unit_planned){0};
	while (n < MIM_ARRAY_SIZE(from->live) && from->live[n].id)
		n++;
	unit_load_good(from->want, &planned->config);
	planned->live = unit_live(from->live, n);
	scope = &planned->live->scope;
	if (from->foreign) {
		scope->exists = true;
		scope->marked = false;
	}
	scope->mounted = !from->unmounted;
	unit_text(planned->live, &scope->protected, from->protected);
	unit_text(planned->live, &scope->outside, from->outside);
	unit_text(planned->live, &scope->stale, from->stale);
	unit_text(planned->live, &scope->folders, from->folders);
	ck_assert_int_eq(mim_plan_compute(planned->config.want, planned->live,
					  &from->options, &planned->diags,
					  &planned->plan),
			 0);
}

static inline void unit_plan_release(struct unit_planned *planned)
{
	mim_plan_free(planned->plan);
	mim_topology_free(planned->live);
	mim_diags_release(&planned->diags);
	mim_config_release(&planned->config);
}

static inline const char *unit_relative(const struct mim_topology *topology,
					const char *path)
{
	const char *folder = topology->scope.folder;

	return mim_topology_inside(topology, path) ? path + strlen(folder) + 1 : path;
}

static inline void unit_change(const struct mim_plan *plan,
			       const struct mim_change *change, FILE *out)
{
	static const char *const marks[] = {"", "+", "~", "+/-", "-", "="};
	static const char *const nouns[] = {"bpffs", "scope", "outer",
					    "inner", "slot",  "pin"};
	bool want = change->want != MIM_NONE;
	const struct mim_topology *from = want ? plan->want : plan->live;
	uint32_t index = want ? change->want : change->live;
	const struct mim_change *owner;
	char text[64];

	fprintf(out, "%s %s", marks[change->action], nouns[change->subject]);
	if (change->subject == MIM_ON_OUTER || change->subject == MIM_ON_INNER)
		fprintf(out, " %s", from->maps[index].name);
	if (change->subject == MIM_ON_PIN)
		fprintf(out, " %s", unit_relative(from, from->pins[index].path));
	if (change->subject != MIM_ON_SLOT)
		return;
	owner = &plan->changes[change->owner];
	mim_value_print(
		plan->want->maps[owner->want].outer->key_type,
		mim_slot_key(&from->maps[want ? owner->want : owner->live], index), text,
		sizeof(text));
	fprintf(out, " %s", text);
}

/** unit_changes() - "~ outer services; + slot 443": all that does not stay */
static inline const char *unit_changes(const struct mim_plan *plan)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");
	const char *between = "";

	for (size_t i = 0; i < plan->n_changes; i++) {
		if (plan->changes[i].action == MIM_KEEP)
			continue;
		fputs(between, out);
		unit_change(plan, &plan->changes[i], out);
		between = "; ";
	}
	fputc('\0', out);
	fclose(out);
	return text;
}

/** unit_steps() - "create web; bind services 2" */
static inline const char *unit_steps(const struct mim_plan *plan)
{
	static const char *const names[] = {
		"mount",  "scope", "mark",     "sweep",	     "create",	     "seed",
		"copy",	  "fill",  "remember", "refill",     "clear",	     "bind",
		"folder", "pin",   "access",   "copy_again", "carry_again",  "unbind",
		"unpin",  "rmdir", "forget",   "finish",     "remove_scope",
	};
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct mim_step *step = &plan->steps[i];
		const char *path = step->path;

		if (step->live_pin != MIM_NONE)
			path = plan->live->pins[step->live_pin].path;
		if (step->pin != MIM_NONE)
			path = plan->want->pins[step->pin].path;
		fprintf(out, "%s%s", i ? "; " : "", names[step->op]);
		if (path && step->op != MIM_STEP_FINISH && step->op != MIM_STEP_SCOPE &&
		    step->op != MIM_STEP_MOUNT && step->op != MIM_STEP_REMOVE_SCOPE)
			fprintf(out, " %s", unit_relative(plan->live, path));
		else if (step->map != MIM_NONE)
			fprintf(out, " %s", plan->want->maps[step->map].name);
		if (step->n)
			fprintf(out, " %u", step->n);
	}
	fputc('\0', out);
	fclose(out);
	return text;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIMCTL_RENDER_H
#define MIMCTL_RENDER_H

#include "mim.h"
#include "options.h"

struct json_object;

/** of plans as JSON */
#define RENDER_FORMAT_VERSION 1

/** render_color() - should @out be coloured? */
bool render_color(enum color when, FILE *out);

/**
 * render_text() - text that may come from a hostile file
 *
 * Control characters and what is no UTF-8 become spaces: they do not reach the terminal.
 */
void render_text(const char *text, FILE *out);

/**
 * render_diags() - diagnostics for people, with the line and a mark
 *
 * "file:line:column: error: ..." as compilers write it.
 */
void render_diags(const struct mim_diags *diags, bool color, FILE *out);

/** render_diags_json() - the same as an array; Return: owned by the caller */
struct json_object *render_diags_json(const struct mim_diags *diags);

/**
 * render_json() - print an object as JSON or, for OUTPUT_YAML, as YAML; frees it
 * @object: built with base/json.h
 * Return: 0; -ENOMEM when @object lacks something or cannot be printed in full.
 */
int render_json(struct json_object *object, enum output output, FILE *out);

/**
 * struct render_plan - what a rendered plan needs beside the plan
 * @config: the description; NULL when nothing is declared
 */
struct render_plan {
	struct mim_config *config;
	const struct mim_plan *plan;
	const struct mim_diags *diags;
	bool verbose;
	bool color;
};

/** render_plan_text() - Return: 0; -ENOMEM when lines are missing */
int render_plan_text(const struct render_plan *render, FILE *out);
void render_plan_summary(const struct render_plan *render, FILE *out);
struct json_object *render_plan_json(const struct render_plan *render);

/** struct render_words - a text that is printed before it is known where to */
struct render_words {
	FILE *out;
	char *text;
	size_t length;
};

/** render_words_open() - Return: false when out of memory, with nothing to close */
bool render_words_open(struct render_words *words);

/** render_words_close() - Return: what was printed, heap; NULL when out of memory */
char *render_words_close(struct render_words *words);

/**
 * render_reason() - mim_plan_reason() as a text
 * Return: heap, "" for none; NULL when out of memory.
 */
char *render_reason(const struct mim_plan *plan, const struct mim_change *change);

/** render_consequence() - the same of mim_plan_consequence(); "" when there is none */
char *render_consequence(const struct mim_plan *plan, const struct mim_change *change,
			 size_t i);
/**
 * render_config_json() - a declared topology in the language of descriptions
 * Return: owned by the caller; as YAML or JSON it is a description.
 */
struct json_object *render_config_json(const struct mim_topology *want);

/** render_check_text() - an object against a description; @object: as the user names it
 */
void render_check_text(const struct mim_object_checks *checks,
		       const struct mim_topology *want, const char *object, FILE *out);

/** render_check_total() - the last line of it */
void render_check_total(const struct mim_object_checks *checks, FILE *out);

/** render_check_json() - the same; Return: owned by the caller */
struct json_object *render_check_json(const struct mim_object_checks *checks,
				      const struct mim_topology *want,
				      const char *object);

/** render_plural() - the "s" of a count */
const char *render_plural(uint32_t n);

/**
 * render_key_width() - columns that a list of keys takes
 * @width: so far; begin with 0
 * @length: of one more key; one that is very long stands out instead
 * Return: the new width.
 */
int render_key_width(int width, size_t length);

/** render_gap() - between a key in @width columns and what follows: two spaces at least
 */
const char *render_gap(const char *key, int width);

/** render_destructive() - what a plan takes away, in a line; nothing when that is nothing
 */
void render_destructive(const struct mim_summary *summary, FILE *out);

/** render_refilled() - the entries that change, in a line; nothing when there are none */
void render_refilled(const struct mim_summary *summary, FILE *out);

/** render_made() - "2 maps, 1 slot": what is made, the same in a plan and after it */
void render_made(const struct mim_summary *summary, FILE *out);

/** render_total() - the last line of a plan: pipelines read it, it never changes its form
 */
void render_total(const struct mim_summary *summary, FILE *out);

/** render_plan() - in the form that the options ask for; Return: 0 or -ENOMEM */
int render_plan(const struct render_plan *render, const struct options *options,
		FILE *out);

/**
 * struct render_tree - live maps as a tree
 * @selected: which of @live
 * @part: not all there is: no heading
 * @keys: for each map how its keys are written, MIM_TYPE_NONE where nobody says; or NULL
 * @verbose: with what is in the slots, and who else holds it
 * @entries: prints what is in an inner map, a line for each entry; NULL for none.
 *	Return: 0 or -ENOMEM.
 */
struct render_tree {
	const struct mim_topology *live;
	const bool *selected;
	const struct mim_type *keys;
	bool part;
	bool verbose;
	int (*entries)(void *data, uint32_t map, const char *indent, FILE *out);
	void *data;
};

/** render_tree() - Return: 0; -ENOMEM when lines are missing */
int render_tree(const struct render_tree *what, FILE *out);

/**
 * render_entries_json() - the entries of a map that change, for the plan's JSON
 *
 * How many there are of each kind, the first hundred, and a digest of all, by which a
 * saved plan is known to be stale.
 */
struct json_object *render_entries_json(const struct mim_plan *plan,
					const struct mim_refill *refill);

/** enough for render_seeds() */
#define RENDER_SEEDS 32

/** render_seeds() - ", 3 entries" for a map that is made with them; Return: @text */
const char *render_seeds(const struct mim_plan *plan, uint32_t want, char *text);

/** render_key() - a slot's key in the outer map's type; borrowed static storage */
const char *render_key(const struct mim_map *outer, struct mim_type type, uint32_t slot);

/** render_key_bytes() - the same of a key by itself */
const char *render_key_bytes(struct mim_type type, const uint8_t *key);

/** render_path() - a pin's path: relative inside the scope; borrowed */
const char *render_path(const struct mim_scope *scope, const struct mim_pin *pin);

/** render_action() - "create", "change", ... */
const char *render_action(enum mim_action action);

/** render_declared() - for each live map the declared one that it is, or MIM_NONE */
uint32_t *render_declared(const struct mim_plan *plan);

#endif

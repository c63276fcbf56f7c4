/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "base/str.h"
#include "config/tree.h"

/* Beyond those that are written: aliases make many out of few. */
#define MOST_ALIASED 4000000

char mim_raw_broken[1];

struct strict {
	struct mim_source *source;
	struct mim_diags *diags;
	size_t nodes;
	size_t most;
	int result;
};

static void report(struct strict *strict, const yaml_node_t *node, enum mim_code code,
		   const char *format, ...) MIM_PRINTF(4, 5);

static void report(struct strict *strict, const yaml_node_t *node, enum mim_code code,
		   const char *format, ...)
{
	struct mim_diags *diags = strict->diags;
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	mim_error(diags, MIM_NOWHERE, code, -EINVAL, "%s", message);
	if (strict->result != -ENOMEM)
		strict->result = -EINVAL;
	if (diags->n_dropped)
		return;
	mim_here(diags,
		 mim_tree_place_at(strict->source, node->start_mark, node->end_mark));
}

/* Words that are missing for want of memory must not look absent. */
static void out_of_memory(struct strict *strict)
{
	strict->result = mim_source_no_room(strict->source, strict->diags);
}

static const char *form_noun(enum mim_form form)
{
	switch (form) {
	case MIM_FORM_WORD:
		return "a single value";
	case MIM_FORM_WORDS:
		return "a list of words";
	case MIM_FORM_LIST:
		return "a list";
	case MIM_FORM_MAPPING:
		return "a mapping";
	}
	return "";
}

static const char *node_noun(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_MAPPING_NODE:
		return "a mapping";
	default:
		return node->data.scalar.length ? "a single value" : "nothing";
	}
}

static yaml_node_t *node_at(struct strict *strict, int index)
{
	if (++strict->nodes == strict->most)
		strict->result =
			mim_error(strict->diags, MIM_NOWHERE, MIM_CODE_LIMIT, -EINVAL,
				  "%s: aliases make more than %d values of it",
				  strict->source->name, MOST_ALIASED);
	return yaml_document_get_node(&strict->source->tree, index);
}

/* More than may be looked at, or kept: what is not filled in says nothing. */
static bool is_full(const struct strict *strict)
{
	return strict->nodes >= strict->most || strict->source->arena.full;
}

static char *take_word(struct strict *strict, yaml_node_t *node, const char *what)
{
	char *word;

	if (node->type != YAML_SCALAR_NODE) {
		report(strict, node, MIM_CODE_WRONG_KIND,
		       "%s must be a single value, not %s", what, node_noun(node));
		return mim_raw_broken;
	}
	if (memchr(node->data.scalar.value, '\0', node->data.scalar.length)) {
		report(strict, node, MIM_CODE_BAD_VALUE, "%s holds a NUL character",
		       what);
		return mim_raw_broken;
	}
	word = mim_arena_strndup(&strict->source->arena,
				 (const char *)node->data.scalar.value,
				 node->data.scalar.length);
	if (!word)
		out_of_memory(strict);
	return word;
}

static void take_mapping(struct strict *strict, yaml_node_t *node,
			 enum mim_section section, void *raw);

/* The elements' storage, and its length; a list of the wrong kind has none. */
static size_t take_list(struct strict *strict, const struct mim_row *row,
			yaml_node_t *node, size_t size, void *raw, void **ret_items)
{
	size_t n;
	uint32_t count;

	*ret_items = NULL;
	if (node->type != YAML_SEQUENCE_NODE) {
		report(strict, node, MIM_CODE_WRONG_KIND, "%s must be %s, not %s",
		       row->key, form_noun(row->form), node_noun(node));
		if (row->written)
			mim_hint(strict->diags, "%s", row->written);
		return 0;
	}
	n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	*ret_items = mim_arena_array(&strict->source->arena, n, size);
	if (!*ret_items) {
		out_of_memory(strict);
		return 0;
	}
	count = (uint32_t)n;
	memcpy((char *)raw + row->offset, ret_items, sizeof(*ret_items));
	memcpy((char *)raw + row->count_offset, &count, sizeof(count));
	return n;
}

/* A mapping in a mapping. What has another form is there, with every word broken. */
static void take_inside(struct strict *strict, const struct mim_row *row,
			yaml_node_t *node, void *raw)
{
	void *inside = mim_arena_alloc(&strict->source->arena, mim_section_size(row->of));

	if (!inside) {
		out_of_memory(strict);
		return;
	}
	memcpy((char *)raw + row->offset, &inside, sizeof(inside));
	take_mapping(strict, node, row->of, inside);
}

static void take_value(struct strict *strict, const struct mim_row *row,
		       yaml_node_t *node, void *raw)
{
	size_t n, size = row->form == MIM_FORM_LIST ? mim_section_size(row->of)
						    : sizeof(char *);
	yaml_node_item_t *item;
	void *items;
	char *word;

	if (row->form == MIM_FORM_WORD) {
		word = take_word(strict, node, row->key);
		if (row->written && node->type != YAML_SCALAR_NODE)
			mim_hint(strict->diags, "%s", row->written);
		memcpy((char *)raw + row->offset, &word, sizeof(word));
		return;
	}
	if (row->form == MIM_FORM_MAPPING) {
		take_inside(strict, row, node, raw);
		return;
	}
	n = take_list(strict, row, node, size, raw, &items);
	item = n ? node->data.sequence.items.start : NULL;
	for (size_t i = 0; i < n && !is_full(strict); i++) {
		yaml_node_t *element = node_at(strict, item[i]);

		if (row->form == MIM_FORM_LIST)
			take_mapping(strict, element, row->of, (char *)items + i * size);
		else
			((char **)items)[i] = take_word(strict, element, row->key);
	}
}

static void report_unknown(struct strict *strict, const yaml_node_t *key,
			   enum mim_section section)
{
	const char *word = (const char *)key->data.scalar.value;
	struct mim_str_closest closest = {.word = word};
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].in & MIM_IN(section))
			mim_str_consider(&closest, rows[i].key);
	report(strict, key, MIM_CODE_UNKNOWN_KEY, "unknown key '%.64s' in %s", word,
	       mim_section_noun(section));
	if (closest.best)
		mim_hint(strict->diags, "did you mean '%s'?", closest.best);
	else if (section == MIM_SECTION_ENTRY)
		mim_hint(strict->diags, "an entry is {key: ..., value: ...}");
}

static void report_twice(struct strict *strict, const yaml_node_t *key,
			 const yaml_node_t *first)
{
	struct mim_diags *diags = strict->diags;

	report(strict, key, MIM_CODE_DUPLICATE_KEY, "key '%s' a second time",
	       (const char *)key->data.scalar.value);
	mim_note(diags, MIM_NOWHERE, "'%s' is here first",
		 (const char *)key->data.scalar.value);
	mim_here(diags,
		 mim_tree_place_at(strict->source, first->start_mark, first->end_mark));
}

/* Nothing is to be concluded from a key that is absent here. */
static void break_absent(enum mim_section section, void *raw)
{
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++) {
		char *word, *broken = mim_raw_broken;

		if (!(rows[i].in & MIM_IN(section)) || rows[i].form != MIM_FORM_WORD)
			continue;
		memcpy(&word, (char *)raw + rows[i].offset, sizeof(word));
		if (!word)
			memcpy((char *)raw + rows[i].offset, &broken, sizeof(broken));
	}
}

static void check_required(struct strict *strict, yaml_node_t *node,
			   enum mim_section section, const yaml_node_t *const *seen)
{
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++)
		if ((rows[i].required & MIM_IN(section)) && !seen[i])
			report(strict, node, MIM_CODE_MISSING_KEY,
			       "%s needs the key '%s'", mim_section_noun(section),
			       rows[i].key);
}

/* Return: the row of a key; NULL when it was reported. */
static const struct mim_row *row_of(struct strict *strict, const yaml_node_t *key,
				    enum mim_section section)
{
	const struct mim_row *row;

	if (key->type != YAML_SCALAR_NODE) {
		report(strict, key, MIM_CODE_WRONG_KIND, "a key must be a word, not %s",
		       node_noun(key));
		return NULL;
	}
	if (memchr(key->data.scalar.value, '\0', key->data.scalar.length)) {
		report(strict, key, MIM_CODE_BAD_VALUE, "a key holds a NUL character");
		return NULL;
	}
	row = mim_schema_row(section, (const char *)key->data.scalar.value);
	if (!row)
		report_unknown(strict, key, section);
	return row;
}

static void take_mapping(struct strict *strict, yaml_node_t *node,
			 enum mim_section section, void *raw)
{
	const yaml_node_t *seen[MIM_SCHEMA_MOST_ROWS] = {0};
	yaml_node_pair_t *pair;
	bool unknown = false;
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n), *row;

	if (node->type != YAML_MAPPING_NODE) {
		report(strict, node, MIM_CODE_WRONG_KIND, "%s must be a mapping, not %s",
		       mim_section_noun(section), node_noun(node));
		break_absent(section, raw);
		return;
	}
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top && !is_full(strict); pair++) {
		yaml_node_t *key = node_at(strict, pair->key);
		yaml_node_t *value = node_at(strict, pair->value);

		row = row_of(strict, key, section);
		if (row && seen[row - rows]) {
			report_twice(strict, key, seen[row - rows]);
			continue;
		}
		unknown |= !row;
		if (!row)
			continue;
		seen[row - rows] = key;
		take_value(strict, row, value, raw);
	}
	if (is_full(strict))
		return;
	/* A key that is missing may well be the one that is misspelt. */
	if (unknown)
		break_absent(section, raw);
	else
		check_required(strict, node, section, seen);
}

int mim_tree_strict(struct mim_source *source, struct mim_diags *diags)
{
	const yaml_document_t *tree = &source->tree;
	struct strict strict = {
		.source = source,
		.diags = diags,
		.most = MOST_ALIASED + (size_t)(tree->nodes.top - tree->nodes.start),
	};
	yaml_node_t *root = yaml_document_get_root_node(&source->tree);

	source->raw = mim_arena_alloc(&source->arena, sizeof(*source->raw));
	if (!source->raw)
		return mim_source_no_room(source, diags);
	if (!root)
		break_absent(MIM_SECTION_ROOT, source->raw);
	if (!root)
		return mim_error(
			diags,
			MIM_SPOT(((struct mim_origin){.file = source->index}), NULL),
			MIM_CODE_YAML, -EINVAL, "%s is empty", source->name);
	take_mapping(&strict, root, MIM_SECTION_ROOT, source->raw);
	/* Nothing is to be concluded from a part of it. */
	if (is_full(&strict))
		source->raw = NULL;
	return strict.result;
}

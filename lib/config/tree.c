/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/tree.h"

#include <errno.h>
#include <string.h>
#include "base/str.h"

/* The language is six levels deep; what is deeper is a mistake or an attack. */
#define MOST_DEPTH   64
#define MOST_ALIASES 1000
/* libyaml compares each with all before it. */
#define MOST_ANCHORS 1000
#define LONGEST_LINE 400

static const char *skip_columns(const char *text, size_t columns)
{
	for (; *text && columns; columns--)
		do
			text++;
		while ((*text & 0xc0) == 0x80);
	return text;
}

struct mim_place mim_tree_place_at(struct mim_source *source, yaml_mark_t start,
				   yaml_mark_t end)
{
	struct mim_place place = {.file = source->name,
				  .line = (uint32_t)start.line + 1,
				  .column = (uint32_t)start.column + 1,
				  .length = 1};
	size_t length, columns;
	const char *line = mim_source_line(source, start.line + 1, &length);

	/* A line that nobody could read at a terminal is not shown, and not measured. */
	if (!line || length > LONGEST_LINE)
		return place;
	/* What goes on over more lines is marked to the end of its first. */
	columns = mim_str_columns(line, length);
	if (end.line == start.line)
		columns = end.column;
	if (columns > start.column)
		place.length = (uint32_t)(columns - start.column);
	place.text = mim_arena_strndup(&source->arena, line, length);
	/* A file that takes all it may take is told so, without its lines. */
	source->out_of_memory |= !place.text && !source->arena.full;
	return place;
}

static int report_at(struct mim_source *source, struct mim_diags *diags,
		     enum mim_code code, yaml_mark_t mark, const char *message)
{
	mim_error(diags, MIM_NOWHERE, code, -EINVAL, "%s", message);
	mim_here(diags, mim_tree_place_at(source, mark, mark));
	return -EINVAL;
}

/* libyaml gives the byte that it could not decode; people want line and column. */
static yaml_mark_t mark_of_offset(const struct mim_source *source, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < offset && i < source->length; i++) {
		if (source->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((source->text[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

/* "while parsing a flow mapping": where that began. */
static void note_context(struct mim_source *source, const yaml_parser_t *parser,
			 struct mim_diags *diags)
{
	const char *what = parser->context ? strstr(parser->context, "ing a ") : NULL;
	yaml_mark_t began = parser->context_mark;

	if (!what || (began.line == parser->problem_mark.line &&
		      began.column == parser->problem_mark.column))
		return;
	mim_note(diags, MIM_NOWHERE, "%s begins here", what + strlen("ing "));
	mim_here(diags, mim_tree_place_at(source, began, began));
}

/* memmem(3) looks at every byte; most texts have not even the first of these. */
static const char *find(const struct mim_source *source, const char *word)
{
	const char *at = source->text, *end = source->text + source->length;
	size_t n = strlen(word);

	while ((at = memchr(at, *word, (size_t)(end - at)))) {
		/* The text ends with a NUL, which no word has. */
		if (strncmp(at, word, n) == 0)
			return at;
		at++;
	}
	return NULL;
}

static const char *find_return(const struct mim_source *source)
{
	const char *at = source->text, *end = source->text + source->length;

	while ((at = memchr(at, '\r', (size_t)(end - at)))) {
		if (at + 1 == end || at[1] != '\n')
			return at;
		at++;
	}
	return NULL;
}

const char *mim_tree_odd_break(const struct mim_source *source)
{
	const char *breaks[] = {find_return(source), find(source, "\xc2\x85"),
				find(source, "\xe2\x80\xa8"),
				find(source, "\xe2\x80\xa9")};
	const char *first = NULL;

	for (size_t i = 0; i < MIM_ARRAY_SIZE(breaks); i++)
		if (breaks[i] && (!first || breaks[i] < first))
			first = breaks[i];
	return first;
}

/* Lines would be counted in another way than everyone counts them. */
static int check_breaks(struct mim_source *source, struct mim_diags *diags)
{
	const char *at = mim_tree_odd_break(source), *name;
	char message[100];

	if (!at)
		return 0;
	name = *at == '\r'	 ? "a carriage return alone"
	       : *at == '\xc2'	 ? "U+0085"
	       : at[2] == '\xa8' ? "U+2028"
				 : "U+2029";
	snprintf(message, sizeof(message),
		 "%s ends a line of YAML: lines end with LF or CR LF here", name);
	return report_at(source, diags, MIM_CODE_YAML,
			 mark_of_offset(source, (size_t)(at - source->text)), message);
}

static int report_parser(struct mim_source *source, const yaml_parser_t *parser,
			 struct mim_diags *diags)
{
	char message[200];

	/* Where memory runs out, libyaml 0.2.5 does not always say so. */
	if (!parser->problem)
		return mim_out_of_memory(diags);
	switch (parser->error) {
	case YAML_NO_ERROR:
	case YAML_MEMORY_ERROR:
		return mim_out_of_memory(diags);
	case YAML_READER_ERROR:
		if (parser->problem_value == 0)
			snprintf(message, sizeof(message), "a NUL byte is no text");
		else
			snprintf(message, sizeof(message), "%s", parser->problem);
		return report_at(source, diags, MIM_CODE_YAML,
				 mark_of_offset(source, parser->problem_offset), message);
	default:
		snprintf(message, sizeof(message), "no YAML: %s%s%s", parser->problem,
			 parser->context ? " " : "",
			 parser->context ? parser->context : "");
		report_at(source, diags, MIM_CODE_YAML, parser->problem_mark, message);
		note_context(source, parser, diags);
		return -EINVAL;
	}
}

static void set_input(yaml_parser_t *parser, const struct mim_source *source)
{
	/* The encoding is left to libyaml, which skips a byte order mark. */
	yaml_parser_set_input_string(parser, (const unsigned char *)source->text,
				     source->length);
}

/* What there may only be so much of. */
struct counts {
	int depth;
	int aliases;
	int anchors;
	int documents;
};

static bool has_anchor(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	default:
		return false;
	}
}

static void count_event(const yaml_event_t *event, struct counts *counts)
{
	counts->anchors += has_anchor(event);
	counts->aliases += event->type == YAML_ALIAS_EVENT;
	counts->documents += event->type == YAML_DOCUMENT_START_EVENT;
	counts->depth += event->type == YAML_SEQUENCE_START_EVENT ||
			 event->type == YAML_MAPPING_START_EVENT;
	counts->depth -= event->type == YAML_SEQUENCE_END_EVENT ||
			 event->type == YAML_MAPPING_END_EVENT;
}

static int check_counts(struct mim_source *source, const yaml_event_t *event,
			const struct counts *counts, struct mim_diags *diags)
{
	const char *problem = counts->depth > MOST_DEPTH
				      ? "nested more than 64 levels deep"
			      : counts->aliases > MOST_ALIASES ? "more than 1000 aliases"
			      : counts->anchors > MOST_ANCHORS ? "more than 1000 anchors"
							       : NULL;

	if (problem)
		return report_at(source, diags, MIM_CODE_LIMIT, event->start_mark,
				 problem);
	if (counts->documents > 1)
		return report_at(source, diags, MIM_CODE_YAML, event->start_mark,
				 "a second document: one file is one document");
	return 0;
}

/* One run over the events before the tree is built: the tree itself has no limits. */
static int check_events(struct mim_source *source, struct mim_diags *diags)
{
	struct counts counts = {0};
	yaml_parser_t parser;
	yaml_event_t event;
	bool done = false;
	int r = 0;

	if (source->length >= 2 && (uint8_t)source->text[0] >= 0xfe)
		return report_at(source, diags, MIM_CODE_YAML, (yaml_mark_t){0},
				 "no UTF-8: it begins with the mark of UTF-16");
	r = check_breaks(source, diags);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return mim_out_of_memory(diags);
	set_input(&parser, source);
	while (r == 0 && !done) {
		if (!yaml_parser_parse(&parser, &event)) {
			r = report_parser(source, &parser, diags);
			break;
		}
		count_event(&event, &counts);
		r = check_counts(source, &event, &counts, diags);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return r;
}

int mim_tree_load(struct mim_source *source, struct mim_diags *diags)
{
	yaml_parser_t parser;
	int r;

	if (source->has_tree)
		return 0;
	r = check_events(source, diags);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return mim_out_of_memory(diags);
	set_input(&parser, source);
	if (yaml_parser_load(&parser, &source->tree))
		source->has_tree = true;
	else
		r = report_parser(source, &parser, diags);
	yaml_parser_delete(&parser);
	return r;
}

static yaml_node_t *value_of(yaml_document_t *tree, yaml_node_t *mapping, const char *key)
{
	yaml_node_pair_t *pair;

	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		yaml_node_t *name = yaml_document_get_node(tree, pair->key);

		if (name->type == YAML_SCALAR_NODE &&
		    strcmp((const char *)name->data.scalar.value, key) == 0)
			return yaml_document_get_node(tree, pair->value);
	}
	return NULL;
}

static yaml_node_t *element_of(yaml_document_t *tree, yaml_node_t *list, uint32_t index)
{
	yaml_node_item_t *start;

	if (!list || list->type != YAML_SEQUENCE_NODE)
		return NULL;
	start = list->data.sequence.items.start;
	if (index >= (size_t)(list->data.sequence.items.top - start))
		return NULL;
	return yaml_document_get_node(tree, start[index]);
}

static yaml_node_t *node_of(yaml_document_t *tree, enum mim_section section,
			    struct mim_origin origin)
{
	enum mim_section parent;
	const struct mim_row *list;
	yaml_node_t *node;

	if (section == MIM_SECTION_ROOT)
		return yaml_document_get_root_node(tree);
	if (section == MIM_SECTION_FROM)
		return value_of(tree, node_of(tree, origin.part, origin), "from");
	list = mim_schema_list(section, &parent);
	node = value_of(tree, node_of(tree, parent, origin), list->key);
	return element_of(tree, node,
			  parent == MIM_SECTION_ROOT ? origin.item : origin.part);
}

/*
 * A part of a word, when the word stands in the file as it is read: on one line, without
 * escapes. Otherwise the whole word.
 */
static struct mim_place place_of_part(struct mim_source *source, const yaml_node_t *node,
				      struct mim_spot spot)
{
	struct mim_place place =
		mim_tree_place_at(source, node->start_mark, node->end_mark);
	const char *word = (const char *)node->data.scalar.value;
	size_t columns = node->start_mark.column;

	if (spot.length == 0 || node->type != YAML_SCALAR_NODE || !place.text ||
	    spot.from + spot.length > node->data.scalar.length)
		return place;
	columns += node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!mim_str_starts(skip_columns(place.text, columns), word))
		return place;
	place.column = (uint32_t)(columns + mim_str_columns(word, spot.from)) + 1;
	place.length = (uint32_t)mim_str_columns(word + spot.from, spot.length);
	return place;
}

struct mim_place mim_tree_place(struct mim_source *source, struct mim_spot spot)
{
	yaml_node_t *node = node_of(&source->tree, spot.origin.section, spot.origin),
		    *inner = NULL;

	if (spot.key)
		inner = value_of(&source->tree, node, spot.key);
	if (inner && spot.element != MIM_WHOLE)
		inner = element_of(&source->tree, inner, spot.element);
	/* A key that is not there: its mapping is the nearest place. */
	if (inner)
		node = inner;
	if (!node)
		return (struct mim_place){.file = source->name};
	return place_of_part(source, node, spot);
}

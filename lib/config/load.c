/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/load.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <string.h>
#include "config/schema.h"
#include "config/tree.h"

#define MOST_DIRECTIVES 100

/* Every word is kept as text: libcyaml 1.3.1 reads "10x" as 10 and "010" as 8. */
static const cyaml_schema_value_t word_value = {
	.type = CYAML_STRING,
	.flags = CYAML_FLAG_POINTER,
	.data_size = sizeof(char),
	.string = {.min = 0, .max = CYAML_UNLIMITED},
};

static void fill_field(const struct mim_row *row, bool required,
		       cyaml_schema_value_t *sections, cyaml_schema_field_t *field)
{
	enum cyaml_flag optional = required ? CYAML_FLAG_DEFAULT : CYAML_FLAG_OPTIONAL;

	field->key = row->key;
	field->data_offset = (uint32_t)row->offset;
	if (row->form == MIM_FORM_WORD) {
		field->value = word_value;
		field->value.flags |= optional;
		return;
	}
	if (row->form == MIM_FORM_MAPPING) {
		field->value = sections[row->of];
		field->value.flags = CYAML_FLAG_POINTER | optional;
		return;
	}
	field->count_offset = (uint32_t)row->count_offset;
	field->count_size = sizeof(uint32_t);
	field->value = (cyaml_schema_value_t){
		.type = CYAML_SEQUENCE,
		.flags = CYAML_FLAG_POINTER | optional,
		.data_size = row->form == MIM_FORM_LIST
				     ? (uint32_t)mim_section_size(row->of)
				     : (uint32_t)sizeof(char *),
		.sequence = {.entry = row->form == MIM_FORM_LIST ? &sections[row->of]
								 : &word_value,
			     .max = CYAML_UNLIMITED},
	};
}

/* libcyaml's tables out of ours: one mapping a section, the root behind a pointer. */
static const cyaml_schema_value_t *build_schema(struct mim_arena *arena)
{
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);
	cyaml_schema_field_t *fields;
	cyaml_schema_value_t *sections;

	/* One more than needed: libcyaml's end mark is a field without a key. */
	fields = mim_arena_array(arena, MIM_SECTION_COUNT * (n + 1), sizeof(*fields));
	sections = mim_arena_array(arena, MIM_SECTION_COUNT, sizeof(*sections));
	if (!sections || !fields)
		return NULL;
	for (enum mim_section s = 0; s < MIM_SECTION_COUNT; s++)
		sections[s] = (cyaml_schema_value_t){
			.type = CYAML_MAPPING,
			.flags = s == MIM_SECTION_ROOT ? CYAML_FLAG_POINTER
						       : CYAML_FLAG_DEFAULT,
			.data_size = (uint32_t)mim_section_size(s),
			.mapping = {.fields = fields + s * (n + 1)},
		};
	/* A mapping in a mapping is copied into its field: all of them have to be there.
	 */
	for (enum mim_section s = 0; s < MIM_SECTION_COUNT; s++) {
		cyaml_schema_field_t *field = fields + s * (n + 1);

		for (size_t i = 0; i < n; i++)
			if (rows[i].in & MIM_IN(s))
				fill_field(&rows[i], rows[i].required & MIM_IN(s),
					   sections, field++);
	}
	return &sections[MIM_SECTION_ROOT];
}

/* libcyaml's allocations go into the file's arena: fast, limited, released at once. */
static void *arena_memory(void *ctx, void *ptr, size_t size)
{
	return size ? mim_arena_resize(ctx, ptr, size) : NULL;
}

int mim_load_cyaml(struct mim_source *source)
{
	const cyaml_config_t config = {
		.mem_fn = arena_memory,
		.mem_ctx = &source->arena,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	const cyaml_schema_value_t *schema = build_schema(&source->arena);
	cyaml_data_t *raw = NULL;
	cyaml_err_t error;

	if (!schema)
		return -ENOMEM;
	error = cyaml_load_data((const uint8_t *)source->text, source->length, &config,
				schema, &raw, NULL);
	if (error == CYAML_ERR_OOM)
		return -ENOMEM;
	if (error != CYAML_OK || !raw)
		return -EINVAL;
	source->raw = raw;
	return 0;
}

/* What lines begin with: marks of documents, but for the first, and directives. */
struct beginnings {
	bool marks;
	int directives;
};

static struct beginnings look_at_lines(const struct mim_source *source)
{
	const char *at = source->text, *end = source->text + source->length;
	struct beginnings found = {false, *at == '%'};

	while (found.directives <= MOST_DIRECTIVES &&
	       (at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		found.directives += *at == '%';
		found.marks |= strncmp(at, "---", 3) == 0 || strncmp(at, "...", 3) == 0;
	}
	return found;
}

/*
 * libcyaml stops at the end of the first document and cuts words at an escaped NUL, both
 * without a word; and libyaml would take UTF-16 by its byte order mark.
 */
static bool may_be_misread(const struct mim_source *source)
{
	return memchr(source->text, '\\', source->length) || mim_tree_odd_break(source) ||
	       (source->length >= 2 && (uint8_t)source->text[0] >= 0xfe);
}

/* libyaml compares each %TAG with all before it, before any event is seen. */
static int refuse_directives(const struct mim_source *source, struct mim_diags *diags)
{
	mim_error(diags, MIM_NOWHERE, MIM_CODE_LIMIT, -EINVAL,
		  "more than %d lines begin with %%", MOST_DIRECTIVES);
	/* Known without a parser, which is what it is about. */
	mim_here(diags, (struct mim_place){.file = source->name});
	return -EINVAL;
}

int mim_load(struct mim_source *source, struct mim_diags *diags)
{
	struct beginnings lines = look_at_lines(source);
	int r;

	if (lines.directives > MOST_DIRECTIVES)
		return refuse_directives(source, diags);
	if (!lines.marks && !may_be_misread(source)) {
		r = mim_load_cyaml(source);
		if (r != -EINVAL)
			return r < 0 ? mim_source_no_room(source, diags) : 0;
		mim_arena_release(&source->arena);
	}
	r = mim_tree_load(source, diags);
	return r < 0 ? r : mim_tree_strict(source, diags);
}

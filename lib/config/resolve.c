/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/resolve.h"

#include <errno.h>
#include <string.h>
#include "config/from.h"
#include "config/source.h"

#define MOST_SOUGHT 100

void mim_wrong(struct mim_resolve *resolve, struct mim_origin origin, const char *key,
	       enum mim_code code, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (resolve->result != -ENOMEM)
		resolve->result = -EINVAL;
	mim_error(resolve->diags, MIM_SPOT(origin, key), code, -EINVAL, "%s", message);
}

void mim_resolve_again(struct mim_resolve *resolve, struct mim_origin origin,
		       const char *name, const char *noun, struct mim_origin first)
{
	mim_wrong(resolve, origin, "name", MIM_CODE_DUPLICATE_NAME,
		  "%s '%s' is declared twice", noun, name);
	mim_note(resolve->diags, MIM_SPOT(first, "name"), "'%s' is first declared here",
		 name);
}

const char *mim_resolve_path(struct mim_resolve *resolve, const struct mim_source *source,
			     const char *word)
{
	const char *slash = strrchr(source->name, '/');
	int folder = slash ? (int)(slash + 1 - source->name) : 0;

	return mim_arena_printf(&resolve->want->arena, "%.*s%s",
				*word == '/' ? 0 : folder, source->name, word);
}

const char *mim_resolve_keep(struct mim_resolve *resolve, const char *word)
{
	const char *copy;

	if (!mim_said(word))
		return word;
	copy = mim_arena_strdup(&resolve->want->arena, word);
	if (!copy)
		mim_resolve_oom(resolve);
	return copy ? copy : word;
}

void mim_resolve_oom(struct mim_resolve *resolve)
{
	if (resolve->result != -ENOMEM)
		resolve->result = mim_out_of_memory(resolve->diags);
}

const char *mim_resolve_closest(struct mim_resolve *resolve,
				const struct mim_table *table, const char *word)
{
	return resolve->n_sought++ < MOST_SOUGHT ? mim_table_closest(table, word) : NULL;
}

uint32_t mim_resolve_name(struct mim_resolve *resolve, const struct mim_table *table,
			  const char *word, struct mim_origin origin, const char *key,
			  const char *noun)
{
	const char *closest;
	uint32_t value;

	if (!mim_said(word))
		return MIM_TABLE_NONE;
	value = mim_table_find(table, word);
	if (value != MIM_TABLE_NONE)
		return value;
	mim_wrong(resolve, origin, key, MIM_CODE_UNKNOWN_NAME, "unknown %s '%s'", noun,
		  word);
	closest = mim_resolve_closest(resolve, table, word);
	if (closest)
		mim_hint(resolve->diags, "did you mean '%s'?", closest);
	return MIM_TABLE_NONE;
}

static void check_word(struct mim_resolve *resolve, const struct mim_row *row,
		       struct mim_spot spot, char **word)
{
	const char *closest;
	char why[MIM_WORD_WHY];

	if (!*word || *word == mim_raw_broken ||
	    !mim_schema_word_problem(row, *word, why, &closest))
		return;
	resolve->result = mim_error(resolve->diags, spot,
				    row->word == MIM_WORD_NAME ? MIM_CODE_BAD_NAME
							       : MIM_CODE_BAD_VALUE,
				    -EINVAL, "%s", why);
	if (closest)
		mim_hint(resolve->diags, "did you mean '%s'?", closest);
	*word = mim_raw_broken;
}

/* The rows of one section: there may be a million slots, and the table is long. */
struct section {
	const struct mim_row *rows[MIM_SCHEMA_MOST_ROWS];
	size_t n;
};

static struct section rows_in(enum mim_section section)
{
	struct section in = {.n = 0};
	size_t n;
	const struct mim_row *rows = mim_schema_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].in & MIM_IN(section))
			in.rows[in.n++] = &rows[i];
	return in;
}

static void check_mapping(struct mim_resolve *resolve, const struct section *section,
			  struct mim_origin origin, void *raw);

static void check_words(struct mim_resolve *resolve, const struct mim_row *row,
			struct mim_spot spot, char **words, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		spot.element = i;
		check_word(resolve, row, spot, &words[i]);
	}
}

static void check_list(struct mim_resolve *resolve, const struct mim_row *row,
		       struct mim_origin origin, char *items, uint32_t n)
{
	struct section section;
	size_t size = mim_section_size(row->of);
	struct mim_origin inside = origin;

	if (n == 0)
		return;
	section = rows_in(row->of);
	inside.section = (uint16_t)row->of;
	for (uint32_t i = 0; i < n; i++) {
		if (origin.section == MIM_SECTION_ROOT)
			inside.item = i;
		else
			inside.part = i;
		check_mapping(resolve, &section, inside, items + i * size);
	}
}

static void check_row(struct mim_resolve *resolve, const struct mim_row *row,
		      struct mim_origin origin, void *raw)
{
	void *at = (char *)raw + row->offset, *items;
	struct section inside;
	uint32_t n;

	memcpy(&items, at, sizeof(items));
	if (!items)
		return;
	if (row->form == MIM_FORM_WORD) {
		check_word(resolve, row, MIM_SPOT(origin, row->key), at);
		return;
	}
	if (row->form == MIM_FORM_MAPPING) {
		inside = rows_in(row->of);
		check_mapping(resolve, &inside, mim_from_origin(origin), items);
		return;
	}
	memcpy(&n, (char *)raw + row->count_offset, sizeof(n));
	if (row->form == MIM_FORM_WORDS)
		check_words(resolve, row, MIM_SPOT(origin, row->key), items, n);
	else
		check_list(resolve, row, origin, items, n);
}

static void check_mapping(struct mim_resolve *resolve, const struct section *section,
			  struct mim_origin origin, void *raw)
{
	for (size_t i = 0; i < section->n; i++)
		check_row(resolve, section->rows[i], origin, raw);
}

void mim_resolve_words(struct mim_resolve *resolve, struct mim_source *source)
{
	struct mim_origin root = {.file = source->index, .part = MIM_WHOLE};

	const struct section section = rows_in(MIM_SECTION_ROOT);

	check_mapping(resolve, &section, root, source->raw);
}

/* A word that must be the same in every file that has it. Return: the word, or NULL. */
static const char *agreed_word(struct mim_resolve *resolve, const char *key,
			       size_t offset)
{
	struct mim_config *config = resolve->config;
	struct mim_origin first = {0};
	const char *agreed = NULL;

	for (size_t i = 0; i < config->n_sources; i++) {
		struct mim_origin root = {.file = config->sources[i].index,
					  .part = MIM_WHOLE};
		const char *word;

		memcpy(&word, (char *)config->sources[i].raw + offset, sizeof(word));
		if (!mim_said(word))
			continue;
		if (!agreed) {
			agreed = word;
			first = root;
		} else if (strcmp(agreed, word) != 0) {
			mim_wrong(resolve, root, key, MIM_CODE_DISAGREE,
				  "%s '%s' where another file says '%s'", key, word,
				  agreed);
			mim_note(resolve->diags, MIM_SPOT(first, key),
				 "the first %s is here", key);
		}
	}
	return agreed;
}

static bool any_source_said(const struct mim_config *config)
{
	for (size_t i = 0; i < config->n_sources; i++)
		if (config->sources[i].raw->name)
			return true;
	return false;
}

static void resolve_scope(struct mim_resolve *resolve, const char *bpffs_option)
{
	const char *name = agreed_word(resolve, "name", offsetof(struct mim_raw, name));
	const char *bpffs =
		agreed_word(resolve, "bpffs", offsetof(struct mim_raw, bpffs));
	struct mim_origin root = {.file = 1, .part = MIM_WHOLE};

	if (!name && !any_source_said(resolve->config))
		mim_wrong(resolve, root, NULL, MIM_CODE_MISSING_KEY,
			  "no file gives the scope's 'name'");
	if (name && strchr(name, '.'))
		mim_wrong(resolve, root, "name", MIM_CODE_BAD_NAME,
			  "name '%s' is a folder in bpffs, which takes no dot", name);
	if (bpffs_option)
		bpffs = bpffs_option;
	if (mim_topology_set_scope(resolve->want, name ? name : "unnamed",
				   bpffs ? bpffs : MIM_BPFFS_DEFAULT) < 0)
		mim_resolve_oom(resolve);
}

static void release(struct mim_resolve *resolve)
{
	mim_table_release(&resolve->templates);
	mim_table_release(&resolve->maps);
	mim_table_release(&resolve->kernel_names);
	mim_table_release(&resolve->types);
	free(resolve->declared);
	mim_table_release(&resolve->objects);
	mim_table_release(&resolve->tables);
	mim_table_release(&resolve->pinned);
	free(resolve->pins);
	free(resolve->held);
}

int mim_resolve(struct mim_config *config, const char *bpffs,
		const struct mim_config_look *look, struct mim_diags *diags)
{
	mim_cleanup(release) struct mim_resolve resolve = {.config = config,
							   .diags = diags};

	config->want = resolve.want = mim_topology_new();
	if (!resolve.want)
		return mim_out_of_memory(diags);
	for (size_t i = 0; i < config->n_sources; i++)
		mim_resolve_words(&resolve, &config->sources[i]);
	resolve_scope(&resolve, bpffs);
	if (resolve.result == -ENOMEM)
		return -ENOMEM;
	mim_resolve_types(&resolve);
	mim_from_look(&resolve, look);
	for (size_t i = 0; i < config->n_sources; i++)
		mim_resolve_templates(&resolve, &config->sources[i]);
	for (size_t i = 0; i < config->n_sources; i++)
		mim_resolve_outer_maps(&resolve, &config->sources[i]);
	for (size_t i = 0; i < config->n_sources; i++)
		mim_resolve_inner_maps(&resolve, &config->sources[i]);
	resolve.held = calloc(resolve.want->n_maps + 1, sizeof(*resolve.held));
	if (!resolve.held)
		mim_resolve_oom(&resolve);
	if (resolve.result == -ENOMEM)
		return -ENOMEM;
	mim_resolve_bindings(&resolve);
	mim_resolve_pins(&resolve);
	mim_resolve_replace(&resolve);
	mim_resolve_entries(&resolve);
	if (resolve.result == 0)
		mim_resolve_btf(&resolve);
	return resolve.result;
}

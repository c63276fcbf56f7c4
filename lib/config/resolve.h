/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_RESOLVE_H
#define MIM_CONFIG_RESOLVE_H

#include "base/table.h"
#include "config/config.h"
#include "config/raw.h"
#include "config/schema.h"

/** enum mim_declared_state - how far a declared type is laid out */
enum mim_declared_state {
	MIM_DECLARED_NEW,
	MIM_DECLARED_OPEN, /* what it is made of is being laid out */
	MIM_DECLARED_DONE,
	MIM_DECLARED_BROKEN, /* it was reported */
};

/**
 * struct mim_declared - a struct of "types"
 * @depth: levels of structs, itself included
 * @layout: lives in the topology; set from MIM_DECLARED_OPEN on
 */
struct mim_declared {
	const struct mim_raw_type *raw;
	struct mim_origin origin;
	enum mim_declared_state state;
	uint32_t depth;
	struct mim_struct *layout;
};

/**
 * struct mim_resolve - the raw files on their way to one topology
 * @templates, @maps, @kernel_names: where each name stands in @want
 * @types: where each name stands in @declared, which has @n_declared
 * @objects: where the object at each path stands in @config
 * @has_objects: all that maps are from have been loaded, or tried
 * @pinned: where each path that a template is from stands in @pins, @n_pins of them
 * @held: for each named map, that a slot or a pin names it, even one with a mistake
 * @n_sought: how often the name that was probably meant has been looked for
 * @full: the outer map, counted from 1, that was last reported to have too many slots
 * @tables: where the CSV file at each path stands in @config
 * @filled_bytes: that all entries together take
 * @result: -EINVAL when a step found a mistake; the later steps go on, to find theirs
 */
struct mim_resolve {
	struct mim_config *config;
	struct mim_topology *want;
	struct mim_diags *diags;
	struct mim_table templates;
	struct mim_table maps;
	struct mim_table kernel_names;
	struct mim_table types;
	struct mim_declared *declared;
	size_t n_declared;
	struct mim_table objects;
	bool has_objects;
	struct mim_table pinned;
	struct mim_config_pin *pins;
	size_t n_pins;
	bool *held;
	uint32_t n_sought;
	uint32_t full;
	struct mim_table tables;
	uint64_t filled_bytes;
	int result;
};

/**
 * mim_resolve() - what all files say together, into @config->want
 *
 * Return: 0, -EINVAL with diagnostics (@config->want may be set all the same), -ENOMEM,
 * what @look returns.
 */
int mim_resolve(struct mim_config *config, const char *bpffs,
		const struct mim_config_look *look, struct mim_diags *diags);

/* The steps, each in a file of its own; they report into @resolve. */
void mim_resolve_words(struct mim_resolve *resolve, struct mim_source *source);
void mim_resolve_types(struct mim_resolve *resolve);
void mim_resolve_templates(struct mim_resolve *resolve, const struct mim_source *source);
void mim_resolve_outer_maps(struct mim_resolve *resolve, const struct mim_source *source);
void mim_resolve_inner_maps(struct mim_resolve *resolve, const struct mim_source *source);
void mim_resolve_bindings(struct mim_resolve *resolve);
void mim_resolve_pins(struct mim_resolve *resolve);
void mim_resolve_replace(struct mim_resolve *resolve);
void mim_resolve_entries(struct mim_resolve *resolve);
void mim_resolve_btf(struct mim_resolve *resolve);
void mim_resolve_twice(struct mim_resolve *resolve, const struct mim_map *outer);

/** mim_name_template() - enter the newest template under its name, if that is free */
void mim_name_template(struct mim_resolve *resolve, struct mim_origin origin,
		       const char *name);

/**
 * mim_add_map() - another map, entered under its names if they are free
 * Return: NULL when memory ran out.
 */
struct mim_map *mim_add_map(struct mim_resolve *resolve, const struct mim_raw_map *raw,
			    struct mim_origin origin);

/** mim_wrong() - report a mistake at a key of an object */
void mim_wrong(struct mim_resolve *resolve, struct mim_origin origin, const char *key,
	       enum mim_code code, const char *format, ...) MIM_PRINTF(5, 6);

/** mim_resolve_again() - report that a name is declared a second time */
void mim_resolve_again(struct mim_resolve *resolve, struct mim_origin origin,
		       const char *name, const char *noun, struct mim_origin first);
/** mim_from_origin() - of the "from" of a map */
static inline struct mim_origin mim_from_origin(struct mim_origin map)
{
	return (struct mim_origin){map.file, MIM_SECTION_FROM, map.item, map.section};
}

/**
 * mim_resolve_path() - where a file lies that a word names
 *
 * Relative to the file that names it. Return: lives in the topology; NULL: no memory.
 */
const char *mim_resolve_path(struct mim_resolve *resolve, const struct mim_source *source,
			     const char *word);

/**
 * mim_resolve_keep() - a word that is to outlive the file's raw model
 * Return: a copy that lives in the topology; @word when it says nothing or memory ran
 * out.
 */
const char *mim_resolve_keep(struct mim_resolve *resolve, const char *word);

/** mim_resolve_oom() - memory ran out; the steps that follow do nothing */
void mim_resolve_oom(struct mim_resolve *resolve);

/**
 * mim_said() - was a key given, and given well?
 *
 * Absent keys are NULL; one that was reported is mim_raw_broken, which is empty.
 */
static inline bool mim_said(const char *word)
{
	return word && *word;
}

/**
 * mim_resolve_closest() - the name that was probably meant
 *
 * Compares with every name, so only the first hundred mistakes of a run are worth it.
 *
 * Return: NULL when none is close.
 */
const char *mim_resolve_closest(struct mim_resolve *resolve,
				const struct mim_table *table, const char *word);

/**
 * mim_resolve_name() - what a word refers to
 * Return: its value in @table; MIM_TABLE_NONE when absent, or unknown and then reported.
 */
uint32_t mim_resolve_name(struct mim_resolve *resolve, const struct mim_table *table,
			  const char *word, struct mim_origin origin, const char *key,
			  const char *noun);

/**
 * mim_resolve_type() - the type that a word names
 * @key: of the word; also says in a message what the type is for
 * Return: false when it was reported, here or where the type is declared.
 */
bool mim_resolve_type(struct mim_resolve *resolve, struct mim_origin origin,
		      const char *key, const char *word, struct mim_type *ret_type);

#endif

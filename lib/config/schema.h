/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_SCHEMA_H
#define MIM_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/cleanup.h"

/**
 * DOC: the one table of keys
 *
 * Each row is a key of the language. The same rows make the tables that libcyaml loads
 * by, drive the strict check, and are written out as JSON Schema. A key is added here and
 * nowhere else.
 */

/** enum mim_section - the mappings of the language */
enum mim_section {
	MIM_SECTION_ROOT,
	MIM_SECTION_TYPE,
	MIM_SECTION_FIELD,
	MIM_SECTION_TEMPLATE,
	MIM_SECTION_OUTER,
	MIM_SECTION_INNER,
	MIM_SECTION_BINDING,
	MIM_SECTION_SLOT,
	MIM_SECTION_PIN,
	MIM_SECTION_FROM,
	MIM_SECTION_ENTRY,
	MIM_SECTION_COUNT,
};

#define MIM_IN(section) (1U << (section))

/** enum mim_form - what YAML a key's value is */
enum mim_form {
	MIM_FORM_WORD,	  /* a scalar */
	MIM_FORM_WORDS,	  /* a list of scalars */
	MIM_FORM_LIST,	  /* a list of mappings */
	MIM_FORM_MAPPING, /* a mapping; the raw struct has a pointer to its own */
};

/** enum mim_word - what a scalar may say */
enum mim_word {
	MIM_WORD_TEXT,	   /* anything that is not empty */
	MIM_WORD_NAME,	   /* a name to declare or refer to */
	MIM_WORD_INTEGER,  /* least..most */
	MIM_WORD_BOOLEAN,  /* true, false */
	MIM_WORD_CHOICE,   /* one of choices */
	MIM_WORD_TYPE,	   /* a type, or an array of it */
	MIM_WORD_FIELD,	   /* the name of a field, as in C */
	MIM_WORD_KEY,	   /* a slot's key */
	MIM_WORD_KERNEL,   /* a kernel object name */
	MIM_WORD_MODE,	   /* octal permission bits */
	MIM_WORD_ABSOLUTE, /* an absolute path */
};

/**
 * struct mim_row - one key
 * @in: sections that have it, a set of MIM_IN()
 * @required: sections that must have it
 * @offset: of the char * or the list's pointer in the section's raw struct
 * @count_offset: of the list's uint32_t count
 * @of: MIM_FORM_LIST: the section of its elements; MIM_FORM_MAPPING: its section
 * @least, @most: MIM_WORD_INTEGER
 * @choice: MIM_WORD_CHOICE: the i-th word, NULL after the last
 * @help: one line for the manual and the JSON Schema
 * @written: how it is written, for who gave it another form; NULL: the form says it
 */
struct mim_row {
	const char *key;
	uint32_t in;
	uint32_t required;
	enum mim_form form;
	enum mim_word word;
	size_t offset;
	size_t count_offset;
	enum mim_section of;
	uint64_t least;
	uint64_t most;
	const char *(*choice)(size_t i);
	const char *help;
	const char *written;
};

/** the table has no more rows than this */
#define MIM_SCHEMA_MOST_ROWS 80

/** mim_schema_rows() - the table, in the order of the manual */
const struct mim_row *mim_schema_rows(size_t *ret_n);

/** mim_schema_row() - Return: the row of @key in @section, or NULL */
const struct mim_row *mim_schema_row(enum mim_section section, const char *key);

/**
 * mim_schema_list() - the list whose elements are of a section
 * @ret_parent: the section that has the list
 * Return: its row.
 */
const struct mim_row *mim_schema_list(enum mim_section section,
				      enum mim_section *ret_parent);

/** mim_section_size() - Return: bytes of the section's raw struct */
size_t mim_section_size(enum mim_section section);

/** mim_section_noun() - Return: "a template", "a slot": for messages */
const char *mim_section_noun(enum mim_section section);

/** enough for why a word is refused */
#define MIM_WORD_WHY 192

/**
 * mim_schema_word_problem() - does a word say what its row allows?
 * @why: MIM_WORD_WHY bytes
 * @ret_closest: a choice that was probably meant, or NULL
 *
 * Return: true when it does not.
 */
bool mim_schema_word_problem(const struct mim_row *row, const char *word, char *why,
			     const char **ret_closest);

/** mim_schema_json() - the JSON Schema of the configuration, from the same rows */
MIM_PUBLIC int mim_schema_json(FILE *out);

#endif

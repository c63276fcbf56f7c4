/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_SOURCE_H
#define MIM_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>
#include "base/arena.h"
#include "base/diag.h"
#include "base/lines.h"
#include "config/raw.h"

/** a file may have this many bytes; ten times a description of 100,000 slots */
#define MIM_SOURCE_MOST ((size_t)80 << 20)

/** all that one file's values may take in memory */
#define MIM_RAW_MOST ((size_t)1 << 30)

/**
 * struct mim_source - one file of a description
 * @name: as the user gave it
 * @index: its number in origins, counted from 1
 * @identity: device and inode of the file, the same by whatever name; "" for a copy
 * @text: @length bytes and a NUL
 * @raw: what it says; NULL until loaded, and again when all files are understood
 * @arena: holds @raw, and lines of the text that are shown, in MIM_RAW_MOST bytes
 * @lines: of @text
 * @tree: the YAML document with positions, once something had to be found in it
 * @out_of_memory: a place in it could not be told
 */
struct mim_source {
	char *name;
	uint16_t index;
	char identity[48];
	char *text;
	size_t length;
	struct mim_raw *raw;
	struct mim_arena arena;
	yaml_document_t tree;
	bool has_tree;
	bool out_of_memory;
	struct mim_lines lines;
};

void mim_source_release(struct mim_source *source);

/**
 * mim_source_read() - read a file's text
 * @path: file, or "-" for standard input
 *
 * Regular files and pipes only, at most MIM_SOURCE_MOST bytes.
 *
 * Return: 0, or a negative errno with a diagnostic: what open(2) and read(2) give,
 * -EINVAL for another kind of file, -EFBIG, -ENOMEM.
 */
int mim_source_read(struct mim_source *source, const char *path, struct mim_diags *diags);

/** mim_source_copy() - take over a copy of a text; Return: 0, -EFBIG or -ENOMEM */
int mim_source_copy(struct mim_source *source, const char *name, const char *text,
		    size_t length, struct mim_diags *diags);

/** mim_source_no_room() - its arena gave no memory; Return: as mim_no_room() */
int mim_source_no_room(const struct mim_source *source, struct mim_diags *diags);

/**
 * mim_source_line() - one line of the text
 * @line: counted from 1
 * @ret_length: bytes without the line's end
 *
 * Return: its start, or NULL when there is no such line or memory ran out.
 */
const char *mim_source_line(struct mim_source *source, size_t line, size_t *ret_length);

#endif

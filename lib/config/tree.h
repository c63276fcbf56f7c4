/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_TREE_H
#define MIM_CONFIG_TREE_H

#include "config/schema.h"
#include "config/source.h"

/**
 * DOC: the file with positions
 *
 * A description without mistakes is read once, by libcyaml, which keeps no positions.
 * Only when something is to be pointed at is the text read again, into a libyaml
 * document tree.
 */

/**
 * mim_tree_load() - make @source->tree
 *
 * Reports text that is no YAML, has more than one document, breaks lines as nothing but
 * YAML does, or is deeper or more aliased than the limits.
 *
 * Return: 0, -EINVAL with a diagnostic whose place is set, -ENOMEM.
 */
int mim_tree_load(struct mim_source *source, struct mim_diags *diags);

/**
 * mim_tree_odd_break() - a lone CR, NEL, LS or PS, where YAML 1.1 breaks lines too
 * Return: the first in the text, or NULL.
 */
const char *mim_tree_odd_break(const struct mim_source *source);

/**
 * mim_tree_strict() - the file's raw model, built as far as its structure allows
 *
 * Checks every mapping against the table of keys. Broken parts are reported and left out;
 * lists keep their length, so that origins stay true. The tree has to be loaded.
 *
 * Return: 0, -EINVAL with diagnostics (@source->raw is set all the same, but
 * where aliases or memory reach their limit), -ENOMEM.
 */
int mim_tree_strict(struct mim_source *source, struct mim_diags *diags);

/** mim_tree_place() - where a spot is in the text; the tree has to be loaded */
struct mim_place mim_tree_place(struct mim_source *source, struct mim_spot spot);

/** mim_tree_place_at() - a stretch of the text from @start to @end */
struct mim_place mim_tree_place_at(struct mim_source *source, yaml_mark_t start,
				   yaml_mark_t end);

#endif

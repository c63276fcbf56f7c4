/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_CONFIG_CONFIG_H
#define MIM_CONFIG_CONFIG_H

#include "base/diag.h"
#include "model/scope.h"
#include "model/topology.h"

struct mim_source;
struct mim_object_file;
struct mim_csv;

/**
 * struct mim_config - a description: all its files, and what they say together
 * @sources: the files, in the order they were given
 * @objects: BPF objects that the files name; NULL for one that could not be read
 * @tables: CSV files that the files name
 * @want: the topology that should be; NULL when there are errors. Borrows from @sources
 *	and @objects.
 * @digest: of all texts, objects and tables, 16 hex digits
 */
struct mim_config {
	struct mim_source *sources;
	size_t n_sources;
	struct mim_object_file **objects;
	size_t n_objects;
	struct mim_csv **tables;
	size_t n_tables;
	struct mim_topology *want;
	char digest[17];
};

/**
 * struct mim_config_pin - a map that is there, and whose shape a template has
 * @path: absolute
 * @spot: the words that name it
 * @known: to be set: MIM_KNOWN_FULL; MIM_KNOWN_PART without max_entries; MIM_KNOWN_NOT
 *	when nothing can be told, which was reported unless it is meant to be so
 * @shape: to be set: of the map as it was created, or of what the slots of an outer map
 *	take
 */
struct mim_config_pin {
	const char *path;
	struct mim_spot spot;
	enum mim_knowledge known;
	struct mim_shape shape;
};

/**
 * struct mim_config_look - who knows what is pinned: the kernel, or a snapshot
 * @ahead: told of which scope a long description is, before it is parsed; NULL when it is
 *	of no use. What its first lines say may prove wrong.
 * @look: asked once, when there are such pins; @scope is the description's. Return: 0 or
 *	a negative errno, with diagnostics at the spots.
 */
struct mim_config_look {
	int (*look)(void *data, const struct mim_scope *scope,
		    struct mim_config_pin *pins, size_t n, struct mim_diags *diags);
	void *data;
	void (*ahead)(void *data, const char *name, const char *bpffs);
};

/**
 * mim_config_load() - read and check a description
 * @paths: files, folders (their *.yaml and *.yml in name order), "-" for standard input
 * @bpffs: overrides what the files say; NULL to leave it to them
 * @config: to be released by mim_config_release() whatever is returned
 * @diags: every mistake, in file order, with its place. They borrow from @config:
 *	release the list first.
 *
 * Needs no kernel and no privilege. What a template has "from: {pinned: PATH}" cannot be
 * known so, and is an error: see mim_config_load_with().
 *
 * Return: 0; -EINVAL when the description is wrong; -ENOMEM; what open(2) and read(2)
 * give when a file cannot be read.
 */
MIM_PUBLIC int mim_config_load(const char *const *paths, size_t n_paths,
			       const char *bpffs, struct mim_config *config,
			       struct mim_diags *diags);

/**
 * mim_config_load_with() - the same with someone who knows what is pinned
 *
 * A template whose pin stays MIM_KNOWN_NOT without an error has no shape, and nothing is
 * concluded from it: enough to check a description, not to plan.
 *
 * Return: as mim_config_load(), and what @look returns.
 */
MIM_PUBLIC int mim_config_load_with(const char *const *paths, size_t n_paths,
				    const char *bpffs, const struct mim_config_look *look,
				    struct mim_config *config, struct mim_diags *diags);

/**
 * struct mim_config_text - a file of a description that was read already
 * @is_table: a CSV file, which a file of the description names so
 */
struct mim_config_text {
	const char *name;
	const char *text;
	size_t length;
	bool is_table;
};

/**
 * mim_config_load_texts() - check a description that is in memory
 * @texts: copied
 * @look: as in mim_config_load_with(), or NULL when nobody knows what is pinned
 *
 * Otherwise as mim_config_load().
 */
MIM_PUBLIC int mim_config_load_texts(const struct mim_config_text *texts, size_t n_texts,
				     const char *bpffs,
				     const struct mim_config_look *look,
				     struct mim_config *config, struct mim_diags *diags);

/** mim_config_text() - name and text of the @i-th file; borrowed from @config */
MIM_PUBLIC struct mim_config_text mim_config_text(const struct mim_config *config,
						  size_t i);

/** mim_config_table() - the same of the @i-th of its CSV files */
MIM_PUBLIC struct mim_config_text mim_config_table(const struct mim_config *config,
						   size_t i);

MIM_PUBLIC void mim_config_release(struct mim_config *config);

/** mim_config_name() - name of the @i-th file, counted from 0 */
MIM_PUBLIC const char *mim_config_name(const struct mim_config *config, size_t i);

/**
 * mim_config_place() - line and column of something in the description
 *
 * Reads the file's text again when this is the first question about it.
 *
 * Return: the place; without a line when it is nowhere.
 */
MIM_PUBLIC struct mim_place mim_config_place(struct mim_config *config,
					     struct mim_spot spot);

/**
 * mim_config_locate() - give every diagnostic that has a spot its place
 *
 * Says that memory ran out when it did, here or in an earlier mim_config_place().
 */
MIM_PUBLIC void mim_config_locate(struct mim_config *config, struct mim_diags *diags);

#endif
